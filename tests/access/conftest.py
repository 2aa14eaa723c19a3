"""The browsers of the tests of accounts, and their hashes, of which less is asked."""

from tests.accounts.conftest import _cheap_hashes, another_browser, browser

__all__ = ["_cheap_hashes", "another_browser", "browser"]

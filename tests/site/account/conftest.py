"""Hashes of which less is asked, as in the tests of accounts."""

from tests.accounts.conftest import _cheap_hashes

__all__ = ["_cheap_hashes"]

"""What changes something with a session has to come from a page of ours."""

import pytest

from server.access import csrf
from tests import factories
from tests.accounts.browser import Browser

EMAIL = "lei@example.com"


async def signed_in(browser: Browser) -> None:
    await factories.account(EMAIL)
    await browser.sign_in(EMAIL)


async def test_without_the_token_of_the_session_nothing_is_changed(browser: Browser, another_browser: Browser) -> None:
    await signed_in(browser)
    await another_browser.sign_in(EMAIL)
    for token in ("", "nonsense", another_browser.csrf_token):
        answer = await browser.send("DELETE", "/session", **{csrf.HEADER: token})
        assert answer.status_code == 403
        assert answer.json()["type"].endswith("/cross-site")
    assert (await browser.send("GET", "/session")).status_code == 200


async def test_with_the_token_but_from_another_site_nothing_is_changed(browser: Browser) -> None:
    await signed_in(browser)
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ):
        assert (await browser.send("DELETE", "/session", **headers)).status_code == 403
    assert (await browser.send("GET", "/session")).status_code == 200


@pytest.mark.parametrize("headers", [{"Origin": "http://rongtong.test"}, {"Sec_Fetch_Site": "same-origin"}, {}])
async def test_a_page_of_ours_may(browser: Browser, headers: dict[str, str]) -> None:
    await signed_in(browser)
    assert (await browser.send("DELETE", "/session", **headers)).status_code == 204


async def test_another_site_cannot_sign_somebody_in(browser: Browser) -> None:
    await factories.account(EMAIL)
    sent = {"email": EMAIL, "password": factories.PASSWORD}
    answer = await browser.send("POST", "/session", sent, Origin="https://evil.example")
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


async def test_a_token_of_the_api_needs_none(browser: Browser) -> None:
    person = await factories.person()
    answer = await browser.send("POST", "/feeds", {"scope": "person"}, **person.bearer)
    assert answer.status_code == 201


async def test_control_without_the_guard_another_site_ends_a_session(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await signed_in(browser)
    monkeypatch.setattr(csrf, "SAFE", frozenset(("DELETE",)))
    headers = {csrf.HEADER: "", "Origin": "https://evil.example"}
    assert (await browser.send("DELETE", "/session", **headers)).status_code == 204

"""The pages of accounts, without JavaScript: from sign-up to the second factor, and what is said when wrong."""

import re

import httpx
import pyotp
import pytest

from server.accounts import tickets
from server.core import db
from tests import factories
from tests.accounts.letters import letters
from tests.site.reader import Reader

EMAIL, PASSWORD, NEW_PASSWORD = "lei@example.com", "tractor lemon nine", "window river seven"


@pytest.fixture
def reader(client: httpx.AsyncClient) -> Reader:
    return Reader(client)


async def link(kind: str) -> str:
    """The path of the link in the newest letter of a kind."""
    path: str = (await letters(kind))[-1]["link"]
    return "/" + path.split("/", 3)[3]


async def signed_in(reader: Reader) -> None:
    await factories.account(EMAIL, locale="en")
    await reader.open("/sign-in")
    await reader.send("/sign-in", email=EMAIL, password=factories.PASSWORD)
    assert reader.path == "/account"


async def test_from_sign_up_to_a_proven_address(reader: Reader) -> None:
    await reader.open("/sign-up")
    await reader.send("/sign-up", name="李雷", email=EMAIL, password=PASSWORD)
    assert (reader.path, reader.status) == ("/check-mail", 200)
    await reader.open("/sign-in")
    await reader.send("/sign-in", email=EMAIL, password=PASSWORD)
    assert "Until you have opened it" in reader.text
    await reader.open(await link("verify"))
    await reader.send("")
    assert reader.path == "/account?done=proved"
    assert "Your mail address is confirmed." in reader.text
    assert "Until you have opened it" not in reader.text
    await reader.open(await link("verify"))
    assert (reader.status, "too old" in reader.text) == (410, True)


async def test_opening_a_link_changes_nothing(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    async def used(*_: object) -> None:
        raise AssertionError("a GET used the link")

    await reader.open("/sign-up")
    await reader.send("/sign-up", name="李雷", email=EMAIL, password=PASSWORD)
    await reader.open("/forgot")
    await reader.send("/forgot", email=EMAIL)
    monkeypatch.setattr(tickets, "use", used)
    for kind in ("verify", "reset"):
        for _ in range(2):
            await reader.open(await link(kind))
            assert (reader.status, "<button" in reader.text) == (200, True)
    assert not await db.fetchval("SELECT verified_at IS NOT NULL FROM account WHERE email = $1", EMAIL)


async def test_who_is_not_signed_in_proves_the_address_with_the_password(reader: Reader) -> None:
    await reader.open("/sign-up")
    await reader.send("/sign-up", name="李雷", email=EMAIL, password=PASSWORD)
    await reader.open(await link("verify"))
    await reader.send("", password="not that one")
    assert (reader.status, reader.errors) == (401, ["password"])
    await reader.send("", password=PASSWORD)
    assert reader.path == "/sign-in?done=proved"


async def test_a_forgotten_password(reader: Reader) -> None:
    await factories.account(EMAIL)
    await reader.open("/sign-in")
    await reader.open("/forgot")
    await reader.send("/forgot", email=EMAIL)
    await reader.open(await link("reset"))
    await reader.send("", password="short")
    assert (reader.status, reader.errors) == (422, ["password"])
    await reader.send("", password="password1234")
    assert "guessed first" in reader.text
    await reader.send("", password=NEW_PASSWORD)
    assert reader.path == "/sign-in?done=password"
    await reader.send("/sign-in", email=EMAIL, password=NEW_PASSWORD)
    assert reader.path == "/account"


async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(reader: Reader) -> None:
    await reader.open("/sign-up")
    await reader.send("/sign-up", name=' "><script>x</script>', email="nonsense", password="short")
    assert (reader.status, sorted(reader.errors)) == (422, ["email", "password"])
    assert "<script>x" not in reader.text
    assert 'value="nonsense"' in reader.text
    assert "short" not in reader.text.partition('id="password"')[2].partition(">")[0]
    for field in reader.errors:
        assert re.search(
            rf'<input id="{field}"[^>]*aria-invalid="true"[^>]*aria-describedby="[^"]*{field}-error"', reader.text
        )


async def test_the_second_factor_from_its_picture_to_the_second_step(reader: Reader) -> None:
    await signed_in(reader)
    await reader.send("/account/second-factor", password="wrong")
    assert (reader.status, reader.errors) == (401, ["factor_password"])
    await reader.send("/account/second-factor", password=factories.PASSWORD)
    assert 'src="data:image/svg+xml' in reader.text
    found = re.search(r'class="secret">([A-Z2-7]{32})<', reader.text)
    assert found
    totp = pyotp.TOTP(found[1])
    step = await db.fetchval("SELECT floor(extract(epoch FROM clock_timestamp()) / 30)::bigint")
    await reader.send("/account/second-factor/confirm", code="000000")
    assert (reader.status, reader.errors) == (401, ["code"])
    assert found[1] in reader.text
    await reader.send("/account/second-factor/confirm", code=totp.generate_otp(step - 1))
    codes = re.findall(r"<code>([A-Z2-7-]{19})</code>", reader.text)
    assert len(codes) == 10
    await reader.send("/sign-out")  # with the token of the new session
    assert reader.path == "/sign-in?done=out"

    await reader.send("/sign-in", email=EMAIL, password=factories.PASSWORD)
    assert "Second step" in reader.text
    assert factories.PASSWORD not in reader.text
    await reader.send("/sign-in/code", code="123")
    assert (reader.status, reader.errors) == (422, ["code"])
    await reader.send("/sign-in/code", code="000000")
    assert (reader.status, reader.errors) == (401, ["code"])
    await reader.send("/sign-in/code", code=codes[0])
    assert reader.path == "/account"
    assert "9 recovery codes are left" in reader.text
    await reader.send("/account/second-factor/remove", password=factories.PASSWORD)
    assert "The second factor is off." in reader.text


async def test_the_ticket_of_the_second_step_works_once(reader: Reader, client: httpx.AsyncClient) -> None:
    account = await factories.account(EMAIL)
    ticket = tickets.secret_of(await tickets.issue(account, "second_step"), "second_step")
    await tickets.use("second_step", ticket)
    await reader.open("/sign-in/code", "POST", {"ticket": ticket, "code": "123456"})
    assert reader.path == "/sign-in"


async def test_profile_password_and_sessions(reader: Reader, client: httpx.AsyncClient) -> None:
    await signed_in(reader)
    other = Reader(client)
    await other.open("/sign-in")
    await other.send("/sign-in", email=EMAIL, password=factories.PASSWORD)
    await reader.open("/account")
    await reader.send("/account", name="Lei", time_zone="Europe/Berlin", locale="zh-CN")
    assert "已保存" in reader.text
    await reader.send("/account", name="Lei", time_zone="Nowhere", locale="en")
    assert (reader.status, reader.errors) == (422, ["time_zone"])
    await reader.send("/account/password", current_password="wrong", password=NEW_PASSWORD)
    assert (reader.status, reader.errors) == (401, ["current_password"])
    await reader.send("/account/sessions/end-others")
    await other.open("/account")
    assert other.path == "/sign-in?next=/account"
    await other.send("/sign-in", email=EMAIL, password=factories.PASSWORD)
    await reader.open("/account")
    (end,) = set(re.findall(r'action="(/account/sessions/[0-9a-f-]{36}/end)"', reader.text))
    await reader.send(end)
    await other.open("/account")
    assert other.path == "/sign-in?next=/account"
    await reader.send("/account/password", current_password=factories.PASSWORD, password=NEW_PASSWORD)
    assert reader.path == "/account?done=password-changed"


async def test_another_organization_is_chosen(reader: Reader) -> None:
    account = await factories.account(EMAIL, locale="en")
    for name in ("First Works", "Second Works"):
        await factories.member(account, await factories.organization(name=name))
    await reader.open("/sign-in")
    await reader.send("/sign-in", email=EMAIL, password=factories.PASSWORD)
    assert " · First Works" in reader.text
    await reader.send("/account/organization")
    assert " · Second Works" in reader.text


async def test_no_form_works_without_its_token(reader: Reader) -> None:
    await signed_in(reader)
    for action in sorted(set(re.findall(r'action="(/[^"]*)"', reader.text))):
        await reader.open(action, "POST", {"csrf_token": "", "password": factories.PASSWORD})
        assert reader.status == 403, action
    await reader.open("/account")
    assert reader.path == "/account"


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "/a\nb", "evil.example"]
)
async def test_signing_in_leads_to_no_other_site(reader: Reader, path: str) -> None:
    await factories.account(EMAIL)
    await reader.open("/sign-in")
    await reader.send("/sign-in", email=EMAIL, password=factories.PASSWORD, next=path)
    assert reader.path == "/account"


async def test_signing_in_leads_on_to_what_was_asked_for(reader: Reader) -> None:
    await factories.account(EMAIL)
    await reader.open("/account")
    assert reader.path == "/sign-in?next=/account"
    await reader.open("/sign-in?next=/problems")
    await reader.send("/sign-in", email=EMAIL, password=factories.PASSWORD)
    assert reader.path == "/problems"


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/forgot", "/check-mail", "/account"])
async def test_every_page_answers_in_both_languages_and_is_not_kept(
    client: httpx.AsyncClient, reader: Reader, path: str, lang: str
) -> None:
    await signed_in(reader)
    cookies = "; ".join(f"{name}={value}" for name, value in reader.cookies.items())
    answer = await client.get(path, params={"lang": lang}, headers={"Accept": "text/html", "Cookie": cookies})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert f'<html lang="{lang}">' in answer.text
    assert "Person" in answer.text  # the head shows who is signed in
    assert len(answer.content) < 60_000

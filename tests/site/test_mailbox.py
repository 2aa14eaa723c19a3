"""The mail page shows what the sink kept: to who sits at this machine, as text, and nothing else of the disk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from server.access import sessions
from server.access.device import Origin
from server.core import proxies
from server.core import settings as settings_module
from server.embedded.mailsink import keep
from server.site import mailbox
from server.web import render
from tests import factories
from tests.serving import serving

BROWSER = {"Accept": "text/html"}


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mail directory as `rongtong up` has it, with something beside it that nobody may read."""
    given = msgspec.structs.replace(settings_module.settings(), hosts="", mail_sink=True, data_dir=tmp_path)
    for module in (mailbox, proxies, render):
        monkeypatch.setattr(module, "settings", lambda: given)
    (tmp_path / "secret.eml").write_text("Subject: secret\n\nsecret")
    (tmp_path / "secret").write_text("secret")
    directory = tmp_path / "mail"
    directory.mkdir()
    return directory


Reading = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def reading(rolled_back: None, app: Any) -> Reading:
    """Read from some place, by some name: by default as a browser on this machine."""

    @asynccontextmanager
    async def read(peer: str = "127.0.0.1", host: str = "127.0.0.1:8000") -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(peer, 50000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            yield client

    return read


@pytest.fixture
async def client(reading: Reading) -> AsyncIterator[httpx.AsyncClient]:
    async with reading() as client:
        yield client


def letter(subject: str = "预约已确认", text: str = "您好") -> bytes:
    message = EmailMessage()
    message["Subject"], message["To"], message["From"] = subject, "guest@example.com", "bookings@rongtong.example"
    message["Date"] = "Mon, 23 Nov 2026 13:00:00 +0000"
    message.set_content(text)
    message.add_alternative("<p>never shown<script>alert(1)</script></p>", subtype="html")
    message.add_alternative("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", subtype="calendar", params={"method": "REQUEST"})
    return message.as_bytes()


async def test_an_empty_box_says_so(client: httpx.AsyncClient, box: Path) -> None:
    answer = await client.get("/mail?lang=en", headers=BROWSER)
    assert answer.status_code == 200
    assert "Nothing has been sent yet" in answer.text


async def test_without_the_sink_there_is_no_mail_page(client: httpx.AsyncClient) -> None:
    for path in ("/mail", "/mail/a.eml", "/mail/a.eml/raw"):
        assert (await client.get(path)).status_code == 404
    assert 'href="/mail"' not in (await client.get("/")).text


async def test_a_mail_is_listed_shown_and_given_as_it_was(client: httpx.AsyncClient, box: Path) -> None:
    older, newer = keep(box, letter("older")), keep(box, letter())
    listed = (await client.get("/mail", headers=BROWSER)).text
    assert listed.index(newer.name) < listed.index(older.name)
    assert "预约已确认" in listed
    shown = await client.get(f"/mail/{newer.name}", headers=BROWSER)
    for said in ("预约已确认", "guest@example.com", "您好", "BEGIN:VCALENDAR", "Mon, 23 Nov 2026"):
        assert said in shown.text
    assert "never shown" not in shown.text
    raw = await client.get(f"/mail/{newer.name}/raw")
    assert raw.content == newer.read_bytes()
    assert raw.headers["content-type"].startswith("message/rfc822")
    assert raw.headers["content-disposition"] == f'attachment; filename="{newer.name}"'
    assert "sandbox" in raw.headers["content-security-policy"]


async def test_what_a_mail_says_is_shown_as_text(client: httpx.AsyncClient, box: Path) -> None:
    kept = keep(box, letter("<script>alert(1)</script>", "<img src=x onerror=alert(1)> {{ 7*7 }}"))
    for path in ("/mail", f"/mail/{kept.name}"):
        html = (await client.get(path, headers=BROWSER)).text
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "&lt;script&gt;alert" in html


PATHS = ("/mail", "/mail/{0}", "/mail/{0}/raw")
FROM_HERE = [("127.0.0.1", "127.0.0.1:8000"), ("127.0.0.1", "localhost:8000"), ("::1", "[::1]:8000")]
PROXIED = [
    {"X-Forwarded-For": "198.51.100.7"}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-Host": "127.0.0.1:8000"}, {"X-Forwarded": ""}, {"X-Forwarded-Server": "x"},
    {"Forwarded": "for=127.0.0.1"}, {"Via": "1.1 nginx"}, {"X-Real-IP": "127.0.0.1"}, {"CF-Connecting-IP": "::1"},
]  # fmt: skip


async def statuses(client: httpx.AsyncClient, kept: Path, **headers: str) -> set[int]:
    return {(await client.get(path.format(kept.name), headers=BROWSER | headers)).status_code for path in PATHS}


@pytest.mark.parametrize(("peer", "host"), FROM_HERE)
async def test_who_sits_at_this_machine_reads_the_mails(box: Path, reading: Reading, peer: str, host: str) -> None:
    async with reading(peer, host) as client:
        assert await statuses(client, keep(box, letter())) == {200}


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("198.51.100.7", "127.0.0.1:8000"),  # `serve --host 0.0.0.0`, and a Host that is ours
        ("192.168.1.5", "127.0.0.1:8000"),
        ("127.0.0.1", "192.168.1.4:8000"),  # arrived at another address of this machine
        ("127.0.0.1", "evil.example"),  # a name that was made to lead here (DNS rebinding)
        ("", "127.0.0.1:8000"),  # a unix socket: behind it there may be any proxy
    ],
)
async def test_for_others_there_are_no_mails(box: Path, reading: Reading, peer: str, host: str) -> None:
    async with reading(peer, host) as client:
        assert await statuses(client, keep(box, letter())) <= {404, 421}
        assert 'href="/mail"' not in (await client.get("/", headers=BROWSER)).text


@pytest.mark.parametrize("headers", PROXIED, ids=str)
async def test_through_a_proxy_on_this_machine_there_are_no_mails(
    client: httpx.AsyncClient, box: Path, headers: dict[str, str]
) -> None:
    assert await statuses(client, keep(box, letter()), **headers) == {404}


async def test_control_without_looking_for_a_proxy_strangers_behind_it_read_the_mails(
    client: httpx.AsyncClient, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxies, "TRACES", (b"-",))
    for headers in PROXIED:
        assert await statuses(client, keep(box, letter()), **headers) == {200}


async def test_a_proxy_that_says_nothing_is_known_by_its_old_protocol(box: Path, rolled_back: None, app: Any) -> None:
    """As nginx asks with nothing but `proxy_pass`, over a real connection."""
    kept = keep(box, letter())
    async with serving(app) as port:
        for protocol, status in (("1.0", b"404"), ("1.1", b"200")):
            asked = f"GET /mail/{kept.name} HTTP/{protocol}\r\nHost: 127.0.0.1:{port}\r\n\r\n"
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(asked.encode())
            assert (await reader.readline()).split()[1] == status
            writer.close()


async def test_who_runs_the_platform_reads_them_from_wherever_they_are_signed_in(box: Path, reading: Reading) -> None:
    kept = keep(box, letter())
    proxied = {"X-Forwarded-For": "198.51.100.7"}
    for is_operator, expected in ((True, {200}), (False, {404})):
        secret = await sessions.issue(await factories.account(operator=is_operator), Origin())
        async with reading() as client:
            assert await statuses(client, kept, **proxied, Cookie=f"session={secret}") == expected


@pytest.mark.parametrize(
    "name",
    [
        "../secret", "..%2fsecret.eml", "%2e%2e%2fsecret.eml", "....//secret.eml", "..\\secret.eml", "%00.eml",
        "a%0a.eml", "%2fetc%2fpasswd", ".hidden.eml", "link.eml", "directory.eml", "x" * 300 + ".eml", "missing.eml",
        "a.eml%00.txt",
    ],
)  # fmt: skip
async def test_nothing_but_mails_can_be_asked_for(client: httpx.AsyncClient, box: Path, name: str) -> None:
    (box / ".hidden.eml").write_text("secret")
    (box / "link.eml").symlink_to(box.parent / "secret.eml")
    (box / "directory.eml").mkdir()
    for path in (f"/mail/{name}", f"/mail/{name}/raw"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert "secret" not in answer.text


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\xff\xfe\x00 no mail at all",
        b"Content-Type: text/plain; charset=nonsense\n\nh\xe4llo",
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n!!!not base64",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nhalf a mail",
        b"Subject: =?utf-8?b?4pyT?= =?nonsense?q?x?=\nDate: never\nTo: \xe4\xff\n\ntext",
        b'Content-Type: text/plain; charset="a\x00b"\n\ntext',
        b"To: " + b"a" * 70_000 + b"\n\ntext",
        b'Content-Disposition: attachment; filename*=utf-8\'\'%E0%A4%A\n\nx',
    ],
)  # fmt: skip
async def test_a_broken_mail_is_shown_as_well_as_it_can_be(client: httpx.AsyncClient, box: Path, broken: bytes) -> None:
    kept = keep(box, broken)
    for path in ("/mail", f"/mail/{kept.name}", f"/mail/{kept.name}/raw"):
        assert (await client.get(path)).status_code == 200

"""The ways in: `rongtong deliver`, the mail sink of `rongtong up`, and a real IMAP server."""

import asyncio
import imaplib
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import aiosmtplib
import pytest

from server.core import db
from server.core.errors import BusyTryAgain
from server.core.settings import settings
from server.embedded import mailsink
from server.replies.receive import receive
from tests.conftest import Services
from worker import imap as inbox

MAIL = b"Message-ID: <%d@example.com>\r\nFrom: a@example.com\r\nTo: bookings@rongtong.example\r\n\r\nHello\r\n"
PYMAP = str(Path(sys.executable).with_name("pymap"))


async def test_a_mail_is_delivered_by_a_command_once(services: Services) -> None:
    url = await services.new_database("delivering")
    given = os.environ | {"RONGTONG_DATABASE_URL": url}
    command = [sys.executable, "-m", "server.cli", "deliver"]
    said = [
        await asyncio.to_thread(subprocess.run, command, input=MAIL % 1, env=given, capture_output=True, check=True)
        for _ in range(2)
    ]
    assert [one.stdout.strip().splitlines()[-1] for one in said] == [b"no-calendar", b"duplicate"]
    away = given | {"RONGTONG_DATABASE_URL": "postgresql://u@127.0.0.1:1/x"}
    failed = await asyncio.to_thread(subprocess.run, command, input=MAIL % 2, env=away, capture_output=True)
    assert failed.returncode == os.EX_TEMPFAIL


async def test_the_sink_delivers_what_goes_to_the_own_mailbox(tmp_path: Path) -> None:
    delivered, well = [], [False, True, True]

    async def deliver(mail: bytes) -> bool:
        delivered.append(mail)
        return well[len(delivered) - 1]

    own = "bookings@rongtong.example"
    async with mailsink.sink(tmp_path, own, deliver) as url:
        place = urlsplit(url)
        client = aiosmtplib.SMTP(hostname=place.hostname, port=place.port)
        async with client:
            with pytest.raises(aiosmtplib.SMTPDataError):
                await client.sendmail("a@example.com", [own], MAIL % 1)
            for to in (own, "Bookings+abc@rongtong.example", "other@example.com"):
                await client.sendmail("a@example.com", [to], MAIL % 2)
    assert [one.strip() for one in delivered[1:]] == [(MAIL % 2).strip()] * 2
    assert len(os.listdir(tmp_path)) == 3


@pytest.mark.parametrize("url", ["imap://u:p@example.com/INBOX", "imaps://example.com", "http://u:p@localhost", "x"])
def test_what_is_no_mailbox_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="imaps://"):
        inbox.place(url)


def test_a_mailbox_is_read_off_its_url() -> None:
    found = inbox.place("imaps://bookings%40x.cn:p%2Fw@imap.x.cn/Answers")
    assert found == inbox.Place("imap.x.cn", 993, "bookings@x.cn", "p/w", "Answers", True)


@pytest.fixture(scope="module")
def imap() -> Iterator[int]:
    """A real IMAP server on a free port of this machine; gives the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [PYMAP, "--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict", "--demo-data"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            while True:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                running.poll()
                assert running.returncode is None
                time.sleep(0.1)
            yield port
        finally:
            running.terminate()


@pytest.fixture
async def mailbox(imap: int, rolled_back: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[imaplib.IMAP4]:
    """A mailbox with two new mails, one of them too large."""
    box = imaplib.IMAP4("127.0.0.1", imap)
    box.login("demouser", "demopass")
    box.create("Answers")
    box.append("Answers", "", "", MAIL % 10)
    box.append("Answers", "", "", MAIL % 11 + b"x" * 300_000)
    monkeypatch.setenv("RONGTONG_IMAP_URL", f"imap://demouser:demopass@127.0.0.1:{imap}/Answers")
    monkeypatch.setattr(inbox, "EVERY_SECONDS", 0)
    settings.cache_clear()
    yield box
    box.delete("Answers")
    box.logout()
    monkeypatch.undo()
    settings.cache_clear()


async def outcomes() -> list[str]:
    return [row["outcome"] for row in await db.fetch("SELECT outcome FROM inbound_mail ORDER BY outcome")]


async def test_new_mail_is_read_and_marked(mailbox: imaplib.IMAP4) -> None:
    assert await inbox.read_inbox(asyncio.Event()) == 2
    assert await outcomes() == ["no-calendar", "too-large"]
    assert await inbox.read_inbox(asyncio.Event()) == 0


async def test_what_was_read_but_not_marked_is_read_again_and_changes_nothing(
    mailbox: imaplib.IMAP4, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the worker is killed between the commit and the mark, or before the commit."""

    async def busy(raw: bytes) -> str:
        raise BusyTryAgain(retry_after=1)

    seen = list[str]()

    async def received(raw: bytes) -> str:
        seen.append(await receive(raw))
        return seen[-1]

    async def killed(raw: bytes) -> str:
        await received(raw)
        raise asyncio.CancelledError

    monkeypatch.setattr(inbox, "receive", busy)
    assert await inbox.read_inbox(asyncio.Event()) == 0
    monkeypatch.setattr(inbox, "receive", killed)
    with pytest.raises(asyncio.CancelledError):
        await inbox.read_inbox(asyncio.Event())
    monkeypatch.setattr(inbox, "receive", received)
    assert await inbox.read_inbox(asyncio.Event()) == 2
    assert seen == ["no-calendar", "duplicate"]
    assert await inbox.read_inbox(asyncio.Event()) == 0

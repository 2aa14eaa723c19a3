"""The way in by LMTP: what is taken was dealt with, and what is not is kept by the mail server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.core import db
from server.core.errors import BusyTryAgain
from tests.replies.conftest import GUEST, Scene
from tests.replies.shapes import answer
from worker import lmtp

OWN = "bookings@rongtong.example"


class Speaking:
    """A mail server that hands mail over, line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, line: str | bytes) -> str:
        self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return await self.reply()

    async def reply(self) -> str:
        while True:
            line = (await self.reader.readline()).decode().strip()
            if line[3:4] != "-":
                return line

    async def hand_over(self, mail: bytes, *to: str) -> list[str]:
        """The replies to a whole mail, one for each recipient that was taken."""
        await self.say("MAIL FROM:<a@example.com>")
        taken = [one for one in to if (await self.say(f"RCPT TO:<{one}>")).startswith("250")]
        await self.say("DATA")
        dotted = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in mail.split(b"\r\n"))
        first = await self.say(dotted + b"\r\n.")
        return [first, *[await self.reply() for _ in taken[1:]]]


@pytest.fixture
async def speaking(tmp_path: Path) -> AsyncIterator[Speaking]:
    path = tmp_path / "lmtp"
    async with lmtp.listening(str(path), OWN):
        reader, writer = await asyncio.open_unix_connection(str(path))
        speaking = Speaking(reader, writer)
        await speaking.reply()
        assert (await speaking.say("LHLO mx.example.com")).startswith("250")
        yield speaking
        writer.close()


async def test_an_answer_is_dealt_with_before_it_is_taken_and_once(scene: Scene, speaking: Speaking) -> None:
    id = await scene.book()
    invited = await scene.invited()
    mail = answer(invited, "DECLINED")
    assert await speaking.hand_over(mail, invited.sender) == ["250 2.0.0 declined"]
    assert await scene.answers(id) == {GUEST.lower(): "declined"}
    assert await speaking.hand_over(mail, OWN, "Bookings+abc@rongtong.example") == ["250 2.0.0 duplicate"] * 2


@pytest.mark.usefixtures("rolled_back")
async def test_mail_for_others_is_refused(speaking: Speaking) -> None:
    await speaking.say("MAIL FROM:<a@example.com>")
    for to in ("other@rongtong.example", "bookings@elsewhere.example"):
        assert (await speaking.say(f"RCPT TO:<{to}>")).startswith("550")


@pytest.mark.usefixtures("rolled_back")
async def test_what_cannot_be_taken_now_stays_with_the_mail_server(
    speaking: Speaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(raw: bytes) -> str:
        raise BusyTryAgain(retry_after=1)

    with monkeypatch.context() as patch:
        patch.setattr(lmtp, "receive", busy)
        [reply] = await speaking.hand_over(b"Message-ID: <a@b>\r\n\r\nHello", OWN)
    assert reply.startswith("451")
    assert await speaking.hand_over(b"Message-ID: <a@b>\r\n\r\nHello", OWN) == ["250 2.0.0 no-calendar"]


@pytest.mark.usefixtures("rolled_back")
async def test_what_is_too_large_is_refused_while_it_comes(speaking: Speaking) -> None:
    [reply] = await speaking.hand_over(b"Message-ID: <a@b>\r\n\r\n" + b"x" * 70 + (b"\r\n" + b"x" * 70) * 5000, OWN)
    assert reply.startswith("552")
    assert await db.fetchval("SELECT count(*) FROM inbound_mail") == 0

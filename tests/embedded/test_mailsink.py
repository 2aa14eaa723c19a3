import errno
import os
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

import aiosmtplib
import pytest

from server.embedded import mailsink
from worker.mail import Deferred, Mail, Rejected

TEXT = "预约已确认\n.\n..dots\n"


async def test_every_mail_is_kept_whole_and_in_order(tmp_path: Path) -> None:
    async with mailsink.sink(tmp_path / "mail") as url:
        place = urlsplit(url)
        for number in range(3):
            mail = EmailMessage()
            mail["Subject"] = f"第 {number} 封"
            mail.set_content(TEXT)
            await aiosmtplib.send(
                mail, hostname=place.hostname, port=place.port, sender="a@example.com", recipients=["b@example.com"]
            )
    kept = sorted((tmp_path / "mail").iterdir())
    assert [file.suffix for file in kept] == [".eml"] * 3
    mails = [message_from_bytes(file.read_bytes(), policy=default) for file in kept]
    assert [mail["Subject"] for mail in mails] == ["第 0 封", "第 1 封", "第 2 封"]
    assert [mail.get_content().replace("\r\n", "\n") for mail in mails] == [TEXT] * 3


@pytest.mark.parametrize(
    ("error", "said"), [(errno.ENOSPC, "452 4.3.1"), (errno.EDQUOT, "452 4.3.1"), (errno.EIO, "451 4.3.0")]
)
async def test_what_cannot_be_kept_is_refused_for_now_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, said: str
) -> None:
    def fails(descriptor: int) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "fsync", fails)
    async with mailsink.sink(tmp_path / "mail") as url, Mail(url, "a@example.com", "localhost") as mail:
        with pytest.raises(Deferred, match=said):
            await mail.send("b@example.com", b"Subject: a\r\n\r\na")
        assert list((tmp_path / "mail").iterdir()) == []


async def test_control_left_to_the_library_a_full_disk_is_a_refusal_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(mailsink.Keep, "handle_exception")
    monkeypatch.setattr(mailsink, "keep", lambda *given: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    async with mailsink.sink(tmp_path / "mail") as url, Mail(url, "a@example.com", "localhost") as mail:
        with pytest.raises(Rejected):
            await mail.send("b@example.com", b"Subject: a\r\n\r\na")

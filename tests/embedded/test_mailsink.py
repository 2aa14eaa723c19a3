from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

import aiosmtplib

from server.embedded import mailsink

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

from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import aiosmtplib

from server import mailsink


async def test_every_mail_is_kept_whole_and_in_order(tmp_path: Path) -> None:
    async with mailsink.sink(tmp_path / "mail") as url:
        place = urlsplit(url)
        for number in range(3):
            mail = EmailMessage()
            mail["Subject"] = f"第 {number} 封"
            mail.set_content("预约已确认\n.\n..dots\n")
            await aiosmtplib.send(
                mail, hostname=place.hostname, port=place.port, sender="a@example.com", recipients=["b@example.com"]
            )
    kept = sorted((tmp_path / "mail").iterdir())
    assert [file.suffix for file in kept] == [".eml"] * 3
    for number, file in enumerate(kept):
        assert b"=?utf-8?b?" in file.read_bytes()
        assert file.read_bytes().count(b"\r\n") > 5
        assert file.stat().st_size > 100, number

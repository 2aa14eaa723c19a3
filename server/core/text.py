"""Kinds of text that people may send, without the control characters that break calendars, mails and sheets. Pure."""

from typing import Annotated

from msgspec import Meta

# C0 and C1 controls, DEL, and the two Unicode line separators.
LINE_PATTERN = r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z"
# The same, but tab and line feed (with or without carriage return) are text.
PROSE_PATTERN = r"\A([^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]|\r\n)*\Z"
# RFC 5321 4.1.2 without quoted local parts and address literals.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = rf"\A[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+\Z"

Line = Annotated[str, Meta(max_length=200, pattern=LINE_PATTERN)]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\A(?=.*\S)" + LINE_PATTERN.removeprefix(r"\A"))]
Address = Annotated[str, Meta(max_length=1000, pattern=LINE_PATTERN)]  # of a web page, or where else a thing was found
Prose = Annotated[str, Meta(max_length=5000, pattern=PROSE_PATTERN)]
Email = Annotated[str, Meta(max_length=254, pattern=_EMAIL)]


def normal_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def many(count: int, one: str) -> str:
    """Count things in English, for those who read answers of the API: `1 unit`, `2 units`."""
    return f"{count} {one}" if count == 1 else f"{count} {one}s"

"""The charset (encoding) of a calendar: by its byte order mark, as UTF-8, as declared, and then by judgement. Pure.

What a calendar is about is ASCII in all of them, so a wrong guess costs a title and never an event.
"""

import codecs
import re

_WIDE = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"B\x00E\x00", "utf-16-le"), (b"\x00B\x00E", "utf-16-be"))
_FOREIGN = re.compile(rb"[\x80-\xff]+")


def narrow(content: bytes) -> bytes:
    """A file whose lines can be told apart by bytes: without a mark, and what is UTF-16 as UTF-8."""
    for beginning, encoding in _WIDE:
        if content.startswith(beginning):
            return content.decode(encoding, "replace").removeprefix("\ufeff").encode()
    return content.removeprefix(codecs.BOM_UTF8)


def decoded(content: bytes, declared: str = "") -> str:
    """The text of what was made narrow. What is UTF-8 throughout is UTF-8, whatever its server declares."""
    for encoding in ("utf-8", declared or "utf-8", "gb18030" if _is_chinese(content) else "cp1252"):
        try:
            return content.decode(encoding)
        except (UnicodeError, LookupError, ValueError):  # also for what is declared and is no encoding of text
            continue
    return content.decode("latin-1")


def _is_chinese(content: bytes) -> bool:
    """In GBK foreign bytes come in pairs, in Latin texts mostly alone between letters."""
    runs = [len(run) % 2 == 0 for run in _FOREIGN.findall(content)]
    return sum(runs) * 2 > len(runs)

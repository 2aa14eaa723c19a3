"""A hundred strings that have broken calendars, mails, sheets and pages."""

import re

PLAIN = {"\\n": "\n", "\\N": "\n", "\\\\": "\\", "\\;": ";", "\\,": ","}

NASTY = [
    "a\r\nX-INJECTED:1", "a\nBEGIN:VEVENT\nUID:evil\nEND:VEVENT", "a\rATTENDEE:mailto:e@example.com", "\r\n\r\n<html>",
    "Subject\r\nBcc: evil@example.com", "a\u2028b\u2029c", "a\x00b", "\x01\x07\x08\x1b[31m", "\x7f\x80\x85\x9f", "a\tb",
    "END:VCALENDAR", "BEGIN:VALARM", "a;b,c:d\\e", "\\", "\\\\n", "\\n", "\\N", "\\;", "ends in backslash\\", ";;;,,,",
    '"quoted"', '";X="1', "^n^'^^", "^", "a=b;CN=evil", "=?utf-8?b?ZXZpbA==?=", "=?x?q?=0D=0ABcc: e?=", "%0d%0aX: 1",
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1+1",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</td></table>", "&amp;&lt;", "{{ 7*7 }}", "{% raw %}",
    "%(resource)s", "%s%n%x", "${7*7}", "{0}", "%", "%%", "'; DROP TABLE booking; --", "' OR 1=1",
    "扫描电子显微镜" * 30, "é" * 200, "😀" * 60, "👩‍👩‍👧‍👦" * 20, "𝒳" * 50, "a" * 74, "a" * 75, "a" * 76, "a" * 5000,
    "测" * 24, "测" * 25, "测" * 26, "a" + "测" * 25, "aa" + "测" * 25, "\\" * 100, "," * 99, "^" * 99, "a" * 73 + ",",
    "שלום עולם", "مرحبا بالعالم", "\u202eevil\u202c", "\u2066abc\u2069", "\u200b\u200d\ufeff", "e\u0301" * 40,
    "", " ", "   leading and trailing   ", "\n", "\n\n\n", "a\n b", "a\r\n\tb", "\x0b\x0c", "ZERO\u0000WIDTH",
    "--boundary", "--=_boundary--", ".", "\n.\n", "From someone", "\nFrom x", "To: x", "Content-Type: text/html",
    "mailto:evil@example.com", "http://x/?a=1&b=2", "javascript:alert(1)", "NULL", "None", "nan", "-0", "0x1",
    "\udcff".encode("utf-8", "replace").decode(), "ﷺ" * 30, "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞", "＝１＋１", "，；：", "\u3000全角\u3000",
]  # fmt: skip


class Broken(Exception):
    """Something got through. An exception, because `python -O` takes asserts away."""


def check_calendar(written: bytes, like: bytes) -> None:
    """Hold a calendar against one of harmless facts: the same properties in the same order, and clean lines."""
    if (
        not written.endswith(b"\r\n")
        or b"\r" in written.replace(b"\r\n", b"")
        or b"\n" in written.replace(b"\r\n", b"")
    ):
        raise Broken("line ends")
    lines = written.split(b"\r\n")
    if any(len(line) > 75 for line in lines):
        raise Broken("a line longer than 75 octets")
    for line in lines:
        line.decode()  # no character is cut in two
    if any((ord(c) < 32 and c not in "\r\n\t") or 127 <= ord(c) < 160 for c in written.decode()):
        raise Broken("control characters")
    if properties(written) != properties(like):
        raise Broken("other properties")


def properties(written: bytes) -> list[str]:
    """The names and parameters of all lines, read by a reader of our own."""
    found = []
    for line in written.decode().replace("\r\n ", "").split("\r\n"):
        name, quoted = "", False
        for char in line:
            quoted ^= char == '"'
            if char == ":" and not quoted:
                break
            name += char if not quoted else ""
        found.append(name)
    return found


def values(written: bytes, name: str) -> list[str]:
    """The TEXT values of a property, unescaped by RFC 5545 3.3.11."""
    found = []
    for line in written.decode().replace("\r\n ", "").split("\r\n"):
        if line.startswith(f"{name}:"):
            found.append(re.sub(r"\\[nN\\;,]", lambda escape: PLAIN[escape[0]], line[len(name) + 1 :]))
    return found

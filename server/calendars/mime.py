"""MIME by hand, for one reason: the same mail must come out byte for byte the same whenever it is written again. Pure.

Everything is 7-bit clean. Boundaries come from a hash of what they bound, so no text can contain them by accident.
"""

import base64
import hashlib
from collections.abc import Iterable
from email.header import Header

from server.calendars.lines import FORBIDDEN

LINE = 72  # characters of a header line


def header(name: str, value: str) -> bytes:
    """Write a header with text that people chose: one line of meaning, whatever it contains (RFC 2047)."""
    said = " ".join(FORBIDDEN.sub("", value).split())
    charset = "us-ascii" if said.isascii() else "utf-8"
    encoded = Header(said, charset, header_name=name, maxlinelen=LINE).encode(linesep="\r\n")
    return f"{name}: {encoded}\r\n".encode("ascii")


def part(content_type: str, content: bytes, *more: str) -> bytes:
    """Write a leaf with its content in base64. `more` are further header lines."""
    lines = base64.encodebytes(content).replace(b"\n", b"\r\n")
    head = "\r\n".join((f"Content-Type: {content_type}", "Content-Transfer-Encoding: base64", *more))
    return head.encode("ascii") + b"\r\n\r\n" + lines


def multipart(kind: str, parts: Iterable[bytes]) -> bytes:
    """Bind parts together."""
    bound = list(parts)
    boundary = f"=_{hashlib.sha256(kind.encode() + b''.join(bound)).hexdigest()[:40]}"
    between = f"--{boundary}\r\n".encode()
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(between + one + b"\r\n" for one in bound) + f"--{boundary}--\r\n".encode()

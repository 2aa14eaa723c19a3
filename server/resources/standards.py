"""Find the standards that a text names, such as GB/T 228.1-2021 or ISO 6892-1. Pure."""

import re

# Chinese national, trade and metrology standards, and the international ones that laboratories name.
BODIES = (
    "GB|GJB|JJG|JJF|JB|YB|HB|QB|SH|SY|DL|HG|NY|YY|HJ|SN|WS|CJ|JC|JG|JT|LY|MT|TB|XB|YS|CNAS|CMA|RB|DB|ISO|IEC|IEEE|ASTM"
    "|ASME|EN|DIN|JIS|BS|ANSI|SAE|AATCC|ICH|USP|UL|CISPR|ITU"
)
NAMED = re.compile(rf"(?<![A-Z])({BODIES})\s*(/\s*[TZ])?[\s-]*([A-Z]?\d[\d.]*(?:-\d+)*)?(?![A-Z])")
MOST = 50  # that are kept of one text


def standards(text: str) -> list[str]:
    """The standards named in a text, as `GB/T 228.1-2021`: once each, by name."""
    found = {standard(match) for match in NAMED.finditer(text.upper()) if match[3]}
    return sorted(found)[:MOST]


def beginning(text: str) -> str:
    """How what someone looks for is written here; a body alone, or a number without its year, is a beginning."""
    match = NAMED.fullmatch(text.upper().strip())
    return standard(match) if match else text.upper().strip()


def standard(match: re.Match[str]) -> str:
    body, kind, number = match.groups()
    name = body + (kind.replace(" ", "") if kind else "")
    return f"{name} {number.rstrip('.-')}" if number else name

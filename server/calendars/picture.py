"""The address of a feed as a QR code, for the telephone that is to subscribe."""

import io

import segno


def picture(url: str) -> bytes:
    """Draw it as SVG. It says `webcal`: a telephone then subscribes, where `https` would copy the events once."""
    out = io.BytesIO()
    segno.make(webcal(url), error="m").save(out, kind="svg", scale=5, border=4, light="#fff", xmldecl=False)
    return out.getvalue()


def webcal(url: str) -> str:
    """The address as calendar programs know it."""
    return "webcal://" + url.partition("://")[2]

"""Whom a mail is really from, by what the own mail server has found out about it (RFC 8601). Pure.

For mailboxes that take no plus addresses. Only the topmost Authentication-Results is read: each server puts its own on
top, so whatever the sender has written in advance stands below it. It must name the server that is trusted.
"""

from email.message import Message
from email.utils import getaddresses

import authres

HEADER = "Authentication-Results"


def proven(mail: Message, trusted: str) -> str:
    """The sender's address in lower case, where DMARC passed for its domain, or DKIM by that domain; else nothing."""
    results = mail.get_all(HEADER, [])
    senders = [address.lower() for _, address in getaddresses(str(one) for one in mail.get_all("From", []))]
    if not trusted or not results or len(senders) != 1 or senders[0].count("@") != 1:
        return ""
    try:
        found = authres.AuthenticationResultsHeader.parse(f"{HEADER}: {' '.join(str(results[0]).split())}")
    except Exception:  # the library tells of strangers' headers by several errors
        return ""
    if str(found.authserv_id).lower() != trusted.lower():
        return ""
    domain = senders[0].partition("@")[2]
    return senders[0] if any(_vouches(one, domain) for one in found.results) else ""


def _vouches(result: object, domain: str) -> bool:
    method, said = getattr(result, "method", ""), str(getattr(result, "result", "")).lower()
    if said != "pass" or method not in ("dmarc", "dkim"):
        return False
    properties = {
        (str(one.type).lower(), str(one.name).lower()): str(one.value).lower().rpartition("@")[2]
        for one in getattr(result, "properties", [])
    }
    return domain == properties.get(("header", "from" if method == "dmarc" else "d"))

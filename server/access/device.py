"""From where somebody signs in: as far as they need to recognise it, and whether they have done so with it before.

A browser in which a person has signed in keeps a proof of it for their account, which opens nothing. With it, attempts
are counted apart from those of strangers: those lock only strangers out.
"""

from datetime import timedelta
from ipaddress import ip_address, ip_network
from uuid import UUID

import msgspec

from server.core import links
from server.core.http import Connection, secure
from server.core.ids import new_id
from server.core.proxies import client_address, customer

# The first that stands in a User-Agent is what it is; those that pretend to be others come first.
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
KNOWN_FOR = timedelta(days=400)  # since the last sign-in; browsers keep no cookie longer
KNOWN_MOST = 8  # accounts of one browser; the one whose sign-in is longest ago is forgotten
PREFIXES = {4: 24, 6: 48}  # bits: of a network, not of a person


class Origin(msgspec.Struct, frozen=True):
    """Where a session is issued."""

    device: str = ""
    network: str = ""
    customer: str = ""  # for limits; never stored
    proofs: tuple[str, ...] = ()  # of accounts that have signed in here before, the last one first

    def known_to(self, account_id: UUID | None) -> UUID | None:
        """Name the device, if the person has signed in with it before."""
        found = (links.row_of(f"device {account_id}", proof) for proof in self.proofs)
        return next((device_id for device_id in found if account_id and device_id), None)

    def remembering(self, account_id: UUID) -> str:
        """The proofs of this browser, once the person has signed in with it."""
        about = f"device {account_id}"
        own = links.token(about, self.known_to(account_id) or new_id())
        others = [proof for proof in self.proofs if not links.row_of(about, proof)]
        return ".".join([own, *others][:KNOWN_MOST])


def origin(connection: Connection) -> Origin:
    address = client_address(connection.scope)
    shown = connection.cookies.get(cookie_name(), "").split(".", KNOWN_MOST)[:KNOWN_MOST]
    proofs = tuple(proof for proof in shown if proof)
    return Origin(device(connection.headers.get("user-agent", "")), network(address), customer(address), proofs)


def cookie_name() -> str:
    return "__Host-device" if secure() else "device"


def device(user_agent: str) -> str:
    """Name browser and system: `Firefox, Linux`. What is not known is left out: nothing of the text is kept."""
    named = [next((name for mark, name in known if mark in user_agent), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in named if name)


def network(address: str) -> str:
    """Cut an address down to its network: `192.0.2.0/24`, `2001:db8:1::/48`; empty for what is none."""
    try:
        whole = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network((whole, PREFIXES[whole.version]), strict=False))

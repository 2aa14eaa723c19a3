"""From where a session was issued, as far as its owner needs to recognise it, and no further."""

from ipaddress import ip_address, ip_network

import msgspec

from server.core.http import Connection
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
PREFIXES = {4: 24, 6: 48}  # bits: of a network, not of a person


class Origin(msgspec.Struct, frozen=True):
    """Where a session is issued."""

    device: str = ""
    network: str = ""
    customer: str = ""  # for limits; never stored


def origin(connection: Connection) -> Origin:
    address = client_address(connection.scope)
    return Origin(device(connection.headers.get("user-agent", "")), network(address), customer(address))


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

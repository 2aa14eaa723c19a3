"""Which network addresses the program may connect to when somebody else named the host (SSRF). Pure.

A list of our own: `ipaddress.is_global` of Python 3.11 is true for 224.0.0.1, 64:ff9b::7f00:1, ::127.0.0.1 and fec0::1.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's special-purpose registry (RFC 6890 and its successors), multicast, reserved, and a cloud's own.
DENIED_4 = tuple(
    IPv4Network(one)
    for one in (
        "0.0.0.0/8",  # "this" network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers; clouds keep services here
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "168.63.129.16/32",  # Azure's own services on every virtual machine
    )
)

# Of IPv6 only what is given out for the public is allowed, and NAT64, behind which public IPv4 may lie.
PUBLIC_6 = IPv6Network("2000::/3")
DENIED_6 = tuple(
    IPv6Network(one)
    for one in (
        "2001::/32",  # Teredo: a tunnel that nobody serves from
        "2001:2::/48",  # benchmarks
        "2001:10::/28",  # ORCHID
        "2001:20::/28",  # ORCHIDv2
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052; networks that have IPv6 only reach the rest through it
ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214: the upper half of an interface id that ends in an IPv4 address


def allowed(address: Address, exempt: tuple[Network, ...] = ()) -> bool:
    """Whether the program may connect to an address. `exempt` networks are allowed whatever the lists say."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address.version == network.version and address in network for network in exempt):
        return True
    if isinstance(address, IPv4Address):
        return not any(address in network for network in DENIED_4)
    if address.scope_id is not None or not (address in PUBLIC_6 or address in NAT64):
        return False
    return not any(address in network for network in DENIED_6) and all(map(allowed, embedded(address)))


def embedded(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses to which packets for an IPv6 address may go in the end."""
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    if int(address) >> 32 & 0xFFFFFFFF in ISATAP:
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def is_loopback(host: str) -> bool:
    """Whether a host as it is written means this machine. Names are not resolved: only `localhost` is known."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host.lower() == "localhost"
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def parsed(text: str) -> Address:
    """Read an address as the resolver gives it. Raises ValueError."""
    return ip_address(text)


def networks(text: str) -> tuple[Network, ...]:
    """Read a list such as `10.1.0.0/16, fd00::/8`. Raises ValueError."""
    return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())

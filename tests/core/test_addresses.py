"""Where the program may connect to, as addresses."""

from ipaddress import IPv4Address, IPv6Address

import pytest

from server.core import addresses

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.0.1.1", "198.20.0.1",
    "223.255.255.255",     "2606:4700::1111", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
]  # fmt: skip
DENIED = [
    str(IPv4Address(0)), "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1",
    "127.255.0.1",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "100::1", "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1",
    "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::1", "2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a00:1",
    "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%lo", "2606:4700::1%1", "fec0::1", "ff02::1",
    "ff0e::1", "4000::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_is_allowed(address: str) -> None:
    assert addresses.allowed(addresses.parsed(address))


@pytest.mark.parametrize("address", DENIED)
def test_everything_else_is_not(address: str) -> None:
    assert not addresses.allowed(addresses.parsed(address))


def test_python_alone_would_allow_some_of_them() -> None:
    assert [address for address in DENIED if addresses.parsed(address).is_global]


def test_an_administrator_may_exempt_a_network() -> None:
    exempt = addresses.networks("10.1.0.0/16, fd00::/8")
    assert addresses.allowed(addresses.parsed("10.1.2.3"), exempt)
    assert addresses.allowed(addresses.parsed("::ffff:10.1.2.3"), exempt)
    assert addresses.allowed(addresses.parsed("fd00::1"), exempt)
    assert not addresses.allowed(addresses.parsed("10.2.2.3"), exempt)
    assert not addresses.allowed(addresses.parsed("2002:a01:203::1"), exempt)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "::ffff:127.0.0.1", "localhost", "LocalHost"]
)
def test_this_machine_is_known(host: str) -> None:
    assert addresses.is_loopback(host)


@pytest.mark.parametrize("host", ["", "10.0.0.1", "0.0.0.1", "::", "::ffff:10.0.0.1", "localhost.example", "127.1"])
def test_what_only_looks_like_this_machine_is_not(host: str) -> None:
    assert not addresses.is_loopback(host)


def test_what_ends_an_ipv6_address_is_read_whole() -> None:
    assert [str(one) for one in addresses.embedded(IPv6Address("64:ff9b::a9fe:a9fe"))] == ["169.254.169.254"]
    assert [str(one) for one in addresses.embedded(IPv6Address("2606:4700::5efe:a00:1"))] == ["10.0.0.1"]

"""Everything that differs between two deployments, read once from RONGTONG_* variables."""

import os
from collections.abc import Callable
from functools import lru_cache, partial
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from server.core import addresses

RateLimits = Annotated[str, Meta(pattern=r"\A(on|off|\d{1,4}(\.\d{1,3})?)\Z")]
LogLevel = Literal["debug", "info", "warning", "error"]
# Never repeated: a password stands in them, or they are one.
PRIVATE = ("secret", "metrics_token", "database_url", "redis_url", "smtp_url", "imap_url")


class WrongSetting(ValueError):
    """A variable says what it cannot say. The message is one line that names it and what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one process.

    An empty URL means that no such service was named: `rongtong up` then starts an embedded one and names it.
    """

    database_url: str = ""
    redis_url: str = ""
    smtp_url: str = ""
    base_url: str = "http://127.0.0.1:8000"
    secret: str = ""  # one, or several with commas between them, the newest first (server/core/keyring.py)
    data_dir: Path = Path(".rongtong")
    mail_from: str = "bookings@rongtong.example"
    mail_plus: bool = (
        False  # the mailbox of mail_from also takes bookings+anything@: invitations then ask for answers there
    )
    mail_authserv: str = ""  # the mail server whose Authentication-Results are believed; for mailboxes without plus
    imap_url: str = ""  # imaps://user:password@host/INBOX, where answers and bounces arrive
    profile_certificate: str = ""  # PEM file of who signs profiles for Apple's devices, and of those that vouch for it
    profile_key: str = ""  # PEM file of the key that belongs to it
    lmtp_listen: str = ""  # host:port, or the path of a socket, where the worker takes mail by LMTP
    mail_sink: bool = False  # set by `rongtong up` when mail goes to the local sink, so that /mail may show it
    pool_size: Annotated[int, Meta(ge=1, le=1000)] = 8  # connections per process; 8 beat 32 when measured
    statement_cache_size: Annotated[int, Meta(ge=0)] = 100  # 0 behind pgbouncer in transaction mode
    log_level: LogLevel = "info"
    hosts: str = ""  # names besides that of base_url, with commas between them
    proxies: str = ""  # whose X-Forwarded-* are believed: networks (CIDR) and `unix`, with commas between them
    metrics_token: str = ""  # by which a Prometheus reads /metrics: `Authorization: Bearer …`
    rate_limits: RateLimits = "on"  # `off`, or a factor such as `2`
    outbound_allow: str = ""  # networks that others may let us connect to although they are not public: "10.1.0.0/16"
    outbound_ports: str = ""  # more ports than that of https: "8443, 9443"
    outbound_http: bool = False  # also http:// and port 80

    def __post_init__(self) -> None:
        _check("base_url", self.base_url, _refuse_unless_base)
        _check("proxies", self.proxies, _refuse_unless_proxies)
        _check("outbound_allow", self.outbound_allow, addresses.networks)
        _check("outbound_ports", self.outbound_ports, lambda value: [int(one) for one in named(value)])
        if bool(self.profile_certificate) != bool(self.profile_key):
            raise WrongSetting(
                "RONGTONG_PROFILE_CERTIFICATE and RONGTONG_PROFILE_KEY go together: name both files or none"
            )
        if self.mail_sink and not self.is_local:
            raise WrongSetting(
                f"RONGTONG_MAIL_SINK shows all mail to everybody on this machine, and others come too, as "
                f"{self.opened_by} says; name a mail server in RONGTONG_SMTP_URL instead"
            )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets of the installation, the newest first."""
        return tuple(named(self.secret))

    @property
    def is_local(self) -> bool:
        """Whether it is for people on this machine alone: no name, no proxy says that others come."""
        return not self.opened_by

    @property
    def opened_by(self) -> str:
        """The variable by which others come."""
        if not addresses.is_loopback(urlsplit(self.base_url).hostname or ""):
            return "RONGTONG_BASE_URL"
        if not all(addresses.is_loopback(one) for one in named(self.hosts)):
            return "RONGTONG_HOSTS"
        return "RONGTONG_PROXIES" if self.proxies else ""

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read RONGTONG_<FIELD> for every field. Raises WrongSetting."""
        kinds = get_type_hints(cls, include_extras=True)
        given = {}
        for name in cls.__struct_fields__:
            if value := os.environ.get(variable(name)):
                value = value.rstrip("/") if name == "base_url" else value
                given[name] = _check(name, value, partial(_converted, kinds[name]))
        return cls(**given)


def variable(name: str) -> str:
    return f"RONGTONG_{name.upper()}"


def named(commas: str) -> list[str]:
    return [one.strip() for one in commas.split(",") if one.strip()]


def _check(name: str, value: str, reading: Callable[[str], Any]) -> Any:
    """Read the value of a variable. Raises WrongSetting."""
    try:
        return reading(value)
    except ValueError as error:  # msgspec.ValidationError is one
        said = "" if name in PRIVATE else f"={value}"
        raise WrongSetting(f"{variable(name)}{said}: {error}") from None


def _converted(kind: Any, value: str) -> Any:
    return msgspec.convert(value, kind, strict=False, dec_hook=_decode)


def _refuse_unless_base(url: str) -> None:
    parts = urlsplit(url)
    whole = parts.scheme in ("http", "https") and parts.hostname and not parts.username and parts.port != 0
    if not whole or parts.path or parts.query or parts.fragment:
        raise ValueError("expected scheme and host alone, such as https://rongtong.example")


def _refuse_unless_proxies(value: str) -> None:
    for one in named(value):
        if one != "unix":
            ip_network(one, strict=False)


def _decode(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value)).absolute()
    raise NotImplementedError(kind)


@lru_cache(maxsize=1)
def settings() -> Settings:
    return Settings.from_environment()

"""Everything that differs between two deployments, read once from RONGTONG_* variables."""

import os
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from server.core import addresses

RateLimits = Annotated[str, Meta(pattern=r"\A(on|off|\d{1,4}(\.\d{1,3})?)\Z")]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one process.

    An empty URL means that no such service was named: `rongtong up` then starts an embedded one and names it.
    """

    database_url: str = ""
    redis_url: str = ""
    smtp_url: str = ""
    base_url: str = "http://127.0.0.1:8000"
    secret: str = "development only"  # noqa: S105 - `rongtong up` makes a real one
    data_dir: Path = Path(".rongtong")
    mail_from: str = "bookings@rongtong.example"
    mail_plus: bool = (
        False  # the mailbox of mail_from also takes bookings+anything@: invitations then ask for answers there
    )
    mail_authserv: str = ""  # the mail server whose Authentication-Results are believed; for mailboxes without plus
    imap_url: str = ""  # imaps://user:password@host/INBOX, where answers and bounces arrive
    lmtp_listen: str = ""  # host:port, or the path of a socket, where the worker takes mail by LMTP
    mail_sink: bool = False  # set by `rongtong up` when mail goes to the local sink, so that /mail may show it
    pool_size: int = 8  # connections per process; 8 beat 32 when measured
    statement_cache_size: int = 100  # 0 behind pgbouncer in transaction mode
    log_level: str = "info"
    hosts: str = ""  # names besides that of base_url, with commas between them
    proxies: str = ""  # whose X-Forwarded-* are believed: networks (CIDR) and `unix`, with commas between them
    metrics_token: str = ""  # by which a Prometheus reads /metrics: `Authorization: Bearer …`
    rate_limits: RateLimits = "on"  # `off`, or a factor such as `2`
    outbound_allow: str = ""  # networks that others may let us connect to although they are not public: "10.1.0.0/16"
    outbound_ports: str = ""  # more ports than that of https: "8443, 9443"
    outbound_http: bool = False  # also http:// and port 80

    def __post_init__(self) -> None:
        for one in self.proxies.split(","):
            if one.strip() not in ("", "unix"):
                ip_network(one.strip(), strict=False)
        addresses.networks(self.outbound_allow)
        [int(one) for one in self.outbound_ports.split(",") if one.strip()]

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read RONGTONG_<FIELD> for every field. Raises msgspec.ValidationError for a value of the wrong kind."""
        given = {
            name: value
            for name in cls.__struct_fields__
            if (value := os.environ.get(f"RONGTONG_{name.upper()}")) not in (None, "")
        }
        return msgspec.convert(given, cls, strict=False, dec_hook=_decode)


def _decode(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value)).absolute()
    raise NotImplementedError(kind)


@lru_cache(maxsize=1)
def settings() -> Settings:
    return Settings.from_environment()

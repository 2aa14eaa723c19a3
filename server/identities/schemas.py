from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

Name = Annotated[str, Meta(min_length=1, max_length=100, description="what people call it", examples=["苏州大学"])]
Issuer = Annotated[str, Meta(min_length=1, max_length=500, examples=["https://login.example.edu.cn"])]
ClientId = Annotated[str, Meta(min_length=1, max_length=255)]
ClientSecret = Annotated[str, Meta(max_length=1000, description="never shown again; empty for a public client")]
Domain = Annotated[
    str,
    Meta(
        max_length=253, pattern=r"\A([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z", examples=["example.cn"]
    ),
]
Domains = Annotated[list[Domain], Meta(min_length=1, max_length=20, description="of the mail addresses it speaks for")]


class NewIdentityProvider(msgspec.Struct, forbid_unknown_fields=True):
    """An OpenID Connect provider, as it was told to you when you registered Rongtong there."""

    name: Name
    issuer: Issuer
    client_id: ClientId
    domains: Domains
    client_secret: ClientSecret = ""
    joins: bool = True


class IdentityProviderPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What is to change. A domain that is new has to be verified."""

    name: Name | UnsetType = UNSET
    client_secret: ClientSecret | UnsetType = UNSET
    domains: Domains | UnsetType = UNSET
    joins: bool | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class IdentityDomain(msgspec.Struct):
    """A domain, and when an operator verified that it is the organization's; null while that waits."""

    domain: str
    verified_at: datetime | None


class IdentityProvider(msgspec.Struct):
    """Where the people of an organization sign in."""

    id: UUID
    name: str
    issuer: str
    client_id: str
    has_secret: bool
    domains: list[IdentityDomain]
    joins: bool
    enabled: bool
    callback_url: str  # to be registered at the provider


class AwaitingDomain(msgspec.Struct):
    """A domain that an organization says is its own."""

    __schema_name__ = "WaitingIdentityDomain"
    provider_id: UUID
    domain: str
    issuer: str
    organization_id: UUID
    organization_name: str

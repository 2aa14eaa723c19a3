from piccolo.columns import Boolean, Bytea, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from server.accounts.tables import Account
from server.core.pgtypes import Id, PrimaryKey, Sealed
from server.organizations.tables import Organization


class IdentityProvider(Table):
    """Where the people of an organization sign in."""

    id = Id(primary_key=True)
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None)
    kind = Text(default="oidc")
    name = Text(default=None)  # what people call it
    issuer = Text(default=None)
    client_id = Text(default=None)
    sealed_secret = Sealed()  # empty for a client without one
    joins = Boolean(default=True)  # who signs in first becomes a booker
    enabled = Boolean(default=True)
    created_at = Timestamptz()

    identity_provider_pk = PrimaryKey("(id)")
    identity_provider_once = Unique([organization_id, issuer, client_id])
    identity_provider_kind_known = Check("kind IN ('oidc')")


class IdentityDomain(Table):
    """A domain of mail addresses for which an identity provider speaks, once an operator has verified that."""

    id = Id(primary_key=True)
    provider_id = ForeignKey(IdentityProvider, on_delete=OnDelete.cascade, null=False, default=None)
    domain = Text(default=None)
    verified_at = Timestamptz(default=None, null=True)

    identity_domain_pk = PrimaryKey("(id)")
    identity_domain_once = Unique([provider_id, domain])
    identity_domain_lower = Check("domain = lower(domain)")


class ExternalIdentity(Table):
    """A person as an identity provider knows them. What it calls them never changes, unlike their address."""

    id = Id(primary_key=True)
    provider_id = ForeignKey(IdentityProvider, on_delete=OnDelete.cascade, null=False, default=None)
    subject = Text(default=None)
    account_id = ForeignKey(Account, on_delete=OnDelete.cascade, null=False, default=None, index=True)
    created_at = Timestamptz()

    external_identity_pk = PrimaryKey("(id)")
    external_identity_once = Unique([provider_id, subject])


class SignInAttempt(Table):
    """A browser that was sent to an identity provider. All that it must bring back is derived from its cookie."""

    hash = Bytea(default=None, primary_key=True)  # SHA-256 of the cookie
    provider_id = ForeignKey(IdentityProvider, on_delete=OnDelete.cascade, null=False, default=None)
    return_to = Text(default="/")
    expires_at = Timestamptz(default=None, index=True)

from typing import Any

from piccolo.columns import JSONB, BigInt, Boolean, Bytea, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.columns.reference import LazyTableReference
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from server.core.pgtypes import Id, PrimaryKey, Sealed

# By name: organizations and their members stand above accounts.
MEMBER = LazyTableReference("Member", module_path="server.organizations.tables")


class Account(Table):
    """A person who signs in."""

    id = Id(primary_key=True)
    email = Text(default=None)  # lower case
    name = Text(default=None)
    locale = Text(default="zh-CN")
    time_zone = Text(default="Asia/Shanghai")  # IANA name; the mail of the day comes in its morning
    verified_at = Timestamptz(default=None, null=True)  # when the address was proven; before, they act for nobody
    notifications = JSONB(default="{}")  # how to be told, by event of outbox.preferences; what is not said is "now"
    is_operator = Boolean(default=False)  # runs the platform: verifies organizations, watches delivery, audits
    created_at = Timestamptz()
    locked_at = Timestamptz(default=None, null=True)  # by an operator: nobody signs in or acts with it
    erased_at = Timestamptz(default=None, null=True)  # name and address are gone; a pseudonym stands in their place
    authority = BigInt(default=0)  # grows with every change of what may be done as it (server/access/acting.py)

    account_pk = PrimaryKey("(id)")
    account_email_once = Unique([email])
    account_email_lower = Check("email = lower(email)")
    account_locale_known = Check("locale IN ('zh-CN', 'en')")


class Password(Table):
    """What is kept of a person's password. Apart from the account, so that no reading of accounts carries it along."""

    account_id = ForeignKey(Account, on_delete=OnDelete.cascade, null=False, default=None, primary_key=True)
    hash = Text(default=None)  # argon2id with its parameters, PHC string format
    changed_at = Timestamptz()


class Session(Table):
    """One browser in which a person is signed in. Of its id only the SHA-256 is kept; one that ended is deleted."""

    id = Id(primary_key=True)  # names the session in lists; it opens nothing
    hash = Bytea(default=None)
    account_id = ForeignKey(Account, on_delete=OnDelete.cascade, null=False, default=None, index=True)
    member_id: Any = ForeignKey(MEMBER, on_delete=OnDelete.cascade, null=True, default=None, index=True)  # acted for
    rights = Text(default=None)  # when it was issued; with others it is no longer good
    device = Text(default="")  # such as `Firefox, Linux`
    network = Text(default="")  # the first half of the address it was issued to
    created_at = Timestamptz()
    last_seen_at = Timestamptz()
    expires_at = Timestamptz(default=None)

    session_pk = PrimaryKey("(id)")
    session_hash_once = Unique([hash])


class Ticket(Table):
    """The right to do one thing once. Who holds the secret that server.core.links makes of its id may use it."""

    id = Id(primary_key=True)
    account_id = ForeignKey(Account, on_delete=OnDelete.cascade, null=False, default=None, index=True)
    purpose = Text(default=None)
    created_at = Timestamptz()
    expires_at = Timestamptz(default=None)
    used_at = Timestamptz(default=None, null=True)

    ticket_pk = PrimaryKey("(id)")
    ticket_purpose_known = Check("purpose IN ('verify', 'reset', 'second_step')")


class Attempt(Table):
    """How often something was tried that must not be tried too often. Whose it is cannot be read from the key."""

    key = Bytea(default=None, primary_key=True)
    counted_from = Timestamptz()
    times = Integer(default=1)


class SecondFactor(Table):
    """What is kept of a person's authenticator. Its secret is sealed, an older one derived from the salt."""

    account_id = ForeignKey(Account, on_delete=OnDelete.cascade, null=False, default=None, primary_key=True)
    salt = Bytea(default=None)
    sealed = Sealed()
    created_at = Timestamptz()
    confirmed_at = Timestamptz(default=None, null=True)  # before, it is not asked for
    last_step = BigInt(default=0)  # the newest time step of which a code was used


class RecoveryCode(Table):
    """One of the codes that stand in for a lost authenticator, each once. Only its SHA-256 is kept."""

    id = Id(primary_key=True)
    account_id = ForeignKey(Account, on_delete=OnDelete.cascade, null=False, default=None, index=True)
    hash = Bytea(default=None)
    used_at = Timestamptz(default=None, null=True)

    recovery_code_pk = PrimaryKey("(id)")

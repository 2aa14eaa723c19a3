from piccolo.columns import JSON, BigInt, Bytea, Text, Timestamptz
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from server.core.pgtypes import Id, PrimaryKey


class AuditEntry(Table):
    """One change of state. Written in its transaction; the application's role can only insert and read."""

    id = Id(primary_key=True)
    at = Timestamptz()  # by the database clock: the application's role cannot state it
    actor = Text(default=None)
    account_id = Id(null=True)  # no foreign keys: entries outlive what they are about
    member_id = Id(null=True)
    organization_id = Id(null=True)  # whose thing it is
    owner_id = Id(null=True)  # of the resource on which another organization's thing stands
    noun = Text(default=None)
    object_id = Id(null=True)
    verb = Text(default=None)
    was = JSON(default="{}")  # only what changed; text as it was written, so that its hash stays the same
    became = JSON(default="{}")
    request_id = Text(default="")

    audit_entry_pk = PrimaryKey("(id)")
    audit_entry_actor_known = Check("actor IN ('member', 'account', 'operator', 'system')")


class AuditSeal(Table):
    """The place of an entry in the chain: its hash covers the entry and the hash of the place before."""

    number = BigInt(default=None)  # 1, 2, 3 … without gaps
    entry_id = Id(primary_key=True)
    hash = Bytea(default=None)
    key_id = Text(default="")  # of the secret with which the hash was made; empty: it has to be tried
    sealed_at = Timestamptz()

    audit_seal_pk = PrimaryKey("(number)")
    audit_seal_once = Unique([entry_id])

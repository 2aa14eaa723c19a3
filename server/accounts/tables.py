from piccolo.columns import Bytea, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.constraints import Unique
from piccolo.table import Table

from server.organizations.tables import Account, Member
from server.pgtypes import Id, PrimaryKey


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
    member_id = ForeignKey(Member, on_delete=OnDelete.cascade, null=True, default=None, index=True)  # acted for
    rights = Text(default=None)  # when it was issued; with others it is no longer good
    device = Text(default="")  # such as `Firefox, Linux`
    network = Text(default="")  # the first half of the address it was issued to
    created_at = Timestamptz()
    last_seen_at = Timestamptz()
    expires_at = Timestamptz(default=None)

    session_pk = PrimaryKey("(id)")
    session_hash_once = Unique([hash])

from piccolo.columns import Bytea, Text, Timestamptz
from piccolo.table import Table

from server.core.pgtypes import Id, PrimaryKey, References


class IdempotencyKey(Table):
    """The answer to a request that may be sent again."""

    by_id = Id(primary_key=True)  # the member, or the account of whoever acts for no organization
    key = Text(default=None)
    account_id = Id()
    fingerprint = Bytea(default=None)  # SHA-256 of method, path and body
    answer = Text(default=None, null=True)  # as JSON, sealed where it tells a secret; none where it is too long
    created_at = Timestamptz()

    idempotency_key_pk = PrimaryKey("(by_id, key)")
    idempotency_key_of_account = References("(account_id) REFERENCES account (id)")

from piccolo.columns import Bytea, Integer, Text, Timestamptz
from piccolo.table import Table

from server.core.pgtypes import Id, PrimaryKey, References


class IdempotencyKey(Table):
    """The answer to a request that may be sent again."""

    member_id = Id(primary_key=True)
    key = Text(default=None)
    fingerprint = Bytea(default=None)  # SHA-256 of method, path and body
    status = Integer(default=None)
    body = Text(default=None)
    created_at = Timestamptz()

    idempotency_key_pk = PrimaryKey("(member_id, key)")
    idempotency_key_of_member = References("(member_id) REFERENCES member (id)")

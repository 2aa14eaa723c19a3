"""The hash of an entry in the chain. Changing, removing, adding or moving one breaks it from there on.

The hash is an HMAC with a secret of the installation: whoever can write to the database but does not know the secret
cannot make the chain anew either (docs/audit.md). Each place names its secret by `key_id`.
"""

import hashlib
import hmac
from typing import Any

import msgspec
from asyncpg import Record

START = b"\x00" * hashlib.sha256().digest_size  # what stands before the first entry

# What of an entry is hashed; e is audit_entry.
SEALED = """
e.id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS at, e.actor, e.account_id, e.member_id,
e.organization_id, e.owner_id, e.noun, e.object_id, e.verb, e.was::text AS was, e.became::text AS became, e.request_id
"""
NAMES = (
    "id", "at", "actor", "account_id", "member_id", "organization_id", "owner_id", "noun", "object_id", "verb", "was",
    "became", "request_id",
)  # fmt: skip


def key(secret: str) -> bytes:
    return hashlib.sha256(f"audit chain {secret}".encode()).digest()


def link(key: bytes, before: bytes, number: int, entry: Record | dict[str, Any]) -> bytes:
    """The hash at place `number`, after the place with the hash `before`."""
    said = msgspec.json.encode([number, *(entry[name] and str(entry[name]) for name in NAMES)])
    return hmac.digest(key, before + said, "sha256")

"""What an entry says in place of a person's name, address or words: a reference that tells whether two are the same.

Entries can never be rewritten, so nothing may stand in them that somebody has a right to have erased. A reference is an
HMAC with the lasting key: who has only the database cannot find out by trying what it stands for.
"""

import hmac
from collections.abc import Mapping
from typing import Any

import msgspec

from server.core import lasting_key

PEOPLE = frozenset(("email", "recipient", "attendees"))  # fields that say who
WORDS = frozenset(("purpose", "reason", "message", "appeal", "label", "remark", "comment"))  # what somebody wrote
SECRETS = frozenset(("hash", "token", "secret", "password", "code", "body"))
PERSONAL = frozenset(("account", "member", "invitation", "session", "token", "join_request", "letter"))  # nouns
LENGTH = 20  # of hex: 80 bits


def person(email: str) -> str:
    """Refer to whoever has this mail address."""
    return _reference("person", email.strip().lower())


def words(text: str) -> str:
    """Refer to what somebody wrote. Nothing stays nothing."""
    return _reference("text", text) if text else ""


def covered(noun: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """Put references in place of what is personal, and leave secrets out."""
    plain: dict[str, Any] = msgspec.to_builtins(dict(said), str_keys=True)
    return {name: _covered(noun, name, value) for name, value in plain.items()}


def _covered(noun: str, name: str, value: Any) -> Any:
    if name in SECRETS:
        return None if value is None else "changed"
    if isinstance(value, dict):
        return {key: _covered(noun, key, inner) for key, inner in value.items()}
    if isinstance(value, list):
        if name in PEOPLE:
            return [person(one["email"] if isinstance(one, dict) else str(one)) for one in value]
        return [_covered(noun, name, inner) for inner in value]
    if not isinstance(value, str):
        return value
    if name in PEOPLE or "@" in value:
        return person(value) if value else ""
    if name in WORDS or (noun in PERSONAL and name == "name"):
        return words(value)
    return value


def _reference(kind: str, of: str) -> str:
    key = f"audit reference {lasting_key.key()}".encode()
    return f"{kind}:{hmac.digest(key, of.encode(), 'sha256').hex()[:LENGTH]}"

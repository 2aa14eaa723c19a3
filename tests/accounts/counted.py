"""How often argon2 did its work."""

from typing import Any

import pytest

from server.accounts import passwords


class Counted:
    """Stands in for the hasher and counts what it is asked for; the work is still done."""

    def __init__(self, hasher: Any) -> None:
        self.hasher = hasher
        self.work: list[str] = []

    def hash(self, password: str) -> Any:
        self.work.append("hash")
        return self.hasher.hash(password)

    def verify(self, hash: str, password: str) -> Any:
        self.work.append(hash.rsplit("$", 2)[0])  # the parameters: they are what it costs
        return self.hasher.verify(hash, password)

    def check_needs_rehash(self, hash: str) -> Any:
        return self.hasher.check_needs_rehash(hash)


def count(monkeypatch: pytest.MonkeyPatch) -> Counted:
    counted = Counted(passwords.HASHER)
    monkeypatch.setattr(passwords, "HASHER", counted)
    return counted

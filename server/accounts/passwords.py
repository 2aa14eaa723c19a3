"""Passwords: argon2id, worked out in threads of their own so that nothing else waits."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, TypeVar

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from msgspec import Meta

from server.accounts import guessed
from server.core.errors import PasswordTooCommon

SHORTEST, LONGEST = 10, 1000  # characters; no rule says of which kinds they must be
AT_ONCE = 2  # hashes: each takes 64 MiB and a core

T = TypeVar("T")
GivenPassword = Annotated[str, Meta(max_length=LONGEST)]
NewPassword = Annotated[str, Meta(min_length=SHORTEST, max_length=LONGEST)]

HASHER = PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)
THREADS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")

# Of a random password that was thrown away, with the parameters of HASHER: what is checked where there is no account.
NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$FUTmtXESHA7hh8bNn249wA$d1xPwRaV3X+9RKlqXGBy76czT3pbJxvxgjBEhZRN7YY"


async def hash_of(password: str) -> str:
    """Hash a password, with a salt of its own."""
    return await _in_a_thread(HASHER.hash, _normal(password))


async def is_right(hash: str | None, password: str) -> bool:
    """Tell whether this is the password. Without a hash the same work is done, and it never is."""
    try:
        right = await _in_a_thread(HASHER.verify, hash or NOBODYS, _normal(password))
    except (VerifyMismatchError, InvalidHashError):
        return False
    return hash is not None and right


def is_outdated(hash: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(hash)


def _normal(password: str) -> str:
    """Bring the same password from every keyboard into one form (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


async def _in_a_thread(work: Callable[..., T], *arguments: str) -> T:
    return await asyncio.get_running_loop().run_in_executor(THREADS, work, *arguments)


def refuse_common(password: str, *about: str) -> None:
    """Raise PasswordTooCommon for one that is guessed first. `about` is what everyone knows of the person."""
    if guessed.is_common(password, *about):
        raise PasswordTooCommon("choose one that is not made of well-known words, rows of keys or dates")

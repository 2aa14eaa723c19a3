"""Ids: UUIDs of version 7, so that sorting by id is sorting by time."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    return uuid7()

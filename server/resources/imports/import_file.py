"""Import a list from a file, as the `rongtong` command does."""

import asyncio
import difflib
from pathlib import Path
from uuid import UUID

from server.core import db
from server.core.errors import NotFound, TooLarge
from server.resources.imports.import_list import ImportReport, import_list
from server.resources.imports.sheet import LARGEST

NAMES = "SELECT id, name FROM organization"


async def import_file(path: Path, owner: str, *, dry_run: bool = False) -> ImportReport:
    """Import a file for the organization with this id or exact name.

    Raises NotFound for an unknown organization, with names like it; OSError; and what import_list() raises.
    """
    owner_id = await _organization(owner)
    return await import_list(await asyncio.to_thread(_bytes, path), owner_id, dry_run=dry_run)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise TooLarge(f"{path} has more than {LARGEST // 1024 // 1024} MB")
    return data


async def _organization(owner: str) -> UUID:
    named = {row["name"]: row["id"] for row in await db.fetch(NAMES)}
    if owner in named:
        found: UUID = named[owner]
        return found
    for id in named.values():
        if str(id) == owner.strip().lower():
            return UUID(str(id))
    near = difflib.get_close_matches(owner, named, n=3, cutoff=0.4)
    near += [name for name in named if owner and owner in name and name not in near][:3]
    hint = f"; did you mean {', '.join(near)}?" if near else "; give the id or the exact name"
    raise NotFound(f"there is no organization {owner!r}{hint}", near=near)

"""What a resource demands of the one who books, and whether they have it. Pure."""

from datetime import datetime
from uuid import UUID

import msgspec


class Need(msgspec.Struct, frozen=True):
    """A qualification that a resource demands, and whether the one who asks has it."""

    __schema_name__ = "NeededQualification"
    id: UUID
    name: str
    how_to_get: str
    training_resource_id: UUID | None  # attending a booking of it grants the qualification
    takes_applications: bool = False  # whether one may ask for it with a proof
    held: bool = False
    until: datetime | None = None  # when theirs ends; none: never

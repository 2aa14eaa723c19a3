from uuid import UUID

import msgspec


class Me(msgspec.Struct):
    """Who the token acts for."""

    member_id: UUID
    role: str
    email: str
    name: str
    locale: str
    organization_id: UUID
    organization_name: str
    organization_kind: str

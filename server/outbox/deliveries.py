"""Owe events to endpoints, in the transaction of the change: as parts of the statements that record the change.

An event says what happened to which thing and no more than both sides of a booking may know: ids, times, state. Who
wants more asks the API, with the rights they have then.
"""

from uuid import UUID, uuid4

from server.core import db
from server.outbox.webhook_events import TEST

VERSION = 1  # of the payload

_INSERT = "INSERT INTO webhook_delivery (id, endpoint_id, event_id, type, subject_id, payload)"
_LISTENING = """
w.disabled_at IS NULL AND w.removed_at IS NULL
AND ({type} = ANY (w.events) OR split_part({type}, '.', 1) || '.*' = ANY (w.events))
"""

# Of change {id} of booking {booking} on resource {resource}; {type} is the event.
_BOOKING = """
SELECT gen_random_uuid(), w.id, {id}, {type}, b.id, jsonb_build_object(
    'type', {type}, 'timestamp', now(), 'version', {version},
    'data', jsonb_build_object(
        'as', CASE WHEN w.organization_id = r.owner_id THEN 'owner' ELSE 'guest' END,
        'booking_id', b.id, 'resource_id', b.resource_id, 'organization_id', b.organization_id, 'owner_id', r.owner_id,
        'group_id', b.group_id, 'series_id', b.series_id, 'status', b.status, 'starts_at', b.starts_at,
        'ends_at', b.ends_at, 'units', b.units, 'sequence', b.sequence, 'booking_version', b.version
    ))
FROM booking b JOIN resource r ON r.id = b.resource_id
JOIN webhook_endpoint w ON w.organization_id IN (b.organization_id, r.owner_id)
WHERE b.resource_id = {resource} AND b.id = {booking} AND {listening}
"""


def owing(*, id: str, resource: str, booking: str, type: str) -> str:
    """The part of a statement that owes the event of a booking's change. What is given are its parameters."""
    said = _BOOKING.format(
        id=id, resource=resource, booking=booking, type=type, version=VERSION, listening=_LISTENING.format(type=type)
    )
    return f"{_INSERT} {said}"


# Of entries of the audit log about resources.
# OFFSET 0: each resource is looked up by its id. Where PostgreSQL believes the table to be empty, as after much was
# rolled back, it would compare every row with every id.
RESOURCES = f"""
{_INSERT}
SELECT gen_random_uuid(), w.id, e.id, e.type, r.id, jsonb_build_object(
    'type', e.type, 'timestamp', now(), 'version', {VERSION},
    'data', jsonb_build_object(
        'resource_id', r.id, 'owner_id', r.owner_id, 'listed', r.listed, 'resource_version', r.version
    ))
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS e (id, resource_id, type)
CROSS JOIN LATERAL (
    SELECT o.id, o.owner_id, o.listed, o.version FROM resource o WHERE o.id = e.resource_id OFFSET 0
) r
JOIN webhook_endpoint w ON w.organization_id = r.owner_id
WHERE {_LISTENING.format(type="e.type")}
"""

ONE = f"""
{_INSERT}
SELECT $2, w.id, $2, '{TEST}', w.id,
    jsonb_build_object('type', '{TEST}', 'timestamp', now(), 'version', {VERSION}, 'data', jsonb_build_object())
FROM webhook_endpoint w WHERE w.id = $1
"""


async def owe_resources(changed: list[tuple[UUID, UUID, str]]) -> None:
    """Owe events of resources: the id of the change, that of the resource, the event."""
    if changed:
        ids, resources, types = zip(*changed, strict=True)
        await db.execute(RESOURCES, ids, resources, types)


async def owe_test(endpoint_id: UUID) -> UUID:
    """Owe an event that tells of nothing; return the id of its delivery."""
    id = uuid4()
    await db.execute(ONE, endpoint_id, id)
    return id

"""Read what a resource demands, whoever asks."""

from uuid import UUID

from server.core import db
from server.qualifications.needs import Need

NEEDS = """
SELECT q.id, q.name, q.how_to_get, q.training_resource_id, q.takes_applications
FROM needed_qualification n JOIN qualification q ON q.id = n.qualification_id
WHERE n.resource_id = $1 ORDER BY q.id
"""


async def needs(resource_id: UUID) -> list[Need]:
    return [Need(**row) for row in await db.fetch(NEEDS, resource_id)]

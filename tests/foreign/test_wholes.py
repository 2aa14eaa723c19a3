"""Calendars of wholes and of parts: what is busy there keeps both from being booked."""

from datetime import timedelta
from uuid import UUID

from tests import factories
from tests.foreign import files
from tests.foreign.conftest import Scene, noon

HOUR = timedelta(hours=1)


async def with_a_bay(scene: Scene) -> UUID:
    """Give the resource of the scene, a hall, one bay."""
    bay = await factories.resource(scene.owner)
    body = {"part_of_ids": [str(scene.resource)]}
    await scene.do(scene.owner, "PATCH", f"/resources/{bay}", body)
    return bay


async def test_busy_time_of_the_whole_is_busy_time_of_its_parts(scene: Scene) -> None:
    hall, bay = scene.resource, await with_a_bay(scene)
    await scene.connect()
    await scene.says(files.event(noon(2)))
    scene.resource = bay
    await scene.book(noon(2), status=409)
    await scene.book(noon(2) + HOUR)
    await scene.do(scene.owner, "PATCH", f"/resources/{bay}", {"part_of_ids": []})
    await scene.book(noon(2))
    scene.resource = hall
    await scene.book(noon(2), status=409)


async def test_busy_time_of_a_part_keeps_the_whole_from_being_booked(scene: Scene) -> None:
    hall, bay = scene.resource, await with_a_bay(scene)
    scene.resource = bay
    await scene.connect()
    await scene.says(files.event(noon(2)))
    scene.resource = hall
    await scene.book(noon(2), status=409)
    await scene.book(noon(2) + HOUR)


async def test_what_becomes_a_part_takes_over_the_busy_time_of_its_whole(scene: Scene) -> None:
    await scene.connect()
    await scene.says(files.event(noon(2)))
    scene.resource = await with_a_bay(scene)
    await scene.book(noon(2), status=409)


async def test_the_owner_closes_the_whole_over_busy_time_of_its_parts(scene: Scene) -> None:
    hall, bay = scene.resource, await with_a_bay(scene)
    scene.resource = bay
    await scene.connect()
    await scene.says(files.event(noon(2)))
    closing = {"starts_at": noon(2).isoformat(), "ends_at": (noon(2) + HOUR).isoformat()}
    await scene.do(scene.owner, "POST", f"/resources/{hall}/closures", closing, 201)
    assert await scene.taken() == []

"""How many files a booking passes until its claim stands."""

import httpx

from tests import factories
from tests.house.figures import verdict
from tests.house.passing import passing
from tests.times import at


async def test_a_booking_passes_no_more_files_than_are_written_down(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    body = {
        "resource_id": str(resource), "starts_at": at(9), "ends_at": at(11), "purpose": "样品测试",
        "attendees": [{"email": "ada@example.com"}],
    }  # fmt: skip
    headers = sme.bearer | {"Idempotency-Key": "once"}
    warm = await client.post(
        "/api/v1/bookings", json=body | {"starts_at": at(13), "ends_at": at(15)}, headers=sme.bearer
    )
    assert warm.status_code == 201, warm.text
    with passing() as passed:
        answer = await client.post("/api/v1/bookings", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert passed.claimed
    print(f"passed {len(passed.files)} files:", *passed.files)
    assert verdict("passed", len(passed.files)) == ""


async def test_a_request_that_takes_nothing_reaches_no_claim(client: httpx.AsyncClient) -> None:
    with passing() as passed:
        await client.get("/api/v1/resources")
    assert passed.calls
    assert not passed.claimed

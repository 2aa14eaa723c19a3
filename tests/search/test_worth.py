"""What a search finds by sound, standard, price and place, how it sorts, and that booking says the same."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from server.core import db
from server.resources import keep_searchable
from server.resources.keep_searchable import keep
from server.resources.keep_searchable import keep_searchable as sweep
from server.search import candidates, verdict
from tests import factories
from tests.times import at, monday

MONDAY = monday(10)


async def find(client: httpx.AsyncClient, *who: dict[str, str], **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/api/v1/resources", params={"limit": 200} | query, headers=who[0] if who else {})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def names(client: httpx.AsyncClient, **query: Any) -> list[str]:
    return [one["name"] for one in await find(client, **query)]


async def made(owner: factories.Person, name: str, **columns: Any) -> str:
    id = await factories.resource(owner, name=name)
    for column, value in columns.items():
        await db.execute(f"UPDATE resource SET {column} = $2 WHERE id = $1", id, value)
    await keep([id])
    return str(id)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("xianweijing", "扫描电子显微镜"),
        ("smdz", "扫描电子显微镜"),
        ("chongqing", "重庆材料试验场"),
        ("hangche", "行车"),
        ("xingche", "行车"),
        ("hangzhou", "杭州疲劳台"),
        ("XRD 衍射", "X射线衍射仪 XRD"),
        ("ｘｒｄ", "X射线衍射仪 XRD"),
    ],
)
async def test_names_are_found_by_their_sound_and_by_every_writing(
    client: httpx.AsyncClient, asked: str, found: str
) -> None:
    owner = await factories.person()
    for name in ("扫描电子显微镜", "重庆材料试验场", "行车", "杭州疲劳台", "X射线衍射仪 XRD"):
        await made(owner, name)
    assert await names(client, q=asked) == [found]


async def test_the_nearest_to_what_was_written_comes_first(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    await made(owner, "其他", description="含 SEM 一台")
    await made(owner, "FE-SEM")
    await made(owner, "SEM 500")
    await made(owner, "SEM")
    expected = ["SEM", "SEM 500", "FE-SEM", "其他"]
    assert await names(client, q="sem") == expected
    paged: list[str] = []
    cursor = ""
    while cursor is not None:
        query = {"q": "sem", "limit": "1"} | ({"cursor": cursor} if cursor else {})
        answer = (await client.get("/api/v1/resources", params=query)).json()
        paged += [one["name"] for one in answer["items"]]
        cursor = answer.get("next_cursor")
    assert paged == expected


async def test_what_too_many_have_comes_in_the_order_of_the_list(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await factories.person()
    shared = ["其他", "FE-SEM 100%", "SEM 500", "SEM_1"]
    for name in shared:
        await made(owner, name, description="含 sem 一台", kind="test_site" if "FE" in name else "equipment")
    monkeypatch.setattr(candidates, "RANKED", 3)
    assert await names(client, q="sem") == shared
    assert await names(client, q="sem", kind="test_site") == ["FE-SEM 100%"]
    assert await names(client, q="sem 100%") == ["FE-SEM 100%"]
    assert await names(client, q="sem_1") == ["SEM_1"]
    first = (await client.get("/api/v1/resources", params={"q": "sem", "limit": 3})).json()
    second = await client.get("/api/v1/resources", params={"q": "sem", "cursor": first["next_cursor"]})
    assert [one["name"] for one in second.json()["items"]] == shared[3:]
    monkeypatch.setattr(candidates, "RANKED", 4)
    assert await names(client, q="sem") == ["SEM 500", "SEM_1", "FE-SEM 100%", "其他"]


async def test_an_owner_renamed_is_found_after_the_sweep(client: httpx.AsyncClient) -> None:
    owner = await factories.person(name="旧研究院")
    await made(owner, "台")
    await db.execute("UPDATE organization SET name = '长江研究院' WHERE id = $1", owner.actor.organization_id)
    assert await names(client, q="changjiang") == []
    assert await sweep() == 1
    assert await names(client, q="changjiang") == ["台"]
    assert await sweep() == 0


async def test_what_was_there_before_the_index_is_found_after_the_sweep(client: httpx.AsyncClient) -> None:
    await made(await factories.person(), "老设备")
    await db.execute("DELETE FROM search_text")
    assert await names(client, q="laoshebei") == []
    assert await names(client) == ["老设备"], "what asks for no words needs none"
    await sweep()
    assert await names(client, q="laoshebei") == ["老设备"]


async def test_without_the_look_at_the_version_a_late_sweep_would_bring_back_the_old_name(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await made(await factories.person(), "旧名")
    old = await db.fetch(keep_searchable.READ, [id])
    await db.execute("UPDATE resource SET name = '新名', version = version + 1 WHERE id = $1", id)
    await keep([old[0]["id"]])
    await keep_searchable._write(old)
    assert await names(client, q="新名") == ["新名"]
    monkeypatch.setattr(keep_searchable, "KEEP", keep_searchable.KEEP.partition("\nWHERE search_text")[0])
    await keep_searchable._write(old)
    assert await names(client, q="新名") == []


async def test_standard_price_and_approval_narrow_the_search(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    await made(owner, "甲", description="按GB/T228.1-2021拉伸", price_per_hour=200, currency="CNY")
    await made(owner, "乙", description="ISO 6892-1", price_per_hour=80, currency="CNY")
    await made(owner, "丙", rules='{"approval": "request"}', price_per_hour=10, currency="EUR")
    assert await names(client, standard="gb/t 228") == ["甲"]
    assert await names(client, standard="ISO") == ["乙"]
    assert await names(client, max_price=100) == ["乙"]
    assert await names(client, max_price=100, currency="EUR") == ["丙"]
    assert await names(client, approval="request") == ["丙"]
    assert await names(client, approval="instant") == ["甲", "乙"]


async def test_distance_filters_and_sorts(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    await made(owner, "南京", latitude=32.06, longitude=118.79, region_code="320100")
    await made(owner, "苏州", latitude=31.30, longitude=120.62, region_code="320500")
    await made(owner, "不详")
    suzhou = "31.3,120.6"
    assert await names(client, near=suzhou, sort="distance") == ["苏州", "南京", "不详"]
    assert await names(client, near=suzhou, within_km=100) == ["苏州"]
    assert await names(client, near="320500", within_km=100) == ["苏州"]
    (far,) = [one for one in await find(client, near=suzhou) if one["name"] == "南京"]
    assert 190 < far["distance_km"] < 195
    for wrong in ({"near": "nowhere"}, {"near": "110000"}, {"within_km": 5}, {"sort": "distance"}):
        assert (await client.get("/api/v1/resources", params=wrong)).status_code == 400


async def test_the_next_free_comes_first(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    busy, free = [await factories.resource(owner, name=name) for name in ("busy", "free")]
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    await factories.claim(busy, now, now + timedelta(hours=8))
    assert free
    assert await names(client, sort="next") == ["free", "busy"]
    first = (await client.get("/api/v1/resources", params={"sort": "next", "limit": 1})).json()
    second = await client.get("/api/v1/resources", params={"sort": "next", "limit": 1, "cursor": first["next_cursor"]})
    assert [one["name"] for one in second.json()["items"]] == ["busy"]


RULES: list[dict[str, Any]] = [
    {},
    {"min_minutes": 120},
    {"max_minutes": 60},
    {"step_minutes": 30},
    {"lead_minutes": 10 * 1440},
    {"horizon_days": 5},
    {"audience": "partners"},
    {"bookable_hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "10:00", "closes": "12:00"}]},
    {"buffer_after_minutes": 60},
    {"quotas": [{"bookings": 0, "period": "day"}]},
    {"blocks": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "opens": "08:00", "closes": "10:00"}]},
]


async def test_search_says_of_every_resource_what_booking_answers(client: httpx.AsyncClient) -> None:
    chance = random.Random(1)
    owner, guest = await factories.person(kind="university"), await factories.person()
    for rules in RULES:
        hours = chance.choice([factories.ALWAYS, factories.WORKING_HOURS])
        id = await factories.resource(owner, hours=hours, units=chance.choice([1, 2]), **rules)
        if chance.random() < 0.5:
            start = datetime.fromisoformat(at(chance.randrange(8, 13)))
            await factories.claim(id, start, start + timedelta(hours=2))
    said = set()
    for _ in range(4):
        hour, minutes = chance.randrange(8, 16), chance.choice([45, 60, 120])
        start = datetime.fromisoformat(at(hour, chance.choice([0, 15])))
        span = {"free_from": start.isoformat(), "free_to": (start + timedelta(minutes=minutes)).isoformat()}
        for one in await find(client, guest.bearer, refused=True, **span):
            body = {"resource_id": one["id"], "starts_at": span["free_from"], "ends_at": span["free_to"]}
            answer = await client.post("/api/v1/bookings", json=body, headers=guest.bearer)
            if one["refusal"] is None:
                assert answer.status_code == 201, answer.text
                cancelled = await client.post(
                    f"/api/v1/bookings/{answer.json()['id']}/cancel", json={}, headers=guest.bearer
                )
                assert cancelled.status_code == 200, cancelled.text
            else:
                problem = answer.json()
                assert problem["type"].endswith("/" + one["refusal"]["type"]), (problem, one["refusal"])
                assert problem.get("rule") == one["refusal"]["rule"]
                said.add(one["refusal"]["rule"] or one["refusal"]["type"])
    assert len(said) > 4, said


async def test_without_the_rules_search_would_promise_what_booking_refuses(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await factories.resource(await factories.person(), min_minutes=120)
    span = {"free_from": at(9), "free_to": at(10)}
    assert await find(client, **span) == []
    monkeypatch.setattr(verdict, "_by_the_rules", lambda *_: None)
    assert len(await find(client, **span)) == 1


async def test_gaps_have_reasons_too(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    await factories.resource(owner, name="partners only", audience="partners")
    taken = await factories.resource(owner, name="taken")
    start = datetime.fromisoformat(at(0))
    await factories.claim(taken, start, start + timedelta(days=1))
    found = await find(client, refused=True, **{"from": at(0), "to": at(24), "minutes": 60})
    told = {one["name"]: (one["refusal"]["type"], one["refusal"]["rule"]) for one in found}
    assert told == {"partners only": ("rule-refused", "audience"), "taken": ("slot-taken", None)}

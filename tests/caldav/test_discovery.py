"""Finding the calendars, and who may."""

from uuid import UUID

import httpx
import pytest
from structlog.testing import capture_logs

from server.caldav.davxml import name
from tests import factories
from tests.caldav.speaking import NAMESPACES, Program, at, condition, event, program, responses, text
from tests.factories import Person


async def test_a_program_finds_its_way_from_the_host(owners: Program, resource: UUID) -> None:
    led = await owners.client.request("PROPFIND", "/.well-known/caldav")
    assert (led.status_code, led.headers["location"]) == (301, "/dav/")
    (root,) = await owners.find("/dav/", "D:current-user-principal")
    principal = text(root, "D:current-user-principal")
    (found,) = await owners.find(str(principal), "C:calendar-home-set", "D:resourcetype", "C:calendar-user-address-set")
    home = str(text(found, "C:calendar-home-set"))
    assert home == owners.home
    _, calendar = await owners.find(
        home, "D:resourcetype", "D:displayname", "C:supported-calendar-component-set", "CS:getctag", depth="1"
    )
    assert text(calendar, "D:href") == owners.calendar(resource)
    assert text(calendar, "D:displayname") == "透射电镜"
    assert calendar.find(f".//{name('C:calendar')}") is not None
    kinds = [one.get("name") for one in calendar.iter(name("C:comp"))]
    assert kinds == ["VEVENT", "VTODO"]


@pytest.mark.parametrize("path", ["/", "/principals", "/principals/"])
async def test_a_program_that_follows_no_redirect_finds_its_way_too(owners: Program, path: str) -> None:
    asked = {"Depth": "0", "Brief": "t", "Prefer": "return=minimal"}
    refused = await owners.client.request("PROPFIND", path, headers=asked)
    assert (refused.status_code, refused.headers["www-authenticate"][:12]) == (401, "Basic realm=")
    (found,) = await owners.find(path, "D:current-user-principal", "D:resourcetype")
    assert text(found, "D:href") == path
    principal = str(text(found, "D:current-user-principal"))
    (me,) = await owners.find(principal, "C:calendar-home-set")
    assert text(me, "C:calendar-home-set") == owners.home


async def test_pages_at_those_addresses_stay_pages(client: httpx.AsyncClient) -> None:
    assert (await client.get("/")).headers["content-type"].startswith("text/html")
    assert (await client.get("/principals/")).status_code == 404


async def test_options_are_told_everywhere_also_to_strangers(client: httpx.AsyncClient) -> None:
    for path in ("/dav/", "/dav", "/dav/principals/x/", "/dav/cal/x/y/z.ics"):
        told = await client.request("OPTIONS", path)
        assert told.status_code == 200, path
        assert told.headers["dav"] == "1, 3, calendar-access"
        assert "PROPFIND" in told.headers["allow"]


async def test_strangers_are_asked_for_a_password(client: httpx.AsyncClient) -> None:
    for headers in ({}, {"Authorization": "Basic !"}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer x"}):
        refused = await client.request("PROPFIND", "/dav/", headers=headers)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Basic realm=")


async def test_other_addresses_refuse_what_programs_try(owners: Program) -> None:
    for method, path in (("PROPFIND", "/about"), ("PUT", "/"), ("REPORT", "/"), ("PROPFIND", "/api/v1/me")):
        assert 400 <= (await owners.ask(method, path, If_Match='"nothing"')).status_code < 500, (method, path)


async def test_app_passwords_are_made_listed_and_revoked(client: httpx.AsyncClient, owner: Person) -> None:
    made = await client.post("/api/v1/app-passwords", json={"label": "手机"}, headers=owner.bearer)
    assert made.status_code == 201, made.text
    assert made.json()["url"].endswith("/dav/")
    one = Program(client, owner, made.json()["password"])
    await one.find("/dav/", "D:displayname")
    listed = (await client.get("/api/v1/app-passwords", headers=owner.bearer)).json()
    assert [(row["label"], row["last_used_at"] is not None) for row in listed] == [("手机", True)]
    assert "password" not in listed[0]
    path = f"/api/v1/app-passwords/{listed[0]['id']}"
    assert (await client.delete(path, headers=(await factories.person()).bearer)).status_code == 404
    assert (await client.delete(path, headers=owner.bearer)).status_code == 204
    assert (await one.ask("PROPFIND", "/dav/", Depth="0")).status_code == 401


async def test_an_app_password_is_for_calendars_only(client: httpx.AsyncClient, owner: Person) -> None:
    made = (await client.post("/api/v1/app-passwords", json={"label": "x"}, headers=owner.bearer)).json()
    bearer = {"Authorization": f"Bearer {made['password']}"}
    assert (await client.get("/api/v1/me", headers=bearer)).status_code == 401
    token = Program(client, owner, owner.token)
    assert (await token.ask("PROPFIND", "/dav/", Depth="0")).status_code == 401


async def test_bookers_get_no_app_password(client: httpx.AsyncClient, owner: Person) -> None:
    booker = await factories.person(owner.actor.organization_id, role="booker")
    refused = await client.post("/api/v1/app-passwords", json={"label": "x"}, headers=booker.bearer)
    assert refused.status_code == 403


async def test_others_calendars_are_not_there(client: httpx.AsyncClient, owners: Program, resource: UUID) -> None:
    await owners.put(owners.calendar(resource) + "a.ics", event("a@x", at(9)))
    other = await program(client, await factories.person(kind="university"))
    for calendar in (owners.calendar(resource), other.calendar(resource)):
        for path in (calendar, calendar + "a.ics"):
            for method in ("PROPFIND", "GET", "REPORT", "PROPPATCH"):
                body = "<D:propfind xmlns:D='DAV:'><D:prop/></D:propfind>"
                body = "<D:propertyupdate xmlns:D='DAV:'/>" if method == "PROPPATCH" else body
                assert (await other.ask(method, path, body, Depth="0")).status_code == 404, (method, path)
        assert (await other.put(calendar + "b.ics", event("b@x", at(9)))).status_code == 404
        assert (await other.ask("DELETE", calendar + "a.ics")).status_code == 404
    assert len(await other.find(other.home, "D:displayname", depth="1")) == 1


async def test_a_manager_of_named_resources_sees_those(
    client: httpx.AsyncClient, owner: Person, resource: UUID
) -> None:
    from server.core import db

    manager = await factories.person(owner.actor.organization_id, role="manager")
    password = await program(client, manager)
    assert len(await password.find(password.home, "D:displayname", depth="1")) == 2
    await db.execute("UPDATE member SET named_only = true WHERE id = $1", manager.actor.member_id)
    assert len(await password.find(password.home, "D:displayname", depth="1")) == 1
    assert (await password.put(password.calendar(resource) + "a.ics", event("a@x", at(9)))).status_code == 404


async def test_infinite_depth_is_refused(owners: Program) -> None:
    for headers in ({"Depth": "infinity"}, {}):
        refused = await owners.ask("PROPFIND", "/dav/", **headers)
        assert (refused.status_code, condition(refused)[0]) == (403, "propfind-finite-depth")


async def test_calendars_are_made_in_the_application(owners: Program, resource: UUID) -> None:
    calendar = owners.calendar(resource)
    for method, path in (("MKCALENDAR", owners.home + "new/"), ("MKCOL", owners.home + "new/"), ("DELETE", calendar),
                         ("MOVE", calendar + "a.ics"), ("COPY", calendar + "a.ics")):  # fmt: skip
        refused = await owners.ask(method, path)
        assert refused.status_code in (403, 404)
        assert condition(refused)[1]


async def test_unknown_properties_are_told_to_be_unknown(owners: Program, resource: UUID) -> None:
    (found,) = await owners.find(owners.calendar(resource), "D:displayname", "CS:nonsense")
    statuses = [one.findtext(name("D:status")) for one in found.findall(name("D:propstat"))]
    assert statuses == ["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"]
    brief = await owners.ask(
        "PROPFIND", owners.calendar(resource), "<D:propfind xmlns:D='DAV:'><D:prop><D:nonsense/></D:prop></D:propfind>",
        Depth="0", Prefer="return=minimal",
    )  # fmt: skip
    assert "404" not in brief.text


async def patched(program: Program, resource: UUID, set: str, remove: str = "") -> dict[str, str]:
    """The status of each property after a PROPPATCH."""
    parts = f"<D:set><D:prop>{set}</D:prop></D:set>" if set else ""
    parts += f"<D:remove><D:prop>{remove}</D:prop></D:remove>" if remove else ""
    body = f"<D:propertyupdate {NAMESPACES}>{parts}</D:propertyupdate>"
    (told,) = responses(await program.ask("PROPPATCH", program.calendar(resource), body))
    found = {}
    for one in told.findall(name("D:propstat")):
        for prop in one.findall(f"{name('D:prop')}/*"):
            found[prop.tag.rpartition("}")[2]] = (one.findtext(name("D:status")) or "").split()[1]
    return found


async def looks(program: Program, resource: UUID) -> tuple[str | None, str | None]:
    [found] = await program.find(program.calendar(resource), "A:calendar-color", "A:calendar-order")
    return text(found, "A:calendar-color"), text(found, "A:calendar-order")


async def test_the_programs_of_a_member_choose_colour_and_place_for_themselves(
    owners: Program, resource: UUID, client: httpx.AsyncClient
) -> None:
    assert await looks(owners, resource) == ("", "")
    chosen = "<A:calendar-color>#ff0000</A:calendar-color><A:calendar-order>7</A:calendar-order>"
    assert await patched(owners, resource, chosen) == {"calendar-color": "200", "calendar-order": "200"}
    assert await looks(owners, resource) == ("#ff0000", "7")
    colleague = await program(client, await factories.person(owners.person.actor.organization_id))
    assert await looks(colleague, resource) == ("", "")
    assert await patched(owners, resource, "", "<A:calendar-color/>") == {"calendar-color": "200"}
    assert await looks(owners, resource) == ("", "7")


async def test_all_of_a_patch_is_done_or_nothing(owners: Program, resource: UUID) -> None:
    red = "<A:calendar-color>#FF0000FF</A:calendar-color>"
    renamed = await patched(owners, resource, f"{red}<D:displayname>x</D:displayname>")
    assert renamed == {"displayname": "403", "calendar-color": "424"}
    wrong = await patched(
        owners, resource, "<A:calendar-color>red</A:calendar-color><A:calendar-order>1</A:calendar-order>"
    )
    assert wrong == {"calendar-color": "409", "calendar-order": "424"}
    assert await patched(owners, resource, "<A:calendar-order>99999999999</A:calendar-order>") == {
        "calendar-order": "409"
    }
    assert await looks(owners, resource) == ("", "")


async def test_requests_are_logged_by_what_they_name_and_not_by_their_address(
    owners: Program, client: httpx.AsyncClient, resource: UUID
) -> None:
    calendar = owners.calendar(resource)
    with capture_logs() as logged:
        await owners.find("/dav/", "D:displayname")
        await owners.find(calendar, "D:displayname")
        await owners.put(calendar + "mine.ics", event("mine@x", at(9)))
        await owners.ask("GET", "/dav/nothing/here")
        await client.request("PROPFIND", calendar)
        await client.get("/.well-known/caldav")
    assert [one["route"] for one in logged if one["event"] == "request"] == [
        "/dav/",
        "/dav/cal/{member}/{resource}/",
        "/dav/cal/{member}/{resource}/{name}",
        "/dav/{path}",
        "/dav/{path}",
        "/.well-known/caldav",
    ]
    assert str(resource) not in str(logged)

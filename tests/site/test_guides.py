"""The guides are there in both languages, say the same parts, and every page leads to one that helps with it."""

import re
from pathlib import Path

import httpx
import pytest

from server.site.guides import guides, read
from server.web.help_topics import BY_READER, GUIDES, OF_A_RESOURCE, PARTS, help_with
from tests.site.reader import HEADERS


@pytest.mark.parametrize("name", GUIDES)
def test_both_languages_have_the_same_parts(name: str) -> None:
    chinese, english = read(name, "zh-CN"), read(name, "en")
    assert [part.name for part in chinese.parts] == [part.name for part in english.parts]
    assert len({part.name for part in english.parts}) == len(english.parts) > 4
    assert all(part.text and part.heading for part in (*chinese.parts, *english.parts))


def test_pages_lead_to_parts_that_there_are() -> None:
    known = {(one.name, part.name) for one in guides("en") for part in one.parts}
    assert {where for where in PARTS.values() if where[1]} <= known
    assert {("owner", owner) for owner, _ in BY_READER.values()} <= known
    assert {("sme", sme) for _, sme in BY_READER.values()} <= known
    assert {("owner", part) for part in OF_A_RESOURCE.values()} <= known


@pytest.mark.parametrize(
    ("path", "role", "kind", "operator", "where"),
    [
        ("/operator/audit", None, None, True, "/help/operator#audit"),
        ("/manage/resources/1", "manager", "university", False, "/help/owner#list"),
        ("/manage/resources/1/photos", "manager", "university", False, "/help/owner#list"),
        ("/manage/resources/1/display", "manager", "university", False, "/help/owner#door"),
        ("/manage/resources/1/closures", "manager", "university", False, "/help/owner#hours"),
        ("/manage/import/1", "manager", "university", False, "/help/owner#import"),
        ("/organization/members", "admin", "university", False, "/help/owner#organization"),
        ("/organization/members", "admin", "sme", False, "/help/sme#account"),
        ("/qualifications/1", "manager", "university", False, "/help/owner#qualifications"),
        ("/qualifications", "booker", "university", False, "/help/sme#no"),
        ("/resources/1", "booker", "sme", False, "/help/sme#find"),
        ("/resourceful", "admin", "university", False, "/help/owner"),
        ("/", "admin", "sme", False, "/help/sme"),
        ("/", None, None, True, "/help/operator"),
    ],
)
def test_a_page_knows_its_guide(path: str, role: str | None, kind: str | None, operator: bool, where: str) -> None:
    assert help_with(path, role=role, organization_kind=kind, is_operator=operator) == where


@pytest.mark.parametrize("name", GUIDES)
async def test_a_guide_is_a_page_that_leads_to_pages_there_are(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/help/{name}", headers=HEADERS)
    assert answer.status_code == 200
    assert 'href="#' in answer.text
    for path in set(re.findall(r"\]\((/[^)#]*)\)", "".join(part.text for part in read(name, "zh-CN").parts))):
        assert (await client.get(path, headers=HEADERS)).status_code in (200, 303), path
    assert (await client.get("/help/nobody", headers=HEADERS)).status_code == 404
    assert f'href="/help/{name}"' in (await client.get("/help", headers=HEADERS)).text


def test_the_documents_are_the_same_files() -> None:
    guide = Path(__file__).parents[2] / "docs" / "guide"
    names = {f"{name}.{language}.md" for name in GUIDES for language in ("zh", "en")}
    assert {path.name for path in guide.glob("*.??.md")} == names
    assert all(path.read_text().startswith("# ") for path in guide.glob("*.??.md"))

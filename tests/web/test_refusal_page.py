"""A refusal is a page for people, in their language, that says what to do; and a problem for programs."""

import httpx
import pytest

from server.core.errors import BusyTryAgain, Internal, RateLimited, TooLarge, UnsupportedType, tree
from server.web.refusal_page import TEXTS, explained
from tests import factories
from tests.site.reader import Reader
from tests.site.visiting import signed_in

CHINESE = {"Accept": "text/html", "Accept-Language": "zh-CN"}
ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}


async def test_403_names_the_role_that_is_missing_and_whom_to_ask(client: httpx.AsyncClient) -> None:
    reader = await signed_in(client, await factories.person(role="booker"))
    await reader.open("/inbox")
    assert reader.status == 403
    assert "This needs the role “manager”." in reader.text
    assert "You are a booker." in reader.text
    assert "Ask an administrator of your organization to give it to you." in reader.text
    await reader.open("/operator")
    assert "Only the operators of the platform" in reader.text
    await reader.open("/inbox?lang=zh-CN")
    assert "角色。" in reader.text


async def test_403_tells_who_acts_for_no_organization_where_to_choose_one(client: httpx.AsyncClient) -> None:
    await factories.account("alone@example.com", locale="en")
    reader = Reader(client)
    await reader.open("/sign-in")
    await reader.send("/sign-in", email="alone@example.com", password=factories.PASSWORD)
    await reader.open("/bookings")
    assert reader.status == 403
    assert "You act for no organization." in reader.text


async def test_404_offers_a_search(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere", headers=ENGLISH)
    assert answer.status_code == 404
    assert '<form class="search-main" role="search" action="/resources"' in answer.text
    assert "搜索" in (await client.get("/nowhere", headers=CHINESE)).text


async def test_413_is_a_page_for_people_and_a_problem_for_programs(client: httpx.AsyncClient) -> None:
    body = "x" * 300_000
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    page = await client.post("/sign-in", content=body, headers=ENGLISH | form)
    assert page.status_code == 413
    assert "A form may have 256 KB" in page.text
    problem = await client.post("/api/v1/session", content=body, headers={"Content-Type": "application/json"})
    assert problem.status_code == 413
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["type"].endswith("/too-large")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RateLimited("", retry_after=1), "Try again in 1 second."),
        (RateLimited("", retry_after=61), "Try again in 61 seconds."),
        (RateLimited("", retry_after=850), "Try again in 15 minutes."),
        (BusyTryAgain("", retry_after=5), "Try again in 5 seconds."),
        (BusyTryAgain(""), "Try again in a moment."),
        (UnsupportedType(""), TEXTS["unsupported-type"]),
        (TooLarge(""), TEXTS["too-large"]),
        (Internal(), TEXTS["internal"]),
    ],
    ids=repr,
)
def test_what_passes_by_itself_says_when(error: RateLimited, said: str) -> None:
    assert explained(error, "en") == [said]


@pytest.mark.parametrize("error", list(tree()), ids=lambda error: error.__name__)
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_every_refusal_says_what_to_do(error: type[RateLimited], locale: str) -> None:
    sentences = explained(error(""), locale)
    assert sentences
    assert locale == "en" or not any(sentence.isascii() for sentence in sentences)

"""What refuses a form is said on it, and the page with it is the answer."""

from typing import Any

import httpx
import pytest
from litestar import Litestar, Response, Router

from server.core.errors import Conflict, NotFound
from server.web.form_errors import Refused, at_field, refused_on, send_page
from server.web.forms import EMPTY, Form, post, redirect

TEXTS = {"name": "Name it.", "conflict": "There are too many."}
SAID = at_field(TEXTS, "name")


def shown(form: Form[Any], *, status: int) -> Response[str]:
    return Response("; ".join(f"{field}: {text}" for field, text in form.errors.items()), status_code=status)


async def test_what_was_entered_wrongly_is_shown_again() -> None:
    wrong: Form[Any] = Form({"name": ""}, {"name": "Name it."})
    with pytest.raises(Refused) as refused:
        async with refused_on(wrong, shown, SAID):
            raise AssertionError(wrong.wanted)
    assert (refused.value.page.status_code, refused.value.page.content) == (422, "name: Name it.")


async def test_a_refusal_is_said_at_its_field_with_its_own_status() -> None:
    async def awaited(form: Form[Any], *, status: int) -> Response[str]:
        return shown(form, status=status)

    for kind in (shown, awaited):
        with pytest.raises(Refused) as refused:
            async with refused_on(EMPTY, kind, SAID):
                raise Conflict
        assert (refused.value.page.status_code, refused.value.page.content) == (409, "name: There are too many.")


async def test_what_is_about_no_form_goes_on() -> None:
    with pytest.raises(NotFound):
        async with refused_on(EMPTY, shown, SAID):
            raise NotFound


async def test_the_router_of_pages_sends_the_page() -> None:
    @post("/forms")
    async def route() -> Response[str]:
        async with refused_on(EMPTY, shown, SAID):
            raise Conflict
        return redirect("/never")

    pages = Router("/", route_handlers=[route], exception_handlers={Refused: send_page})
    app: Any = Litestar([pages])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.post("/forms")
    assert (answer.status_code, answer.text) == (409, "name: There are too many.")

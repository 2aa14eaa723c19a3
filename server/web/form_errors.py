"""What a refusal means on a form: a text at its field or over all of it, and the page that says it is the answer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from inspect import isawaitable
from typing import Any, Protocol

from litestar import Response

from server.core.errors import DomainError, NotFound, Unauthenticated
from server.core.http import Request
from server.web.forms import Form, FormHasErrors
from server.web.refusal_texts import refusal
from server.web.render import language, reader_zone

Said = Callable[[DomainError], dict[str, str]]


class Shown(Protocol):
    """Show the page of a form with what is wrong with it."""

    def __call__(self, form: Form[Any], *, status: int) -> Response[str] | Awaitable[Response[str]]: ...


class Refused(Exception):
    """A form was refused, and this page says so. The router of all pages sends it."""

    def __init__(self, page: Response[str]) -> None:
        super().__init__()
        self.page = page


def send_page(request: Request, refused: Refused) -> Response[str]:
    return refused.page


@asynccontextmanager
async def refused_on(form: Form[Any], shown: Shown, said: Said) -> AsyncIterator[None]:
    """Do within what a form asks for; what refuses it is said on the form, and the page with it answers the route.

        form = await read(request, Because, REASON)
        async with refused_on(form, partial(_shown, request, id, by), in_words(request)):
            await cancel.cancel(id, by, form.wanted.reason)
        return redirect(f"/bookings/{id}?done=cancelled")

    `shown` is given the form and a status: 422 for what was not entered as it should be, else that of the refusal.
    `said` gives the texts of a refusal by field, "" for the whole form, and raises what is about no form.
    """
    try:
        yield
        return
    except FormHasErrors:
        page = shown(form, status=422)
    except DomainError as error:
        page = shown(form.but(**said(error)), status=error.status)
    raise Refused(await page if isawaitable(page) else page)


def at_field(texts: dict[str, str], otherwise: str = "") -> Said:
    """Say a refusal at its field. `texts` are by field, and by the slug of an error that has a text of its own here.

    `otherwise` is the field that errors without one of their own are about. Not found and not signed in are about no
    form.
    """

    def said(error: DomainError) -> dict[str, str]:
        if isinstance(error, (NotFound, Unauthenticated)):
            raise error
        named: Any = error.members.get("field")
        field = named if named in texts else otherwise
        return {field: texts.get(error.slug(), texts[field] if field == named else error.title())}

    return said


def in_words(request: Request, time_zone: str = "") -> Said:
    """Say over the whole form why not and what would make it a yes; its times are those of the reader, or of a zone."""
    return lambda error: {"": refusal(error, language(request), time_zone or reader_zone(request))}

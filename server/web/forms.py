"""Forms of pages: what was entered, read by the same schemas as the API, with an error for each field that is wrong."""

from functools import partial
from types import NoneType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import litestar
import msgspec
from litestar import Response
from litestar.datastructures import Cookie

from server.core.http import Request

T = TypeVar("T", bound=msgspec.Struct)

# The route of a form. A page answers it, or the way to one: nothing is "created" (201), as Litestar takes it to be.
post = partial(litestar.post, status_code=200)


class FormHasErrors(Exception):
    """Nothing can be done with what was entered, but to show it again."""


class Form(msgspec.Struct, Generic[T]):
    """A form that was sent. `errors` has a text for each field that is wrong; the field "" stands for all of it."""

    entered: dict[str, str]
    errors: dict[str, str]
    value: T | None = None

    @property
    def wanted(self) -> T:
        """What the form asks for. Raises FormHasErrors when something is wrong with it."""
        if self.value is None or self.errors:
            raise FormHasErrors
        return self.value

    def but(self, **errors: str) -> "Form[T]":
        """The same with further errors."""
        return Form(self.entered, self.errors | errors, self.value)


EMPTY: Form[Any] = Form({}, {})


async def text_fields(request: Request) -> dict[str, str]:
    """What was entered in the fields of a form, other than files and further values of one name."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


async def read(request: Request, schema: type[T], texts: dict[str, str], **given: Any) -> Form[T]:
    """Read the fields of a schema from a form. `texts` say what is wrong with a field, `given` are not asked for."""
    sent, entered = await request.form(), await text_fields(request)
    hints = get_type_hints(schema, include_extras=True)
    values, errors = dict(given), {}
    for field in msgspec.structs.fields(schema):
        hint = hints[field.name]
        if field.name in given or (field.name not in entered and not field.required and not _mentions(hint, list)):
            continue
        try:
            values[field.name] = msgspec.convert(_entry(sent, field.name, hint), hint, strict=not _lax(hint))
        except msgspec.ValidationError:
            errors[field.name] = texts[field.name]
    if errors:
        return Form(entered, errors)
    try:
        return Form(entered, {}, schema(**values))
    except ValueError as error:  # what a schema says about several fields, or about one that its type cannot
        name = str(error).partition(":")[0]
        return Form(entered, {name if name in hints else "": texts.get(name, str(error))})


def _entry(sent: Any, name: str, hint: Any) -> Any:
    """What was entered in a field: of a list all of it; nothing is None where the schema knows None."""
    if _mentions(hint, list):
        chosen = [one for one in sent.getall(name, []) if isinstance(one, str) and one]
        return chosen or (None if _mentions(hint, NoneType) else [])
    text = sent.get(name, "")
    text = text.strip(" \t") if isinstance(text, str) else ""
    return None if not text and _mentions(hint, NoneType) else text


def _mentions(hint: Any, kind: type) -> bool:
    """Whether a type is of this kind, or a union or annotation with it."""
    return hint is kind or get_origin(hint) is kind or any(_mentions(one, kind) for one in get_args(hint))


def _lax(hint: Any) -> bool:
    """Whether a text may stand for a number or a yes."""
    return _mentions(hint, int) or _mentions(hint, bool)


def redirect(to: str, *cookies: Cookie) -> Response[str]:
    """Go on to a page: after a form, so that going back or reloading sends nothing again (303)."""
    return Response("", status_code=303, headers={"Location": to, "Cache-Control": "no-store"}, cookies=list(cookies))


def local(path: str | None, otherwise: str) -> str:
    """A path of ours to go on to; never another site's, whatever a link says."""
    is_ours = path is not None and path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable()
    return path if is_ours and path is not None and "\\" not in path else otherwise

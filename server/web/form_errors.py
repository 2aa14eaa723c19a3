"""What a refusal means on a form: a text at the field that it is about, or over the whole of it."""

from typing import Any, TypeVar

import msgspec

from server.core.errors import DomainError, NotFound, Unauthenticated
from server.web.forms import Form

T = TypeVar("T", bound=msgspec.Struct)


def complain(form: Form[T], error: DomainError, texts: dict[str, str], field: str = "") -> Form[T]:
    """Say an error in a form. `texts` are by field, and by the slug of an error that has a text of its own here.

    `field` is what errors without a field of their own are about. Raises what is about no form: not found, not signed
    in.
    """
    if isinstance(error, (NotFound, Unauthenticated)):
        raise error
    named: Any = error.members.get("field")
    at = named if named in texts else field
    return form.but(**{at: texts.get(error.slug(), texts[at] if at == named else error.title())})

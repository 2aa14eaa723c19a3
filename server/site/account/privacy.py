"""The page of what is kept of oneself: take it along, or have it erased."""

from functools import partial
from typing import Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from server.access import cookie
from server.access.permissions import open_to
from server.access.person import Person
from server.accounts.proof import prove
from server.core.http import Request
from server.core.text import Email
from server.core.translations import N_
from server.privacy import erase
from server.site.account.texts import about_own
from server.web import forms
from server.web.form_errors import refused_on
from server.web.forms import EMPTY, Form, post, redirect
from server.web.render import unkept

DATA = "/account/data"
FIELDS = {
    "email": N_("Enter the mail address of this account, to confirm that it is to be closed."),
}


class Farewell(msgspec.Struct, frozen=True):
    """The own address, typed to say that one means it, and the password of whoever has not just signed in."""

    email: Email
    password: str = ""


@get(DATA, opt=open_to("person", "read"))
async def data(request: Request, person: NamedDependency[Person]) -> Response[str]:
    """Offer the export, and the erasure."""
    return _data(request)


def _data(request: Request, form: Form[Any] = EMPTY, status: int = 200) -> Response[str]:
    return unkept(request, "account/data.html", status=status, form=form)


@post(f"{DATA}/erase", opt=open_to("person", "manage"))
async def erase_account(request: Request, person: NamedDependency[Person]) -> Response[str]:
    """Close the account, once its address was typed, for whoever has just signed in or says their password again."""
    form = await forms.read(request, Farewell, FIELDS)
    if form.value is None or form.value.email.lower() != person.email.lower():
        return _data(request, form.but(email=FIELDS["email"]), 422)
    async with refused_on(form, partial(_data, request), about_own):
        await prove(person, form.value.password)
        await erase.erase(person.account_id, person)
    return redirect("/sign-in?done=erased", cookie.taken())


ROUTES = [data, erase_account]

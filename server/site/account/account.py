"""The page of one's own account, and what its forms do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import segno
from litestar import Response, get
from litestar.params import FromPath

from server.access import cookie
from server.access.authentication import SESSION_KEPT, session_of
from server.access.sessions import SignedIn, read
from server.accounts import own_sessions, password_change, second_factor, verify, views
from server.accounts.revise import revise
from server.accounts.schemas import ChangedPassword, ChosenOrganization, Confirmation, Enrolment, GivenCode, Revision
from server.core.errors import Unauthenticated
from server.core.http import Request
from server.core.time_zones import time_zones
from server.site.account.sign_in import ACCOUNT, show
from server.site.account.texts import FIELDS, SIGN_IN_FIELDS, about, about_own
from server.web import forms
from server.web.form_errors import refused_on
from server.web.forms import EMPTY, Form, post, redirect
from server.web.render import remembered


async def own(request: Request) -> SignedIn:
    """Who is signed in. Raises Unauthenticated, which leads to the page that asks who one is."""
    session = await session_of(request)
    if session is None:
        raise Unauthenticated("sign in")
    return session


@get(ACCOUNT)
async def account_page(request: Request) -> Response[str]:
    """Show the account of whoever is signed in."""
    return await _account(request, await own(request))


async def _account(
    request: Request, session: SignedIn, at: str = "", form: Form[Any] = EMPTY, status: int = 200
) -> Response[str]:
    """Show the account; `at` names the form in which something was wrong."""
    return show(
        request,
        "account",
        form,
        status=status,
        at=at,
        session=await views.session(session),
        sessions=await views.sessions(session.account_id, session.session_id),
        codes_left=await second_factor.codes_left(session.account_id),
        time_zones=sorted(time_zones()),
    )


@post(ACCOUNT)
async def save_profile(request: Request) -> Response[str]:
    """Change name, language and time zone."""
    session = await own(request)
    form = await forms.read(request, Revision, FIELDS)
    if form.value is None:
        return await _account(request, session, "profile", form, 422)
    await revise(session.account_id, form.value)
    return redirect(f"{ACCOUNT}?done=saved", remembered(form.value.locale or session.locale))


@post("/account/password")
async def save_password(request: Request) -> Response[str]:
    """Change the password."""
    session = await own(request)
    form = await forms.read(request, ChangedPassword, FIELDS)
    shown = partial(_account, request, session, "password")
    async with refused_on(form, shown, partial(about_own, field="current_password")):
        old, new = form.wanted.current_password, form.wanted.password
        secret = await password_change.change_password(session.account_id, session.session_id, old, new)
    return redirect(f"{ACCOUNT}?done=password-changed", cookie.given(secret))


@post("/account/organization")
async def act_for(request: Request) -> Response[str]:
    """Act for another organization."""
    session = await own(request)
    form = await forms.read(request, ChosenOrganization, {"organization_id": ""})
    if form.value is None:
        return redirect(ACCOUNT)
    chosen = form.value.organization_id
    secret = await own_sessions.choose_organization(session.session_id, session.account_id, chosen)
    return redirect(f"{ACCOUNT}?done=organization", cookie.given(secret))


@post("/account/verification")
async def send_again(request: Request) -> Response[str]:
    """Send another link to prove the address."""
    session = await own(request)
    async with refused_on(EMPTY, partial(_account, request, session, "proof"), about):
        await verify.send_again(session.account_id)
    return redirect(f"{ACCOUNT}?done=link")


@post("/account/sessions/{id:uuid}/end")
async def end_session(request: Request, id: FromPath[UUID]) -> Response[str]:
    """End one session."""
    session = await own(request)
    await own_sessions.end_session(id, session.account_id)
    return redirect(f"{ACCOUNT}?done=session")


@post("/account/sessions/end-others")
async def end_others(request: Request) -> Response[str]:
    """End all sessions but this one."""
    session = await own(request)
    await own_sessions.end_others(session.session_id, session.account_id)
    return redirect(f"{ACCOUNT}?done=others")


@post("/account/second-factor")
async def enrol(request: Request) -> Response[str]:
    """Show what the authenticator needs, once the password was said again."""
    session = await own(request)
    async with _confirmed(request, session):
        enrolment = await second_factor.start(session.account_id, session.email)
    return _enrolment(request, enrolment)


@post("/account/second-factor/confirm")
async def confirm(request: Request) -> Response[str]:
    """Turn the second factor on and show the recovery codes, once."""
    session = await own(request)
    form = await forms.read(request, GivenCode, FIELDS)
    begun = await second_factor.begun(session.account_id, session.email)
    if begun is None:
        return redirect(ACCOUNT)
    if form.value is None:
        return _enrolment(request, begun, form)
    async with refused_on(form, partial(_enrolment, request, begun), about):
        secret, codes = await second_factor.confirm(session.account_id, session.session_id, form.value.code)
    request.scope["state"][SESSION_KEPT] = await read(secret)  # the page's forms are of the new session
    shown = show(request, "recovery_codes", codes=codes)
    shown.cookies.append(cookie.given(secret))
    return shown


def _enrolment(request: Request, made: Enrolment, form: Form[Any] = EMPTY, status: int = 200) -> Response[str]:
    picture = segno.make(made.uri, error="m").svg_data_uri(scale=5, border=4, light="#fff")
    return show(request, "enrol", form, enrolment=made, picture=picture, status=status)


@post("/account/second-factor/remove")
async def remove(request: Request) -> Response[str]:
    """Turn the second factor off."""
    session = await own(request)
    async with _confirmed(request, session):
        secret = await second_factor.remove(session.account_id, session.session_id)
    return redirect(f"{ACCOUNT}?done=second-factor-off", cookie.given(secret))


@post("/account/recovery-codes")
async def renew_codes(request: Request) -> Response[str]:
    """Show new recovery codes, once."""
    session = await own(request)
    async with _confirmed(request, session):
        codes = await second_factor.renew_codes(session.account_id)
    return show(request, "recovery_codes", codes=codes)


@asynccontextmanager
async def _confirmed(request: Request, session: SignedIn) -> AsyncIterator[None]:
    """Do within what is only done once the password was said again."""
    form = await forms.read(request, Confirmation, SIGN_IN_FIELDS)
    async with refused_on(form, partial(_account, request, session, "second-factor"), about_own):
        await password_change.confirm(session.account_id, form.wanted.password)
        yield


ROUTES = [
    account_page,
    save_profile,
    save_password,
    act_for,
    send_again,
    end_session,
    end_others,
    enrol,
    confirm,
    remove,
    renew_codes,
]

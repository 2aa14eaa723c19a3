"""The page of one's own account, and what its forms do."""

from typing import Any
from uuid import UUID

import segno
from litestar import Request, Response, get, post
from litestar.params import FromPath

from server.access import cookie
from server.access.authentication import SESSION_KEPT, session_of
from server.access.sessions import SignedIn, read
from server.accounts import own_sessions, second_factor, verify, views
from server.accounts import password_change as changing
from server.accounts.revise import revise
from server.accounts.schemas import ChangedPassword, ChosenOrganization, Confirmation, Enrolment, GivenCode, Revision
from server.core.errors import DomainError, Unauthenticated
from server.core.time_zones import time_zones
from server.site.account.sign_in import ACCOUNT, show
from server.site.account.texts import FIELDS, SIGN_IN_FIELDS, about, about_own
from server.web import forms
from server.web.forms import EMPTY, Form, redirect
from server.web.render import remembered


async def own(request: Request[Any, Any, Any]) -> SignedIn:
    """Who is signed in. Raises Unauthenticated, which leads to the page that asks who one is."""
    session = await session_of(request)
    if session is None:
        raise Unauthenticated("sign in")
    return session


@get(ACCOUNT, include_in_schema=False)
async def account_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the account of whoever is signed in."""
    return await _account(request, await own(request))


async def _account(
    request: Request[Any, Any, Any], session: SignedIn, at: str = "", form: Form[Any] = EMPTY, status: int = 200
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


@post(ACCOUNT, include_in_schema=False, status_code=200)
async def save(request: Request[Any, Any, Any]) -> Response[str]:
    """Change name, language and time zone."""
    session = await own(request)
    form = await forms.read(request, Revision, FIELDS)
    if form.value is None:
        return await _account(request, session, "profile", form, 422)
    await revise(session.account_id, form.value)
    return redirect(f"{ACCOUNT}?done=saved", remembered(form.value.locale or session.locale))


@post("/account/password", include_in_schema=False, status_code=200)
async def change_password(request: Request[Any, Any, Any]) -> Response[str]:
    """Change the password."""
    session = await own(request)
    form = await forms.read(request, ChangedPassword, FIELDS)
    if form.value is None:
        return await _account(request, session, "password", form, 422)
    old, new = form.value.current_password, form.value.password
    try:
        secret = await changing.change_password(session.account_id, session.session_id, old, new)
    except DomainError as error:
        return await _account(
            request, session, "password", form.but(**about_own(error, "current_password")), error.status
        )
    return redirect(f"{ACCOUNT}?done=password-changed", cookie.given(secret))


@post("/account/organization", include_in_schema=False, status_code=200)
async def choose_organization(request: Request[Any, Any, Any]) -> Response[str]:
    """Act for another organization."""
    session = await own(request)
    form = await forms.read(request, ChosenOrganization, {"organization_id": ""})
    if form.value is None:
        return redirect(ACCOUNT)
    secret = await own_sessions.choose_organization(session.session_id, session.account_id, form.value.organization_id)
    return redirect(f"{ACCOUNT}?done=organization", cookie.given(secret))


@post("/account/verification", include_in_schema=False, status_code=200)
async def send_again(request: Request[Any, Any, Any]) -> Response[str]:
    """Send another link to prove the address."""
    session = await own(request)
    try:
        await verify.send_again(session.account_id)
    except DomainError as error:
        return await _account(request, session, "proof", EMPTY.but(**about(error)), error.status)
    return redirect(f"{ACCOUNT}?done=link")


@post("/account/sessions/{id:uuid}/end", include_in_schema=False, status_code=200)
async def end_session(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[str]:
    """End one session."""
    session = await own(request)
    await own_sessions.end_session(id, session.account_id)
    return redirect(f"{ACCOUNT}?done=session")


@post("/account/sessions/end-others", include_in_schema=False, status_code=200)
async def end_others(request: Request[Any, Any, Any]) -> Response[str]:
    """End all sessions but this one."""
    session = await own(request)
    await own_sessions.end_others(session.session_id, session.account_id)
    return redirect(f"{ACCOUNT}?done=others")


@post("/account/second-factor", include_in_schema=False, status_code=200)
async def enrol(request: Request[Any, Any, Any]) -> Response[str]:
    """Show what the authenticator needs, once the password was said again."""
    session = await own(request)
    try:
        form = await _confirmed(request, session)
        if form.errors:
            return await _account(request, session, "second-factor", form, 422)
        enrolment = await second_factor.start(session.account_id, session.email)
    except DomainError as error:
        return await _account(request, session, "second-factor", EMPTY.but(**about_own(error)), error.status)
    return _enrolment(request, enrolment)


@post("/account/second-factor/confirm", include_in_schema=False, status_code=200)
async def confirm(request: Request[Any, Any, Any]) -> Response[str]:
    """Turn the second factor on and show the recovery codes, once."""
    session = await own(request)
    form = await forms.read(request, GivenCode, FIELDS)
    begun = await second_factor.begun(session.account_id, session.email)
    if begun is None:
        return redirect(ACCOUNT)
    if form.value is None:
        return _enrolment(request, begun, form)
    try:
        secret, codes = await second_factor.confirm(session.account_id, session.session_id, form.value.code)
    except DomainError as error:
        return _enrolment(request, begun, form.but(**about(error)), error.status)
    request.scope["state"][SESSION_KEPT] = await read(secret)  # the page's forms are of the new session
    shown = show(request, "recovery_codes", codes=codes)
    shown.cookies.append(cookie.given(secret))
    return shown


def _enrolment(
    request: Request[Any, Any, Any], made: Enrolment, form: Form[Any] = EMPTY, status: int = 200
) -> Response[str]:
    picture = segno.make(made.uri, error="m").svg_data_uri(scale=5, border=4, light="#fff")
    return show(request, "enrol", form, enrolment=made, picture=picture, status=status)


@post("/account/second-factor/remove", include_in_schema=False, status_code=200)
async def remove(request: Request[Any, Any, Any]) -> Response[str]:
    """Turn the second factor off."""
    session = await own(request)
    try:
        form = await _confirmed(request, session)
        if form.errors:
            return await _account(request, session, "second-factor", form, 422)
        secret = await second_factor.remove(session.account_id, session.session_id)
    except DomainError as error:
        return await _account(request, session, "second-factor", EMPTY.but(**about_own(error)), error.status)
    return redirect(f"{ACCOUNT}?done=second-factor-off", cookie.given(secret))


@post("/account/recovery-codes", include_in_schema=False, status_code=200)
async def renew_codes(request: Request[Any, Any, Any]) -> Response[str]:
    """Show new recovery codes, once."""
    session = await own(request)
    try:
        form = await _confirmed(request, session)
        if form.errors:
            return await _account(request, session, "second-factor", form, 422)
        codes = await second_factor.renew_codes(session.account_id)
    except DomainError as error:
        return await _account(request, session, "second-factor", EMPTY.but(**about_own(error)), error.status)
    return show(request, "recovery_codes", codes=codes)


async def _confirmed(request: Request[Any, Any, Any], session: SignedIn) -> Form[Any]:
    form = await forms.read(request, Confirmation, SIGN_IN_FIELDS)
    if form.value is not None:
        await changing.confirm(session.account_id, form.value.password)
    return form


ROUTES = [
    account_page,
    save,
    change_password,
    choose_organization,
    send_again,
    end_session,
    end_others,
    enrol,
    confirm,
    remove,
    renew_codes,
]

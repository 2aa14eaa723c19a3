"""The pages before one is signed in: sign in and up, prove an address, choose a new password."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from server.access import cookie
from server.access.authentication import session_of
from server.access.device import origin
from server.access.sessions import read
from server.accounts import own_sessions, tickets
from server.accounts import password_reset as resetting
from server.accounts import password_sign_in as signing_in
from server.accounts import sign_up as signing_up
from server.accounts import verify as verifying
from server.accounts.schemas import ForgottenPassword, Proof, ResetPassword, SecondStep, SignIn, SignUp
from server.core.errors import DomainError, LinkSpent
from server.site.account.texts import DONE, FIELDS, SIGN_IN_FIELDS, about
from server.web import forms
from server.web.forms import EMPTY, Form, redirect
from server.web.render import language, page, remembered

ACCOUNT = "/account"


def show(request: Request[Any, Any, Any], template: str, form: Form[Any] = EMPTY, **values: Any) -> Response[str]:
    """Show a page with a form that is never kept by the browser: it may hold what nobody else should see."""
    status = values.pop("status", 422 if form.errors else 200)
    done = DONE.get(request.query_params.get("done", ""), "")
    shown = page(request, f"accounts/{template}.html", status=status, form=form, done=done, **values)
    shown.headers["Cache-Control"] = "no-store"
    return shown


@get("/sign-in", include_in_schema=False)
async def sign_in_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Ask for address and password."""
    return show(request, "sign_in", next=forms.local(request.query_params.get("next"), ACCOUNT))


@post("/sign-in", include_in_schema=False, status_code=200)
async def sign_in(request: Request[Any, Any, Any]) -> Response[str]:
    """Sign in, or go on to the second step."""
    form = await forms.read(request, SignIn, SIGN_IN_FIELDS)
    onward = forms.local(form.entered.get("next"), ACCOUNT)
    if form.value is None:
        return show(request, "sign_in", form, next=onward)
    try:
        given, is_session = await signing_in.first_step(
            form.value.email, form.value.password, origin(request), shown=cookie.read(request)
        )
    except DomainError as error:
        return show(request, "sign_in", form.but(**about(error)), next=onward, status=error.status)
    if is_session:
        return await _go_in(given, onward)
    return show(request, "second_step", ticket=given, next=onward)


@post("/sign-in/code", include_in_schema=False, status_code=200)
async def second_step(request: Request[Any, Any, Any]) -> Response[str]:
    """Sign in with a code, after the password."""
    form = await forms.read(request, SecondStep, FIELDS)
    onward = forms.local(form.entered.get("next"), ACCOUNT)
    if form.value is None:
        return show(request, "second_step", form, ticket=form.entered.get("ticket", ""), next=onward)
    try:
        secret = await signing_in.second_step(
            form.value.ticket, form.value.code, origin(request), shown=cookie.read(request)
        )
    except LinkSpent:
        return redirect("/sign-in")
    except DomainError as error:
        shown = form.but(**about(error))
        return show(request, "second_step", shown, ticket=form.value.ticket, next=onward, status=error.status)
    return await _go_in(secret, onward)


async def _go_in(secret: str, onward: str) -> Response[str]:
    """Hand out the session, and go on in the language of the account."""
    signed_in = await read(secret)
    locale = [remembered(signed_in.locale)] if signed_in else []
    return redirect(onward, cookie.given(secret), *locale)


@post("/sign-out", include_in_schema=False, status_code=200)
async def sign_out_here(request: Request[Any, Any, Any]) -> Response[str]:
    """Sign out."""
    await own_sessions.sign_out(await session_of(request))
    return redirect("/sign-in?done=out", cookie.taken())


@get("/sign-up", include_in_schema=False)
async def sign_up_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Ask who wants an account."""
    return show(request, "sign_up")


@post("/sign-up", include_in_schema=False, status_code=200)
async def sign_up(request: Request[Any, Any, Any]) -> Response[str]:
    """Sign up. What comes next is in a mail, whether or not there was an account."""
    form = await forms.read(request, SignUp, FIELDS, locale=language(request))
    if form.value is None:
        return show(request, "sign_up", form)
    try:
        await signing_up.sign_up(form.value)
    except DomainError as error:
        return show(request, "sign_up", form.but(**about(error)), status=error.status)
    return redirect("/check-mail")


@get("/check-mail", include_in_schema=False)
async def check_mail(request: Request[Any, Any, Any]) -> Response[str]:
    """Say that a mail is on its way."""
    return show(request, "check_mail")


@get("/verify/{token:str}", include_in_schema=False)
async def verify_page(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[str]:
    """Offer to prove the address. Opening the link changes nothing: mail programs open links by themselves."""
    return await _proof(request, token, EMPTY)


@post("/verify/{token:str}", include_in_schema=False, status_code=200)
async def verify(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[str]:
    """Prove the address."""
    form = await forms.read(request, Proof, SIGN_IN_FIELDS, token=token)
    if form.value is None:
        return await _proof(request, token, form)
    try:
        secret = await verifying.verify(token, form.value.password, await session_of(request))
    except DomainError as error:
        return await _proof(request, token, form.but(**about(error)), error.status)
    return redirect(f"{ACCOUNT}?done=proved", cookie.given(secret)) if secret else redirect("/sign-in?done=proved")


async def _proof(request: Request[Any, Any, Any], token: str, form: Form[Any], status: int = 200) -> Response[str]:
    try:
        holder = await tickets.holder("verify", token)
    except LinkSpent as error:
        return show(request, "spent", status=error.status)
    session = await session_of(request)
    asks = session is None or session.account_id != holder
    return show(request, "verify", form, asks_password=asks, status=status)


@get("/forgot", include_in_schema=False)
async def forgot_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Ask for the address of the account."""
    return show(request, "forgot")


@post("/forgot", include_in_schema=False, status_code=200)
async def forgot(request: Request[Any, Any, Any]) -> Response[str]:
    """Send a link to a new password, if there is such an account."""
    form = await forms.read(request, ForgottenPassword, FIELDS, locale=language(request))
    if form.value is None:
        return show(request, "forgot", form)
    await resetting.ask(form.value.email, form.value.locale)
    return redirect("/check-mail")


@get("/reset/{token:str}", include_in_schema=False)
async def reset_page(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[str]:
    """Ask for a new password. Opening the link changes nothing."""
    return await _new_password(request, token, EMPTY)


@post("/reset/{token:str}", include_in_schema=False, status_code=200)
async def reset(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[str]:
    """Set the new password."""
    form = await forms.read(request, ResetPassword, FIELDS, token=token)
    if form.value is None:
        return await _new_password(request, token, form)
    try:
        await resetting.reset(token, form.value.password)
    except DomainError as error:
        return await _new_password(request, token, form.but(**about(error)))
    return redirect("/sign-in?done=password", cookie.taken())


async def _new_password(request: Request[Any, Any, Any], token: str, form: Form[Any]) -> Response[str]:
    try:
        await tickets.holder("reset", token)
    except LinkSpent as error:
        return show(request, "spent", status=error.status)
    return show(request, "reset", form)


ROUTES = [
    sign_in_page,
    sign_in,
    second_step,
    sign_out_here,
    sign_up_page,
    sign_up,
    check_mail,
    verify_page,
    verify,
    forgot_page,
    forgot,
    reset_page,
    reset,
]

"""The pages before one is signed in: sign in and up, prove an address, choose a new password."""

from functools import partial
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from server.access import cookie
from server.access.authentication import session_of
from server.access.device import origin
from server.access.sessions import read
from server.accounts import own_sessions, password_reset, password_sign_in, sign_up, tickets, verify
from server.accounts.schemas import ForgottenPassword, Proof, ResetPassword, SecondStep, SignIn, SignUp
from server.core.errors import LinkSpent
from server.core.http import Request
from server.site.account.texts import DONE, FIELDS, SIGN_IN_FIELDS, about, about_sign_in
from server.web import forms
from server.web.form_errors import refused_on
from server.web.forms import EMPTY, Form, post, redirect
from server.web.render import language, remembered, unkept

ACCOUNT = "/account"


def show(request: Request, template: str, form: Form[Any] = EMPTY, **values: Any) -> Response[str]:
    """Show a page with a form that is never kept by the browser: it may hold what nobody else should see."""
    status = values.pop("status", 422 if form.errors else 200)
    done = DONE.get(request.query_params.get("done", ""), "")
    return unkept(request, f"account/{template}.html", status=status, form=form, done=done, **values)


@get("/sign-in")
async def sign_in_page(request: Request) -> Response[str]:
    """Ask for address and password."""
    return show(request, "sign_in", next=forms.local(request.query_params.get("next"), ACCOUNT))


@post("/sign-in")
async def check_password(request: Request) -> Response[str]:
    """Sign in, or go on to the second step."""
    form = await forms.read(request, SignIn, SIGN_IN_FIELDS)
    onward = forms.local(form.entered.get("next"), ACCOUNT)
    async with refused_on(form, partial(show, request, "sign_in", next=onward), about_sign_in):
        wanted = form.wanted
        given, is_session = await password_sign_in.first_step(
            wanted.email, wanted.password, wanted.code, origin(request), shown=cookie.read(request)
        )
    if is_session:
        return await _go_in(request, given, onward)
    return show(request, "second_step", ticket=given, next=onward)


@post("/sign-in/code")
async def check_code(request: Request) -> Response[str]:
    """Sign in with a code, after the password."""
    form = await forms.read(request, SecondStep, FIELDS)
    onward = forms.local(form.entered.get("next"), ACCOUNT)
    again = partial(show, request, "second_step", ticket=form.entered.get("ticket", ""), next=onward)
    async with refused_on(form, again, about):
        ticket, code = form.wanted.ticket, form.wanted.code
        try:
            secret = await password_sign_in.second_step(ticket, code, origin(request), shown=cookie.read(request))
        except LinkSpent:
            return redirect("/sign-in")
    return await _go_in(request, secret, onward)


async def _go_in(request: Request, secret: str, onward: str) -> Response[str]:
    """Hand out the session, remember the device, and go on in the language of the account."""
    signed_in = await read(secret)
    kept = [cookie.known(origin(request), signed_in.account_id), remembered(signed_in.locale)] if signed_in else []
    return redirect(onward, cookie.given(secret), *kept)


@post("/sign-out")
async def leave(request: Request) -> Response[str]:
    """Sign out."""
    await own_sessions.sign_out(await session_of(request))
    return redirect("/sign-in?done=out", cookie.taken())


@get("/sign-up")
async def sign_up_page(request: Request) -> Response[str]:
    """Ask who wants an account."""
    return show(request, "sign_up")


@post("/sign-up")
async def make_account(request: Request) -> Response[str]:
    """Sign up. What comes next is in a mail, whether or not there was an account."""
    form = await forms.read(request, SignUp, FIELDS, locale=language(request))
    async with refused_on(form, partial(show, request, "sign_up"), about):
        await sign_up.sign_up(form.wanted, origin(request))
    return redirect("/check-mail")


@get("/check-mail")
async def check_mail(request: Request) -> Response[str]:
    """Say that a mail is on its way."""
    return show(request, "check_mail")


@get("/verify/{token:str}")
async def verify_page(request: Request, token: FromPath[str]) -> Response[str]:
    """Offer to prove the address. Opening the link changes nothing: mail programs open links by themselves."""
    return await _proof(request, token, EMPTY)


@post("/verify/{token:str}")
async def prove_address(request: Request, token: FromPath[str]) -> Response[str]:
    """Prove the address."""
    form = await forms.read(request, Proof, SIGN_IN_FIELDS, token=token)
    if form.value is None:
        return await _proof(request, token, form)
    async with refused_on(form, partial(_proof, request, token), about):
        secret = await verify.verify(token, form.value.password, await session_of(request))
    return redirect(f"{ACCOUNT}?done=proved", cookie.given(secret)) if secret else redirect("/sign-in?done=proved")


async def _proof(request: Request, token: str, form: Form[Any], status: int = 200) -> Response[str]:
    try:
        holder = await tickets.holder("verify", token)
    except LinkSpent as error:
        return show(request, "spent", status=error.status)
    session = await session_of(request)
    asks = session is None or session.account_id != holder
    return show(request, "verify", form, asks_password=asks, status=status)


@get("/forgot")
async def forgot_page(request: Request) -> Response[str]:
    """Ask for the address of the account."""
    return show(request, "forgot")


@post("/forgot")
async def forgot(request: Request) -> Response[str]:
    """Send a link to a new password, if there is such an account."""
    form = await forms.read(request, ForgottenPassword, FIELDS, locale=language(request))
    if form.value is None:
        return show(request, "forgot", form)
    await password_reset.ask(form.value.email, form.value.locale, origin(request))
    return redirect("/check-mail")


@get("/reset/{token:str}")
async def reset_page(request: Request, token: FromPath[str]) -> Response[str]:
    """Ask for a new password. Opening the link changes nothing."""
    return await _new_password(request, token, EMPTY)


@post("/reset/{token:str}")
async def set_password(request: Request, token: FromPath[str]) -> Response[str]:
    """Set the new password."""
    form = await forms.read(request, ResetPassword, FIELDS, token=token)
    async with refused_on(form, partial(_new_password, request, token), about):
        account_id = await password_reset.reset(token, form.wanted.password, origin(request))
    known = cookie.known(origin(request), account_id)
    return redirect("/sign-in?done=password", cookie.taken(), known)


async def _new_password(request: Request, token: str, form: Form[Any], status: int = 200) -> Response[str]:
    try:
        await tickets.holder("reset", token)
    except LinkSpent as error:
        return show(request, "spent", status=error.status)
    return show(request, "reset", form, status=status)


ROUTES = [
    sign_in_page,
    check_password,
    check_code,
    leave,
    sign_up_page,
    make_account,
    check_mail,
    verify_page,
    prove_address,
    forgot_page,
    forgot,
    reset_page,
    set_password,
]

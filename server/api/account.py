"""The JSON routes of a person's account: sign-up, proof of the address, password, second factor."""

from litestar import Response, patch, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

import server.accounts.sign_up
from server.access import cookie
from server.access.authentication import session_of
from server.access.device import origin
from server.access.permissions import open_to
from server.access.person import Person
from server.accounts import password_change, password_reset, revise, second_factor, verify, views
from server.accounts.schemas import (
    ChangedPassword,
    Confirmation,
    Enrolment,
    ForgottenPassword,
    GivenCode,
    OwnSession,
    Proof,
    RecoveryCodes,
    ResetPassword,
    Revision,
    SignUp,
)
from server.core.errors import (
    Conflict,
    CrossSite,
    Forbidden,
    LinkSpent,
    PasswordTooCommon,
    RateLimited,
    Unauthenticated,
    WrongCode,
    WrongCredentials,
)
from server.core.http import Request
from server.core.problem_details import refusals

ANYONE = open_to("anyone", "read")
OWN = open_to("person", "manage", once=False)
REFUSALS = (CrossSite, RateLimited)
CONFIRMED = (Unauthenticated, WrongCredentials, Forbidden, *REFUSALS)


@post(
    "/accounts",
    status_code=202,
    tags=["Account"],
    opt=ANYONE,
    responses=refusals(PasswordTooCommon, *REFUSALS),
)
async def sign_up(request: Request, data: JSONBody[SignUp]) -> None:
    """Sign up. A mail with a link follows; the answer is the same for an address that has an account."""
    await server.accounts.sign_up.sign_up(data, origin(request))


@post(
    "/accounts/verify",
    status_code=204,
    tags=["Account"],
    opt=ANYONE,
    responses=refusals(LinkSpent, WrongCredentials, *REFUSALS),
)
async def verify_email(request: Request, data: JSONBody[Proof]) -> Response[None]:
    """Prove your mail address by the link that was sent to it. A session of the account stands in for its password."""
    secret = await verify.verify(data.token, data.password, await session_of(request))
    return Response(None, status_code=204, cookies=[cookie.given(secret)] if secret else [])


@post(
    "/accounts/password-resets",
    status_code=202,
    tags=["Account"],
    opt=ANYONE,
    responses=refusals(*REFUSALS),
)
async def request_password_reset(request: Request, data: JSONBody[ForgottenPassword]) -> None:
    """Have a link sent with which to choose a new password. The answer is the same for every address."""
    await password_reset.ask(data.email, data.locale, origin(request))


@post(
    "/accounts/password",
    status_code=204,
    tags=["Account"],
    opt=ANYONE,
    responses=refusals(LinkSpent, PasswordTooCommon, *REFUSALS),
)
async def reset_password(request: Request, data: JSONBody[ResetPassword]) -> Response[None]:
    """Choose a new password by the link that was sent. All sessions end, and so does a lock after many attempts."""
    at = origin(request)
    account_id = await password_reset.reset(data.token, data.password, at)
    return Response(None, status_code=204, cookies=[cookie.known(at, account_id)])


@post(
    "/account/verification",
    status_code=202,
    tags=["Account"],
    opt=OWN,
    responses=refusals(Unauthenticated, *REFUSALS),
)
async def resend_verification(person: NamedDependency[Person]) -> None:
    """Have another link sent to prove your address; earlier ones are void."""
    await verify.send_again(person.account_id)


@patch(
    "/account",
    status_code=204,
    tags=["Account"],
    opt=OWN,
    responses=refusals(Unauthenticated, *REFUSALS),
)
async def update_account(person: NamedDependency[Person], data: JSONBody[Revision]) -> None:
    """Change your name, language or time zone."""
    await revise.revise(person.account_id, data)


@put(
    "/account/password",
    tags=["Account"],
    opt=OWN,
    responses=refusals(*CONFIRMED, PasswordTooCommon),
)
async def change_password(person: NamedDependency[Person], data: JSONBody[ChangedPassword]) -> Response[OwnSession]:
    """Change your password. Your other sessions end, and this one gets a new id."""
    secret = await password_change.change_password(
        person.account_id, person.own_session, data.current_password, data.password
    )
    return await _renewed(secret)


@post(
    "/account/second-factor",
    tags=["Account"],
    opt=OWN,
    responses=refusals(*CONFIRMED, Conflict),
)
async def enrol_second_factor(person: NamedDependency[Person], data: JSONBody[Confirmation]) -> Enrolment:
    """Begin to enrol an authenticator (TOTP). It is asked for once a code of it was confirmed."""
    _ = person.own_session
    await password_change.confirm(person.account_id, data.password)
    return await second_factor.start(person.account_id, person.email)


@post(
    "/account/second-factor/confirm",
    tags=["Account"],
    opt=OWN,
    responses=refusals(Unauthenticated, WrongCode, Forbidden, Conflict, *REFUSALS),
)
async def confirm_second_factor(person: NamedDependency[Person], data: JSONBody[GivenCode]) -> Response[RecoveryCodes]:
    """Turn the second factor on with a first code. Tells the recovery codes, once."""
    secret, codes = await second_factor.confirm(person.account_id, person.own_session, data.code)
    return Response(RecoveryCodes(codes), cookies=[cookie.given(secret)])


@post(
    "/account/second-factor/remove",
    status_code=200,
    tags=["Account"],
    opt=OWN,
    responses=refusals(*CONFIRMED, Conflict),
)
async def remove_second_factor(person: NamedDependency[Person], data: JSONBody[Confirmation]) -> Response[OwnSession]:
    """Turn the second factor off."""
    session_id = person.own_session
    await password_change.confirm(person.account_id, data.password)
    return await _renewed(await second_factor.remove(person.account_id, session_id))


@post(
    "/account/recovery-codes",
    tags=["Account"],
    opt=OWN,
    responses=refusals(*CONFIRMED, Conflict),
)
async def renew_recovery_codes(person: NamedDependency[Person], data: JSONBody[Confirmation]) -> RecoveryCodes:
    """Make new recovery codes; the old ones are void."""
    _ = person.own_session
    await password_change.confirm(person.account_id, data.password)
    return RecoveryCodes(await second_factor.renew_codes(person.account_id))


async def _renewed(secret: str) -> Response[OwnSession]:
    return Response(await views.shown(secret), cookies=[cookie.given(secret)])


ROUTES = [
    sign_up,
    verify_email,
    request_password_reset,
    reset_password,
    resend_verification,
    update_account,
    change_password,
    enrol_second_factor,
    confirm_second_factor,
    remove_second_factor,
    renew_recovery_codes,
]

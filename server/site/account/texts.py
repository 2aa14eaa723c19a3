"""What the pages of accounts say about what was entered and what was done."""

from server.core.errors import (
    AccountLocked,
    CodeNeeded,
    DomainError,
    LastAdmin,
    LinkSpent,
    PasswordTooCommon,
    ProofNeeded,
    RateLimited,
    WrongCode,
    WrongCredentials,
)
from server.core.translations import N_

FIELDS = {
    "email": N_("Enter a mail address, such as name@example.com."),
    "name": N_("Enter your name, with at most 200 characters."),
    "password": N_("Enter a password of 10 to 1000 characters."),
    "current_password": N_("Enter your password."),
    "code": N_("Enter the six digits of your authenticator, or a recovery code."),
    "locale": N_("Choose one of the languages."),
    "time_zone": N_("Choose a time zone of the list, such as Asia/Shanghai."),
    "ticket": N_("Sign in again: that took too long."),
    "token": N_("The link is not complete. Copy all of it from the mail."),
}
SIGN_IN_FIELDS = FIELDS | {"password": N_("Enter your password.")}

# Which field an error is about, and what it says there.
ERRORS: dict[type[DomainError], tuple[str, str]] = {
    WrongCredentials: ("password", N_("The mail address or the password is wrong.")),
    WrongCode: ("code", N_("The code is wrong, too old or was used before.")),
    CodeNeeded: ("code", N_("Enter the six digits of your authenticator, or a recovery code.")),
    PasswordTooCommon: (
        "password",
        N_("This password is one that is guessed first. Four words that do not belong together are a better one."),
    ),
    RateLimited: ("", N_("There were too many attempts. Wait a quarter of an hour, then try again.")),
    AccountLocked: ("", N_("The operator of the platform has locked this account. Ask them why.")),
    ProofNeeded: ("password", N_("You signed in a while ago: say your password too, or sign out and in again.")),
    LastAdmin: ("", N_("An organization would be left without an administrator. Make someone else one first.")),
    LinkSpent: ("", N_("This link was used before, or it is too old.")),
}

LOCKED = N_(
    "There were too many attempts to sign in to this account. Wait for up to an hour, or choose a new password by "
    "mail: that lifts it at once. If you have set up a second factor, enter its code here, too."
)

DONE = {
    "proved": N_("Your mail address is confirmed."),
    "password": N_("Your password was changed. Sign in with the new one."),
    "password-changed": N_("Your password was changed. All other sessions have ended."),
    "saved": N_("Saved."),
    "session": N_("The session has ended."),
    "others": N_("All other sessions have ended."),
    "organization": N_("You act for another organization now."),
    "link": N_("We have sent another link."),
    "second-factor-off": N_("The second factor is off."),
    "joined": N_("You are a member of the organization now. Choose it to act for it."),
    "erased": N_("Your account is closed, and what said who you are is erased."),
    "out": N_("You are signed out."),
}


def about(error: DomainError) -> dict[str, str]:
    """Say an error at its field. Raises the error when no field is meant."""
    for kind, (field, text) in ERRORS.items():
        if isinstance(error, kind):
            return {field: text}
    raise error


def about_sign_in(error: DomainError) -> dict[str, str]:
    """The same where a person signs in: beside a lock stands what gets them past it."""
    return {"code": LOCKED} if isinstance(error, RateLimited) else about(error)


def about_own(error: DomainError, field: str = "password") -> dict[str, str]:
    """The same where a person who is signed in said their password again, in this field."""
    return {field: N_("The password is wrong.")} if isinstance(error, WrongCredentials) else about(error)

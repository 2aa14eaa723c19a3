"""What the errors mean to people, and what turns each into a yes. A test keeps this in step with the tree of errors."""

import msgspec

from server.core.errors import DomainError, tree
from server.core.translations import N_

TITLES = [
    N_("The request could not be understood."),
    N_("This needs a sign-in or a valid access token."),
    N_("The mail address or the password is wrong."),
    N_("This needs your mail address and an app password."),
    N_("This account also needs a code of its second factor."),
    N_("The code is wrong, too old or was used before."),
    N_("Your role does not allow this."),
    N_("This cannot be undone, and needs you to say who you are again."),
    N_("Your organization is suspended."),
    N_("This account is locked."),
    N_("There is no such thing, or it is not yours to see."),
    N_("This address does not take that method."),
    N_("The state of things does not allow this."),
    N_("This time has already been taken."),
    N_("This costs otherwise than it did when it was shown."),
    N_("There is such an organization already."),
    N_("An organization cannot be without an admin."),
    N_("Time has been taken on units that would go away."),
    N_("The booking is no longer in a state that allows this."),
    N_("This request came from a page of another site."),
    N_("Signing in with your organization did not work."),
    N_("This link was used before, or it is too old."),
    N_("This password is one that is guessed first."),
    N_("This resource has as many foreign calendars as it may have."),
    N_("Your organization has as many webhooks as it may have."),
    N_("It has changed since you read it."),
    N_("The request is too large."),
    N_("This kind of content is not taken here."),
    N_("This server does not answer for that host."),
    N_("A rule does not allow this."),
    N_("There are more rows than one file holds."),
    N_("The resource is closed at that time."),
    N_("This address cannot be used."),
    N_("The clocks skip this time when they are put forward."),
    N_("A booking rule of this resource does not allow this."),
    N_("Public holidays are those of a country, and none are known for this resource."),
    N_("This resource is not offered at present."),
    N_("This Idempotency-Key was used for a different request."),
    N_("Send If-Match with the ETag you read."),
    N_("Too many requests."),
    N_("Something went wrong on our side."),
    N_("The system is busy with this resource. Try again."),
]

REMEDIES = {
    "invalid": N_("`detail` says which field is wrong and why. Correct it and send the request again."),
    "unauthenticated": N_(
        "Sign in, or send `Authorization: Bearer` with a token. One that is unknown, expired or revoked has to be"
        " replaced."
    ),
    "wrong-credentials": N_("Try again, or have a link sent to your address with which you choose a new password."),
    "app-password-needed": N_(
        "Make one for this device with `POST /api/v1/app-passwords`, and give your mail address with it."
    ),
    "code-needed": N_("Send the same again with `code`: six digits of your authenticator, or a recovery code."),
    "wrong-code": N_("Wait for the next code of your authenticator, or use one of your recovery codes."),
    "forbidden": N_("Ask an administrator of your organization for the role that `detail` names."),
    "proof-needed": N_("Say your password with it, or sign out and in again: that counts for ten minutes."),
    "cross-site": N_(
        "Open the page here and send the form again. Programs send `Authorization: Bearer` instead of a cookie."
    ),
    "account-locked": N_("The operator of the platform has locked it, and can unlock it again. Ask them why."),
    "organization-suspended": N_(
        "You can still read and cancel. The operator has told the administrators of your organization why; ask them."
    ),
    "already-signed-up": N_("Ask its administrators to invite you. `field` says what is the same."),
    "too-many-rows": N_("Ask for a shorter time, or for fewer kinds of things."),
    "last-admin": N_("Make another member an administrator first."),
    "country-needed": N_("Name the country of the resource, or let it be open on public holidays."),
    "not-offered": N_("Its owner is suspended by the operator. Look for another resource."),
    "sign-in-refused": N_(
        "`detail` says why. Begin again from the sign-in page, or sign in with a password. An admin of your"
        " organization can see how its identity provider is set up."
    ),
    "not-found": N_("Check the address. What belongs to another organization is answered in the same way."),
    "method-not-allowed": N_("The header Allow names the methods that this address takes."),
    "conflict": N_("Read the thing again and decide anew."),
    "slot-taken": N_(
        "`alternatives` are the nearest free times of the same length. `clashes` says what stands in the way, never"
        " whose it is."
    ),
    "price-changed": N_(
        "`cost` has the lines as they are now. To agree, send its `gross` as `expected_total`; nothing was booked."
    ),
    "units-in-use": N_("Move or cancel what stands on these units first, then take them away."),
    "wrong-state": N_("`status_now` is the state of the booking. Read it again: it may already be what you want."),
    "link-spent": N_("Ask for a new link."),
    "password-too-common": N_("Take a longer one: four words that do not belong together are easy to keep in mind."),
    "too-many-webhooks": N_("Remove a webhook that is no longer needed."),
    "too-many-calendars": N_("Remove a foreign calendar that is no longer needed."),
    "stale": N_("Read it again, look at what has changed, and send your change with the new ETag."),
    "too-large": N_("Send less at once."),
    "unsupported-type": N_("The documentation of the API names the content types that each address takes."),
    "wrong-host": N_(
        "Use the address that the operator has given out. The operator names further hosts in RONGTONG_HOSTS."
    ),
    "refused": N_("`detail` says what is not allowed."),
    "outside-opening-hours": N_("Ask for the availability of the resource and choose a time within it."),
    "no-such-time": N_("Take the time that `earliest` names, or leave this day out."),
    "address-refused": N_(
        "Give an address that begins with https:// and whose host is on the public internet. `detail` says what is"
        " wrong."
    ),
    "rule-refused": N_("`rule` names the rule and `remedy` says what it would let through."),
    "idempotency-mismatch": N_("Use a new key for a new request, and the same key only to send the same again."),
    "precondition-required": N_("Read it, then send its ETag in If-Match, so that no change of others is lost."),
    "rate-limited": N_("Wait as many seconds as the header Retry-After says."),
    "internal": N_("Nothing was changed. Tell the operator the `request_id` if it happens again."),
    "busy-try-again": N_(
        "Send the same request again after Retry-After; with the same Idempotency-Key a booking is made only once."
    ),
}


class ProblemText(msgspec.Struct, frozen=True):
    """An error as its page shows it."""

    slug: str
    status: int
    title: str
    remedy: str


def problems() -> list[ProblemText]:
    """Every error of the API, by status."""
    return sorted((_text(error) for error in tree()), key=lambda text: (text.status, text.slug))


def problem(slug: str) -> ProblemText | None:
    return next((text for text in problems() if text.slug == slug), None)


def _text(error: type[DomainError]) -> ProblemText:
    return ProblemText(error.slug(), error.status, error.title(), REMEDIES.get(error.slug(), ""))

"""What the page of a refusal says: why not, what to do, and whom to ask, in the reader's language."""

import math
from collections.abc import Sequence
from typing import Any

from server.core.errors import DomainError
from server.core.translations import N_, translator
from server.web.problem_texts import REMEDIES

ROLES = {
    "booker": N_("booker"),
    "manager": N_("manager"),
    "admin": N_("administrator"),
    "person": N_("a person who acts for no organization"),
}
# What people do about it, where the remedy in the documentation of the API speaks to programs.
TEXTS = {
    "invalid": N_("The address or the form was not complete. Go back, reload the page and send it again."),
    "forbidden": N_("Ask an administrator of your organization."),
    "cross-site": N_("The form came from another page or was open for too long. Reload the page and send it again."),
    "organization-suspended": N_(
        "You can still read and cancel. The operator has told the administrators of your organization why; ask them."
    ),
    "not-found": N_("The address may be wrong, or what was here is gone or belongs to another organization."),
    "method-not-allowed": N_("This address only takes forms. Go back and use the buttons of the page."),
    "conflict": N_("Somebody else has changed it meanwhile. Go back, reload the page and decide anew."),
    "stale": N_("Somebody else has changed it meanwhile. Go back, reload the page and decide anew."),
    "link-spent": N_("Ask for a new link."),
    "too-large": N_("A form may have 256 KB, a list to import 10 MB. Send a smaller file, or split it."),
    "unsupported-type": N_("A file of this kind is not taken here. The page with the form says which kinds are."),
    "wrong-host": N_("Use the address that the operator has given out."),
    "refused": N_("Go back and change what was entered."),
    "internal": N_("Nothing was changed. Try again; if it happens again, tell the operator the request id."),
}
RETRIED = ("rate-limited", "busy-try-again")


def explained(error: DomainError, locale: str) -> list[str]:
    """Say in sentences what to do about a refusal and whom to ask."""
    slug, needs = error.slug(), error.members.get("needs")
    _ = translator(locale).gettext
    if slug == "forbidden" and needs:
        return _who_may(str(needs), str(error.members.get("role", "")), error.members.get("ask", ()), locale)
    if slug in RETRIED:
        return [_when(error.members.get("retry_after"), locale)]
    text = TEXTS.get(slug) or REMEDIES.get(slug)
    return [_(text)] if text else []


def _who_may(needs: str, role: str, admins: Sequence[str], locale: str) -> list[str]:
    """Name the role that is missing, the one that the reader has, and who can give it."""
    _ = translator(locale).gettext
    if needs == "operator":
        return [
            _("Only the operators of the platform see this page."),
            _("If you are one, ask whoever runs this installation to make your account an operator's, then sign in."),
        ]
    said = [_("This needs the role “%(role)s”.") % {"role": _(ROLES.get(needs, needs))}]
    if role == "person":
        return [*said, _("You act for no organization. Choose one in your account, or ask one to let you join.")]
    if role in ROLES:
        said.append(_("You are a %(role)s.") % {"role": _(ROLES[role])})
    said.append(_("Ask an administrator of your organization to give it to you."))
    return [*said, _("Its administrators: %(names)s.") % {"names": ", ".join(admins)}] if admins else said


def _when(seconds: Any, locale: str) -> str:
    """Say when to try again."""
    ngettext, _ = translator(locale).ngettext, translator(locale).gettext
    if not isinstance(seconds, int | float) or seconds <= 0:
        return _("Try again in a moment.")
    if seconds <= 90:
        whole = math.ceil(seconds)
        return ngettext("Try again in %(num)s second.", "Try again in %(num)s seconds.", whole) % {"num": whole}
    minutes = math.ceil(seconds / 60)
    return ngettext("Try again in %(num)s minute.", "Try again in %(num)s minutes.", minutes) % {"num": minutes}

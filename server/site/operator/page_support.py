"""What the pages of operators share: their rights, their times, what was done, and the list that was asked for."""

from typing import Any

from litestar import Response

from server.access.permissions import open_to
from server.core.errors import ProofNeeded, RateLimited, WrongCredentials
from server.core.http import Request
from server.core.translations import N_
from server.site.account.texts import about_own
from server.web.form_errors import Said, in_words
from server.web.kinds import ORGANIZATIONS
from server.web.render import reader_zone, unkept

READ, MANAGE = open_to("operator", "read"), open_to("operator", "manage")
PAGE = 50
REASON = {"reason": N_("Give the reason on one line, in at most 1000 characters.")}
PROVEN = REASON | {"password": N_("Enter your password.")}
UNPROVEN = (ProofNeeded, WrongCredentials, RateLimited)
DONE = {
    "verified": N_("Verified. The administrators are told by mail."),
    "rejected": N_("Rejected. The administrators are told why by mail."),
    "suspended": N_("Suspended. The administrators are told why by mail."),
    "reinstated": N_("Reinstated. The administrators are told by mail."),
    "merged": N_("Merged. All that it had belongs to this organization now."),
    "locked": N_("The account is locked, and all its sessions have ended."),
    "unlocked": N_("The account can be used again."),
    "signed-out": N_("All sessions of the account have ended."),
    "second-factor": N_("The second factor is off. The person is told by mail."),
    "holiday": N_("The day is saved."),
    "filled": N_("The year is filled with what is known of it. Days that were set by hand stay as they are."),
    "nothing-known": N_("Nothing is known of that year in that country. Enter the days by hand."),
    "category": N_("Recommended. Owners can choose it now."),
    "no-category": N_("It is recommended no longer. Resources keep what their owners wrote."),
    "read-again": N_("It is read again now. Look at this page in a minute."),
    "replayed": N_("It is sent again now."),
    "nothing-replayed": N_("There was nothing to be sent again."),
}


def shown(request: Request, template: str, *, status: int = 200, **values: Any) -> Response[str]:
    """Show a page of the operator's. It names people, so no cache keeps it."""
    done = DONE.get(request.query_params.get("done", ""), "")
    said: dict[str, Any] = {"organization_kinds": ORGANIZATIONS, "done": done, "zone": reader_zone(request)}
    return unkept(request, f"operator/{template}.html", status=status, **(said | values))


def asked(request: Request, name: str, known: tuple[str, ...] = (), otherwise: str = "") -> str:
    """Read a part of the query; where only some words are `known`, any other is `otherwise`."""
    text = str(request.query_params.get(name, "")).strip()[:200].replace("\0", "")
    return text if not known or text in known else otherwise


def in_detail(request: Request) -> Said:
    """Say over the whole form why not, with the detail that only operators are told."""
    words = in_words(request, "UTC")
    return lambda error: {"": f"{words(error)['']} {error.detail}"}


def in_detail_or_unproven(request: Request) -> Said:
    """The same on a form that asks for a proof: what is said of the password stands at its field."""
    detailed = in_detail(request)
    return lambda error: about_own(error) if isinstance(error, UNPROVEN) else detailed(error)

"""The page of the log of one's organization: who did what, and when."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from server.access.permissions import open_to
from server.audit import views
from server.audit.object_labels import things
from server.core import http
from server.core.actor import Actor
from server.core.http import Request
from server.site.organization.audit_words import ACTORS, NOUNS, VERBS
from server.web.render import unkept

PAGE = 50


@get("/organization/log", opt=open_to("admin", "manage"))
async def log(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Show the newest entries, and page to the older ones; `?noun=` shows those about one sort of things."""
    noun = request.query_params.get("noun", "")
    wanted = views.Wanted(noun=noun if noun in NOUNS else None)
    after = http.after(request.query_params.get("cursor"))
    found = http.page(await views.of_organization(by, wanted, after, PAGE + 1), PAGE, lambda one: one.id)
    words: dict[str, Any] = {"nouns": NOUNS, "verbs": VERBS, "actors": ACTORS, "noun": wanted.noun}
    words["things"] = await things(found.items, by)
    return unkept(request, "organization/audit.html", entries=found.items, later=found.next_cursor, **words)


ROUTES = [log]

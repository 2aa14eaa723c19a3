"""The pages of the guides."""

from litestar import Response, get
from litestar.params import FromPath

from server.access.permissions import open_to
from server.core.errors import NotFound
from server.core.http import Request
from server.site import guides
from server.web.help_topics import GUIDES
from server.web.render import language, page


@get("/help", opt=open_to("anyone", "read"))
async def list_guides(request: Request) -> Response[str]:
    """Show which guides there are."""
    return page(request, "guides.html", guides=guides.guides(language(request)))


@get("/help/{name:str}", opt=open_to("anyone", "read"))
async def show_guide(request: Request, name: FromPath[str]) -> Response[str]:
    """Show a guide."""
    if name not in GUIDES:
        raise NotFound("there is no such guide")
    return page(request, "guide.html", guide=guides.read(name, language(request)))


ROUTES = [list_guides, show_guide]

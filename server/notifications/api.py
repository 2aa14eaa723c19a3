from litestar import get, patch
from litestar.di import NamedDependency
from litestar.params import JSONBody

from server.errors import Unauthenticated
from server.notifications import choose as choosing
from server.notifications.schemas import Setting, SettingsPatch
from server.organizations.access import open_to
from server.organizations.actor import Actor
from server.problems import refusals


@get("/me/notifications", tags=["me"], opt=open_to("booker", "read"), responses=refusals(Unauthenticated))
async def notifications(by: NamedDependency[Actor]) -> list[Setting]:
    """Tell how news reach you: at once, in one mail a day, or not."""
    return await choosing.settings_of(by.account_id)


@patch("/me/notifications", tags=["me"], opt=open_to("booker", "manage"), responses=refusals(Unauthenticated))
async def choose_notifications(by: NamedDependency[Actor], data: JSONBody[SettingsPatch]) -> list[Setting]:
    """Choose how news reach you. What belongs into your own calendar always comes at once."""
    return await choosing.choose(data, by)


ROUTES = [notifications, choose_notifications]

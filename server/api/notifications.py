"""The JSON routes of notification settings: how news reach a person."""

from litestar import get, patch
from litestar.di import NamedDependency
from litestar.params import JSONBody

from server.access.permissions import open_to
from server.access.person import Person
from server.core.errors import Unauthenticated
from server.core.problem_details import refusals
from server.notifications import choose
from server.notifications.schemas import Setting, SettingsPatch


@get(
    "/me/notifications",
    tags=["Account"],
    opt=open_to("person", "read"),
    responses=refusals(Unauthenticated),
)
async def list_notification_settings(person: NamedDependency[Person]) -> list[Setting]:
    """Tell how news reach you: at once, in one mail a day, or not."""
    return await choose.settings_of(person.account_id)


@patch(
    "/me/notifications",
    tags=["Account"],
    opt=open_to("person", "manage"),
    responses=refusals(Unauthenticated),
)
async def update_notification_settings(person: NamedDependency[Person], data: JSONBody[SettingsPatch]) -> list[Setting]:
    """Choose how news reach you. What belongs into your own calendar always comes at once."""
    return await choose.choose(data, person)


ROUTES = [list_notification_settings, update_notification_settings]

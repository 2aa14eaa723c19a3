"""Whatever a page looks up by a state, a role or a kind has a name, and no name is left over."""

from typing import Any, get_args

import pytest

from server.audit import recording
from server.bookings.capacity import lists
from server.calendars.schemas import View
from server.core.translations import CATALOGUES, LANGUAGES
from server.displays.views import State as WallState
from server.members.schemas import Role
from server.operator.views import DeliveryState
from server.organizations import decide
from server.organizations.schemas import DocumentKind
from server.organizations.schemas import State as OrganizationState
from server.qualifications.schemas import ApplicationState
from server.reports.export import State as ExportState
from server.site.book import slot_texts, slots
from server.site.bookings import calendar_texts
from server.site.bookings import texts as bookings
from server.site.manage import owner_grid
from server.site.manage import texts as manage
from server.site.manage.reports import EXPORT_STATES
from server.site.operator import texts as operator
from server.web import roles

NAMED: list[tuple[Any, dict[str, str]]] = [
    (lists.Part, bookings.PARTS),
    (lists.Part, bookings.NOTHING),
    (owner_grid.Kind, manage.EVENTS),
    (View, calendar_texts.VIEWS),
    (WallState, manage.WALL_STATES),
    (WallState, manage.WALL_UNTIL),
    (Role, roles.NAMES),
    (Role, roles.MAY),
    (OrganizationState, operator.ORGANIZATION_STATES),
    (DocumentKind, operator.DOCUMENTS),
    (decide.Verb, operator.DECISIONS),
    (DeliveryState, operator.DELIVERY_STATES),
    (recording.Kind, operator.ACTORS),
    (ApplicationState, manage.APPLICATION_STATES),
    (ExportState, EXPORT_STATES),
]


@pytest.mark.parametrize(("values", "names"), NAMED)
def test_each_value_of_a_type_is_named(values: Any, names: dict[str, str]) -> None:
    assert set(get_args(values)) == set(names)


def test_each_language_is_called_by_its_own_name() -> None:
    assert set(LANGUAGES) == set(CATALOGUES)


@pytest.mark.parametrize("locale", list(CATALOGUES))
def test_the_cells_of_a_week_speak_the_readers_language(locale: str) -> None:
    texts = slot_texts.slot_texts(locale)
    assert texts["named"]["free"] == {"zh-CN": "空闲", "en": "free"}[locale]
    assert set(texts["named"]) | set(texts["why"]) >= set(get_args(slots.Kind))

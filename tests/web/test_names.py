"""Whatever a page looks up by a state, a role or a kind has a name, and no name is left over."""

from typing import Any, get_args

import pytest

from server.audit import recording
from server.bookings import calendar_week, lists, page_texts, slot_texts, slots
from server.calendars import page_texts as calendars
from server.calendars.schemas import View
from server.displays import page_texts as displays
from server.displays.views import State as WallState
from server.members.schemas import Role
from server.operator import page_texts as operator
from server.operator.views import DeliveryState
from server.organizations import decide
from server.organizations.schemas import DocumentKind
from server.organizations.schemas import State as OrganizationState
from server.qualifications.page_texts import APPLICATION_STATES
from server.qualifications.schemas import ApplicationState
from server.reports.export import State as ExportState
from server.reports.pages import EXPORT_STATES
from server.web import roles
from server.web.translations import CATALOGUES, LANGUAGES

NAMED: list[tuple[Any, dict[str, str]]] = [
    (lists.Part, page_texts.PARTS),
    (lists.Part, page_texts.NOTHING),
    (calendar_week.Kind, page_texts.EVENTS),
    (View, calendars.VIEWS),
    (WallState, displays.STATES),
    (WallState, displays.UNTIL),
    (Role, roles.NAMES),
    (Role, roles.MAY),
    (OrganizationState, operator.ORGANIZATION_STATES),
    (DocumentKind, operator.DOCUMENTS),
    (decide.Verb, operator.DECISIONS),
    (DeliveryState, operator.DELIVERY_STATES),
    (recording.Kind, operator.ACTORS),
    (ApplicationState, APPLICATION_STATES),
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

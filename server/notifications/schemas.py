import msgspec
from msgspec import UNSET, UnsetType

from server.outbox.preferences import Delivery, Name


class Setting(msgspec.Struct, frozen=True):
    """How news of one sort reach you, and how they could."""

    __schema_name__ = "NotificationSetting"
    event: Name
    delivery: Delivery
    choices: list[Delivery]


class SettingsPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; what is left out stays. `digest` is one mail a day, at seven in the morning of your time zone."""

    __schema_name__ = "NotificationSettingsPatch"
    own_bookings: Delivery | UnsetType = UNSET
    reminders: Delivery | UnsetType = UNSET
    decisions: Delivery | UnsetType = UNSET
    resource_news: Delivery | UnsetType = UNSET

from piccolo.columns import JSONB, Boolean, Date, ForeignKey, Integer, Numeric, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from server.organizations.tables import Organization
from server.pgtypes import Id, MinuteRanges, PrimaryKey, References


class Resource(Table):
    """What is shared."""

    id = Id(primary_key=True)
    owner_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    kind = Text(default=None)
    name = Text(default=None)
    name_en = Text(default="")
    description = Text(default="")
    manufacturer = Text(default="")
    model = Text(default="")
    category = Text(default="")
    country = Text(default="")  # ISO 3166-1 alpha-2
    city = Text(default="")
    region_code = Text(default=None, null=True)  # GB/T 2260
    time_zone = Text(default=None)  # IANA name
    units = Integer(default=1)
    week_hours = MinuteRanges()  # local minutes of the week
    rules = JSONB(default="{}")  # resources.schemas.Rules
    price_per_hour = Numeric(default=None, null=True)
    currency = Text(default="")  # ISO 4217; never guessed
    source_url = Text(default="")
    import_key = Text(default=None, null=True)  # what makes a row of an owner's list the same row next time
    listed = Boolean(default=True)
    version = Integer(default=1)
    created_at = Timestamptz()
    updated_at = Timestamptz()

    resource_pk = PrimaryKey("(id)")
    resource_kind_known = Check(
        "kind IN ('equipment', 'test_site', 'training_base',"
        " 'expert_service', 'technical_service', 'production_capacity')"
    )
    resource_units_positive = Check("units BETWEEN 1 AND 10000")
    resource_import_once = Unique([owner_id, import_key])


class OpeningException(Table):
    """A local day on which other hours hold than the weekly ones."""

    resource_id = Id(primary_key=True)
    day = Date(default=None)
    hours = MinuteRanges()  # local minutes of that day; empty: closed
    reason = Text(default="")

    opening_exception_pk = PrimaryKey("(resource_id, day)")
    opening_exception_of_resource = References("(resource_id) REFERENCES resource (id)")

from piccolo.columns import (
    JSONB,
    Array,
    Boolean,
    Bytea,
    Date,
    DoublePrecision,
    ForeignKey,
    Integer,
    Numeric,
    Text,
    Timestamptz,
)
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from server.core.pgtypes import Id, MinuteRange, MinuteRanges, PrimaryKey, References
from server.organizations.tables import Member, Organization


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
    latitude = DoublePrecision(default=None, null=True)  # WGS 84, as the owner says; both or neither
    longitude = DoublePrecision(default=None, null=True)
    time_zone = Text(default=None)  # IANA name
    units = Integer(default=1)
    week_hours = MinuteRanges()  # local minutes of the week
    week_shifts = Array(base_column=MinuteRange(), default=list)  # where the hours do not tell them: week_of()
    rules = JSONB(default="{}")  # resources.schemas.Rules
    price_per_hour = Numeric(default=None, null=True)
    currency = Text(default="")  # ISO 4217; never guessed
    source_url = Text(default="")
    methods = Text(default="")  # and standards that it serves: GB/T, ISO, ASTM
    address = Text(default="")
    contact = Text(default="")  # an office, a telephone number: shown to everyone
    price_text = Text(default="")  # as the owner wrote it, where an amount per hour does not say it
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


class SearchText(Table):
    """What a resource is found by, made from it and the name of its owner (keep_searchable.py)."""

    resource_id = Id(primary_key=True)
    of_version = Integer(default=0)  # of the resource
    owner_name = Text(default="")
    title = Text(default="")  # its names and model, one on each line
    body = Text(default="")  # these and all else that it says of itself
    sounds = Text(default="")  # the same in pinyin
    grams = Array(base_column=Text(), default=list)  # of body and sounds (letters.py)
    standards = Array(base_column=Text(), default=list)  # that it names, such as GB/T 228.1-2021

    search_text_pk = PrimaryKey("(resource_id)")
    search_text_of_resource = References("(resource_id) REFERENCES resource (id)")


class Part(Table):
    """A resource that is a part of another: taking the whole takes its parts, and a part the whole."""

    whole_id = Id(primary_key=True)
    part_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None, index=True)

    part_pk = PrimaryKey("(whole_id, part_id)")
    part_of_whole = References("(whole_id) REFERENCES resource (id)")
    part_of_another = Check("whole_id <> part_id")


class OpeningException(Table):
    """A local day on which other hours hold than the weekly ones."""

    resource_id = Id(primary_key=True)
    day = Date(default=None)
    hours = MinuteRanges()  # local minutes of that day; empty: closed
    reason = Text(default="")

    opening_exception_pk = PrimaryKey("(resource_id, day)")
    opening_exception_of_resource = References("(resource_id) REFERENCES resource (id)")


class Unit(Table):
    """A unit with a name of its own, by which it can be asked for. Units without a row are numbered only."""

    resource_id = Id(primary_key=True)
    number = Integer(default=None)
    name = Text(default=None)

    unit_pk = PrimaryKey("(resource_id, number)")
    unit_of_resource = References("(resource_id) REFERENCES resource (id)")


class RuleOverride(Table):
    """Other booking rules for some local days."""

    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None)
    id = Id(primary_key=True)
    first_day = Date(default=None)
    last_day = Date(default=None)
    rules = JSONB(default="{}")  # only what differs
    reason = Text(default="")

    rule_override_pk = PrimaryKey("(resource_id, id)")
    rule_override_days = Check("last_day >= first_day")


class Holiday(Table):
    """A public holiday of a country, or a day on which people work instead (调休). Editable."""

    id = Id(primary_key=True)
    country = Text(default=None)  # ISO 3166-1 alpha-2
    day = Date(default=None)
    works_like = Integer(default=None, null=True)  # null: a day off; 0-6: worked with that weekday's hours, 0 is Monday
    name = Text(default="")
    edited = Boolean(default=False)  # by hand: the yearly filling leaves it alone

    holiday_pk = PrimaryKey("(id)")
    holiday_once = Unique([country, day])


class Category(Table):
    """A word that operators recommend for grouping resources of a kind. Owners may write another."""

    id = Id(primary_key=True)
    kind = Text(default=None)
    name = Text(default=None)
    name_en = Text(default="")

    category_pk = PrimaryKey("(id)")
    category_once = Unique([kind, name])


class Terms(Table):
    """A version of what a guest must accept before booking. The newest one counts; none: nothing to accept."""

    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None)
    id = Id(primary_key=True)
    version = Integer(default=None)
    text = Text(default=None)
    created_at = Timestamptz()

    terms_pk = PrimaryKey("(resource_id, id)")
    terms_version_once = Unique([resource_id, version])


class Partner(Table):
    """An organization that an owner names as its partner."""

    id = Id(primary_key=True)
    owner_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None)
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None)
    created_at = Timestamptz()

    partner_pk = PrimaryKey("(id)")
    partner_once = Unique([owner_id, organization_id])


class Photo(Table):
    """A picture of a resource, made anew by us: what was sent is not kept."""

    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None)
    id = Id(primary_key=True)
    position = Integer(default=None)
    alt = Text(default="")  # says in words what is to be seen
    width = Integer(default=None)
    height = Integer(default=None)
    large = Bytea(default=None)  # WebP
    small = Bytea(default=None)
    created_at = Timestamptz()

    photo_pk = PrimaryKey("(resource_id, id)")


class ListImport(Table):
    """A list that an owner sent: looked at first, then brought in by the worker once it is confirmed."""

    id = Id(primary_key=True)
    owner_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None)
    file_name = Text(default="")
    content = Bytea(default=None, null=True)  # forgotten once it is brought in
    assumed = JSONB(default="{}")  # import_list.Assumed: what the file does not say
    report = JSONB(default="{}")  # import_list.ImportReport: of the dry run, then of the import
    done_rows = Integer(default=0)
    total_rows = Integer(default=0)  # that are to be brought in; known once the import has begun
    created_at = Timestamptz()
    confirmed_at = Timestamptz(default=None, null=True)
    finished_at = Timestamptz(default=None, null=True)
    error = Text(default="")

    list_import_pk = PrimaryKey("(id)")

from piccolo.columns import JSONB, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from server.core.pgtypes import Exclude, Id, PrimaryKey, TimeRange
from server.organizations.tables import Member, Organization
from server.resources.tables import Resource


class PriceRule(Table):
    """What an owner charges whom, and from when until when. A change is another row."""

    id = Id(primary_key=True)
    owner_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None)
    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=True, default=None, index=True)
    partner_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=True, default=None, index=True)
    circle = Text(default=None)
    mode = Text(default=None)
    rule = JSONB(default=None)  # prices.schemas.PriceRule
    valid = TimeRange()
    made_by = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    created_at = Timestamptz()

    price_rule_pk = PrimaryKey("(id)")
    price_rule_circle_known = Check("circle IN ('own', 'partners', 'verified_smes', 'everyone')")
    price_rule_mode_known = Check("mode IN ('self', 'staffed', 'sample', 'session')")
    price_rule_once = Exclude(
        "USING gist (owner_id WITH =, (COALESCE(resource_id, owner_id)) WITH =, "
        "(COALESCE(partner_id, owner_id)) WITH =, circle WITH =, mode WITH =, valid WITH &&)"
    )

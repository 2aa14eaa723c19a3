from typing import Any

from piccolo.columns import Boolean, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.columns.reference import LazyTableReference
from piccolo.constraints import Check
from piccolo.table import Table

from server.core.pgtypes import Exclude, Id, PrimaryKey, References, TimeRange

# By name: resources stand above claims.
RESOURCE = LazyTableReference("Resource", module_path="server.resources.tables")


class Claim(Table):
    """Time taken on one unit. Nothing else takes time."""

    resource_id: Any = ForeignKey(RESOURCE, on_delete=OnDelete.restrict, null=False, default=None)
    id = Id(primary_key=True)
    unit = Integer(default=None)
    during = TimeRange()
    reason = Text(default=None)
    booking_id = Id(null=True)
    closure_id = Id(null=True)
    hold_id = Id(null=True)
    whole_id = Id(null=True)  # a whole that this resource is a part of, taken by the claim `whole_claim_id`
    whole_claim_id = Id(null=True)
    pinned = Boolean(default=False)  # the unit was asked for; never moved to another
    expires_at = Timestamptz(default=None, null=True)  # of a hold
    released_at = Timestamptz(default=None, null=True)  # live while null

    claim_pk = PrimaryKey("(resource_id, id)")
    claim_once = Exclude("USING gist (resource_id WITH =, unit WITH =, during WITH &&) WHERE (released_at IS NULL)")
    claim_reason_known = Check("reason IN ('booking', 'hold', 'closure', 'busy')")
    claim_half_open = Check("NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)")
    claim_of_booking = References("(resource_id, booking_id) REFERENCES booking (resource_id, id)")
    claim_of_hold = References("(resource_id, hold_id) REFERENCES hold (resource_id, id)")
    claim_of_closure = References("(resource_id, closure_id) REFERENCES closure (resource_id, id)")
    claim_of_whole = References("(whole_id, whole_claim_id) REFERENCES claim (resource_id, id)")

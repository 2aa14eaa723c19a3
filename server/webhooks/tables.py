from piccolo.columns import JSONB, Array, BigSerial, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from server.core.pgtypes import Id, PrimaryKey, Sealed
from server.organizations.tables import Member, Organization


class WebhookEndpoint(Table):
    """An address of an organization's own program. Its secrets are sealed, older ones derived from its id."""

    id = Id(primary_key=True)
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    url = Sealed(default=None)  # it often is a secret
    sealed_secret = Sealed()
    sealed_before = Sealed()  # the secret before, while they overlap
    description = Text(default="")
    events = Array(base_column=Text(), default=list)
    generation = Integer(default=1)  # of the secret
    overlap_until = Timestamptz(default=None, null=True)  # until then the secret before is used beside it
    created_at = Timestamptz()
    failing_since = Timestamptz(default=None, null=True)  # nothing has been taken since then
    disabled_at = Timestamptz(default=None, null=True)
    removed_at = Timestamptz(default=None, null=True)

    webhook_endpoint_pk = PrimaryKey("(id)")


class WebhookDelivery(Table):
    """One event owed to one endpoint. Owed in the transaction of the change, frozen, sent by the worker."""

    id = Id(primary_key=True)
    position = BigSerial()
    endpoint_id = ForeignKey(WebhookEndpoint, on_delete=OnDelete.restrict, null=False, default=None)
    event_id = Id()  # the same at every attempt, and for every endpoint
    type = Text(default=None)
    subject_id = Id()  # the booking or resource: what is told of one keeps its order
    payload = JSONB(default="{}")
    owed_at = Timestamptz()
    attempts = Integer(default=0)
    attempt_at = Timestamptz()  # not before this
    leased_until = Timestamptz(default=None, null=True)
    sent_at = Timestamptz(default=None, null=True)
    lapsed_at = Timestamptz(default=None, null=True)  # not sent: the endpoint was removed
    dead_at = Timestamptz(default=None, null=True)
    last_error = Text(default="")
    tried_at = Timestamptz(default=None, null=True)
    status = Integer(default=None, null=True)  # of the last answer
    milliseconds = Integer(default=None, null=True)
    answer = Text(default="")  # its first bytes

    webhook_delivery_pk = PrimaryKey("(id)")

from piccolo.columns import Bytea, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from server.core.pgtypes import Id, PrimaryKey, References
from server.resources.tables import Resource


class InboundMail(Table):
    """A mail that was read, so that a second copy changes nothing. Neither its sender nor its text is kept."""

    digest = Bytea(primary_key=True)  # SHA-256 of Message-ID and body: on the way only other headers change
    outcome = Text(default="")
    received_at = Timestamptz()


class AttendanceAnswer(Table):
    """What somebody who is invited to a booking last answered."""

    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None)
    booking_id = Id(primary_key=True)
    email = Text(default=None)  # in lower case
    answer = Text(default=None)
    sequence = Integer(default=0)  # of the booking when it was answered: a later one asks anew
    stamp = Timestamptz(default=None)  # DTSTAMP of the answer
    answered_at = Timestamptz()

    attendance_answer_pk = PrimaryKey("(resource_id, booking_id, email)")
    attendance_answer_of_booking = References("(resource_id, booking_id) REFERENCES booking (resource_id, id)")
    attendance_answer_known = Check("answer IN ('accepted', 'tentative', 'declined')")

from piccolo.columns import JSONB, BigSerial, Boolean, Integer, Text, Timestamptz
from piccolo.table import Table

from server.core.pgtypes import Id, PrimaryKey


class Letter(Table):
    """One message owed to one address. Owed in the transaction of the change, frozen, sent by the worker.

    It may carry a link that is a secret; once it was sent, lapsed or died, its facts are emptied.
    """

    id = Id(primary_key=True)
    position = BigSerial()
    kind = Text(default=None)
    recipient = Text(default=None)  # mail address
    locale = Text(default="zh-CN")
    facts = JSONB(default="{}")  # text by name, put into the texts of the kind
    valid_until = Timestamptz(default=None, null=True)  # afterwards it is not sent any more
    owed_at = Timestamptz()
    attempts = Integer(default=0)
    attempt_at = Timestamptz()  # not before this
    leased_until = Timestamptz(default=None, null=True)
    sent_at = Timestamptz(default=None, null=True)
    lapsed_at = Timestamptz(default=None, null=True)
    dead_at = Timestamptz(default=None, null=True)
    last_error = Text(default="")
    erase = Boolean(default=False)  # as soon as it is sent, lapsed or dead: it is to somebody who was erased

    letter_pk = PrimaryKey("(id)")

from piccolo.columns import SmallInt, Timestamptz
from piccolo.constraints import Check
from piccolo.table import Table

from server.core.pgtypes import Sealed


class LastingKey(Table):
    """The one key with which is made what others keep for long (server/core/lasting_key.py)."""

    id = SmallInt(primary_key=True, default=1)
    sealed = Sealed(default=None)
    made_at = Timestamptz()

    lasting_key_one = Check("id = 1")

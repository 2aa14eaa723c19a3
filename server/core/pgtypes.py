"""Columns and constraints of PostgreSQL that Piccolo lacks."""

from typing import Any
from uuid import UUID

from asyncpg import Range
from piccolo.columns import Text
from piccolo.columns.base import Column
from piccolo.constraints import Constraint


class _Bare(Column):
    """A column of a type that Piccolo has not, without a default."""

    kind = ""

    def __init__(self, **kwargs: Any) -> None:
        self.default = None
        kwargs["default"] = None
        super().__init__(**kwargs)

    @property
    def column_type(self) -> str:
        return self.kind


class Id(_Bare):
    """A UUID that the program makes (server.core.ids); which columns form the key is said by PrimaryKey."""

    value_type = UUID
    kind = "UUID"

    @property
    def ddl(self) -> str:
        return f'"{self._meta.db_column_name}" UUID{"" if self._meta.null else " NOT NULL"}'


class TimeRange(_Bare):
    """A half-open range of instants, `[)`."""

    value_type = Range
    kind = "TSTZRANGE"


class MinuteRanges(_Bare):
    """Sorted, disjoint ranges of minutes: of a week counted from Monday 00:00, or of one day."""

    value_type = list
    kind = "INT4MULTIRANGE"


class MinuteRange(_Bare):
    """One such range."""

    value_type = Range
    kind = "INT4RANGE"


class Sealed(Text):
    """A secret that the program must be able to read, sealed by server/core/encryption.py; nothing stays empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": "", **kwargs})

    @property
    def column_type(self) -> str:
        return "TEXT"


class _Verbatim(Constraint):
    """A constraint that is its DDL."""

    def __init__(self, definition: str, name: str | None = None) -> None:
        self.definition = definition
        super().__init__(name=name, definition=definition)

    @property
    def ddl(self) -> str:
        return f"{self.keyword} {self.definition}"

    keyword = ""

    def _table_str(self) -> str:
        return f"{self._meta._name} = {type(self).__name__}({self.definition!r})"

    def serialise_self(self) -> None:
        pass


class PrimaryKey(_Verbatim):
    """The key of a table: `PrimaryKey("(resource_id, id)")`."""

    keyword = "PRIMARY KEY"


class References(_Verbatim):
    """A foreign key of several columns: `References("(resource_id, a_id) REFERENCES a (resource_id, id)")`."""

    keyword = "FOREIGN KEY"


class Exclude(_Verbatim):
    """An exclusion constraint: no two rows for which all the operators hold."""

    keyword = "EXCLUDE"

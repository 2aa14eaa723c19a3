from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import Boolean
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Integer
from piccolo.columns.column_types import Text
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table
from server.core.pgtypes import Id
from server.core.pgtypes import PrimaryKey
from server.core.pgtypes import References
from server.core.pgtypes import TimeRange


class Member(Table, tablename="member", schema=None):
    id = Id(
        default=None,
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name=None,
        secret=False,
    )


class Resource(Table, tablename="resource", schema=None):
    id = Id(
        default=None,
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name=None,
        secret=False,
    )


ID = "2026-11-24T13:31:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "what foreign calendars say"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="rongtong", description=DESCRIPTION
    )

    manager.add_table(
        class_name="ForeignConflict",
        tablename="foreign_conflict",
        schema=None,
        columns=None,
    )

    manager.add_table(
        class_name="ForeignBusy",
        tablename="foreign_busy",
        schema=None,
        columns=None,
    )

    manager.add_column(
        table_class_name="ForeignConflict",
        tablename="foreign_conflict",
        column_name="resource_id",
        db_column_name="resource_id",
        column_class_name="Id",
        column_class=Id,
        params={
            "default": None,
            "null": False,
            "primary_key": True,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="ForeignConflict",
        tablename="foreign_conflict",
        column_name="calendar_id",
        db_column_name="calendar_id",
        column_class_name="Id",
        column_class=Id,
        params={
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="ForeignConflict",
        tablename="foreign_conflict",
        column_name="booking_id",
        db_column_name="booking_id",
        column_class_name="Id",
        column_class=Id,
        params={
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="ForeignConflict",
        tablename="foreign_conflict",
        column_name="told_at",
        db_column_name="told_at",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
        params={
            "default": TimestamptzNow(),
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="ForeignBusy",
        tablename="foreign_busy",
        column_name="resource_id",
        db_column_name="resource_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Resource,
            "on_delete": OnDelete.restrict,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="ForeignBusy",
        tablename="foreign_busy",
        column_name="id",
        db_column_name="id",
        column_class_name="Id",
        column_class=Id,
        params={
            "default": None,
            "null": False,
            "primary_key": True,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="ForeignBusy",
        tablename="foreign_busy",
        column_name="calendar_id",
        db_column_name="calendar_id",
        column_class_name="Id",
        column_class=Id,
        params={
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="ForeignBusy",
        tablename="foreign_busy",
        column_name="unit",
        db_column_name="unit",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="ForeignBusy",
        tablename="foreign_busy",
        column_name="during",
        db_column_name="during",
        column_class_name="TimeRange",
        column_class=TimeRange,
        params={
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="ForeignBusy",
        tablename="foreign_busy",
        column_name="tentative",
        db_column_name="tentative",
        column_class_name="Boolean",
        column_class=Boolean,
        params={
            "default": False,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="ForeignBusy",
        tablename="foreign_busy",
        column_name="doubtful",
        db_column_name="doubtful",
        column_class_name="Boolean",
        column_class=Boolean,
        params={
            "default": False,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="ForeignBusy",
        tablename="foreign_busy",
        column_name="title",
        db_column_name="title",
        column_class_name="Text",
        column_class=Text,
        params={
            "default": "",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ForeignConflict",
        tablename="foreign_conflict",
        constraint_name="foreign_conflict_pk",
        constraint_class=PrimaryKey,
        params={"definition": "(resource_id, calendar_id, booking_id)"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ForeignConflict",
        tablename="foreign_conflict",
        constraint_name="foreign_conflict_of_calendar",
        constraint_class=References,
        params={
            "definition": "(resource_id, calendar_id) REFERENCES foreign_calendar (resource_id, id)"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ForeignConflict",
        tablename="foreign_conflict",
        constraint_name="foreign_conflict_of_booking",
        constraint_class=References,
        params={
            "definition": "(resource_id, booking_id) REFERENCES booking (resource_id, id)"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ForeignBusy",
        tablename="foreign_busy",
        constraint_name="foreign_busy_pk",
        constraint_class=PrimaryKey,
        params={"definition": "(resource_id, id)"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ForeignBusy",
        tablename="foreign_busy",
        constraint_name="foreign_busy_of_calendar",
        constraint_class=References,
        params={
            "definition": "(resource_id, calendar_id) REFERENCES foreign_calendar (resource_id, id)"
        },
        schema=None,
    )

    return manager

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.table import Table
from server.core.pgtypes import Id
from server.core.pgtypes import PrimaryKey
from server.core.pgtypes import References


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


ID = "2026-11-24T09:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "parts and wholes"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="rongtong", description=DESCRIPTION
    )

    manager.add_table(
        class_name="Part", tablename="part", schema=None, columns=None
    )

    manager.add_column(
        table_class_name="Part",
        tablename="part",
        column_name="whole_id",
        db_column_name="whole_id",
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
        table_class_name="Part",
        tablename="part",
        column_name="part_id",
        db_column_name="part_id",
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
            "index": True,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Part",
        tablename="part",
        constraint_name="part_pk",
        constraint_class=PrimaryKey,
        params={"definition": "(whole_id, part_id)"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Part",
        tablename="part",
        constraint_name="part_of_whole",
        constraint_class=References,
        params={"definition": "(whole_id) REFERENCES resource (id)"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Part",
        tablename="part",
        constraint_name="part_of_another",
        constraint_class=Check,
        params={"condition": "whole_id <> part_id"},
        schema=None,
    )

    manager.drop_column(
        table_class_name="Resource",
        tablename="resource",
        column_name="part_of_id",
        db_column_name="part_of_id",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Claim",
        tablename="claim",
        column_name="whole_booking_id",
        db_column_name="whole_booking_id",
        schema=None,
    )

    manager.add_column(
        table_class_name="Claim",
        tablename="claim",
        column_name="whole_claim_id",
        db_column_name="whole_claim_id",
        column_class_name="Id",
        column_class=Id,
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
        table_class_name="Claim",
        tablename="claim",
        column_name="whole_id",
        db_column_name="whole_id",
        column_class_name="Id",
        column_class=Id,
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

    manager.add_constraint(
        table_class_name="Claim",
        tablename="claim",
        constraint_name="claim_of_whole",
        constraint_class=References,
        params={
            "definition": "(whole_id, whole_claim_id) REFERENCES claim (resource_id, id)"
        },
        schema=None,
    )

    return manager

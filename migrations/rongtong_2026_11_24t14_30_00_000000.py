from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import JSONB
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "2026-11-24T14:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "feeds of saved searches"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="rongtong", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="Feed",
        tablename="feed",
        column_name="search",
        db_column_name="search",
        column_class_name="JSONB",
        column_class=JSONB,
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

    manager.drop_constraint(
        table_class_name="Feed",
        tablename="feed",
        constraint_name="feed_scope_known",
        schema=None,
    )

    manager.drop_constraint(
        table_class_name="Feed",
        tablename="feed",
        constraint_name="feed_view_known",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Feed",
        tablename="feed",
        constraint_name="feed_scope_one_of",
        constraint_class=Check,
        params={
            "condition": "scope IN ('resource', 'organization', 'person', 'search')"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Feed",
        tablename="feed",
        constraint_name="feed_search_said",
        constraint_class=Check,
        params={
            "condition": "(scope = 'search') = (search IS NOT NULL) AND (scope = 'search') = (view = 'free')"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Feed",
        tablename="feed",
        constraint_name="feed_view_one_of",
        constraint_class=Check,
        params={"condition": "view IN ('busy', 'member', 'owner', 'free')"},
        schema=None,
    )

    return manager

"""The one Piccolo app: all tables, and the migrations at the top of the tree."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

MIGRATIONS = Path(__file__).parent.parent / "migrations"

APP_CONFIG = AppConfig(
    app_name="rongtong",
    migrations_folder_path=str(MIGRATIONS),
    table_classes=table_finder(
        [
            "server.access.tables",
            "server.organizations.tables",
            "server.members.tables",
            "server.audit.tables",
            "server.accounts.tables",
            "server.identities.tables",
            "server.tokens.tables",
            "server.resources.tables",
            "server.claims.tables",
            "server.bookings.tables",
            "server.calendars.tables",
            "server.caldav.tables",
            "server.qualifications.tables",
            "server.outbox.tables",
            "server.notifications.tables",
            "server.webhooks.tables",
            "server.foreign.tables",
            "server.replies.tables",
            "server.displays.tables",
            "server.reports.tables",
        ],
        exclude_imported=True,
    ),
)

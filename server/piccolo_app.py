"""The one Piccolo app: all tables. Migrations are SQL and not Piccolo's (server/core/migrate.py)."""

from piccolo.conf.apps import AppConfig, table_finder

from server.core.migration_files import FOLDER

APP_CONFIG = AppConfig(
    app_name="rongtong",
    migrations_folder_path=str(FOLDER),
    table_classes=table_finder(
        [
            "server.operator.tables",
            "server.access.tables",
            "server.organizations.tables",
            "server.members.tables",
            "server.audit.tables",
            "server.accounts.tables",
            "server.identities.tables",
            "server.tokens.tables",
            "server.resources.tables",
            "server.prices.tables",
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

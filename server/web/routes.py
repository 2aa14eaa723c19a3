"""All pages."""

import server.accounts.pages
import server.accounts.pages_account
import server.audit.pages
import server.bookings.pages
import server.bookings.pages_basket
import server.bookings.pages_book
import server.bookings.pages_calendar
import server.bookings.pages_change
import server.bookings.pages_closures
import server.bookings.pages_fleet
import server.bookings.pages_group
import server.bookings.pages_inbox
import server.bookings.pages_series
import server.bookings.pages_series_one
import server.bookings.pages_together
import server.bookings.pages_wait
import server.caldav.pages
import server.calendars.pages
import server.displays.pages
import server.foreign.pages
import server.help.pages
import server.members.pages
import server.members.pages_members
import server.notifications.pages
import server.operator.pages
import server.operator.pages_accounts
import server.operator.pages_audit
import server.operator.pages_categories
import server.operator.pages_deliveries
import server.operator.pages_holidays
import server.operator.pages_organizations
import server.organizations.pages
import server.organizations.pages_new
import server.privacy.pages
import server.qualifications.pages
import server.qualifications.pages_apply
import server.reports.pages
import server.resources.pages
import server.resources.pages_days
import server.resources.pages_feed
import server.resources.pages_hours
import server.resources.pages_import
import server.resources.pages_manage
import server.resources.pages_photos
import server.resources.pages_rules
import server.tokens.pages
import server.web.mailbox
import server.web.pages
import server.web.static
import server.webhooks.pages

MODULES = [
    server.web.pages,
    # Who one is, and for whom one acts
    server.accounts.pages,
    server.accounts.pages_account,
    server.notifications.pages,
    server.privacy.pages,
    server.organizations.pages,
    server.organizations.pages_new,
    server.members.pages,
    server.members.pages_members,
    server.tokens.pages,
    server.webhooks.pages,
    server.audit.pages,
    # Find and book
    server.resources.pages,
    server.resources.pages_feed,
    server.bookings.pages_book,
    server.bookings.pages_series,
    server.bookings.pages_basket,
    server.bookings.pages_together,
    server.bookings.pages_wait,
    server.qualifications.pages,
    server.qualifications.pages_apply,
    server.bookings.pages,
    server.bookings.pages_change,
    server.bookings.pages_series_one,
    server.bookings.pages_group,
    server.calendars.pages,
    server.caldav.pages,
    # Own
    server.bookings.pages_inbox,
    server.bookings.pages_fleet,
    server.bookings.pages_calendar,
    server.bookings.pages_closures,
    server.resources.pages_manage,
    server.resources.pages_photos,
    server.resources.pages_hours,
    server.resources.pages_rules,
    server.resources.pages_days,
    server.resources.pages_import,
    server.reports.pages,
    server.foreign.pages,
    server.displays.pages,
    # Operate
    server.operator.pages,
    server.operator.pages_organizations,
    server.operator.pages_accounts,
    server.operator.pages_categories,
    server.operator.pages_holidays,
    server.operator.pages_deliveries,
    server.operator.pages_audit,
    # Everywhere
    server.help.pages,
    server.web.mailbox,
]
PAGES = [*(route for module in MODULES for route in module.ROUTES), server.web.static.serve]

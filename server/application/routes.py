"""All pages, and the router that holds what is the same of all: they are no part of the API document."""

from litestar import Router

import server.site.account.account
import server.site.account.identity
import server.site.account.notifications
import server.site.account.privacy
import server.site.account.sign_in
import server.site.book.basket
import server.site.book.feed
import server.site.book.find
import server.site.book.resource
import server.site.book.series
import server.site.book.together
import server.site.book.waitlist
import server.site.bookings.booking
import server.site.bookings.calendars
import server.site.bookings.change
import server.site.bookings.group
import server.site.bookings.series
import server.site.help
import server.site.mailbox
import server.site.manage.caldav
import server.site.manage.calendar
import server.site.manage.closures
import server.site.manage.days
import server.site.manage.displays
import server.site.manage.fleet
import server.site.manage.foreign
import server.site.manage.hours
import server.site.manage.imports
import server.site.manage.inbox
import server.site.manage.photos
import server.site.manage.prices
import server.site.manage.qualification_applications
import server.site.manage.qualifications
import server.site.manage.reports
import server.site.manage.resources
import server.site.manage.rules
import server.site.operator.accounts
import server.site.operator.audit
import server.site.operator.categories
import server.site.operator.deliveries
import server.site.operator.desk
import server.site.operator.holidays
import server.site.operator.organizations
import server.site.organization.audit
import server.site.organization.invitation
import server.site.organization.join
import server.site.organization.members
import server.site.organization.organization
import server.site.organization.tokens
import server.site.organization.webhooks
import server.site.start
import server.web.static
from server.web.form_errors import Refused, send_page

MODULES = [
    server.site.start,
    # Who one is, and for whom one acts
    server.site.account.sign_in,
    server.site.account.identity,
    server.site.account.account,
    server.site.account.notifications,
    server.site.account.privacy,
    server.site.organization.organization,
    server.site.organization.join,
    server.site.organization.invitation,
    server.site.organization.members,
    server.site.organization.tokens,
    server.site.organization.webhooks,
    server.site.organization.audit,
    # Find and book
    server.site.book.find,
    server.site.book.feed,
    server.site.book.resource,
    server.site.book.series,
    server.site.book.basket,
    server.site.book.together,
    server.site.book.waitlist,
    server.site.manage.qualifications,
    server.site.manage.qualification_applications,
    server.site.bookings.booking,
    server.site.bookings.change,
    server.site.bookings.series,
    server.site.bookings.group,
    server.site.bookings.calendars,
    server.site.manage.caldav,
    # Own
    server.site.manage.inbox,
    server.site.manage.fleet,
    server.site.manage.calendar,
    server.site.manage.closures,
    server.site.manage.resources,
    server.site.manage.photos,
    server.site.manage.hours,
    server.site.manage.rules,
    server.site.manage.days,
    server.site.manage.prices,
    server.site.manage.imports,
    server.site.manage.reports,
    server.site.manage.foreign,
    server.site.manage.displays,
    # Operate
    server.site.operator.desk,
    server.site.operator.organizations,
    server.site.operator.accounts,
    server.site.operator.categories,
    server.site.operator.holidays,
    server.site.operator.deliveries,
    server.site.operator.audit,
    # Everywhere
    server.site.help,
    server.site.mailbox,
]
PAGES = Router(
    "/",
    route_handlers=[*(route for module in MODULES for route in module.ROUTES), server.web.static.serve],
    include_in_schema=False,
    exception_handlers={Refused: send_page},
)

"""All pages of the operator."""

from server.operator import (
    pages,
    pages_accounts,
    pages_audit,
    pages_deliveries,
    pages_holidays,
    pages_organizations,
)

OPERATOR_PAGES = [
    *pages.ROUTES,
    *pages_organizations.ROUTES,
    *pages_accounts.ROUTES,
    *pages_holidays.ROUTES,
    *pages_deliveries.ROUTES,
    *pages_audit.ROUTES,
]

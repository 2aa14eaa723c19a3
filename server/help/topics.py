"""Which part of which guide helps with a page. Pure."""

GUIDES = ("sme", "owner", "operator")

# By the beginning of the address, the longest first: the guide, and its part.
PARTS = {
    "/operator": ("operator", ""),
    "/operator/organizations": ("operator", "verify"),
    "/operator/accounts": ("operator", "accounts"),
    "/operator/holidays": ("operator", "holidays"),
    "/operator/deliveries": ("operator", "deliveries"),
    "/operator/calendars": ("operator", "calendars"),
    "/operator/audit": ("operator", "audit"),
    "/operator/health": ("operator", "health"),
    "/manage": ("owner", "list"),
    "/inbox": ("owner", "requests"),
    "/resources": ("sme", "find"),
    "/holds": ("sme", "book"),
    "/bookings": ("sme", "change"),
    "/sign-up": ("sme", "account"),
    "/sign-in": ("sme", "account"),
    "/account": ("sme", "account"),
}
OWNERS = ("admin", "manager")


def help_with(path: str, *, role: str | None, organization_kind: str | None, is_operator: bool) -> str:
    """Where the guide for a page is: by the page, and where that says nothing by who reads."""
    found = max((one for one in PARTS if path == one or path.startswith(one + "/")), key=len, default="")
    if found:
        guide, part = PARTS[found]
        return f"/help/{guide}#{part}" if part else f"/help/{guide}"
    if is_operator:
        return "/help/operator"
    return "/help/owner" if role in OWNERS and organization_kind != "sme" else "/help/sme"

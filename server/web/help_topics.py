"""Which part of which guide helps with a page. Pure."""

GUIDES = ("sme", "owner", "operator")

# By the beginning of the address, the longest first: the guide, and its part.
PARTS = {
    "/operator": ("operator", ""),
    "/operator/organizations": ("operator", "verify"),
    "/operator/accounts": ("operator", "accounts"),
    "/operator/catalogue": ("operator", "catalogue"),
    "/operator/holidays": ("operator", "holidays"),
    "/operator/deliveries": ("operator", "deliveries"),
    "/operator/calendars": ("operator", "calendars"),
    "/operator/audit": ("operator", "audit"),
    "/operator/health": ("operator", "health"),
    "/manage": ("owner", "list"),
    "/manage/calendar": ("owner", "calendar"),
    "/manage/import": ("owner", "import"),
    "/manage/rules": ("owner", "rules"),
    "/manage/reports": ("owner", "reports"),
    "/manage/people": ("owner", "reports"),
    "/manage/exports": ("owner", "reports"),
    "/inbox": ("owner", "requests"),
    "/organization/tokens": ("owner", "programs"),
    "/organization/webhooks": ("owner", "programs"),
    "/organization/log": ("owner", "programs"),
    "/resources": ("sme", "find"),
    "/resources/together": ("sme", "book"),
    "/basket": ("sme", "book"),
    "/holds": ("sme", "book"),
    "/bookings": ("sme", "change"),
    "/sign-up": ("sme", "account"),
    "/sign-in": ("sme", "account"),
    "/account": ("sme", "account"),
}
# Pages that owners and those who book use for different things: the part for owners, and for SMEs.
BY_READER = {
    "/organization": ("organization", "account"),
    "/calendars": ("calendar", "calendar"),
    "/qualifications": ("qualifications", "no"),
    "/waitlist": ("requests", "no"),
}
# The pages of one resource, by the last word of the address.
OF_A_RESOURCE = {
    "calendar": "calendar",
    "hours": "hours",
    "closures": "hours",
    "rules": "rules",
    "days": "rules",
    "terms": "rules",
    "display": "door",
}
OWNERS = ("admin", "manager")


def help_with(path: str, *, role: str | None, organization_kind: str | None, is_operator: bool) -> str:
    """Where the guide for a page is: by the page, and where that says nothing by who reads."""
    _, _, page = path.removeprefix("/manage/resources/").partition("/")
    if path.startswith("/manage/resources/") and page in OF_A_RESOURCE:
        return f"/help/owner#{OF_A_RESOURCE[page]}"
    owns = role in OWNERS and organization_kind != "sme"
    found = max((one for one in (*PARTS, *BY_READER) if path == one or path.startswith(one + "/")), key=len, default="")
    if found in BY_READER:
        return f"/help/owner#{BY_READER[found][0]}" if owns else f"/help/sme#{BY_READER[found][1]}"
    if found:
        guide, part = PARTS[found]
        return f"/help/{guide}#{part}" if part else f"/help/{guide}"
    if is_operator:
        return "/help/operator"
    return "/help/owner" if owns else "/help/sme"

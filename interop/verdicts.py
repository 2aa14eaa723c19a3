"""What caldav-server-tester says of a server."""

import json
from typing import Any

from clients import HERE, PYTHON, run
from servers import Server, neighbour

BAD = {"broken", "ungraceful", "fragile"}
LIMITS = ("sync-token.limit", "sync-token.limit.initial-sync")


def asked_of(url: str, user: str, password: str, calendar: str = "", only: str = "") -> dict[str, dict[str, Any]]:
    """Ask it for a verdict on each feature, or on those that the check `only` is about."""
    asked = ["--caldav-url", url, "--caldav-username", user, "--caldav-password", password, "--format", "json"]
    asked += ["--caldav-calendar", calendar] if calendar else []
    asked += ["--run-checks", only] if only else []
    said = run("tester", [PYTHON, HERE / "tester.py", *asked], {})
    found: dict[str, dict[str, Any]] = json.loads(said.rpartition("\nVERDICTS ")[2])
    return {name: one for name, one in found.items() if "support" in one}


def tester(server: Server) -> None:
    """Let it judge us: nothing may be broken, ungraceful or fragile."""
    server.resource("Tester")
    found = asked_of(f"{server.url}/dav/", server.user, server.password, "Tester")
    supports = [one["support"] for one in found.values()]
    print("caldav-server-tester:", {one: supports.count(one) for one in sorted(set(supports))})
    if bad := {name: one for name, one in found.items() if one["support"] in BAD}:
        raise SystemExit(f"caldav-server-tester: {bad}")


def limits(server: Server) -> None:
    """Compare what a program loses that asks for changes page by page: here nothing, as few others can say."""
    server.resource("Limits")
    ours = asked_of(f"{server.url}/dav/", server.user, server.password, "Limits", "CheckSyncTokenLimit")
    show("rongtong", ours)
    if any(ours[name]["support"] != "full" for name in LIMITS):
        raise SystemExit("pages of changes are not as they should be")
    for name in ("radicale", "xandikos"):
        with neighbour(name) as url:
            show(name, asked_of(url, "user", "password", only="CheckSyncTokenLimit"))


def show(name: str, found: dict[str, dict[str, Any]]) -> None:
    for feature in LIMITS:
        verdict = found[feature]
        print(f"{name}: {feature}: {verdict['support']}", f"({verdict['behaviour']})" if "behaviour" in verdict else "")

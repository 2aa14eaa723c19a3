"""Whatever writes to the database adds to the audit log, or stands here with the reason why not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for top in ("server", "worker") for path in (ROOT / top).rglob("*.py"))
WRITES = re.compile(r'\bINSERT INTO\b|\bDELETE FROM\b|\bUPDATE "?\w+"?(?: AS)?(?: \w+)?\s+SET\b')
RECORDERS = {"record", "record_all", "RECORD", "RECORD_REARRANGED"}  # the last two write history and log at once

# Modules, or single functions of them.
NOT_RECORDED = {
    "server/access/attempts.py": "how often something was tried; no state of anybody's",
    "server/accounts/tickets.py": "what is done with a ticket is recorded by its verb",
    "server/access/sessions.py:read": "that a session was used",
    "server/access/sessions.py:forget_ended": "sessions that ran out",
    "server/accounts/password_sign_in.py": "the same password, hashed with newer parameters",
    "server/audit/seal.py": "it is the log",
    "server/bookings/closures/closure_rows.py": "the rows of closures, whose verbs record what they change",
    "server/bookings/capacity/booking_rows.py": "the rows of bookings, whose verbs record what they change",
    "server/claims/door.py": "claims are what bookings, holds and closures take, and their verbs record those",
    "server/bookings/holds/holds.py": "kinds of holds are recorded by hold, offer and propose",
    "server/resources/keep_searchable.py": "made anew from the resource, whose verb records it",
    "server/bookings/series/series.py": "each booking of a series has its own entry",
    "server/access/authentication.py": "when a token was last used is no change of state",
    "server/caldav/log.py": "what programs were told of changes, which have their own entries",
    "server/caldav/objects.py": "what was opened again is gone; reopening recorded it, put and delete record the rest",
    "server/caldav/sign_in.py": "when an app password was last used is no change of state",
    "server/demo/demo.py": "made-up data",
    "server/demo/people.py": "made-up data",
    "server/demo/sow.py": "made-up data",
    "server/access/idempotency.py": "an answer that is kept, not a change of state",
    "server/identities/begin.py": "that a browser was sent out; what comes of it is recorded by link",
    "server/identities/finish.py": "that the attempt is over; what comes of it is recorded by link",
    "server/bookings/lifecycle/tell_place.py": "what is told of a change of the resource, whose verb records it",
    "server/outbox/account_mail.py": "what is told of a change, which has its own entry",
    "server/notifications/digest.py": "what is told of changes, which have their own entries",
    "server/outbox/notices.py": "what is told of a change, which has its own entry",
    "server/replies/bounce.py": "what became of a mail",
    "server/replies/receive.py": "that a mail was read; what it changes is recorded by answer",
    "server/privacy/retention.py": "what is too old to be kept: docs/personal-data.md says when",
    "server/privacy/traces.py": "erase records",
    "server/qualifications/remind.py": "that somebody was reminded",
    "server/claims/busy.py": "what a foreign calendar takes, which its owner changes elsewhere",
    "server/foreign/take_over.py": "what a foreign calendar says",
    "server/foreign/fail.py": "that a foreign calendar could not be read",
    "worker/notices.py": "what became of mails",
    "worker/fetch.py": "when a foreign calendar was read",
    "server/webhooks/forget.py": "deliveries that are over",
    "server/webhooks/disable.py": "that an endpoint works or not; switching it off is recorded",
    "server/outbox/deliveries.py": "what is told of a change, which has its own entry",
    "worker/webhooks.py": "how a delivery went",
    "server/resources/set_wholes.py": "create and revise record `part_of_ids` of the part",
    "server/resources/save.py": "create, revise, set_hours and import_list record, for they know what was before",
}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(node: ast.AST) -> str:
    return " ".join(one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str))


def names_in(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Name):
            yield one.id
        elif isinstance(one, ast.Attribute):
            yield ast.unparse(one)
            if isinstance(one.value, ast.Name) and one.value.id == "audit":
                yield one.attr


def unrecorded(source: str) -> set[str]:
    """The functions that write and neither record nor are called by, or call, one of their module that does."""
    tree = ast.parse(source)
    constants = {
        target.id
        for node in tree.body if isinstance(node, ast.Assign) and WRITES.search(text_of(node.value))
        for target in node.targets if isinstance(target, ast.Name)
    }  # fmt: skip
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    names = {name: set(names_in(node)) for name, node in functions.items()}
    recording = {name for name, used in names.items() if used & RECORDERS or "revise.write" in used}
    below, above = set(recording), set(recording)
    while more := {name for name in functions if name not in below and any(name in names[one] for one in below)}:
        below |= more
    while more := {name for name in functions if name not in above and names[name] & above}:
        above |= more
    covered = below | above
    writing = {name for name in functions if names[name] & constants or WRITES.search(text_of(functions[name]))}
    return writing - covered


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_what_writes_records(path: Path) -> None:
    if named(path) not in NOT_RECORDED:
        found = {name for name in unrecorded(path.read_text()) if f"{named(path)}:{name}" not in NOT_RECORDED}
        assert found == set(), "call audit.record, or say in NOT_RECORDED why not"


def test_no_exception_is_stale() -> None:
    stale = []
    for one in NOT_RECORDED:
        path, _, function = one.partition(":")
        found = unrecorded((ROOT / path).read_text()) if (ROOT / path).exists() else set()
        if not found or (function and function not in found):
            stale.append(one)
    assert stale == []


def test_a_verb_that_does_not_record_would_be_seen() -> None:
    verb = 'GIVE = "UPDATE thing SET owner_id = $1"\nasync def give(by):\n    await db.execute(GIVE, by)\n'
    assert unrecorded(verb) == {"give"}
    assert unrecorded(verb + "    await audit.record('gave', 'thing', None, by, of=None)\n") == set()
    assert unrecorded('async def f():\n    await db.execute("DELETE FROM thing")') == {"f"}

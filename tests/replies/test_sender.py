"""Mailboxes without plus addresses: who answers is whom the own mail server vouches for, and nobody else."""

from collections.abc import Iterator

import pytest

from server.core.settings import settings
from server.replies import sender
from server.replies.receive import receive
from tests.replies.conftest import GUEST, Scene
from tests.replies.shapes import Invited, answer

ME = GUEST.lower()
OURS = "mx.rongtong.example"
BASE = "bookings@rongtong.example"
PASS = f"{OURS}; dkim=pass header.d=example.com; dmarc=pass (p=reject) header.from=example.com"


@pytest.fixture(autouse=True)
def trusting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RONGTONG_MAIL_AUTHSERV", OURS)
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


async def plain(scene: Scene) -> Invited:
    """The guest's invitation as it is without plus addresses: nothing in it is a secret."""
    invited = await scene.invited()
    invited.event["ORGANIZER"] = f"mailto:{BASE}"
    invited.sender = BASE
    return invited


def vouched(raw: bytes, *results: str) -> bytes:
    """As the mail arrives: each server on the way puts its header on top."""
    return b"".join(f"Authentication-Results: {one}\r\n".encode() for one in results) + raw


@pytest.mark.parametrize(
    "results",
    [
        [PASS],
        [f"{OURS}; dmarc=pass header.from=example.com", "mx.example.com; dkim=fail header.d=example.com"],
        [f"{OURS.upper()}; dkim=pass header.d=example.com header.s=a"],
    ],
)
async def test_whom_our_mail_server_vouches_for_answers(scene: Scene, results: list[str]) -> None:
    id = await scene.book()
    assert await receive(vouched(answer(await plain(scene), "DECLINED"), *results)) == "declined"
    assert await scene.answers(id) == {ME: "declined"}


FORGED = {
    "nothing is said": [],
    "another server says so": ["mx.elsewhere.example; dmarc=pass header.from=example.com"],
    "the sender wrote it, ours stands above": [f"{OURS}; dmarc=fail header.from=example.com", PASS],
    "the sender wrote it, another stands above": ["mx.elsewhere.example; none", PASS],
    "it failed": [f"{OURS}; dkim=fail header.d=example.com; dmarc=fail header.from=example.com"],
    "another domain signed": [f"{OURS}; dkim=pass header.d=attacker.example; dmarc=none header.from=example.com"],
    "a domain below it signed": [f"{OURS}; dkim=pass header.d=x.example.com"],
    "only SPF passed": [f"{OURS}; spf=pass smtp.mailfrom=example.com"],
    "it only looks like it": [f"{OURS}.attacker.example; dmarc=pass header.from=example.com"],
    "in a comment": [f"elsewhere.example ({OURS}; dmarc=pass header.from=example.com); none"],
    "it is no such header": [f"{OURS}; ;;; \x01 dmarc=pass"],
}


@pytest.mark.parametrize("results", FORGED.values(), ids=FORGED)
async def test_what_is_forged_or_not_vouched_for_changes_nothing(scene: Scene, results: list[str]) -> None:
    id = await scene.book()
    assert await receive(vouched(answer(await plain(scene), "DECLINED"), *results)) == "no-proof"
    assert await scene.answers(id) == {}


async def test_who_proves_to_be_somebody_answers_for_nobody_else(scene: Scene) -> None:
    id = await scene.book()
    invited = await plain(scene)
    booker = vouched(answer(invited, "DECLINED", me=scene.booker.actor.email), PASS)
    as_guest = booker.replace(f"From: {scene.booker.actor.email}".encode(), f"From: {GUEST}".encode())
    crasher = vouched(answer(invited, "ACCEPTED", me="crasher@example.com"), PASS)
    two = vouched(answer(invited, "ACCEPTED"), PASS).replace(b"From: ", b"From: other@example.com\r\nFrom: ", 1)
    assert await receive(as_guest) == "no-proof"
    assert await receive(crasher) == "not-invited"
    assert await receive(two) == "no-proof"
    assert await scene.answers(id) == {}
    assert await scene.status(id) == "confirmed"


async def test_without_a_named_server_nobody_is_vouched_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.book()
    monkeypatch.delenv("RONGTONG_MAIL_AUTHSERV")
    settings.cache_clear()
    assert await receive(vouched(answer(await plain(scene), "DECLINED"), PASS)) == "no-proof"


async def test_without_the_look_at_who_says_so_a_forged_answer_would_count(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(sender, "proven", lambda mail, trusted: str(mail["From"]).lower())
    id = await scene.book()
    assert await receive(answer(await plain(scene), "DECLINED")) == "declined"
    assert await scene.answers(id) == {ME: "declined"}

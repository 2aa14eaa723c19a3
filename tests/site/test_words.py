"""Whatever is recorded has words for people, in Chinese too."""

import ast
import re
from typing import get_args

import pytest

from server.bookings.capacity import history
from server.core.translations import translator
from server.organizations import decide
from server.outbox import account_mail, notices
from server.site.operator.mail_kinds import MAIL_KINDS
from server.site.organization.audit_words import ACTORS, NOUNS, VERBS
from tests.house.test_recording import MODULES

HAN = re.compile(r"[\u4e00-\u9fff]")


def recorded() -> set[tuple[str, str]]:
    """Verbs and nouns that stand in the calls of `audit.record`, where they are written out."""
    found = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("audit.record"):
                said = [one.value for one in node.args[:2] if isinstance(one, ast.Constant)]
                if len(said) == 2:
                    found.add((str(said[0]), str(said[1])))
    return found


def test_what_is_recorded_has_words() -> None:
    found = recorded()
    assert len(found) > 50
    assert {verb for verb, _ in found} | {*get_args(history.Verb), *get_args(decide.Verb)} <= set(VERBS)
    assert {noun for _, noun in found} <= set(NOUNS)


def test_every_kind_of_mail_has_a_name() -> None:
    assert set(MAIL_KINDS) == {*get_args(notices.Kind), *get_args(account_mail.Kind)}


@pytest.mark.parametrize("words", [NOUNS, VERBS, ACTORS, MAIL_KINDS], ids=["nouns", "verbs", "actors", "mails"])
def test_the_words_are_chinese_for_who_reads_chinese(words: dict[str, str]) -> None:
    said = {one: translator("zh-CN").gettext(one) for one in words.values()}
    assert {one for one, text in said.items() if not HAN.search(text)} <= {"webhook"}

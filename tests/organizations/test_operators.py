"""Who runs the platform is said on the command line, and only of people whose address is proven."""

import pytest
from click.testing import CliRunner

from server import cli_operators, db, logs
from server.cli import main
from tests import factories


async def test_a_person_is_made_an_operator_and_no_longer(rolled_back: None) -> None:
    person = await factories.person()
    account = person.actor.account_id
    for is_operator in (True, False):
        assert await db.fetchval(cli_operators.SET, person.actor.email, is_operator) == account
        assert await db.fetchval("SELECT is_operator FROM account WHERE id = $1", account) is is_operator


async def test_nobody_becomes_one_with_an_address_that_is_not_proven(rolled_back: None) -> None:
    person = await factories.person()
    await db.execute("UPDATE account SET verified_at = NULL WHERE id = $1", person.actor.account_id)
    assert await db.fetchval(cli_operators.SET, person.actor.email, True) is None


def test_the_commands_say_what_they_did(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "configure", lambda level: None)  # or the logs of all later tests would go to this one
    monkeypatch.setattr(cli_operators, "_with_database", lambda job: True)
    told = CliRunner().invoke(main, ["operators", "add", "boss@platform.example"])
    assert (told.exit_code, told.output) == (0, "boss@platform.example is now an operator.\n")
    monkeypatch.setattr(cli_operators, "_with_database", lambda job: False)
    assert CliRunner().invoke(main, ["operators", "add", "x@y.example"]).exit_code == 1

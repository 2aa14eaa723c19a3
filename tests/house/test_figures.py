"""The house gets no worse than is written down, and what got better is written down at once (`make house`)."""

import ast

import pytest

from tests.house import field, figures, terms
from tests.house.figures import FIGURES

STATIC = [name for name, figure in FIGURES.items() if figure.take]


@pytest.mark.parametrize("name", STATIC)
def test_the_house_is_as_it_is_written_down(name: str) -> None:
    take = FIGURES[name].take
    assert take is not None
    assert figures.verdict(name, take()) == ""


def test_every_figure_is_written_down() -> None:
    assert list(figures.written()) == list(FIGURES)


def test_worse_and_better_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "written", lambda: {"gerunds": 10, "terms": 30})
    assert figures.verdict("gerunds", 11).endswith("worse than it was")
    assert figures.verdict("terms", 29).endswith("worse than it was")
    assert figures.verdict("gerunds", 9).endswith("make house ARGS=--write")
    assert figures.verdict("terms", 31).endswith("make house ARGS=--write")
    assert figures.verdict("terms", 30) == ""


def test_no_other_word_is_named_in_vain() -> None:
    there = {one for one in field.ANOTHER if one in field.texts() and field.names(field.texts()[one], field.FIELD)}
    assert field.ANOTHER.keys() - there == set()


def test_there_are_forty_terms() -> None:
    assert len(set(terms.TERMS)) == 40


def test_a_term_is_found_by_its_words() -> None:
    for text in ("of/rate_limits.py", "Rate limits by address.", "rate-limit"):
        assert terms.pattern("rate limit").search(terms.plain(text)), text
    assert not terms.pattern("rate limit").search(terms.plain("limits of all kinds"))
    assert terms.pattern("quota").search(terms.plain("Quotas: how much"))
    assert not terms.pattern("tenant").search(terms.plain("tenancy"))


def test_a_gerund_would_be_counted() -> None:
    source = "from a import cancel as cancelling, b as c, holding as having\nimport book as booking"
    assert figures.gerunds(ast.parse(source)) == ["cancel as cancelling", "book as booking"]

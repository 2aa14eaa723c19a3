"""Both catalogues hold every text, and what is compiled is what is written.

After changing a text: `pybabel extract -F babel.cfg -k N_ --no-location --sort-output -o messages.pot .`, then
`pybabel update -i messages.pot -d server/locales --no-fuzzy-matching --ignore-obsolete -w 120`, translate, and
`pybabel compile -d server/locales`.
"""

import io
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import server
from server.core.translations import CATALOGUES, LOCALES, translator

TREE = Path(server.__file__).parent.parent
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


def texts_in_the_code() -> set[Any]:
    with (TREE / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file, "babel.cfg")  # type: ignore[no-untyped-call]
    found = extract_from_dir(TREE, methods, options, KEYWORDS, directory_filter=lambda path: "/." not in str(path))
    return {message for _, _, message, *_ in found}


def catalogue(locale: str) -> Any:
    with (LOCALES / CATALOGUES[locale] / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=CATALOGUES[locale])


@pytest.mark.parametrize("locale", list(CATALOGUES))
def test_a_catalogue_has_every_text_and_no_other(locale: str) -> None:
    written = catalogue(locale)
    assert {message.id for message in written if message.id} == texts_in_the_code()
    assert not written.obsolete
    for message in written:
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(said), f"{locale} has no text for {message.id!r}"
        assert not message.fuzzy or not message.id


@pytest.mark.parametrize("locale", list(CATALOGUES))
def test_the_places_in_a_text_are_the_same_in_translation(locale: str) -> None:
    for message in catalogue(locale):
        assert not list(message.check()), message.id


@pytest.mark.parametrize("locale", list(CATALOGUES))
def test_the_compiled_catalogue_is_that_of_the_text(locale: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(locale))
    assert (LOCALES / CATALOGUES[locale] / "LC_MESSAGES" / "messages.mo").read_bytes() == compiled.getvalue()


def test_an_unknown_locale_reads_chinese() -> None:
    assert translator("tlh").gettext("Mail") == translator("zh-CN").gettext("Mail") == "邮件"

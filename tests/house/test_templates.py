"""What holds for every template: lines that can be read, words that stand in Python, what Enter does.

What states, kinds and roles are called is looked up (`_(states[status])`), so that it is said once and in one place.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "server").rglob("*.html"))
TEMPLATES = sorted({*PAGES, *(text for folder in {page.parent for page in PAGES} for text in folder.glob("*.txt"))})
LONGEST = 160
MARKS = {"_", "gettext", "ngettext"}
BRANCHES = 3  # from here on a chain of comparisons is a dictionary
FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
BUTTON = re.compile(r'<button\b(?![^>]*type="button")|\bbutton\(')
LOOP = re.compile(r"{%-? *(end)?for\b")
ENTER = re.compile(r"{{ enter(_nothing)?\(")
JINJA = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def long_lines(source: str) -> list[int]:
    return [number for number, line in enumerate(source.splitlines(), 1) if len(line) > LONGEST]


def is_text(node: nodes.Node) -> bool:
    """Whether this says something to people: it is translated, or has spaces or letters that no key of ours has."""
    calls = [*([node] if isinstance(node, nodes.Call) else []), *node.find_all(nodes.Call)]
    if any(isinstance(call.node, nodes.Name) and call.node.name in MARKS for call in calls):
        return True
    said = node.value if isinstance(node, nodes.Const) else ""
    return isinstance(said, str) and (" " in said or not said.isascii())


def dictionaries_of_words(source: str) -> Iterator[int]:
    """The lines with a dictionary of which a value is a text."""
    for found in JINJA.parse(source).find_all(nodes.Dict):
        if any(is_text(pair.value) for pair in found.items):
            yield found.lineno


def chains_of_words(source: str) -> Iterator[int]:
    """The lines where a chain of comparisons of one thing does nothing but choose among texts."""
    for found in JINJA.parse(source).find_all(nodes.If):
        branches = [found, *found.elif_]
        bodies = [*(branch.body for branch in branches), *([found.else_] if found.else_ else [])]
        things = {compared(branch.test) for branch in branches}
        if len(bodies) >= BRANCHES and len(things) == 1 and None not in things and all(map(is_only_text, bodies)):
            yield found.lineno


def compared(test: nodes.Node) -> str | None:
    """What is compared with a constant; None where the test is another."""
    if not isinstance(test, nodes.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0].expr, nodes.Const):
        return None
    return repr(test.expr) if test.ops[0].op == "eq" else None


def is_only_text(body: list[nodes.Node]) -> bool:
    """Whether a branch is one text, whatever tags stand around it."""
    shown = [node for part in body if isinstance(part, nodes.Output) for node in part.nodes]
    said = [node for node in shown if not isinstance(node, nodes.TemplateData)]
    return len(body) == len(said) == 1 and is_text(said[0])


def forms_that_leave_enter_open(source: str) -> Iterator[int]:
    """The lines where a form begins that may have several buttons, and does not say before them what Enter does."""
    for form in FORM.finditer(source):
        own = re.search(r'\bid="(\w+)"', form[0].partition(">")[0])
        elsewhere = re.findall(rf'<button\b[^>]*\bform="{own[1]}"', source) if own else []
        buttons = [found.start() for found in BUTTON.finditer(form[0])]
        repeated = any(sum(-1 if end else 1 for end in LOOP.findall(form[0][:at])) for at in buttons)
        said = ENTER.search(form[0])
        if (len(buttons) + len(elsewhere) > 1 or repeated) and not (said and said.start() < min(buttons, default=9**9)):
            yield source.count("\n", 0, form.start()) + 1


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_no_line_is_too_long(path: Path) -> None:
    assert long_lines(path.read_text()) == []


def test_control_a_long_line_would_be_seen() -> None:
    assert long_lines(f"<p>\n<b>{'x' * LONGEST}</b>\n</p>") == [2]


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_words_stand_in_python(path: Path) -> None:
    assert [*dictionaries_of_words(path.read_text()), *chains_of_words(path.read_text())] == []


@pytest.mark.parametrize(
    "bad",
    [
        '{% set names = {"sent": _("Sent"), "dead": _("Given up")} %}',
        '{{ {"zh-CN": "中文", "en": "English"}[code] }}',
        '{{ {"in_use": "In use"}[status] }}',
        '{{ facts([(_("State"), {"on": _("On")}.get(state))]) }}',
    ],
)
def test_control_a_dictionary_of_words_would_be_seen(bad: str) -> None:
    assert list(dictionaries_of_words(f"<p>\n{bad}</p>")) == [2]


@pytest.mark.parametrize("good", ['{{ field(attributes={"min": "1"}) }}', '{{ act(sent={"id": one.id}) }}', "{{ {} }}"])
def test_control_other_dictionaries_may_stay(good: str) -> None:
    assert list(dictionaries_of_words(good)) == []


def test_control_a_chain_that_only_chooses_among_texts_would_be_seen() -> None:
    chain = '{% if s == "a" %}{{ _("A") }}{% elif s == "b" %}<b>{{ _("B") }}</b>{% else %}{{ _("C") }}{% endif %}'
    assert list(chains_of_words(chain)) == [1]
    assert list(chains_of_words(chain.replace('_("B")', "one.name"))) == []


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_form_with_several_buttons_says_what_enter_does(path: Path) -> None:
    assert list(forms_that_leave_enter_open(path.read_text())) == []


@pytest.mark.parametrize(
    "buttons",
    [
        "<button>a</button><button>b</button></form>",
        "<button>a</button>{{ enter() }}<button>b</button></form>",
        '{{ button("a") }}{{ button("b") }}</form>',
        "{% for verb in possible %}<button>a</button>{% endfor %}</form>",
        '</form><button type="submit" form="many">a</button><button form="many">b</button>',
    ],
)
def test_control_a_form_that_does_not_would_be_seen(buttons: str) -> None:
    form = f'<main>\n<form id="many" method="post">{{{{ csrf() }}}}{buttons}'
    assert list(forms_that_leave_enter_open(form)) == [2]
    assert list(forms_that_leave_enter_open(form.replace("csrf()", "csrf() }}{{ enter_nothing()"))) == []


def test_control_one_button_needs_no_word() -> None:
    form = "<form>{% for one in all %}{{ one }}{% endfor %}<button>a</button><button type='x' type=\"button\"></form>"
    assert list(forms_that_leave_enter_open(form)) == []

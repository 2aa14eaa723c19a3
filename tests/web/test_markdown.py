"""What people write in Markdown looks as they meant it, and does nothing."""

import re
from html.parser import HTMLParser

import jinja2
import pytest
from markdown_it import MarkdownIt

from server.web import markdown, render
from server.web.markdown import rendered

NASTY = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "<svg/onload=alert(1)>",
    "<iframe src=//evil.example></iframe>",
    "<style>*{background:url(//evil.example)}</style>",
    '<p style="position:fixed" onclick="alert(1)">x</p>',
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<!-- <script>alert(1)</script> -->",
    "<form action=//evil.example><input name=p></form>",
    "<base href=//evil.example>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74:alert(1))",
    "[x](vbscript:x)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](//evil.example/ 'onclick=alert(1)')",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "![track](http://evil.example/pixel.png)",
    "![track][p]\n\n[p]: http://evil.example/pixel.png",
    '![x" onerror="alert(1)](http://evil.example/x)',
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "| a |\n|:-:|\n| <img src=x onerror=alert(1)> |",
    "\x00<script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
]
REMOTE = {"src", "srcset", "background", "poster", "data", "action", "style", "xlink:href"}


class Harm(HTMLParser):
    """Collects what could do something in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in markdown.TAGS:
            self.found.append(tag)
        for name, value in attrs:
            if name in REMOTE or name.startswith("on"):
                self.found.append(name)
            if name == "href" and not re.match(r"(https?|mailto):|(?![a-z][a-z0-9+.-]*:)", (value or "").strip(), re.I):
                self.found.append(value or "")


@pytest.mark.parametrize("text", NASTY)
def test_nothing_in_a_description_does_anything(text: str) -> None:
    assert Harm(str(rendered(text))).found == []


def test_control_without_the_sanitiser_html_would_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two defences: the parser takes HTML for text, the sanitiser removes what is not on its list."""
    careless = MarkdownIt("commonmark", {"html": True}).enable("table")
    monkeypatch.setattr(markdown, "_parser", lambda: careless)
    assert [text for text in NASTY if Harm(str(rendered(text))).found] == []
    monkeypatch.setattr(markdown, "_clean", lambda html: html)
    harmful = [text for text in NASTY if Harm(str(rendered(text))).found]
    assert len(harmful) > len(NASTY) / 3


def test_what_people_mean_is_kept() -> None:
    text = "# 概述\n\n直径 ≤ **100 mm**，见[说明](https://example.com/a?b=1&c=2)。\n\n- 一\n- 二\n\n3. 三\n\n"
    text += "| 项 | 值 |\n|---|---|\n| 精度 | 1 nm |\n\n1 < 2 & 3"
    html = str(rendered(text))
    assert "<h3>概述</h3>" in html
    assert "<strong>100 mm</strong>" in html
    assert '<a href="https://example.com/a?b=1&amp;c=2" rel="nofollow ugc noopener noreferrer">说明</a>' in html
    assert "<li>一</li>" in html
    assert '<ol start="3">' in html
    assert "<td>1 nm</td>" in html
    assert "1 &lt; 2 &amp; 3" in html


@pytest.mark.parametrize(
    "text", ["[" * 5000, "*" * 5000, "> " * 2500, "`" * 4999, "![](" * 1200, "- " * 2000 + "x", "|" * 5000]
)
def test_what_is_long_and_deep_is_rendered_too(text: str) -> None:
    assert Harm(str(rendered(text))).found == []


def test_templates_render_markdown_with_a_filter() -> None:
    template: jinja2.Template = render._environment("en").from_string("<div>{{ text|markdown }}</div>")
    assert template.render(text="**x** <b>y</b>") == "<div><p><strong>x</strong> &lt;b&gt;y&lt;/b&gt;</p>\n</div>"

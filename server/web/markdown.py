"""What people write in Markdown, as HTML that does no harm in a page: no code, no images, no odd addresses."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

TAGS = {
    *("p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
REL = "nofollow ugc noopener noreferrer"
PAGE_LEVELS = 2  # h1 and h2 belong to the page


def rendered(text: str) -> Markup:
    """Render Markdown (CommonMark with tables). HTML within it is shown as text, an image becomes a link to it."""
    return Markup(_clean(_html(text)))  # noqa: S704 - sanitised just now


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def _html(text: str) -> str:
    parser = _parser()
    tokens = parser.parse(text)
    for token in tokens:
        _lower(token)
    return str(parser.renderer.render(tokens, parser.options, {}))


def _lower(token: Token) -> None:
    if token.type in ("heading_open", "heading_close"):
        token.tag = f"h{min(6, int(token.tag[1]) + PAGE_LEVELS)}"


def _clean(html: str) -> str:
    """Sanitise by an allow list, whatever the parser let through."""
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=REL, strip_comments=True)

"""What all pages share: the language, the templates and the headers that keep foreign code out."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import jinja2
from litestar import Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from markupsafe import Markup, escape

from server.access.authentication import SESSION_KEPT
from server.access.csrf import csrf_token
from server.core.days import HOME
from server.core.http import Request
from server.core.proxies import came_from_here
from server.core.settings import settings
from server.core.translations import CATALOGUES, DEFAULT, LANGUAGES, translator
from server.web import cost_texts, figures, kinds, markdown, money, roles, states, times
from server.web.help_topics import help_with
from server.web.static import address

CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Language, Cookie, HX-Request",
}
TEMPLATES = ("site", "web/templates")  # of one page or room, beside its modules; of all pages
COOKIE = "lang"
YEAR = 365 * 24 * 3600  # seconds


@lru_cache(maxsize=len(CATALOGUES))
def _environment(locale: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader("server", folder) for folder in TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translator(locale), newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {"static": address, "locale": locale, "locales": list(CATALOGUES)}
    environment.globals |= {"day": times.day, "day_at": times.day_at, "moment": times.spell_local}
    environment.globals |= {"offset": times.offset}
    environment.globals |= {"kinds": kinds.NAMES, "states": states.NAMES, "spell": times.spell, "short": times.short}
    environment.globals |= {"languages": LANGUAGES, "confirmations": kinds.CONFIRMATIONS}
    environment.globals |= {"role_names": roles.NAMES, "role_rights": roles.MAY}
    environment.globals |= {"duration": lambda minutes: times.duration(minutes, locale)}
    environment.globals |= {"money": lambda amount, currency: money.money(amount, currency, locale)}
    environment.globals |= {"cost_lines": cost_texts.LINES, "cost_units": cost_texts.UNITS}
    environment.globals |= {"because": lambda one: cost_texts.said(one.says, one.values, locale)}
    environment.globals |= {"span_of_days": times.span_of_days}
    environment.filters |= {"brief": times.brief, "short": times.short}
    environment.globals |= {
        "weekday": times.weekday,
        "month_day": times.month_day,
        "month_name": times.month_name,
        "spell_text": times.spell_text,
    }
    environment.filters |= {"country": lambda code: figures.country_name(code, locale)}
    environment.filters |= {"plain": lambda number: f"{number.normalize():f}"}
    environment.filters |= {"amount": lambda value: figures.amount(value, locale)}
    environment.filters |= {"code_marked": _code_marked, "markdown": markdown.rendered}
    return environment


def _code_marked(text: str) -> Markup:
    """Show what stands between backticks as code; everything is escaped."""
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just now


def language(request: Request) -> str:
    """Choose the reader's language: `?lang=`, else the cookie, else Accept-Language, else zh-CN."""
    for wish in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if wish in CATALOGUES:
            return wish
    for wish in _by_preference(request.headers.get("accept-language", "")):
        for locale in CATALOGUES:
            if wish.split("-")[0] == locale.split("-")[0]:
                return locale
    return DEFAULT


def _by_preference(accepted: str) -> list[str]:
    """Read Accept-Language (RFC 9110 12.5.4), best first. What cannot be read is the least wanted."""
    wishes = []
    for item in accepted.split(",")[:20]:
        tag, _, quality = item.partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            weight = 0.0
        if weight > 0:
            wishes.append((-weight, tag.strip().lower()))
    return [tag for _, tag in sorted(wishes, key=lambda wish: wish[0])]


def remembered(locale: str) -> Cookie:
    """Let the browser keep the language that was chosen."""
    return Cookie(COOKIE, value=locale, max_age=YEAR, samesite="lax", httponly=True)


def reader_zone(request: Request) -> str:
    """The time zone of the reader's account, where nothing on the page has one of its own."""
    me = request.scope["state"].get(SESSION_KEPT)
    return me.time_zone if me else HOME


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response[str]:
    """Render a template in the reader's language. A language chosen by `?lang=` is remembered."""
    locale = language(request)
    me = request.scope["state"].get(SESSION_KEPT)

    def again(**changes: object) -> str:
        """The query of this page with some of it changed; None leaves a part out."""
        kept = [(name, value) for name, value in request.query_params.multi_items() if name not in changes]
        return "?" + urlencode([*kept, *((name, str(value)) for name, value in changes.items() if value is not None)])

    path = request.scope["path"]
    shared = {
        "path": path,
        "help_at": help_with(
            path,
            role=me and me.role,
            organization_kind=me and me.organization_kind,
            is_operator=bool(me and me.is_operator),
        ),
        "again": again,
        "mail_sink": shows_mail(request),
        "me": me,
        "csrf_token": csrf_token(me.session_id) if me else "",
    }
    html = _environment(locale).get_template(template).render(values, **shared)
    chosen = request.query_params.get("lang") == locale
    cookies = [remembered(locale)] if chosen else []
    return Response(html, status_code=status, media_type=MediaType.HTML, headers=HEADERS, cookies=cookies)


def shows_mail(request: Request) -> bool:
    """Whether the reader may see what the local sink kept: who sits at this machine, and who runs the platform."""
    me = request.scope["state"].get(SESSION_KEPT)
    return settings().mail_sink and (came_from_here(request.scope) or bool(me and me.is_operator))


def unkept(request: Request, template: str, *, status: int = 200, **values: Any) -> Response[str]:
    """Show a page that no browser keeps: it tells a secret, or what only its reader may know."""
    shown = page(request, template, status=status, **values)
    shown.headers["Cache-Control"] = "no-store"
    return shown


def own_zone(request: Request) -> str | None:
    """The time zone of the reader's account."""
    me = request.scope["state"].get(SESSION_KEPT)
    return me.time_zone if me else None


def first_of(request: Request) -> int:
    """From where on a list is asked for: `?after=`."""
    text = request.query_params.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0

"""A person in front of the pages: follows redirects, keeps cookies, sends forms as browsers without JavaScript do."""

import html
import re
from typing import Any

import httpx

HEADERS = {"Accept": "text/html", "Accept-Language": "en"}


class Reader:
    """The page that is open, and the cookies of the browser."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}
        self.path = ""
        self.status = 0
        self.text = ""

    async def open(self, path: str, method: str = "GET", fields: Any = None) -> str:
        sent = HEADERS | {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        self.client.cookies.clear()
        answer = await self.client.request(method, path, headers=sent, data=fields)
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        for given in answer.headers.get_list("set-cookie"):
            if "Max-Age=0" in given:
                self.cookies.pop(given.partition("=")[0], None)
        if answer.status_code == 303:
            return await self.open(answer.headers["location"])
        self.path, self.status, self.text = path, answer.status_code, answer.text
        return self.text

    async def send(self, action: str = "", **fields: str) -> str:
        """Send the form of the open page whose action is this, or the one without an action; the first such."""
        for attributes, inside in re.findall(r"<form([^>]*)>(.*?)</form>", self.text, re.DOTALL):
            given = re.search(r'action="([^"]*)"', attributes)
            actions = {given[1] if given else "", *re.findall(r'formaction="([^"]*)"', inside)}
            if action in actions:
                return await self.open(action or self.path, "POST", _hidden(inside) | fields)
        raise AssertionError(f"no form with the action {action!r}")

    @property
    def errors(self) -> list[str]:
        """What the summary links to, and says."""
        found = re.search(r'<div class="errors".*?</div>', self.text, re.DOTALL)
        return re.findall(r'href="#([^"]+)"', found[0]) if found else []


def _hidden(form: str) -> dict[str, str]:
    """What a form sends that nobody types: hidden fields, what is filled in, what is selected."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)"[^>]*selected', options)
        found[name] = chosen[1] if chosen else ""
    return found

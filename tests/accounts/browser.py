"""A browser for the tests: it keeps the cookies it is given and sends the CSRF token of its session along."""

from typing import Any

import httpx

from server.access import csrf
from tests import factories


class Browser:
    """What one person does over the JSON API, with the cookies of one browser."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}
        self.csrf_token = ""

    async def send(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        """Ask for a path below /api/v1; keywords are further headers."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.csrf_token:
            sent.setdefault(csrf.HEADER, self.csrf_token)
        self.client.cookies.clear()
        body = {} if json is None else {"json": json}
        answer = await self.client.request(method, f"/api/v1{path}", headers=sent, **body)
        self.cookies |= dict(answer.cookies)
        if isinstance(answer.json() if answer.content else None, dict):
            self.csrf_token = answer.json().get("csrf_token", self.csrf_token)
        return answer

    async def sign_in(self, email: str, password: str = factories.PASSWORD, **more: Any) -> httpx.Response:
        return await self.send("POST", "/session", {"email": email, "password": password, **more})

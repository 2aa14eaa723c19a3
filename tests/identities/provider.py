"""What a person does at the provider, and what an admin registers there."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx


class Provider:
    """A provider at its issuer address."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    async def metadata(self) -> Any:
        return (await self._send("GET", "/.well-known/openid-configuration")).json()

    async def register(self, callback: str) -> tuple[str, str]:
        """Register a client; return its id and secret."""
        answer = await self._send("POST", "/oauth2/clients", json={"redirect_uris": [callback]})
        assert answer.status_code == 201, answer.text
        return answer.json()["client_id"], answer.json()["client_secret"]

    async def know(self, subject: str, **claims: Any) -> None:
        """Let the provider know a person."""
        assert (await self._send("PUT", f"/users/{subject}", json=claims)).status_code == 204

    async def sign_in(self, address: str, subject: str) -> dict[str, str]:
        """Sign in where the program sent the browser to; return what the browser brings back."""
        async with httpx.AsyncClient(trust_env=False) as browser:
            answer = await browser.post(address, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    async def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as speaking:
            return await speaking.request(method, self.issuer + path, **request)

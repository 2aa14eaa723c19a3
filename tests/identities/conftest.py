"""A real OpenID provider: `oidc-provider-mock` as a process of its own."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from server.core import outbound
from server.core.settings import settings
from tests.identities.provider import Provider


@pytest.fixture(scope="session")
async def running() -> AsyncIterator[Provider]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce"]
    process = await asyncio.create_subprocess_exec(*command, "--require-registration", stdout=-3, stderr=-3)
    provider = Provider(f"http://127.0.0.1:{port}")
    try:
        while True:
            try:
                await provider.metadata()
                break
            except httpx.TransportError:
                assert process.returncode is None, "the provider did not start"
                await asyncio.sleep(0.05)
        yield provider
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
def provider(running: Provider, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """The provider, which the program may reach although it is on this machine and without TLS."""
    port = running.issuer.rpartition(":")[2]
    here = {"outbound_allow": "127.0.0.0/8", "outbound_http": True, "outbound_ports": port}
    allowing = msgspec.structs.replace(settings(), **here)
    monkeypatch.setattr(outbound, "settings", lambda: allowing)
    return running

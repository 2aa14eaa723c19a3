"""The SMTP URL, and what it makes the connection do."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.certificates import certificate
from tests.faults.smtp import MailServer
from worker.mail import Away, Mail, connection_arguments

SENDER = "bookings@rongtong.example"


def mail(url: str) -> Mail:
    return Mail(url, SENDER, "rongtong.example")


@pytest.mark.parametrize(
    "url", ["", "http://a", "smtp://", "smtp://host?starttls=perhaps", "smtp://host?tls=1", "smtp://host:port"]
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        connection_arguments(url)


@pytest.mark.parametrize(
    ("url", "tls", "starttls"),
    [
        ("smtp://mail.example", False, None),
        ("smtp://mail.example?starttls=yes", False, True),
        ("smtp://mail.example?starttls=no", False, False),
        ("smtps://mail.example", True, False),
        ("smtp://user:word@mail.example", False, True),
        ("smtp://user:word@mail.example?starttls=no", False, False),
        ("smtp://user:word@127.0.0.1:25", False, None),
    ],
)
def test_the_url_says_how_the_connection_is_protected(url: str, tls: bool, starttls: bool | None) -> None:
    arguments = connection_arguments(url)
    assert (arguments["use_tls"], arguments["start_tls"]) == (tls, starttls)


def test_passwords_may_have_any_character() -> None:
    arguments = connection_arguments("smtp://me%40here:p%2Fw%3A@mail.example:587")
    assert (arguments["username"], arguments["password"], arguments["port"]) == ("me@here", "p/w:", 587)


async def test_a_connection_serves_many_messages(server: MailServer) -> None:
    async with mail(server.url) as speaking:
        for number in range(3):
            await speaking.send(f"a{number}@example.com", b"Subject: x\r\n\r\n.a line that begins with a dot\r\n")
    assert len(server.letters) == 3
    assert server.connections == 1
    assert server.letters[0].content == b"Subject: x\r\n\r\n.a line that begins with a dot\r\n"


class Login:
    """Lets in whoever knows the word."""

    def __call__(
        self, server: object, session: object, envelope: object, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=data.login == b"me" and data.password == b"the word", handled=False)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_it_logs_in_when_the_url_says_so() -> None:
    server = await MailServer(authenticator=Login(), auth_required=True, auth_require_tls=False).start()
    try:
        async with mail(f"smtp://me:the%20word@127.0.0.1:{server.port}") as speaking:
            await speaking.send("a@example.com", b"Subject: x\r\n\r\n")
        async with mail(f"smtp://me:another@127.0.0.1:{server.port}") as speaking:
            with pytest.raises(Away, match="535"):
                await speaking.send("a@example.com", b"Subject: x\r\n\r\n")
    finally:
        await server.stop()
    assert len(server.letters) == 1


@pytest.fixture(scope="session")
def localhost(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate("localhost", tmp_path_factory.mktemp("certificate") / "both.pem")


@pytest.fixture
async def secure(localhost: Path) -> AsyncIterator[MailServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(localhost)
    server = await MailServer(tls_context=context, require_starttls=True).start()
    yield server
    await server.stop()


async def test_starttls_protects_the_message(
    secure: MailServer, localhost: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(localhost))
    async with mail(f"smtp://localhost:{secure.port}?starttls=yes") as speaking:
        await speaking.send("a@example.com", b"Subject: x\r\n\r\n")
    assert len(secure.letters) == 1


async def test_a_certificate_nobody_vouches_for_is_not_trusted(secure: MailServer) -> None:
    async with mail(f"smtp://localhost:{secure.port}?starttls=yes") as speaking:
        with pytest.raises(Away, match="certificate"):
            await speaking.send("a@example.com", b"Subject: x\r\n\r\n")
    assert secure.letters == []


async def test_starttls_demanded_and_not_offered_sends_nothing(server: MailServer) -> None:
    async with mail(f"smtp://127.0.0.1:{server.port}?starttls=yes") as speaking:
        with pytest.raises(Away):
            await speaking.send("a@example.com", b"Subject: x\r\n\r\n")
    assert server.letters == []

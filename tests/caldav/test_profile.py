"""The profile for Apple's devices: what it says, who gets it, and that it is signed when there is a key."""

import plistlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7
from cryptography.x509.oid import NameOID

from server.caldav.profile import profile
from server.core.settings import Settings, WrongSetting, settings
from tests import factories
from tests.caldav.speaking import program, text
from tests.site.reader import HEADERS, Reader
from tests.site.visiting import visiting

PATH = "/calendars/programs/rongtong.mobileconfig"


@pytest.mark.parametrize(
    ("base", "port", "ssl"),
    [("https://rongtong.example", 443, True), ("http://h:8000", 8000, False), ("https://h:8443", 8443, True)],
)
async def test_it_names_the_account_where_it_is(rolled_back: None, base: str, port: int, ssl: bool) -> None:
    person = await factories.person()
    made = [profile(base, person.actor.member_id, "li@example.com", "Rongtong", "x") for _ in range(2)]
    assert made[0] == made[1]
    whole = plistlib.loads(made[0])
    [account] = whole["PayloadContent"]
    assert (whole["PayloadType"], account["PayloadType"]) == ("Configuration", "com.apple.caldav.account")
    assert (account["CalDAVPort"], account["CalDAVUseSSL"]) == (port, ssl)
    assert whole["PayloadUUID"] != account["PayloadUUID"]
    assert "CalDAVPassword" not in account


@pytest.mark.parametrize(("locale", "said"), [("en", "Profile for Apple devices"), ("zh-CN", "Apple 设备描述文件")])
async def test_an_owner_downloads_one_that_leads_to_their_calendars(
    client: httpx.AsyncClient, locale: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HEADERS, "Accept-Language", locale)
    owner = await factories.person(kind="university", locale=locale)
    await factories.resource(owner)
    reader = await visiting(client, owner)
    await reader.open("/calendars/programs")
    assert said in reader.text
    assert PATH in reader.text
    answer = await client.get(PATH, headers=with_cookies(reader))
    assert answer.headers["content-type"] == "application/x-apple-aspen-config"
    [account] = plistlib.loads(answer.content)["PayloadContent"]
    device = await program(client, owner)
    [me] = await device.find(account["CalDAVPrincipalURL"], "C:calendar-home-set")
    assert text(me, "C:calendar-home-set") == device.home
    assert account["CalDAVUsername"] == owner.actor.email


def with_cookies(reader: Reader) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in reader.cookies.items())}


async def test_strangers_get_none(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH)).status_code in (303, 401, 302)


@pytest.fixture
def signer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Rongtong test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    (tmp_path / "chain.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    monkeypatch.setenv("RONGTONG_PROFILE_CERTIFICATE", str(tmp_path / "chain.pem"))
    monkeypatch.setenv("RONGTONG_PROFILE_KEY", str(tmp_path / "key.pem"))
    settings.cache_clear()
    return certificate


async def test_with_a_key_it_is_signed(client: httpx.AsyncClient, signer: x509.Certificate) -> None:
    owner = await factories.person(kind="university")
    reader = await visiting(client, owner)
    content = (await client.get(PATH, headers=with_cookies(reader))).content
    settings.cache_clear()
    assert pkcs7.load_der_pkcs7_certificates(content) == [signer]
    assert b"com.apple.caldav.account" in content


def test_a_key_without_its_certificate_is_refused() -> None:
    with pytest.raises(WrongSetting, match="go together"):
        Settings(profile_key="key.pem")

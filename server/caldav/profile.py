"""A configuration profile (.mobileconfig) with which Apple's devices set up the account by themselves.

It holds no password: the device asks for the app password. Signed, the device shows whose it is; else that it is not.
"""

import plistlib
from pathlib import Path
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from server.caldav.paths import principal

MEDIA_TYPE = "application/x-apple-aspen-config"
PORTS = {"https": 443, "http": 80}


def profile(base_url: str, member_id: UUID, email: str, title: str, description: str) -> bytes:
    """Write the profile of a member's calendars. The same account has the same ids: installed again, it is replaced."""
    base = urlsplit(base_url)
    host = base.hostname or ""
    name = ".".join(reversed(host.split(".")))
    account = {
        "PayloadType": "com.apple.caldav.account",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{name}.rongtong.caldav.{member_id}",
        "PayloadUUID": _uuid(base_url, member_id, "account"),
        "PayloadDisplayName": title,
        "CalDAVAccountDescription": title,
        "CalDAVHostName": host,
        "CalDAVPort": base.port or PORTS[base.scheme],
        "CalDAVUseSSL": base.scheme == "https",
        "CalDAVPrincipalURL": principal(member_id),
        "CalDAVUsername": email,
    }
    whole = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{name}.rongtong.{member_id}",
        "PayloadUUID": _uuid(base_url, member_id, "profile"),
        "PayloadDisplayName": title,
        "PayloadDescription": description,
        "PayloadOrganization": title,
        "PayloadRemovalDisallowed": False,
        "PayloadContent": [account],
    }
    return plistlib.dumps(whole)


def signed(content: bytes, certificates: Path, key: Path) -> bytes:
    """Sign a profile (CMS): `certificates` is a PEM file, the signer's first and then those that vouch for it."""
    signer, *others = x509.load_pem_x509_certificates(certificates.read_bytes())
    builder = PKCS7SignatureBuilder().set_data(content)
    private = load_pem_private_key(key.read_bytes(), password=None)
    builder = builder.add_signer(signer, private, hashes.SHA256())  # type: ignore[arg-type]
    for one in others:
        builder = builder.add_certificate(one)
    return builder.sign(Encoding.DER, [PKCS7Options.Binary])


def _uuid(base_url: str, member_id: UUID, what: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{base_url}/dav/{member_id}#{what}")).upper()

"""OpenID Connect: discovery, the authorization code flow with PKCE, state and nonce, and the ID token.

OpenID Connect Core 1.0 (3.1), Discovery 1.0, RFC 7636 (PKCE); RFC 9700: a callback for each provider, against mix-up.
"""

from typing import Any

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from server.core.errors import SignInRefused
from server.identities import ask
from server.identities.adapter import Attempt, Claims, Provider

SCOPE = "openid email profile"
# Signatures that only the provider can make. Never `none`, never HS256: a client secret is known to both sides.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
LEEWAY_SECONDS = 60  # by which the clocks may differ
LONGEST = 255  # characters of a subject (OpenID Connect Core 2)


class Oidc:
    """Any provider that speaks OpenID Connect."""

    async def authorize_url(self, provider: Provider, attempt: Attempt) -> str:
        """Tell where the browser is sent to sign in. Raises SignInRefused."""
        metadata = await discovered(provider.issuer)
        return str(
            prepare_grant_uri(
                metadata["authorization_endpoint"],
                client_id=provider.client_id,
                response_type="code",
                redirect_uri=attempt.callback,
                scope=SCOPE,
                state=attempt.state,
                nonce=attempt.nonce,
                code_challenge=create_s256_code_challenge(attempt.code_verifier),
                code_challenge_method="S256",
            )
        )

    async def exchange(self, provider: Provider, attempt: Attempt, code: str) -> Claims:
        """Exchange the code for an ID token and read who it is about. Raises SignInRefused."""
        metadata = await discovered(provider.issuer)
        granted = await _redeem(metadata, provider, attempt, code)
        keys = await ask.get(metadata["jwks_uri"])
        claims: Any = _validated(str(granted.get("id_token", "")), keys, provider, attempt, granted.get("access_token"))
        if "email" not in claims and "userinfo_endpoint" in metadata:
            bearer = {"Authorization": f"Bearer {granted.get('access_token', '')}"}
            told = await ask.get(metadata["userinfo_endpoint"], bearer)
            if told.get("sub") == claims["sub"]:  # Core 5.3.2: else it is about someone else
                claims |= {name: told[name] for name in ("email", "email_verified", "name", "locale") if name in told}
        return _read(claims)


async def discovered(issuer: str) -> dict[str, Any]:
    """Read what a provider says of itself (Discovery 4). Raises SignInRefused when it speaks for another."""
    metadata = await ask.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if metadata.get("issuer") != issuer:
        raise SignInRefused("the provider says that it is another issuer than the one it was set up as")
    if not all(isinstance(metadata.get(one), str) for one in ("authorization_endpoint", "token_endpoint", "jwks_uri")):
        raise SignInRefused("the provider does not say where one signs in with it")
    return metadata


async def _redeem(metadata: Any, provider: Provider, attempt: Attempt, code: str) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": attempt.callback,
        "client_id": provider.client_id,
        "code_verifier": attempt.code_verifier,
    }
    secret = provider.client_secret
    methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])  # its default, Discovery 3
    if secret and "client_secret_basic" in methods:
        return await ask.post(metadata["token_endpoint"], form, ask.basic(provider.client_id, secret))
    return await ask.post(metadata["token_endpoint"], form | ({"client_secret": secret} if secret else {}))


def _validated(token: str, keys: Any, provider: Provider, attempt: Attempt, access_token: Any) -> CodeIDToken:
    """Check signature, issuer, audience, times and nonce (Core 3.1.3.7). Raises SignInRefused."""
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={"iss": {"value": provider.issuer}, "aud": {"value": provider.client_id}},
            params={"nonce": attempt.nonce, "client_id": provider.client_id, "access_token": access_token},
        )
        claims.validate(leeway=LEEWAY_SECONDS)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise SignInRefused(f"the provider's answer is not valid ({getattr(error, 'error', 'malformed')})") from error
    return claims


def _read(claims: Any) -> Claims:
    texts = {name: value for name in ("sub", "email", "name", "locale") if isinstance(value := claims.get(name), str)}
    if not 0 < len(texts.get("sub", "")) <= LONGEST:
        raise SignInRefused("the provider does not say who this is")
    email = texts.get("email", "").strip().lower()
    if claims.get("email_verified", True) not in (True, "true"):  # many say nothing: the domain is theirs
        raise SignInRefused("the provider says that the mail address is not proven")
    return Claims(subject=texts["sub"], email=email, name=texts.get("name", ""), locale=texts.get("locale", ""))

"""Whose tokens are whose. `t` is the token, `$1` the member who reads or revokes; nobody else may, admins neither.

What a token may do is asked at every request: its member's role and the scopes it was given (actor.ACTOR).
"""

OWN = "t.member_id = $1 AND t.revoked_at IS NULL"
LIVE = "(t.expires_at IS NULL OR t.expires_at > now())"


def can_grant(own: frozenset[str], wanted: set[str]) -> bool:
    """Whether a token with these scopes, or a session, may make one with those."""
    return wanted <= own

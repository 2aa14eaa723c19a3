"""The tokens with which a member's programs act: made, listed, revoked."""

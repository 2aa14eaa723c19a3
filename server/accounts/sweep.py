"""Forget what has run out: sessions, tickets and counted attempts. A sweep."""

from server.access import attempts, sessions
from server.accounts import tickets


async def forget_spent() -> int:
    """Delete what is of no use any more; return how many that were."""
    return await sessions.forget_ended() + await tickets.forget() + await attempts.forget()

"""Who is asking, and what they may: sessions and tokens, CSRF, permissions of routes, idempotency keys."""

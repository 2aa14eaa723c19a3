"""One's own organization: what it is, members, tokens, webhooks, log."""

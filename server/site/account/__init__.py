"""One's own account: sign in and up, second factor, notifications, personal data."""

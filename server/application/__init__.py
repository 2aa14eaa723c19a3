"""The application: what is put together from everything else (composition root)."""

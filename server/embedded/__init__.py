"""Everything with one command: PostgreSQL, Valkey and a mail sink of our own, supervised beside server and worker."""

"""Bringing in owners' lists: read, looked at in a dry run, confirmed, brought in by the worker."""

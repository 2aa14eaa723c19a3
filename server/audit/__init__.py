"""Who did what to which thing, and when: one entry for every change of state, only ever added to, sealed in a chain."""

from server.audit.recording import Change, changes, record, record_all, row

__all__ = ["Change", "changes", "record", "record_all", "row"]

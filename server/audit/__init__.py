"""Who did what to which thing, and when: one entry for every change of state, only ever added to, sealed in a chain."""

from server.audit.recording import Account, Change, changes, record, record_all, row

__all__ = ["Account", "Change", "changes", "record", "record_all", "row"]

"""A booking from request to end: book, approve, decline, propose, move (reschedule), hand over, cancel, expire."""

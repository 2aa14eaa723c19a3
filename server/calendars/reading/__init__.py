"""Calendars as others write them, read tolerantly: whatever is not understood blocks time, or is said by its line."""

"""Holds: time kept for a while, when somebody fills in the form or an offer stands."""

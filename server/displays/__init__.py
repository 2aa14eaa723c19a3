"""Screens on walls and sheets on doors: what is on today at a resource, and checking in there."""

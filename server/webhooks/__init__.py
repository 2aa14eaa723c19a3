"""Webhooks: tell the programs of an organization what happened to its bookings and resources, as Standard Webhooks."""

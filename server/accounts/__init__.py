"""Accounts: how a person signs in and stays signed in."""

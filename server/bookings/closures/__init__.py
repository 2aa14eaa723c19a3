"""Closures: time that the owner takes out."""

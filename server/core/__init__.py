"""What everything stands on: database, errors, spans of time, settings, secrets, text. It knows nothing above it."""

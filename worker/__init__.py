"""The arq worker: sends the notices the server owes."""

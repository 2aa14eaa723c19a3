"""What is owed to people and programs because something changed: notices, account mail, webhook deliveries.

Owed in the transaction of the change (the transactional outbox); the worker sends it.
"""

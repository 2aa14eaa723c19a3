"""What time and things cost: the rules an owner sets, and the one computation that answers "what, and why". Pure."""

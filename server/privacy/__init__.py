"""What is kept of a person: showing it to them, correcting it, erasing it, and keeping it no longer than needed."""

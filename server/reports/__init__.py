"""What owners count and take away: hours, people, tables."""

"""How people want to be told: at once, in a mail a day, or not; in which language, by which clock."""

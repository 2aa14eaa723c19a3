"""The web application of Rongtong: what is shared, who books it, and the calendars it stands in."""

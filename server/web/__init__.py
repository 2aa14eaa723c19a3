"""The pages, and what all of them share."""

"""The tests at other times: the instants, and how they are run there."""

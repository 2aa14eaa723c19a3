"""The wait list: places for time that is taken now, and offers of what becomes free."""

"""Find a resource and book it: search results, the resource, its times, series, several at once, wait list."""

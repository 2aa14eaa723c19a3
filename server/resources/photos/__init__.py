"""The photos of a resource."""

"""What a resource has room for: its snapshot under the lock, occupancy, units, availability, alternatives."""

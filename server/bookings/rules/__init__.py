"""What a booking must keep to, as pure rules: policies, limits, quotas, lead time, audience, approval. Pure."""

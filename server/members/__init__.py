"""Who belongs to an organization: invitations, requests to join, roles, leaving."""

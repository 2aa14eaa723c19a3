"""Mail that is about no booking: to confirm an address, to invite, to reset a password, to tell of a decision."""

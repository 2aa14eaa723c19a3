"""What people call the kinds of resources."""

from server.core.translations import N_

NAMES = {
    "equipment": N_("Equipment"),
    "test_site": N_("Test site"),
    "training_base": N_("Training base"),
    "expert_service": N_("Expert"),
    "technical_service": N_("Technical service"),
    "production_capacity": N_("Production capacity"),
}

# How a booking is confirmed.
CONFIRMATIONS = {"instant": N_("Instant"), "request": N_("By approval")}

# What people call the kinds of organizations.
ORGANIZATIONS = {
    "large_enterprise": N_("Large enterprise"),
    "university": N_("University"),
    "research_institute": N_("Research institute"),
    "public_body": N_("Public body"),
    "sme": N_("Small or medium-sized enterprise"),
}

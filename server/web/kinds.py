"""What people call the kinds of resources."""

from server.web.translations import N_

NAMES = {
    "equipment": N_("Equipment"),
    "test_site": N_("Test site"),
    "training_base": N_("Training base"),
    "expert_service": N_("Expert"),
    "technical_service": N_("Technical service"),
    "production_capacity": N_("Production capacity"),
}

"""What the columns that can be brought in are called, for people."""

from server.core.translations import N_

FIELD_NAMES = {
    "address": N_("Address of the resource"),
    "approval": N_("Approval"),
    "bought": N_("Bought on"),
    "category": N_("Category"),
    "city": N_("City"),
    "contact": N_("Contact"),
    "country": N_("Country"),
    "currency": N_("Currency"),
    "description": N_("Description"),
    "kind": N_("Kind"),
    "manufacturer": N_("Manufacturer"),
    "methods": N_("Methods and standards"),
    "model": N_("Model"),
    "name": N_("Name of the resource"),
    "name_en": N_("Name in English"),
    "notes": N_("Notes"),
    "opening_hours": N_("Opening hours"),
    "owner_kind": N_("Kind of owner"),
    "owner_name": N_("Owner"),
    "price_per_hour": N_("Price per hour"),
    "price_text": N_("Price in words"),
    "price_unit": N_("Unit of the price"),
    "quantity": N_("Number of units"),
    "region_code": N_("Code of the region"),
    "rules": N_("Booking rules"),
    "source_url": N_("Where it comes from"),
    "time_zone": N_("Time zone"),
    "units": N_("Number of units"),
}

"""What the pages of organizations say about what was entered and what was done."""

from server.core.translations import N_

KINDS = {
    "sme": N_("Small or medium-sized enterprise"),
    "large_enterprise": N_("Large enterprise"),
    "university": N_("University"),
    "research_institute": N_("Research institute"),
    "public_body": N_("Public body"),
}
SECTORS = {
    "agriculture": N_("Agriculture, forestry, fishery"),
    "industry": N_("Industry"),
    "wholesale": N_("Wholesale"),
    "retail": N_("Retail"),
    "transport": N_("Transport"),
    "warehousing": N_("Warehousing"),
    "postal": N_("Postal services"),
    "accommodation": N_("Accommodation"),
    "catering": N_("Catering"),
    "information_transmission": N_("Information transmission"),
    "software": N_("Software and information technology services"),
    "property_management": N_("Property management"),
    "construction": N_("Construction"),
    "real_estate": N_("Real estate"),
    "leasing": N_("Leasing and business services"),
    "other": N_("Others"),
}
SIZES = {"large": N_("large"), "medium": N_("medium-sized"), "small": N_("small"), "micro": N_("micro")}
STATES = {
    "pending": N_("waits to be verified"),
    "verified": N_("verified"),
    "rejected": N_("not verified"),
    "suspended": N_("suspended"),
    "merged": N_("merged into another"),
}
DOCUMENTS = {
    "licence": N_("Business licence"),
    "registration": N_("Certificate of registration"),
    "authorization": N_("Letter of authorization"),
    "other": N_("Something else"),
}
FIELDS = {
    "name": N_("Enter the name of the organization as it is registered, with at most 200 characters."),
    "kind": N_("Choose what the organization is."),
    "country": N_("Enter the two capital letters of the country, such as CN."),
    "region_code": N_("Choose one of the regions."),
    "uscc": N_("Enter the unified social credit code: 18 letters and digits, as on the business licence."),
    "registration_number": N_("Enter the number on one line, of at most 200 characters."),
    "staff": N_("Enter how many people work there, in digits."),
    "revenue": N_("Enter the revenue of a year in 10,000 CNY, in digits."),
    "sector": N_("Choose one of the sectors."),
    "file": N_("Choose a PDF, PNG or JPEG file of at most 10 MB that opens without a password."),
    "document": N_("Choose what kind of document it is."),
    "already-signed-up": N_(
        "There is such an organization already, with this name or code. Ask its administrator to invite you."
    ),
}
CHANGE = FIELDS | {"conflict": N_("The operator has verified this. Ask the operator to change it.")}
REGISTER = FIELDS | {
    "conflict": N_("Several organizations of yours wait to be verified. Wait until one of them is."),
    "forbidden": N_("Confirm your mail address first: open the link in the mail that we sent."),
}
KEEP = FIELDS | {"conflict": N_("There are as many documents as there may be. Remove one first.")}
DONE = {
    "registered": N_("Registered. Add your business licence, so that the operator can verify it."),
    "saved": N_("Saved."),
    "added": N_("The document is added."),
    "removed": N_("The document is removed."),
    "asked": N_("Your request was sent. An administrator of the organization decides, and you get a mail."),
}

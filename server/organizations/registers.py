"""What registers call an organization: the unified social credit code in China, any text elsewhere. Pure."""

from stdnum.cn import uscc as codes
from stdnum.exceptions import ValidationError

ENTERPRISES = ("large_enterprise", "sme")


def wrong_with(kind: str, country: str, uscc: str | None) -> tuple[str, str] | None:
    """The field that is wrong and why; None when all is well (docs/decisions/0124)."""
    if country != "CN":
        return None if uscc is None else ("uscc", "only organizations in China have one; use registration_number")
    if uscc is None:
        needed = kind in ENTERPRISES
        return ("uscc", "an enterprise in China has a unified social credit code of 18 characters") if needed else None
    if not is_uscc(uscc):
        return "uscc", "no unified social credit code: a character is wrong (GB 32100)"
    return None


def is_uscc(given: str) -> bool:
    try:
        codes.validate(given)
    except ValidationError:
        return False
    return True


def compact(given: str | None) -> str | None:
    """The code as it is kept: without spaces, in capitals."""
    return None if given is None else codes.compact(given)

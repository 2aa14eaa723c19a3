"""What an exception means that is no refusal: a fault of the request, of the database, or a defect of ours."""

import structlog

from server.core.db import AWAY, BROKEN_OFF, NO_TEXT, TOO_SLOW
from server.core.errors import BusyTryAgain, DomainError, Internal, Invalid

log = structlog.get_logger()


def refusal_for(error: Exception) -> DomainError:
    """Tell how to answer, and log what an operator should know. Of a defect nothing is told."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, UnicodeDecodeError):
        return Invalid("the request is not UTF-8")
    if isinstance(error, NO_TEXT):
        return Invalid("the request has a character that no text has")
    if isinstance(error, RecursionError):  # nothing of ours goes deep but along what was sent
        log.warning("nested too deeply", error=repr(error))
        return Invalid("the request is nested too deeply")
    if isinstance(error, (*BROKEN_OFF, *TOO_SLOW, *AWAY)):
        log.warning("database busy or away", error=repr(error))
        return BusyTryAgain(retry_after=1)
    log.error("unexpected", exc_info=error)
    return Internal()

"""What is mutated, and by whose tests each must be seen."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """Modules, and the tests that must tell when one of them is wrong."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


SUBJECTS = {
    "rules": Subject(("server/bookings/rules/*",), ("tests/bookings/rules",)),
    "claims": Subject(("server/claims/*",), ("tests/claims",)),
    "access": Subject(("server/access/*",), ("tests/access",)),
    "outbox": Subject(("server/outbox/*",), ("tests/outbox",)),
    "outbound": Subject(
        ("server/core/outbound.py", "server/core/addresses.py"),
        ("tests/core/test_outbound.py", "tests/core/test_addresses.py"),
    ),
    "privacy": Subject(("server/privacy/*",), ("tests/privacy",)),
    "recurrence": Subject(("server/core/recurrence.py",), ("tests/core/test_recurrence.py",)),
    "imports": Subject(("server/resources/imports/*",), ("tests/resources/imports",)),
}

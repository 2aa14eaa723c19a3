"""Debian's libical by ctypes: its check against the tables of RFC 5546, and the events that it finds."""

import ctypes
from ctypes import c_char_p, c_int, c_long, c_void_p

from tests.interop.obtain import Event


class Time(ctypes.Structure):
    """icaltimetype of libical 3."""

    _fields_ = [(name, c_int) for name in ("year", "month", "day", "hour", "minute", "second", "date", "daylight")]
    _fields_ += [("zone", c_void_p)]


class Libical:
    """One loaded library."""

    def __init__(self, path: str) -> None:
        self.library = library = ctypes.CDLL(path)
        for name, result, arguments in (
            ("icalparser_parse_string", c_void_p, [c_char_p]),
            ("icalrestriction_check", c_int, [c_void_p]),
            ("icalcomponent_count_errors", c_int, [c_void_p]),
            ("icalcomponent_string_to_kind", c_int, [c_char_p]),
            ("icalcomponent_get_first_component", c_void_p, [c_void_p, c_int]),
            ("icalcomponent_get_next_component", c_void_p, [c_void_p, c_int]),
            ("icalcomponent_get_uid", c_char_p, [c_void_p]),
            ("icalcomponent_get_sequence", c_int, [c_void_p]),
            ("icalcomponent_get_status", c_int, [c_void_p]),
            ("icalproperty_status_to_string", c_char_p, [c_int]),
            ("icalcomponent_get_dtstart", Time, [c_void_p]),
            ("icalcomponent_get_dtend", Time, [c_void_p]),
            ("icaltime_as_timet_with_zone", c_long, [Time, c_void_p]),
            ("icalcomponent_as_ical_string", c_char_p, [c_void_p]),
            ("icalcomponent_free", None, [c_void_p]),
        ):
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments

    def complaints(self, written: bytes) -> list[str]:
        """Parse and check; return what is wrong. An empty list is a pass."""
        parsed = self.library.icalparser_parse_string(written)
        if not parsed:
            return ["no calendar"]
        try:
            passes = self.library.icalrestriction_check(parsed)
            errors = self.library.icalcomponent_count_errors(parsed)
            if passes and not errors:
                return []
            text = self.library.icalcomponent_as_ical_string(parsed).decode()
            return [line for line in text.splitlines() if line.startswith("X-LIC-ERROR")] or ["refused"]
        finally:
            self.library.icalcomponent_free(parsed)

    def events(self, written: bytes) -> list[Event]:
        """Read single events."""
        library = self.library
        parsed = library.icalparser_parse_string(written)
        kind = library.icalcomponent_string_to_kind(b"VEVENT")
        found = []
        event = library.icalcomponent_get_first_component(parsed, kind)
        while event:
            times = library.icalcomponent_get_dtstart(event), library.icalcomponent_get_dtend(event)
            start, end = (library.icaltime_as_timet_with_zone(one, one.zone) for one in times)
            status = library.icalproperty_status_to_string(library.icalcomponent_get_status(event)).decode()
            uid = library.icalcomponent_get_uid(event).decode()
            found.append((uid, library.icalcomponent_get_sequence(event), status, start, end))
            event = library.icalcomponent_get_next_component(parsed, kind)
        library.icalcomponent_free(parsed)
        return found

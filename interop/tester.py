"""Run caldav-server-tester and tell all of its verdicts: its own report leaves out what is as it expects.

As it is it gives up on a server that keeps events only and makes no calendars. Its own words are that such a server
gets the fixtures of tasks skipped; it gets there only where it may make a calendar for them. The two methods that would
make one say here that tasks and journals are not supported, and all else runs.
"""

import atexit
import json
import sys
from typing import Any

from caldav.lib.error import MkcalendarError
from caldav_server_tester import caldav_server_tester, checks
from caldav_server_tester.checks_base import Check

verdicts: dict[str, dict[str, Any]] = {}


def patient(name: str, feature: str, where: str) -> None:
    original = getattr(checks.PrepareCalendar, name)

    def without(self: Any, *args: Any) -> Any:
        try:
            return original(self, *args)
        except MkcalendarError:
            self.set_feature(feature, False)
            setattr(self.checker, where, None)
            return False

    setattr(checks.PrepareCalendar, name, without)


def listening(set_feature: Any) -> Any:
    def listened(self: Any, feature: str, value: Any = True) -> None:
        set_feature(self, feature, value)
        verdicts[feature] = self.checker._features_checked.is_supported(feature, dict)

    return listened


patient("_prepare_task_calendar", "save-load.todo", "tasklist")
patient("_prepare_journal_calendar", "save-load.journal", "journallist")
Check.set_feature = listening(Check.set_feature)
atexit.register(lambda: print("\nVERDICTS", json.dumps(verdicts, default=str)))
sys.exit(caldav_server_tester.check_server_compatibility())

"""The rule of a series as invitations carry it: one that every calendar program can store. Pure.

Outlook takes only some of what RFC 5545 allows (MS-OXCICAL 2.1.3.2.2). All else becomes a weekly rule on the weekdays
that occur, without the days on which nothing is: docs/decisions/0060.
"""

from datetime import date

from msgspec.structs import replace

from server.core.recurrence import Rule, days

EVERY_MONTH_HAS = 28  # days: Outlook takes the 31st for the last day of a shorter month


def pattern(rule: Rule | None, standing: list[date]) -> tuple[Rule, list[date]]:
    """A rule that every program can store, ending with the last of the `standing` days, and its days that are not.

    `standing` are days of `rule`, if there is one, in order.
    """
    first, last = standing[0], standing[-1]
    if rule is None or not is_stored_by_all(rule, first):
        rule = Rule(freq="WEEKLY", weekdays=tuple(sorted({(0, day.weekday()) for day in standing}, key=lambda d: d[1])))
    all_days = list(days(rule, first, last))
    there = set(standing)
    return replace(rule, count=len(all_days), until=None), [day for day in all_days if day not in there]


def is_stored_by_all(rule: Rule, first: date) -> bool:
    """Whether Outlook, too, can store the rule and means the same days by it."""
    by = (rule.months, rule.month_days, rule.weekdays, rule.positions)
    if rule.freq == "WEEKLY":
        return not (rule.months or rule.positions)
    if not any(by):
        return rule.freq == "DAILY" or first.day <= EVERY_MONTH_HAS
    if rule.freq != "MONTHLY" or rule.months or rule.positions:
        return False
    if rule.month_days:
        return not rule.weekdays and len(rule.month_days) == 1 and 1 <= rule.month_days[0] <= EVERY_MONTH_HAS
    return len(rule.weekdays) == 1 and rule.weekdays[0][0] in (1, 2, 3, 4, -1)

"""When a client's VAT return is due: without the bank's lines of the month it cannot be made. Pure."""

from datetime import date, timedelta

NEAR = timedelta(days=10)
"""So long before it is due, a bank that brings nothing is more urgent than any other."""


def next_return(day: int | None, today: date) -> date | None:
    """The next day of the month on which it is due, today included; the last of a shorter month."""
    if day is None:
        return None
    ahead = (today + timedelta(days=number) for number in range(62))
    return next(each for each in ahead if each.day == day or (each.day < day and is_last(each)))


def is_last(day: date) -> bool:
    """The last day of its month."""
    return (day + timedelta(days=1)).day == 1


def near_days(today: date) -> list[int]:
    """The days of the month of those whose return is due soon."""
    return [day for day in range(1, 32) if (due := next_return(day, today)) is not None and due - today <= NEAR]

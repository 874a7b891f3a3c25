"""Names of accounting periods, and the days on which they ended."""

import re

import pandas as pd

__all__ = ["period_end"]

_FORMS = (
    (re.compile(r"(\d{4})-(\d{2})-(\d{2})(?: 00:00:00)?"), "D"),
    (re.compile(r"(\d{4})-(\d{2})"), "M"),
    (re.compile(r"(?:FY ?)?(\d{4})"), "Y"),
    (re.compile(r"(\d{4}) ?Q([1-4])"), "Q"),
    (re.compile(r"Q([1-4]) ?(\d{4})"), "Q back"),
)


def period_end(name: str) -> pd.Timestamp | None:
    """The day on which a period ended by its name; ``None`` where it names none.

    Understands 2022-12-31, 2022-12, 2022, FY 2022, 2022 Q4 and Q4 2022.
    """
    for form, kind in _FORMS:
        found = form.fullmatch(name.strip())
        if found:
            text = {"D": "{0}-{1}-{2}", "M": "{0}-{1}", "Y": "{0}", "Q": "{0}Q{1}", "Q back": "{1}Q{0}"}[kind]
            return _day(text.format(*found.groups()), kind[0])
    return None


def _day(text: str, frequency: str) -> pd.Timestamp | None:
    try:
        return pd.Period(text, freq=frequency).end_time.normalize()
    except ValueError:  # the 31st of a month with 30 days
        return None

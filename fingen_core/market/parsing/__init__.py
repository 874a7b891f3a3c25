"""Numbers and dates as people and programs write them."""

from fingen_core.market.parsing.dates import DATE_FORMS, DateForm, find_date_form, to_dates
from fingen_core.market.parsing.numbers import decimal_mark, to_numbers

__all__ = ["DATE_FORMS", "DateForm", "decimal_mark", "find_date_form", "to_dates", "to_numbers"]

"""Numbers of securities: ISIN, CUSIP and SEDOL by their check digits, WKN by its form."""

import re

__all__ = ["code_kind", "is_isin"]

_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}\d")
_CUSIP = re.compile(r"[A-Z0-9]{8}\d")
_SEDOL = re.compile(r"[B-DF-HJ-NP-TV-Z0-9]{6}\d")
_WKN = re.compile(r"(?=.*\d)[A-HJ-NP-Z0-9]{6}")
_SEDOL_WEIGHTS = (1, 3, 1, 7, 3, 9, 1)


def is_isin(text: str) -> bool:
    """Whether a text is an ISIN: its form, and its check digit (Luhn over letters as two digits)."""
    code = text.strip().upper()
    if not _ISIN.fullmatch(code):
        return False
    digits = "".join(str(int(letter, 36)) for letter in code)
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def code_kind(text: str) -> str:
    """ "ISIN", "CUSIP", "SEDOL" or "WKN" where a text is one; else empty.

    A WKN has no check digit: six letters and digits with a digit among them, which no ticker looks like.
    """
    code = text.strip().upper()
    if is_isin(code):
        return "ISIN"
    if _CUSIP.fullmatch(code) and any(letter.isdigit() for letter in code[:3]) and _cusip_holds(code):
        return "CUSIP"
    if _SEDOL.fullmatch(code) and any(letter.isdigit() for letter in code[:6]) and _sedol_holds(code):
        return "SEDOL"
    return "WKN" if _WKN.fullmatch(code) and sum(letter.isdigit() for letter in code) >= 3 else ""


def _cusip_holds(code: str) -> bool:
    doubled = [int(letter, 36) * (1 + place % 2) for place, letter in enumerate(code[:8])]
    return (10 - sum(number // 10 + number % 10 for number in doubled) % 10) % 10 == int(code[8])


def _sedol_holds(code: str) -> bool:
    return sum(int(letter, 36) * weight for letter, weight in zip(code, _SEDOL_WEIGHTS, strict=True)) % 10 == 0

"""Names of months and of week days in the languages that exports come in."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

__all__ = ["bare", "month_of"]

_NAMES = (
    # English, German, French, Spanish, Italian, Portuguese, Dutch, Polish and Czech (both in two cases)
    "january jan januar janner janvier janv enero ene gennaio gen janeiro januari styczen stycznia sty leden ledna led",
    "february feb februar fevrier fevr fev febrero febbraio fevereiro februari luty lutego lut unor unora uno",
    "march mar marz mrz maerz mars marzo marco maart mrt marzec marca brezen brezna bre",
    "april apr avril avr abril abr aprile kwiecien kwietnia kwi duben dubna dub",
    "may mai mayo maggio mag maio mei maj maja kveten kvetna kve",
    "june jun juni juin junio giugno giu junho czerwiec czerwca cze cerven cervna cvn",
    "july jul juli juillet juil julio luglio lug julho lipiec lipca lip cervenec cervence cvc",
    "august aug aout aou agosto ago augustus sierpien sierpnia sie srpen srpna srp",
    "september sep sept septembre septiembre settembre set setembro wrzesien wrzesnia wrz zari zar",
    "october oct oktober okt octobre octubre ottobre ott outubro out pazdziernik pazdziernika paz rijen rijna rij",
    "november nov novembre noviembre novembro listopad listopada lis listopadu",
    "december dec dezember dez decembre decemb diciembre dic dicembre dezembro grudzien grudnia gru prosinec "
    "prosince pro",
)
_OTHER_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ß": "ss", "ø": "o", "đ": "d"})


def bare(text: str) -> str:
    """Small letters without accents: "März" is "marz"."""
    plain = unicodedata.normalize("NFKD", text.translate(_OTHER_LETTERS))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


_MONTHS: Mapping[str, int] = MappingProxyType(
    {bare(name): number for number, names in enumerate(_NAMES, 1) for name in names.split()}
)


@cache
def month_of(name: str) -> int:
    """1 to 12 by a name of the month or its usual abbreviation; 0 where it is none.

    Letters that were read in the wrong encoding ("bøezna" for "března") count as unknown.
    """
    return _MONTHS.get(bare(name).rstrip("."), 0) or _garbled(name.lower())


def _garbled(name: str) -> int:
    """The one month whose name has the plain letters of a word at their places."""
    if name.isascii() or not any(map(str.isascii, name)):
        return 0
    pattern = re.compile("".join(re.escape(letter) if letter.isascii() else "." for letter in name))
    found = {month for known, month in _MONTHS.items() if pattern.fullmatch(known)}
    return found.pop() if len(found) == 1 else 0

"""What the columns of a block mean: by their names, and by what stands in them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from fingen_core.portfolio.holdings.codes import is_isin
from fingen_core.portfolio.holdings.entries import KINDS, Kind
from fingen_core.portfolio.holdings.lines import Line
from fingen_core.portfolio.holdings.numbers import is_missing, looks_like_number
from fingen_core.portfolio.holdings.words import CODES, meanings, money_of, plain, times_in

__all__ = ["NUMERIC", "Columns", "at", "by_contents", "by_names", "is_header"]

NUMERIC = ("quantity", "value", "price", "cost", "weight")
_IDENTITY = ("symbol", "isin", "code", "instrument", "name")
_STRONG = re.compile(
    r"mar?ke?t val|mkt val|marktwert|kurswert|marktwaarde|valeur de marche|valor de mercado|cur(rent)? val|"
    r"controvalore|valore di mercato|position val|present val"
)
_WEAK = re.compile(r"amount|balance|saldo|solde|\btotal$|exposure|notional")
_LOCAL = re.compile(r"local|lokal|locale?")


@dataclass
class Columns:
    """Places of columns by meaning, and what their names say beside it.

    Attributes
    ----------
    at : dict
        Place by meaning: symbol, code (an ISIN or another number), name, quantity, value, price, cost, weight,
        currency, class, exchange, side.
    money : dict
        Currency that the name of a column says, by meaning.
    times : float
        What values are to be multiplied by, as of a name that says thousands.
    percent : bool
        Whether the name of the weights says percent.
    signs : bool
        Whether percent signs stand in the lines.
    open : tuple of int
        Columns of numbers whose names say nothing.
    numeric : tuple of int
        All columns of numbers but gains, costs and the like.
    named : bool
        Whether a header names them.
    unsure : bool
        Whether the only name for how much may mean a value and a quantity, as "Amount" does.
    assumed : bool
        Whether nothing but what somebody said of the whole list tells what the numbers are.
    """

    at: dict[str, int]
    money: dict[str, str] = field(default_factory=dict)
    times: float = 1.0
    percent: bool = False
    signs: bool = False
    open: tuple[int, ...] = ()
    numeric: tuple[int, ...] = ()
    named: bool = True
    unsure: bool = False
    assumed: bool = False

    @property
    def kinds(self) -> list[Kind]:
        """What the columns tell how much is held by."""
        return [kind for kind in KINDS if kind in self.at]


def at(line: Line, place: int | None) -> str:
    """A cell of a line; empty where the line is too short or the column is not there."""
    return line.cells[place] if place is not None and place < len(line.cells) else ""


def is_header(line: Line) -> bool:
    """Whether a line names columns: who, and how much; and no number stands in it."""
    if any(looks_like_number(cell) and re.search(r"\d", cell) for cell in line.cells):
        return False
    named = [set(meanings(cell)) for cell in line.cells if len(cell) <= 60]
    found = set().union(*named) if named else set()
    who = any(one & set(_IDENTITY) for one in named) or "currency" in found
    much = [one for one in named if one & {"quantity", "value", "weight", "price", "cost"}]
    apart = sum(bool(one) for one in named) >= 2
    return who and bool(much) and apart and len(line.filled) <= 4 * max(1, sum(bool(one) for one in named))


def by_names(header: Line, rows: Sequence[Line], is_asset: Callable[[str], bool]) -> Columns:
    """Columns of a block with a header; where it names none for who is held, assets of the market tell."""
    width = max([len(header.cells), *(len(row.cells) for row in rows)])
    contents = [_contents([at(row, place) for row in rows]) for place in range(width)]
    told = [_meaning(at(header, place), contents[place]) for place in range(width)]
    _pass_on(header, told, contents)
    found = Columns(at={})
    for meaning in ("quantity", "value", "price", "cost", "weight", "currency", "class", "exchange", "side"):
        places = [place for place, one in enumerate(told) if one == meaning]
        if places:
            best = max(
                places, key=lambda place: (_fits(meaning, contents[place]), _rank(meaning, at(header, place)), -place)
            )
            found.at[meaning] = best
            found.money[meaning] = money_of(at(header, best))
    found.times = times_in(at(header, found.at["value"])) if "value" in found.at else 1.0
    _take_second_meanings(found, header, told, contents)
    _identify(found, told, contents)
    if not {"symbol", "code", "name"} & set(found.at):
        found.at["symbol"] = _place_of_assets(rows, contents, is_asset)
    found.percent = "weight" in found.at and bool(
        re.search(r"%|percent|prozent|procent|pourcent|porcent|\bpct\b", at(header, found.at["weight"]).lower())
    )
    _doubt(found, header, told)
    found.open = tuple(place for place, one in enumerate(told) if not one and contents[place] == "number")
    found.numeric = tuple(
        place for place, one in enumerate(told) if one not in ("other", "cost") and contents[place] == "number"
    )
    return found


def by_contents(rows: Sequence[Line], is_asset: Callable[[str], bool]) -> Columns:
    """Columns of lines without a header: the name, numbers whose meaning is open, a currency.

    ``is_asset`` knows the market's assets: a column of them is that of the symbols, even where they are numbers.
    """
    width = max((len(row.cells) for row in rows), default=0)
    contents = [_contents([at(row, place) for row in rows]) for place in range(width)]
    numbers = [place for place, one in enumerate(contents) if one == "number"]
    texts = [place for place, one in enumerate(contents) if one in ("text", "currency", "isin")]
    first = _place_of_assets(rows, contents, is_asset)
    found = Columns(at={"symbol": first})
    numbers = [place for place in numbers if place != first]
    for place in texts:
        if contents[place] == "currency" and place != first:
            found.at.setdefault("currency", place)
        elif contents[place] == "isin":
            found.at.setdefault("code", place)
        elif place != first:
            found.at.setdefault("name", place)
    if "currency" not in found.at and numbers and numbers[-1] + 1 < width and "name" not in found.at:
        found.at["currency"] = numbers[-1] + 1
    if found.at.get("name", -1) > max(numbers, default=width):
        found.at["currency"] = found.at.pop("name")  # what stands behind the numbers is said to be one
    found.open = found.numeric = tuple(numbers)
    found.named = False
    return found


def _place_of_assets(rows: Sequence[Line], contents: Sequence[str], is_asset: Callable[[str], bool]) -> int:
    """The column with most assets of the market, else the first of words."""
    assets = [sum(is_asset(at(row, place)) for row in rows) for place in range(len(contents))]
    return int(np.argmax(assets)) if any(assets) else next((at for at, one in enumerate(contents) if one == "text"), 0)


def _fits(meaning: str, contents: str) -> bool:
    return meaning != "currency" or contents == "currency"


def _take_second_meanings(found: Columns, header: Line, told: list[str], contents: Sequence[str]) -> None:
    """What a column may mean beside a better one: "Amount" is a quantity next to a value."""
    for place, one in enumerate(told):
        second = one == "value" and place != found.at["value"] and "quantity" in meanings(at(header, place))
        if second and "quantity" not in found.at:
            told[place], found.at["quantity"] = "quantity", place
        elif one == "currency" and place != found.at["currency"] and contents[place] == "text":
            told[place] = "name"


def _doubt(found: Columns, header: Line, told: list[str]) -> None:
    """An "Amount" without a quantity or another value beside it is a value or a quantity."""
    place = found.at.get("value")
    if place is None or {"quantity", "price"} & set(found.at) or not set(_IDENTITY) & set(told):
        return
    if (
        "quantity" in meanings(at(header, place))
        and not found.money.get("value")
        and _WEAK.search(plain(at(header, place)))
    ):
        del found.at["value"]
        told[place], found.unsure = "", True


def _contents(cells: Sequence[str]) -> str:
    """What most of the filled cells of a column are: "number", "isin", "currency", "text"; empty if none is filled."""
    filled = [cell for cell in cells if not is_missing(cell)]
    if not filled:
        return ""
    most = len(filled) / 2
    for kind, test in (("number", looks_like_number), ("isin", is_isin), ("currency", _is_code)):
        if sum(map(test, filled)) >= most:
            return kind
    return "text"


def _is_code(cell: str) -> bool:
    return cell.upper() in CODES or cell in ("GBp", "GBX", "ZAc")


def _meaning(name: str, contents: str) -> str:
    """The first meaning of a name that its contents allow."""
    for meaning in meanings(name):
        if meaning in NUMERIC and contents in ("number", ""):
            return meaning
        if meaning in NUMERIC and contents == "currency":
            return "currency"
        if meaning == "symbol" and contents == "isin":
            return "isin"
        if meaning not in NUMERIC and (contents != "number" or meaning in ("other", "code", "symbol")):
            return meaning
    return ""


def _pass_on(header: Line, told: list[str], contents: Sequence[str]) -> None:
    """A name above two columns, a currency and its amount, is that of both."""
    for place in range(len(told) - 1):
        names = meanings(at(header, place))
        if contents[place] == "currency" and names and names[0] in NUMERIC and not at(header, place + 1):
            told[place + 1] = names[0] if contents[place + 1] == "number" else told[place + 1]


def _rank(meaning: str, name: str) -> int:
    """How sure a name is among those of one meaning."""
    words = plain(name)
    if meaning == "currency":
        return 0 if re.search(r"market|price|quot|handel", words) else 1
    if meaning == "value":
        if _WEAK.search(words):
            return 0
        return 1 + 2 * bool(_STRONG.search(words)) + bool(money_of(name)) - bool(_LOCAL.search(words))
    if meaning == "quantity":
        return 0 if _WEAK.search(words) else 1
    return 0


def _identify(found: Columns, told: Sequence[str], contents: Sequence[str]) -> None:
    """The column of symbols, and beside it those of codes and names."""
    places = {meaning: [place for place, one in enumerate(told) if one == meaning] for meaning in _IDENTITY}
    filled = {meaning: [place for place in of if contents[place]] or of for meaning, of in places.items()}
    order = filled["symbol"] + filled["instrument"]
    if order:
        found.at["symbol"] = order[0]
    for meaning, among in (("code", filled["isin"] + filled["code"]), ("name", filled["name"] + order[1:])):
        if among:
            found.at[meaning] = among[0]
    if "symbol" not in found.at and "name" not in found.at and "code" not in found.at and "currency" in found.at:
        found.at["name"] = found.at["currency"]

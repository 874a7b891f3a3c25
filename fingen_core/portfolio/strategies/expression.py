"""Own rules in one line, read by a small parser: ``weight = 1 if price > mean(price, 200) else 0``.

The line gives a weight for each asset as a multiple of its share in the portfolio: 1 holds it as it is, 0 is cash.
Only what is listed in ``WORDS`` exists. The text is taken apart into a tree, each part of which is checked and turned
into a function of what is known at the close; nothing of it is ever executed as Python.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import numpy as np

from fingen_core.errors import InvalidInput
from fingen_core.portfolio.strategies.past import Past
from fingen_core.portfolio.strategies.rule import Rule
from fingen_core.types import Array

__all__ = ["EXAMPLES", "WORDS", "OwnRule"]

WORDS: dict[str, str] = {
    "price": "price of the asset at the close",
    "drawdown": "share that the rule has lost since its highest close of the last year",
    "mean(price, n)": "mean of the last n closes",
    "std(price, n)": "standard deviation of the last n closes",
    "highest(price, n)": "highest of the last n closes",
    "lowest(price, n)": "lowest of the last n closes",
    "change(n)": "return over the last n days; 0.1 is 10 %",
    "volatility(n)": "volatility of the last n days, a year",
    "rank(x)": "1 for the asset whose x is highest, 2 for the next",
    "min(x, y)": "the smaller of two values",
    "max(x, y)": "the larger of two values",
    "sqrt(x)": "square root",
    "abs(x)": "x without its sign",
}
"""What an own rule may use, with what it means; besides numbers, + - * /, comparisons, and, or, not, and if-else."""

EXAMPLES = (
    "weight = 1 if price > mean(price, 200) else 0",
    "weight = 1 if rank(change(126)) <= 5 else 0",
    "weight = min(0.2 / volatility(42), 1.5)",
    "weight = 0.3 if drawdown > 0.1 else 1",
)

_Part: TypeAlias = Callable[[Past], Any]
_MOST_DAYS, _MOST_LETTERS, _MOST_PARTS, _MOST_WEIGHT = 504, 400, 120, 3.0
_WINDOWS: dict[str, Callable[[Past, int], Array]] = {
    "mean": lambda past, days: past.mean(days),
    "std": lambda past, days: past.deviation(days),
    "highest": lambda past, days: past.window(days).max(axis=0),
    "lowest": lambda past, days: past.window(days).min(axis=0),
}
_LENGTHS: dict[str, Callable[[Past, int], Array]] = {
    "change": lambda past, days: past.change(days),
    "volatility": lambda past, days: past.volatility(days),
}
_MATHS: dict[str, tuple[int, Callable[..., Any]]] = {
    "min": (2, np.minimum),
    "max": (2, np.maximum),
    "sqrt": (1, np.sqrt),
    "abs": (1, np.abs),
}
_FORMER = {"deviation": "std", "smaller": "min", "larger": "max", "root": "sqrt", "size": "abs"}
"""Words of rules that were written before these had their usual names; still read."""
_ARITHMETIC: dict[type[ast.operator], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[..., Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}


@dataclass(frozen=True, kw_only=True)
class OwnRule(Rule):
    """A rule written by a person.

    Parameters
    ----------
    text : str
        One line: ``weight = `` and an expression, or the expression alone.

    Raises
    ------
    InvalidInput
        If it uses anything that is not in ``WORDS``; the message names the place, what is wrong and the remedy.
    """

    name: ClassVar[str] = "own"
    label: ClassVar[str] = "Own rule"
    explain: ClassVar[str] = "A rule in one line: the weight of each asset as a multiple of its share in the portfolio."
    text: str = EXAMPLES[0]
    _rule: _Part = field(init=False, repr=False, compare=False)
    _days: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        reader = _Reader(self.text)
        object.__setattr__(self, "_rule", reader.read())
        object.__setattr__(self, "_days", reader.days)

    @property
    def lookback(self) -> int:
        return self._days

    def told(self) -> str:
        return self.text.strip()

    def weights(self, past: Past) -> Array:
        with np.errstate(all="ignore"):  # what is no number is refused below, with the day and a remedy
            multiple = np.broadcast_to(np.asarray(self._rule(past), dtype=float), (past.n_paths, past.n_assets))
        if (np.abs(multiple) > _MOST_WEIGHT).any():
            worst = float(multiple.flat[int(np.argmax(np.abs(multiple)))])
            raise InvalidInput(
                f"the rule gives a weight of {worst:.3g} on day {past.day}: weights are multiples of an asset's share "
                f"and stay within {_MOST_WEIGHT:g}; write min(..., 1) around it"
            )
        return np.asarray(multiple * past.base)


class _Reader:
    """Turns one line into a function of the past, and notes how far it looks back."""

    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self._parts = 0
        self.days = 0

    def read(self) -> _Part:
        if not self._text:
            raise InvalidInput(f"the rule is empty: write one line, for instance {EXAMPLES[0]}")
        if len(self._text) > _MOST_LETTERS:
            raise InvalidInput(f"the rule has {len(self._text)} letters: at most {_MOST_LETTERS} are read, shorten it")
        try:
            lines = ast.parse(self._text).body
        except SyntaxError as error:
            raise InvalidInput(
                f"the rule cannot be read at letter {error.offset or 1} ({error.msg}): compare with {EXAMPLES[0]}"
            ) from None
        except (ValueError, MemoryError, RecursionError):
            raise InvalidInput(
                f"the rule holds a sign that cannot be read, or is nested too deeply: compare with {EXAMPLES[0]}"
            ) from None
        if len(lines) != 1:
            raise InvalidInput(f"the rule has {len(lines)} statements: write one expression, choices with if and else")
        return self._part(self._value(lines[0]))

    def _value(self, line: ast.stmt) -> ast.expr:
        if isinstance(line, ast.Expr):
            return line.value
        if isinstance(line, ast.Assign) and [ast.unparse(target) for target in line.targets] == ["weight"]:
            return line.value
        raise self._wrong(line, "only weight = ... can be set", "begin the rule with weight =")

    def _part(self, node: ast.expr) -> _Part:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise self._wrong(node, f"more than {_MOST_PARTS} parts", "shorten the rule")
        kinds: dict[type[ast.expr], Callable[[Any], _Part]] = {
            ast.Constant: self._number,
            ast.Name: self._name,
            ast.Call: self._call,
            ast.BinOp: self._arithmetic,
            ast.UnaryOp: self._sign,
            ast.Compare: self._comparison,
            ast.BoolOp: self._logic,
            ast.IfExp: self._choice,
        }
        if type(node) not in kinds:
            raise self._wrong(node, "this is not part of the language", "use what is in the list of words")
        return kinds[type(node)](node)

    def _number(self, node: ast.Constant) -> _Part:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(node, f"{str(value)[:20]!r} is not a number", "use numbers like 0.1 or 200")
        if abs(value) > 1e12:
            raise self._wrong(node, "the number is too large", "use numbers up to a trillion")
        number = float(value)
        return lambda _: number

    def _name(self, node: ast.Name) -> _Part:
        if node.id == "price":
            return lambda past: past.price()
        if node.id == "drawdown":
            return lambda past: past.drawdown(past.year)[:, None]
        raise self._wrong(
            node, f"{node.id[:20]} is not known here", "use price, drawdown or a function from the list of words"
        )

    def _call(self, node: ast.Call) -> _Part:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        name = _FORMER.get(name, name)
        known = {**_WINDOWS, **_LENGTHS, **_MATHS}
        if name not in known or node.keywords:
            said = ", ".join(sorted(known))
            raise self._wrong(node, f"{name[:20] or 'this'} is not a function here", f"choose from {said}")
        if name in _WINDOWS:
            self._arguments(node, name, 2)
            first = node.args[0]
            if not (isinstance(first, ast.Name) and first.id == "price"):
                raise self._wrong(first, f"{name} takes the price", f"write {name}(price, 20)")
            return self._over(_WINDOWS[name], self._length(node.args[1], name), name in {"mean", "std"})
        if name in _LENGTHS:
            self._arguments(node, name, 1)
            return self._over(_LENGTHS[name], self._length(node.args[0], name), True)
        count, compute = _MATHS[name]
        self._arguments(node, name, count)
        parts = [self._part(argument) for argument in node.args]
        return lambda past: compute(*(_whole(part(past), past) if name == "rank" else part(past) for part in parts))

    def _over(self, compute: Callable[[Past, int], Array], days: int, before: bool) -> _Part:
        self.days = max(self.days, days if before else days - 1)
        return lambda past: compute(past, days)

    def _arguments(self, node: ast.Call, name: str, count: int) -> None:
        if len(node.args) != count or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._wrong(
                node, f"{name} has {len(node.args)} {'value' if len(node.args) == 1 else 'values'}", f"give it {count}"
            )

    def _length(self, node: ast.expr, name: str) -> int:
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_DAYS:
            raise self._wrong(node, f"{name} needs a number of days", f"write a whole number from 1 to {_MOST_DAYS}")
        return value

    def _arithmetic(self, node: ast.BinOp) -> _Part:
        compute = _ARITHMETIC.get(type(node.op))
        if compute is None:
            raise self._wrong(node, "this operation is not known", "use +, -, * or /")
        left, right = self._part(node.left), self._part(node.right)
        return lambda past: compute(left(past), right(past))

    def _sign(self, node: ast.UnaryOp) -> _Part:
        part = self._part(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda past: np.logical_not(part(past))
        if isinstance(node.op, ast.USub):
            return lambda past: -np.asarray(part(past), dtype=float)
        if isinstance(node.op, ast.UAdd):
            return part
        raise self._wrong(node, "this sign is not known", "use - or not")

    def _comparison(self, node: ast.Compare) -> _Part:
        wrong = [operator for operator in node.ops if type(operator) not in _COMPARISONS]
        if wrong:
            raise self._wrong(node, "this comparison is not known", "use <, <=, >, >=, == or !=")
        parts = [self._part(part) for part in (node.left, *node.comparators)]
        compare = [_COMPARISONS[type(operator)] for operator in node.ops]

        def all_hold(past: Past) -> Any:
            values = [part(past) for part in parts]
            pairs = zip(compare, values[:-1], values[1:], strict=True)
            return np.logical_and.reduce(np.broadcast_arrays(*(one(left, right) for one, left, right in pairs)))

        return all_hold

    def _logic(self, node: ast.BoolOp) -> _Part:
        join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        parts = [self._part(part) for part in node.values]
        return lambda past: join.reduce(np.broadcast_arrays(*(np.asarray(part(past)) for part in parts)))

    def _choice(self, node: ast.IfExp) -> _Part:
        test, then, other = self._part(node.test), self._part(node.body), self._part(node.orelse)
        return lambda past: np.where(test(past), then(past), other(past))

    def _wrong(self, node: ast.stmt | ast.expr, what: str, remedy: str) -> InvalidInput:
        at = node.col_offset
        shown = ast.get_source_segment(self._text, node) or ""
        return InvalidInput(f"the rule, at letter {at + 1}, {shown[:40]!r}: {what}; {remedy}")


def _whole(values: Any, past: Past) -> Array:
    return np.broadcast_to(np.asarray(values, dtype=float), (past.n_paths, past.n_assets))


def _rank(values: Array) -> Array:
    """1 for the highest of each row; equal values rank in the order of the assets."""
    order = np.argsort(-values, axis=1, kind="stable")
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(1.0, values.shape[1] + 1), values.shape), axis=1)
    return ranks


_MATHS["rank"] = (1, _rank)

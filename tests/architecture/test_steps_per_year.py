"""How many steps make a year is said once, and measured by whoever needs it."""

import ast

from fingen_core.market.step import TRADING_DAYS
from tests.architecture.source import at, module_name, python_files, tree

HERE = "fingen_core.market.step"
YEARLY = ("steps_per_year", "per_year", "year", "step", "block_days", "market_step")


def shipped():
    return [path for path in python_files() if module_name(path).split(".")[0] != "benchmarks"]


def test_the_trading_days_of_a_year_are_written_once():
    wrong = [
        at(path, node.lineno)
        for path in shipped()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and node.value == TRADING_DAYS and type(node.value) is int
    ]
    assert [place.partition(":")[0] for place in wrong] == ["fingen_core/market/step.py"], wrong


def defaults(node: ast.FunctionDef | ast.AsyncFunctionDef):
    """(parameter, its default) of a function."""
    named = node.args.posonlyargs + node.args.args
    yield from zip(named[len(named) - len(node.args.defaults) :], node.args.defaults, strict=True)
    yield from ((arg, value) for arg, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if value)


def test_nobody_assumes_what_a_year_or_a_step_is():
    wrong = [
        f"{at(path, node.lineno)}: {arg.arg} of {node.name}"
        for path in shipped()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for arg, value in defaults(node)
        if arg.arg in YEARLY and not (isinstance(value, ast.Constant) and value.value is None)
    ]
    assert not wrong, f"say the step of the market: {wrong}"


def test_fields_have_no_steps_per_year_of_their_own():
    wrong = [
        f"{at(path, node.lineno)}: {node.target.id}"
        for path in shipped()
        if module_name(path) != HERE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        if node.value is not None and "per_year" in node.target.id.lower()
    ]
    assert not wrong, wrong

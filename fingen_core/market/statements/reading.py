"""Statements from a file: which companies, in what unit, what was left out, and what has to be asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.statements.amounts import (
    SHARES,
    Offer,
    Scale,
    marks,
    read_amounts,
    scale_of,
    shares_unit,
    split,
)
from fingen_core.market.statements.assembly import assemble
from fingen_core.market.statements.items import item_of
from fingen_core.market.statements.layout import lay_out
from fingen_core.market.statements.period_names import named_periods
from fingen_core.market.statements.sheet import Lain
from fingen_core.market.statements.statements import Statements
from fingen_core.market.statements.units import UNITS, currency_in, factor_of, without
from fingen_core.market.tables import Cells, read_sheets

__all__ = ["StatementsFile", "read_statements", "understand_statements"]

_MANY = 300
"""Companies of a file that are all kept, whatever market they belong to."""

_NATIVE = (
    "bilanzsumme",
    "umsatz",
    "eigenkapital",
    "aktiva",
    "verbindlichkeiten",
    "chiffre d",
    "actif",
    "mio.",
    "tsd",
    "mrd",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class StatementsFile:
    """What a file of statements says.

    Attributes
    ----------
    name : str
        Its name.
    companies : mapping
        Statements by company, in millions; empty while there is a question.
    unit, why : str
        What the amounts are counted in, and how that is known.
    shares : str
        What shares are counted in; empty where their own words say or there are none.
    told : tuple of str
        What was left out, taken or turned, a sentence each.
    question : str
        What a person has to choose before the file can be used; empty where nothing is open.
    offers : tuple of Offer
        The units between which to choose, with what comes out of each.
    shares_offers : tuple of str
        The same of shares.
    headings : tuple of str
        Lines of a single cell above the tables, as they stand: often whose statements they are.
    """

    name: str
    companies: Mapping[str, Statements]
    unit: str
    why: str = ""
    shares: str = ""
    told: tuple[str, ...] = ()
    question: str = ""
    offers: tuple[Offer, ...] = ()
    shares_offers: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()

    def settled(self) -> Mapping[str, Statements]:
        """The companies.

        Raises
        ------
        InvalidInput
            If a question is open; it says what may be answered.
        """
        if self.question:
            raise InvalidInput(self.question)
        return self.companies


def read_statements(
    data: bytes,
    name: str,
    ticker: str = "",
    tickers: Iterable[str] = (),
    *,
    unit: str = "",
    shares: str = "",
    decimal: str = "",
) -> StatementsFile:
    """Statements from the bytes of a file; all sheets of a workbook that hold items are read.

    Parameters
    ----------
    data, name
        The file.
    ticker : str
        Whose statements they are where the file names no company.
    tickers : strings
        How companies are called; others are called in capitals.
    unit, shares : str
        What amounts and shares are counted in, of ``UNITS``, where a person has said so.
    decimal : str
        The decimal mark, likewise.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or holds no statements, or contradicts itself.
    """
    return understand_statements(read_sheets(data, name), ticker, tickers, unit=unit, shares=shares, decimal=decimal)


def understand_statements(
    sheets: Sequence[Cells],
    ticker: str = "",
    tickers: Iterable[str] = (),
    *,
    unit: str = "",
    shares: str = "",
    decimal: str = "",
) -> StatementsFile:
    """Statements from the cells of a file; see :func:`read_statements`."""
    file = sheets[0].file
    lain, told = _laid_out(sheets)
    titles = [title for one in lain for title in one.titles]
    facts = pd.concat([one.facts for one in lain], ignore_index=True)
    facts, more = _known(facts, file)
    wanted = tuple(tickers)
    facts["company"] = _companies(facts, ticker, wanted, file, any(one.names_companies for one in lain))
    facts, others = _of_the_market(facts, wanted)
    more += others
    currency, own, said = _currency(facts, titles, file)
    facts = split(facts)
    admitted = (decimal,) if decimal else marks(facts["text"], sheets[0].separator, _is_native(titles, facts["label"]))
    scale = scale_of(facts, admitted, titles, currency, file, unit)
    told += [*more, *said]
    if scale.offers:
        return _asking(file, scale, told)
    facts["value"] = read_amounts(facts, scale.decimal, file)
    answer = _answered(facts, scale, titles, currency, shares, file, told)
    companies = {name: replace(one, currency=own.get(name, currency)) for name, one in answer.companies.items()}
    return replace(answer, companies=companies, headings=_headings(sheets))


def _headings(sheets: Sequence[Cells]) -> tuple[str, ...]:
    """What stands alone in its row, above the first row of several cells."""
    found: list[str] = []
    for sheet in sheets:
        for _, row in sheet.frame.iterrows():
            filled = [text for cell in row if pd.notna(cell) and (text := str(cell).strip())]
            if len(filled) > 1:
                break
            found += filled
    return tuple(found)


def _laid_out(sheets: Sequence[Cells]) -> tuple[list[Lain], list[str]]:
    """Every sheet that holds items; the others are told."""
    found, problems = [], []
    told = list(dict.fromkeys(sentence for sheet in sheets for sentence in sheet.told))
    for sheet in sheets:
        try:
            found.append(lay_out(sheet))
        except InvalidInput as problem:
            problems.append(problem)
            told += [f"Sheet {sheet.sheet} left out: {problem}"] * (len(sheets) > 1)
    if not found:
        raise problems[0]
    return found, told + [sentence for one in found for sentence in one.told]


def _known(facts: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[str]]:
    """Facts of known items in periods that are kept, with ``item``, ``key``, ``name`` and ``months``; what is left."""
    items = {label: item_of(without(label)) for label in facts["label"].unique()}
    named = named_periods(list(facts["period"].unique()))
    facts["item"] = facts["label"].map(items)
    facts["name"] = facts["period"].map(lambda period: named[period].name)
    facts["end"] = pd.Series([named[period].end for period in facts["period"]], facts.index, dtype=object)
    facts["months"] = facts["period"].map(lambda period: named[period].months)
    unknown = facts[(facts["item"] == "") & (facts["amount"].map(str) != "")]["label"].unique()
    told = [f"Left out, no item that is kept: {_some(unknown)}"] * bool(len(unknown))
    reasons: dict[str, list[str]] = {}
    for period, one in named.items():
        if one.left_out:
            reasons.setdefault(one.left_out, []).append(period)
    told += [f"Left out, {why}: {_some(periods)}" for why, periods in reasons.items()]
    out = facts["period"].isin([period for periods in reasons.values() for period in periods])
    kept = facts[(facts["item"] != "") & ~out].reset_index(drop=True)
    if kept.empty:
        raise InvalidInput(f"{file} has no period that is kept ({'; '.join(told)}): name each by its end, 2022-12-31")
    return kept, told


def _some(names: Sequence[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(str(name)[:40] for name in names[:most]) + more


def _companies(facts: pd.DataFrame, ticker: str, tickers: Iterable[str], file: str, named: bool) -> pd.Series:
    if not named:
        if not ticker:
            raise InvalidInput(
                f"{file} names no company: for several companies add a column called ticker, with the ticker in every "
                "row"
            )
        return pd.Series(ticker, facts.index)
    known = {one.upper(): one for one in (*tickers, *([ticker] if ticker else []))}
    return facts["company"].astype(str).str.strip().str.upper().map(lambda name: known.get(name, name))


def _of_the_market(facts: pd.DataFrame, tickers: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Of a file with very many companies those that are asked for, and how many were left out."""
    names = facts["company"].unique()
    asked = facts["company"].isin(tickers)
    if len(names) <= _MANY or not asked.any():
        return facts, []
    left = len(names) - facts.loc[asked, "company"].nunique()
    return facts[asked].reset_index(drop=True), [f"Left out, companies of other markets: {left:,}"]


def _currency(facts: pd.DataFrame, titles: Sequence[str], file: str) -> tuple[str, Mapping[str, str], list[str]]:
    """The one currency of the file, empty where it is not known or there are several; companies' own; what is told."""
    words = facts["currency"].astype(str) + " " + facts["unit"].astype(str) + " " + facts["label"].astype(str)
    codes = words.map({text: currency_in(text) for text in words.unique()})
    own: dict[str, str] = {}
    for company, found in codes[codes != ""].groupby(facts["company"]):
        if len(set(found)) > 1:
            raise InvalidInput(
                f"amounts of {company} in {file} are in {' and '.join(sorted(set(found)))}: give them in one currency"
            )
        own[str(company)] = str(found.iloc[0])
    several = sorted(set(codes) - {""}) or sorted({code for title in titles if (code := currency_in(title))})
    if len(several) > 1:
        return "", own, [f"Companies count in several currencies: {', '.join(several)}"]
    return (several[0], own, [f"Currency: {several[0]}"]) if several else ("", own, [])


def _is_native(titles: Sequence[str], labels: pd.Series) -> bool:
    text = " ".join((*titles, *labels.unique())).lower()
    return any(word in text for word in _NATIVE)


def _asking(file: str, scale: Scale, told: Sequence[str]) -> StatementsFile:
    labels = "; or ".join(offer.label for offer in scale.offers)
    return StatementsFile(
        name=file,
        companies={},
        unit="",
        told=tuple(told),
        question=f"{file} does not say what its amounts are counted in: {labels}. Choose the unit",
        offers=scale.offers,
    )


def _answered(  # noqa: PLR0917
    facts: pd.DataFrame,
    scale: Scale,
    titles: Sequence[str],
    currency: str,
    shares: str,
    file: str,
    told: Sequence[str],
) -> StatementsFile:
    """Amounts in millions, put together by company; shares have a unit of their own."""
    is_share = facts["item"] == SHARES
    factor = facts["factor"].fillna(factor_of(scale.unit))
    assets = (facts["value"] * factor)[facts["item"] == "Total assets"].groupby(facts["company"]).max()
    found, open_units = shares_unit(facts[is_share], titles, scale.unit, assets, currency)
    said = f"Amounts in {scale.example or scale.unit}, {scale.why}"
    answer = StatementsFile(name=file, companies={}, unit=scale.unit, why=scale.why, told=tuple(told))
    if shares or not open_units:
        counted = facts["factor"].fillna(factor_of(shares or found or scale.unit))
        facts["value"] *= np.where(is_share, counted, factor)
        companies, more = assemble(facts, f"{file}, amounts in {scale.unit}", file)
        unit_of_shares = shares or found
        differs = [f"Shares in {unit_of_shares}"] * bool(unit_of_shares and unit_of_shares != scale.unit)
        sentences = (said, *differs, *told, *more)
        companies = {company: replace(one, notes=sentences) for company, one in companies.items()}
        return replace(answer, companies=companies, shares=unit_of_shares, told=sentences)
    example = facts.loc[is_share, "amount"].iloc[0]
    can_be = "; or ".join(f"{unit}: {example} is {_millions(facts, unit):,.6g} million shares" for unit in open_units)
    question = f"{file} does not say what its shares are counted in: {can_be}. Choose the unit of shares"
    return replace(answer, question=question, shares_offers=open_units, told=(said, *told))


def _millions(facts: pd.DataFrame, unit: str) -> float:
    return float(facts.loc[facts["item"] == SHARES, "value"].iloc[0]) * UNITS[unit]

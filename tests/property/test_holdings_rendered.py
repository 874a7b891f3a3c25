"""Lists rendered at random from known holdings in all layouts: what is read of them is right, or it is asked.

A list counts as silently wrong if it is read without a question and its quantities, values or weights differ from the
truth by more than rounding. The rates are printed on failure. A reader that always takes the first choice of a
question, which is wrong on purpose, must be found out.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from fingen_core.market import bundled
from fingen_core.portfolio.holdings import lines_of, understand

MARKET = bundled()
CLOSES = dict(zip(MARKET.tickers, map(float, MARKET.prices.iloc[-1]), strict=True))
FOREIGN = ("NESN", "ROG", "SAP", "ASML", "TSCO", "INFY")
N_LISTS = 360

HEADERS = {
    "en": (
        "Symbol",
        "Description",
        "Quantity",
        "Last Price",
        "Market Value",
        "Average Cost",
        "% of Account",
        "Currency",
    ),
    "de": ("Symbol", "Bezeichnung", "Stück", "Kurs", "Kurswert", "Einstandskurs", "Anteil in %", "Währung"),
    "nl": ("Symbool", "Product", "Aantal", "Slotkoers", "Waarde", "GAK", "Weging", "Valuta"),
    "fr": ("Ticker", "Libellé", "Quantité", "Cours", "Valorisation", "PRU", "Poids", "Devise"),
    "es": ("Ticker", "Descripción", "Títulos", "Cotización", "Valor de mercado", "Precio medio", "Peso", "Divisa"),
    "it": ("Simbolo", "Denominazione", "Quantità", "Prezzo", "Controvalore", "Prezzo medio", "Peso %", "Valuta"),
    "in": ("Instrument", "Name", "Qty.", "LTP", "Cur. val", "Avg. cost", "Wt. %", "Ccy"),
}
TOTALS = {
    "en": "Total",
    "de": "Summe",
    "nl": "Totaal",
    "fr": "Total",
    "es": "Total",
    "it": "Totale",
    "in": "Grand Total",
}
MONEY = {
    "en": "Cash & Cash Investments",
    "de": "Kontostand",
    "nl": "Contanten",
    "fr": "Espèces",
    "es": "Efectivo",
    "it": "Liquidità",
    "in": "CASH BALANCE",
}
FORMS = (lambda t: t, lambda t: f"{t} US Equity", lambda t: f"NASDAQ:{t}", lambda t: f"{t}.N", lambda t: f"{t} US")


@dataclass
class Truth:
    kind: str
    amounts: dict[str, float]
    cash: float


def written(value, decimals, comma, grouped):
    text = f"{value:,.{decimals}f}" if grouped else f"{value:.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if comma else text


def rendered(rng):
    """A list as text, and the truth about it."""
    words = str(rng.choice(list(HEADERS)))
    comma, grouped = bool(rng.random() < 0.5), bool(rng.random() < 0.6)
    separator = str(rng.choice([";", "\t"] if comma else [";", "\t", ","]))
    held = [str(one) for one in rng.choice(MARKET.tickers, rng.integers(2, 9), replace=False)]
    others = [str(one) for one in rng.choice(FOREIGN, rng.integers(0, 3), replace=False)]
    whole = rng.random() < 0.7
    rows = []
    for ticker in [*held, *others]:
        quantity = float(rng.integers(1, 3000)) if whole else round(float(rng.uniform(0.1, 3000)), 3)
        quantity *= -1 if rng.random() < 0.1 else 1
        price = round(float(CLOSES.get(ticker, 50.0) * rng.uniform(0.6, 1.6)), 2)
        rows.append((ticker, quantity, price, round(quantity * price, 2), round(price * float(rng.uniform(0.3, 2)), 2)))
    cash = round(float(rng.uniform(10, 90_000)), 2) if rng.random() < 0.6 else 0.0
    total = sum(row[3] for row in rows) + cash
    shown = {"quantity": (2,), "price": (2, 3), "value": (4,), "both": (2, 3, 4), "cost": (2, 5), "weight": (6,)}
    what = str(rng.choice(list(shown)))
    columns = [0, *([1] if rng.random() < 0.5 else []), *rng.permutation(shown[what]).tolist()]
    if rng.random() < 0.3:
        columns = [*columns[1:], 0]

    def number(value, decimals):
        text = written(value, decimals, comma, grouped)
        return f'"{text}"' if separator in text else text

    form = FORMS[rng.integers(len(FORMS))]
    share = lambda row: row[3] / total * 100  # noqa: E731
    lines = [[HEADERS[words][at] for at in columns]]
    for row in rows:
        cells = [form(row[0]) if row[0] in held else row[0], f"{row[0]} plc", number(row[1], 0 if whole else 3)]
        cells += [number(row[2], 2), number(row[3], 2), number(row[4], 2), number(share(row), 2), "USD"]
        lines.append([cells[at] for at in columns])
    for name, value in ((MONEY[words], cash), (TOTALS[words], total)):
        if value and (rng.random() < 0.7 or name == MONEY[words]):
            cells = [name, "", "", "", number(value, 2), "", number(value / total * 100, 2), "USD"]
            cells[2] = number(value, 2) if 4 not in columns and name == MONEY[words] else ""
            lines.append([cells[at] for at in columns])
    text = [separator.join(cells) for cells in lines]
    if rng.random() < 0.4:
        text = ["Positions of my account as of 2026-05-29", "", *text]
    if rng.random() < 0.4:
        text = [*text, "", "This list is for information only and is not an offer to buy or to sell anything at all."]
    kind = {"both": "value", "value": "value", "weight": "weight"}.get(what, "quantity")
    at = {"value": 3, "quantity": 1}.get(kind)
    amounts = {row[0]: share(row) / 100 if at is None else row[at] for row in rows if row[0] in held}
    return "\n".join(text), Truth(kind, amounts, cash / total if kind == "weight" else cash)


def same(found, truth):
    if found.kind != truth.kind or set(found.amounts) != set(truth.amounts):
        return False
    slack = 6e-5 if truth.kind == "weight" else 1e-9
    near = all(
        abs(found.amounts[one] - truth.amounts[one]) <= slack + 1e-9 * abs(truth.amounts[one]) for one in truth.amounts
    )
    return near and abs(sum(found.cash.values()) - truth.cash) <= slack + 1e-6


def outcome(text, truth, *, careless=False):
    """ "right", "asked" or "wrong"; a careless reader takes the first choice of every question."""
    chosen = {}
    while True:
        found = understand(
            lines_of(text.encode(), "x.csv"), MARKET.tickers, "quantity", MARKET.source.currencies, prices=CLOSES,
            chosen=chosen,
        )  # fmt: skip
        if not found.questions:
            return "right" if found.holdings is not None and same(found.holdings, truth) else "wrong"
        question = found.questions[0]
        if not careless:
            return "asked"
        chosen[question.key] = question.choices[0].key


@pytest.mark.parametrize("seed", range(3))
def test_rendered_lists_are_read_right_or_asked_about(seed):
    rng = np.random.default_rng(seed)
    found = [(outcome(*one), one) for one in (rendered(rng) for _ in range(N_LISTS // 3))]
    wrong = [one[0] for how, one in found if how == "wrong"]
    rates = {how: sum(one[0] == how for one in found) / len(found) for how in ("right", "asked", "wrong")}
    assert not wrong, f"{rates}, the first: \n{wrong[0]}"
    assert rates["right"] >= 0.85, rates


def test_a_reader_that_takes_the_first_choice_unasked_is_found_out():
    text = "Symbol;Stück\nAAPL;1.200\nKO;2.350"
    truth = Truth("quantity", {"AAPL": 1200.0, "KO": 2350.0}, 0.0)
    assert outcome(text, truth) == "asked"
    assert outcome(text, truth, careless=True) == "wrong"

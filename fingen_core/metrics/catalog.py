"""What each number is called, how it is made, which way is better, and where it comes from.

Pages and reports show these texts beside the numbers, so that what is explained cannot drift from what is computed:
tests hold that the names here are exactly those that the measures give.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from fingen_core.metrics.validation import TAILS

__all__ = ["METRICS", "Metric", "Question", "Unit"]

Question = Literal["tomorrow", "long run", "novelty"]
Unit = Literal["share", "relative", "correlation", "score", "ratio", "p-value", "number"]
"""``share`` and ``relative`` (a relative error) are decimals that tables show in percent."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number of a validation, explained.

    Attributes
    ----------
    label : str
        For people, a few words.
    formula : str
        How it is made, in words.
    question : {"tomorrow", "long run", "novelty"}
        What it helps to answer.
    better : {"lower", "higher", "near"}
        Which way is better; ``near`` means near ``ideal``.
    unit : str
        What it is counted in.
    ideal : float or None
        The value of a perfect generator; ``None`` where even the truth has a value of its own (scores).
    source : str
        Where the measure comes from; empty for the project's own.
    """

    label: str
    formula: str
    question: Question
    better: Literal["lower", "higher", "near"] = "lower"
    unit: Unit = "relative"
    ideal: float | None = 0.0
    source: str = ""

    def miss(self, value: float) -> float:
        """Distance from the ideal, what a floor is stated in; the value itself where there is no ideal."""
        return value if self.ideal is None else abs(value - self.ideal)


_CONT = "Cont (2001), Quantitative Finance 1"
_LONG: dict[str, Metric] = {}


def _long(name: str, label: str, formula: str, unit: Unit = "relative", source: str = "") -> None:
    _LONG[name] = Metric(label=label, formula=formula, question="long run", unit=unit, source=source)


def _signed(name: str, label: str, formula: str, unit: Unit = "relative") -> None:
    text = f"{formula}; above 0: too much, below 0: too little"
    _LONG[name] = Metric(label=label, formula=text, question="long run", better="near", unit=unit)


for _tail_name, _what in (("", "r"), ("_abs", "|r|"), ("_square", "r²")):
    _long(
        f"acf{_tail_name}_rmse",
        f"Memory of {_what}, equal weight",
        f"Root mean square difference of the autocorrelation of {_what} of equal weight, lags 1 to 60",
        "correlation",
        _CONT,
    )
_long(
    "acf_abs_assets_rmse",
    "Memory of |r|, assets",
    "Root mean square difference of the autocorrelation of |r|, mean over assets, lags 1 to 60",
    "correlation",
    _CONT,
)
_LONG["leverage_ratio"] = Metric(
    label="Leverage effect, share of the real one",
    formula="Correlation of a return of equal weight with the squared return 1 to 20 days later, mean over the lags, "
    "over the same of history",
    question="long run",
    better="near",
    unit="ratio",
    ideal=1.0,
    source=_CONT,
)
_long(
    "leverage_error",
    "Leverage effect, equal weight",
    "Root mean square difference of the correlation of a return with the squared return 1 to 20 days later",
    "correlation",
    _CONT,
)
_long(
    "leverage_assets_error",
    "Leverage effect, assets",
    "The same of single assets, mean over assets before the difference is taken",
    "correlation",
    _CONT,
)
for _part, _who in (("equal", "equal weight"), ("asset", "median asset")):
    _signed(
        f"volatility_{_part}", f"Volatility, {_who}", "Relative difference of the standard deviation of daily returns"
    )
    _signed(f"kurtosis_{_part}", f"Kurtosis, {_who}", "Relative difference of the kurtosis of daily returns")
_long("kurtosis_error", "Kurtosis of assets", "Absolute relative difference of kurtosis, median over assets")
_long(
    "kurtosis_equal_error",
    "Kurtosis of equal weight as days add up",
    "Absolute relative difference of the kurtosis of sums over 1, 5, 20 and 100 days, mean over these",
    source=_CONT,
)
_long("skewness_error", "Skewness of assets", "Absolute difference of skewness, mean over assets", "number")
_long(
    "hill_error",
    "Tail index of assets",
    "Absolute relative difference of the Hill index of the worst 5 % of days, mean over assets",
    source="Hill (1975), Annals of Statistics 3",
)
for _horizon in (1, 5, 20, 100):
    _days = "daily returns" if _horizon == 1 else f"{_horizon}-day returns"
    _emd = f"Mean absolute difference of 200 quantiles of {_days}, over daily volatility and the root of the days"
    _source = "Wiese et al. (2020), Quant GANs, Quantitative Finance 20"
    _long(f"emd_{_horizon}", f"Distribution of {_days}, assets", f"{_emd}; mean over assets", "ratio", _source)
    _long(f"emd_{_horizon}_equal", f"Distribution of {_days}, equal weight", _emd, "ratio", _source)
for _name, _label, _text in (
    ("correlation", "Correlation", "correlations"),
    ("tail_dependence", "Falling together", "chances that an asset has one of its worst 5 % of days when another has"),
    (
        "worst_decile_correlation",
        "Correlation on bad days",
        "correlations over the tenth of days worst for equal weight",
    ),
):
    _long(f"{_name}_error", _label, f"Absolute difference of {_text}, mean over pairs of assets", "correlation")
    _signed(f"{_name}_signed", f"{_label}, signed", f"Difference of {_text}, mean over pairs of assets", "correlation")
for _name, _label in (("var", "Value at risk"), ("es", "Expected shortfall")):
    for _horizon in (1, 10):
        _span = "1 day" if _horizon == 1 else "10 days"
        _gap = f"relative difference of the {_label.lower()} at 1 % over {_span}"
        _long(
            f"{_name}_{_horizon}d",
            f"{_label}, {_span}, all portfolios",
            f"Absolute {_gap}, mean over equal weight, single assets and 12 random portfolios",
        )
        _signed(f"{_name}_{_horizon}d_equal", f"{_label}, {_span}, equal weight", f"Signed {_gap} of equal weight")
        _signed(f"{_name}_{_horizon}d_asset", f"{_label}, {_span}, median asset", f"Signed {_gap}, median over assets")
        if _name == "es":
            _long(
                f"es_{_horizon}d_rules",
                f"Expected shortfall of trading rules, {_span}",
                f"Absolute {_gap}, mean over mean reversion, trend and volatility timing, which see the order of days",
            )
_long(
    "drawdown_error",
    "Worst fall within a year",
    "Mean absolute difference of 200 quantiles of the largest drawdown of equal weight within a year, over the mean "
    "drawdown of history",
)
_signed("drawdown_signed", "Worst fall within a year, signed", "Relative difference of the mean of the same drawdowns")
_long("share_nonfinite", "Broken paths", "Share of paths with a return that is not a number or infinite", "share")
_long(
    "share_beyond",
    "Impossible moves",
    "Share of paths on which an asset moves in a day by more than 5 times its largest move in history",
    "share",
)
_long(
    "share_beyond_century",
    "Years with a day worse than October 1987",
    "Share of paths with a day on which equal weight loses more than 22.6 %, the Dow's worst day on record; meant for "
    "stock markets",
    "share",
    "Dow Jones Industrial Average, 19 October 1987",
)

_PATTON = "Patton, Ziegel and Chen (2019), Journal of Econometrics 211"
_GNEITING = "Gneiting and Raftery (2007), JASA 102"


def _tomorrow() -> dict[str, Metric]:
    """Scores and tests of forecasts; the horizon stands beside the name in tables."""

    def metric(label: str, formula: str, **options: object) -> Metric:
        return Metric(label=label, formula=formula, question="tomorrow", **options)  # type: ignore[arg-type]

    score = {"unit": "score", "ideal": None}
    p_value = {"unit": "p-value", "ideal": None, "better": "higher"}
    found = {
        "crps": metric(
            "Distribution of returns (CRPS)",
            "Mean distance of drawn returns from the one that came, less half the mean distance between draws; percent",
            source=_GNEITING,
            **score,
        ),
        "energy": metric(
            "All assets at once (energy score)",
            "The same with the Euclidean distance over all assets; percent",
            source=_GNEITING,
            **score,
        ),
        "pit_p": metric(
            "Evenness of ranks",
            "P-value of the Kolmogorov-Smirnov test that the ranks of what came among the draws are even",
            **p_value,
        ),
    }
    for tail in TAILS:
        name, words = f"{100 * tail:g}", f"{100 * tail:g} %"
        found |= {
            f"fz0_{name}": metric(
                f"Loss forecasts at {words} (FZ0)",
                "Joint score of value at risk and expected shortfall, mean over days and portfolios, of returns in "
                "percent; only differences count, ratios do not",
                source=_PATTON,
                **score,
            ),
            f"pinball_{name}": metric(
                f"Value at risk at {words} (pinball)",
                "Mean of (1{y < q} - tail)(q - y) over days and portfolios; percent",
                source="Koenker and Bassett (1978), Econometrica 46",
                **score,
            ),
            f"hits_{name}": metric(
                f"Losses beyond value at risk at {words}",
                f"Share of days whose loss exceeded the forecast; {words} is right",
                better="near",
                unit="share",
                ideal=tail,
            ),
            f"kupiec_{name}": metric(
                f"Right number of breaches at {words}",
                "P-value of the likelihood ratio of the share of breaches against the promised one",
                source="Kupiec (1995), Journal of Derivatives 3",
                **p_value,
            ),
            f"kupiec_rejected_{name}": metric(
                f"Portfolios with a wrong number of breaches at {words}",
                "Share of portfolios whose Kupiec test rejects at 5 %; the truth has about 5 %",
                better="near",
                unit="share",
                ideal=0.05,
                source="Kupiec (1995), Journal of Derivatives 3",
            ),
            f"independence_{name}": metric(
                f"Scattered breaches at {words}",
                "P-value of the likelihood ratio for a chance of a breach that depends on yesterday",
                source="Christoffersen (1998), International Economic Review 39",
                **p_value,
            ),
            f"joint_{name}": metric(
                f"Right and scattered breaches at {words}",
                "P-value of both likelihood ratios together",
                source="Christoffersen (1998), International Economic Review 39",
                **p_value,
            ),
            f"z2_{name}": metric(
                f"Depth of breaches at {words} (Z2)",
                "1 - mean of the losses beyond value at risk over tail times forecast shortfall; below 0: too mild",
                better="near",
                unit="number",
                source="Acerbi and Szekely (2014), Risk Magazine",
            ),
            f"green_{name}": metric(
                f"Time in Basel's green zone at {words}",
                "Share of stretches of 250 days whose number of breaches lies in the green zone",
                better="higher",
                unit="share",
                ideal=1.0,
                source="Basel Committee on Banking Supervision (1996)",
            ),
        }
    return found


_NOVELTY = {
    "novelty_ratio": Metric(
        label="Distance from history",
        formula="Median distance of a generated 21-day window to the nearest real one, over that between a real window "
        "and the nearest real one that shares no day with it; distance of shapes: assets standardized, windows brought "
        "to equal size",
        question="novelty",
        better="near",
        unit="ratio",
        ideal=1.0,
    ),
    "novelty_ratio_closest": Metric(
        label="Distance from history, closest twentieth",
        formula="The same for the 5 % quantiles of the distances instead of the medians, which sees a few copies",
        question="novelty",
        better="near",
        unit="ratio",
        ideal=1.0,
    ),
    "share_copies": Metric(
        label="Near copies",
        formula="Share of generated windows that differ from a real one by less than a tenth of their size, after both "
        "are brought to equal size",
        question="novelty",
        unit="share",
    ),
}

METRICS: Mapping[str, Metric] = MappingProxyType(_LONG | _tomorrow() | _NOVELTY)
"""Every number by its name in tables; the horizon and the group of portfolios stand beside the name."""

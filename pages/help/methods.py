"""How it works, what it cannot do, and what every number means, read from the code that computes it."""

import streamlit as st

from fingen_core.charts.theme import percent
from fingen_core.runs.validations import shipped
from fingen_core.ui import frame
from fingen_core.ui.kit import explain, show
from fingen_core.ui.kit.glossary import glossary
from fingen_core.ui.session import state

MEASURES = {
    "Risk": "metrics.risk",
    "Portfolio risk": "portfolio.risk",
    "Scenarios of every kind": "portfolio.named",
    "Calm and stress": "scenarios.regimes",
    "Severity": "scenarios.severity",
    "Scenarios beside history": "scenarios.outcomes",
    "History's windows": "scenarios.history",
    "Rare events": "scenarios.search.subset_simulation",
    "What-if conditions": "scenarios.conditions",
    "Conditions on average": "scenarios.search.entropy_pooling",
    "What a condition does": "scenarios.search.effects",
    "Nearest paths and design point": "scenarios.search.gradient_search",
    "Distinct ways": "scenarios.search.clusters",
    "Crises and factor shocks": "scenarios.replay",
    "Scores": "metrics.scores",
    "Forecasts: bands and chances": "forecast.outlook",
    "Forecasts: calibration": "forecast.calibration",
    "Companies: Merton's model": "portfolio.merton",
    "Companies: statements": "market.statements.ratios",
    "Stylized facts": "metrics.stylized",
    "Coverage tests": "backtests.coverage",
    "Comparison tests": "backtests.comparison",
    "Investment rules": "portfolio.strategies.rules",
    "Own rules": "portfolio.strategies.expression",
    "Backtester": "portfolio.strategies.backtest",
    "Overfitting": "backtests.overfitting",
    "Allocation": "portfolio.allocation.methods",
    "Limits of weights": "portfolio.allocation.limits",
    "Frontier": "portfolio.allocation.frontier",
    "Walk-forward": "portfolio.allocation.walk_forward",
    "What papers report": "metrics.literature",
    "Signatures": "metrics.signatures",
}
MODELS = {
    "Representation": "representations.filtered",
    "Volatility filter": "models.volatility",
    "Margins": "transforms.marginals",
    "Decoder of VAE and GAN": "models.factor",
    "Losses": "models.losses",
    "Optimizers and schedules": "training.optimizers",
    "Balanced weights": "training.balance",
    "Detectors": "training.detectors",
    "What detectors look at": "training.probes",
    "Calibration": "models.decoder_calibration",
    "Neural generator": "generators.filtered.generator",
    "Paths from given noise": "generators.filtered.noise_map",
    "How familiar a state is": "generators.filtered.coverage",
    "Rivals: filtered historical simulation": "generators.classical.fhs",
    "Their volatility: GJR-GARCH and EWMA": "generators.classical.garch",
    "Rival: historical simulation": "generators.classical.historical",
    "Rival: block bootstrap": "generators.classical.bootstrap",
    "Rival: random walk": "generators.classical.independent",
    "Rival: GARCH with normal days": "generators.classical.normal_garch",
    "Rival: t copula": "generators.classical.t_copula",
    "Rival: vine copula": "generators.classical.vine",
}

frame.page(
    "Methods", "How it works, what it is bad at, and what every number means. The texts come from the code itself."
)


def measured() -> tuple[str, str]:
    """How large the two are in the validation that ships, so that no second figure stands beside it."""
    validation = shipped()
    if validation is None:
        return "", ""
    table = validation.table()
    own = next(key for key in table["generator"] if key not in validation.rivals)
    values = table[(table["generator"] == own) & (table["question"] == "long run")].set_index("metric")["value"]
    tails = (
        f": expected shortfall over ten days by {percent(values['es_10d_asset'])} for the median asset and by "
        f"{percent(values['es_10d_equal'])} for equal weight, in the validation of the pretrained model"
    )
    return tails, f", by {percent(1 - values['leverage_ratio'])}"


topic = show.look_at(["In short", "Measures", "Models", "Glossary"], "In short", "topic", "Topic")

if topic == "In short":
    works, limits = st.columns(2, gap="large")
    works.markdown(
        """
#### How it works
1. **Volatility filter.** A small network turns each asset's past returns into today's expected volatility, always a
   mixture of averages that were really observed, so it cannot run away.
2. **Margins.** What is left of each day is mapped to a normal score: by rank in the middle, by a generalized Pareto
   distribution in the tails, which reaches beyond the worst day of history.
3. **Togetherness.** A VAE, or a GAN started from it, learns how the assets' scores move together, and how that changes
   with the market's implied correlation and with whether it has been falling. No classical tool learns this part.
4. **Simulation.** Day by day the model draws scores, the maps run backwards, the filter takes in the new day.
   Scenarios set out from the state of any day, calm or wild.

Every model is judged beside two rivals on days it has not seen: resampled blocks of history, and filtered historical
simulation on GJR-GARCH.
"""
    )
    tails, leverage = measured()
    limits.markdown(
        f"""
#### What it is bad at
- It has seen **one history**. What has no trace in it (a new currency, a closed exchange, a default to zero) it cannot
  imagine.
- All assets share **one average trend**, that of the training years and of the stocks that survived them: use it for
  risk, not for expected returns.
- In the worst crises real correlations were **higher** than generated ones.
- Losses over ten days and more are **too large**{tails}.
- Shares keep answering to yesterday's fall (the leverage effect) **less** than in reality{leverage}, and volatility
  forgets too fast.
- A model that was fitted before a crisis of a new kind under-covers it until it is **refitted**.
- Severities rarer than about 1 % need more than drawing and choosing: the few paths left say little.

Generated, not predicted. Not advice.
"""
    )
elif topic == "Glossary":
    terms = [f"**{term}**  \n{text}" for term, text in glossary(state.step()).items()]
    half = (len(terms) + 1) // 2
    for column, part in zip(st.columns(2, gap="large"), (terms[:half], terms[half:]), strict=True):
        column.markdown("\n\n".join(part))
else:
    modules = MEASURES if topic == "Measures" else MODELS
    chosen = st.pills(
        "What",
        list(modules),
        default=next(iter(modules)),
        required=True,
        key=topic.lower(),
        bind="query-params",
        label_visibility="collapsed",
    )
    text, listed = st.columns([3, 2], gap="large")
    text.markdown(f"#### {chosen}\n\n{explain.as_markdown(explain.lecture(modules[chosen]))}")
    for entry in explain.entries(modules[chosen]):
        with listed.expander(entry.call):
            st.markdown(explain.as_markdown(entry.text))

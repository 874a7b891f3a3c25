"""The forecast page's answers: the verdict, the fan, the chances, every asset, and the evidence."""

from functools import partial

import pandas as pd
import streamlit as st

from fingen_core.charts import forecast as charts
from fingen_core.charts.theme import MINUS, THIN, number, percent, percent_range
from fingen_core.forecast.outlook import BANDS, Chance, bands, crossing, rising, stop_before_target, summary_table
from fingen_core.market.step import DAILY
from fingen_core.metrics.catalog import METRICS
from fingen_core.scenarios.outcomes import NOT_HAPPENED
from fingen_core.training.enough import too_short
from fingen_core.ui.forecast import inputs
from fingen_core.ui.forecast.inputs import Desk, Evidence
from fingen_core.ui.kit import show
from fingen_core.ui.request import samples
from fingen_core.ui.session import state

__all__ = ["assets", "evidence", "fan_and_chances", "verdict"]

_WITHIN = 0.02
"""Points by which a band may miss what it promises, or two standard errors if those are more."""


def verdict(desk: Desk, found: Evidence | None) -> None:
    """How far the fan can be believed, above it: calibration on unseen days, direction, dispersion."""
    lines = []
    if found is None:
        lines.append(_unjudged(desk))
    else:
        horizon = found.horizon(desk.n_steps)
        lines.append(_calibrated(desk, found, horizon, found.table(horizon, desk.subject)))
    lines.append(_foreseen(desk))
    with st.container(border=True, key="forecast-verdict"):
        st.markdown("  \n".join(lines))


def _unjudged(desk: Desk) -> str:
    """Nothing is known of these forecasts, and what would change that."""
    ways = (
        "validations need a model, for which this history is too short."
        if too_short(desk.market)
        else "every training ends with a validation, and the Validation page makes a thorough one."
    )
    return f"**Not judged yet.** Nothing is known about how well {desk.label} forecasts this market: {ways}"


def _calibrated(desk: Desk, found: Evidence, horizon: int, table: pd.DataFrame) -> str:
    own = table[table["generator"] == found.judged[0].key].set_index("measure")
    missed = []
    for share in BANDS:
        row = own.loc[f"coverage_{share * 100:g}"]
        gap = row["value"] - share
        if abs(gap) > max(_WITHIN, 2 * row["error"]):
            missed.append(gap)
    word = "Calibrated" if not missed else "Bands a little too wide" if min(missed) > 0 else "Bands too narrow"
    step = desk.market.step
    ahead = f"one {step.noun} ahead" if horizon == 1 else f"{step.words(horizon)} ahead"
    inside = ", ".join(
        f"{percent(own.loc[f'coverage_{share * 100:g}', 'value'])} in the {share * 100:g}{THIN}% band"
        for share in reversed(BANDS)
    )
    note = "" if horizon == desk.n_steps else f", the judged horizon closest to {desk.n_steps}"
    return (
        f"**{word} {ahead}**{note}: in {found.span(horizon)}, none of which it had seen, {inside} "
        f"({found.group(desk.subject)}). "
        f"{_contest(found, table)}{_stands_for(desk, found)}"
    )


def _stands_for(desk: Desk, found: Evidence) -> str:
    """Say whose forecasts were judged where they are not those of what is asked for."""
    if desk.market.n_assets == 1 or desk.subject in {samples.EQUAL, found.group(desk.subject)}:
        return ""
    what = samples.measured(desk.subject)
    return f" Judged on {inputs.EQUAL}, not on {what}: " + (
        "no validation knows a portfolio of your own."
        if desk.subject.startswith(samples.PORTFOLIO)
        else "the kept forecasts leave it out; those of a validation of your own run hold every asset."
    )


def _contest(found: Evidence, table: pd.DataFrame) -> str:
    crps = table[table["measure"] == "crps"].set_index("generator")
    own, names = crps.loc[found.judged[0].key, "value"], found.names()
    said = []
    for key in names:
        if key == found.judged[0].key or key not in crps.index:
            continue
        gain, t = 1 - own / crps.loc[key, "value"], crps.loc[key, "t"]
        luck = "beyond luck" if abs(t) >= 2 else "within luck"
        side = "lower" if gain >= 0 else "higher"
        said.append(f"{percent(abs(gain))} {side} than {names[key]} (t {number(t, 1, sign=True)}, {luck})")
    return f"Its error (CRPS) is {'; '.join(said)}." if said else ""


def _foreseen(desk: Desk) -> str:
    step = desk.market.step
    known = inputs.predictable(desk.market.digest(), desk.subject, desk.n_steps, desk.market)
    if not known:
        return f"This history is too short to say what can be foreseen over so many {step.nouns}."
    direction, size = known["direction"], known["dispersion"]
    clear = abs(direction.value) > 2 * direction.error
    which = "shows in this history, weakly at best" if clear else "is not predictable to any measurable degree"
    seen = "is" if size.value > 2 * size.error else f"is hardly predictable over so many {step.nouns} either"
    return (
        f"**Direction** {which}: rank correlation of {step.of_last_stretch('return')} with the next "
        f"{step.words(desk.n_steps)}' {_pm(direction.value, direction.error)}. **How far** it goes "
        f"{seen}: {step.of_last_stretch('volatility')} with the size of the move {_pm(size.value, size.error)} "
        f"({size.n:,} stretches; ± one standard error)."
    )


def _pm(value: float, error: float) -> str:
    return f"{number(value, 2, sign=True)} ± {number(error, 2)}"


def fan_and_chances(desk: Desk) -> None:
    """The fan with history and what came, and the chances beside it."""
    drawn = inputs.subject_values(desk)
    table, happened = bands(drawn), inputs.came(desk)
    last = table.iloc[-1]
    title = f"80 % of paths end between {percent(last['low_80'], sign=True)} and {percent(last['high_80'], sign=True)}"
    note = (
        f"{samples.measured(desk.subject)}, {desk.label}: {desk.n_paths:,} paths, {_days(desk)}, seed\u00a0{desk.seed}"
    )
    left, right = st.columns([2.2, 1], gap="medium")
    with left:
        show.chart(
            charts.fan(
                table,
                desk.dates,
                title,
                note[:1].upper() + note[1:],
                past=inputs.past_of(desk),
                came=happened,
                level=desk.level - 1,
                kind=desk.kind,
                dark=state.dark(),
            ),
            f"Fan of the change of value on the coming trading days. {title}. {note}.",
            "forecast-fan",
            data=partial(_fan_data, desk, table, happened),
            how=charts.HOW["fan"],
        )
        what = "Trading days" if desk.market.step == DAILY else "Dates"
        st.caption(f"{what}: {desk.calendar.words}.")
    with right:
        _chances(desk, drawn, happened)


def _days(desk: Desk) -> str:
    return f"{desk.dates[0]:%Y-%m-%d} to {desk.dates[-1]:%Y-%m-%d}"


def _fan_data(desk: Desk, table: pd.DataFrame, happened: pd.Series) -> pd.DataFrame:
    data = table.assign(date=[f"{day:%Y-%m-%d}" for day in desk.dates]).reset_index()
    data["came"] = happened.reindex(desk.dates).to_numpy()
    return data.assign(status=NOT_HAPPENED)


def _chances(desk: Desk, drawn: object, happened: pd.Series) -> None:
    first = stop_before_target(drawn, desk.stop, desk.target)  # type: ignore[arg-type]
    side = "rising to" if desk.level > 1 else "falling to"
    rows: dict[str, Chance] = {
        "Ends higher": rising(drawn),  # type: ignore[arg-type]
        f"Some close {side} {percent(desk.level, 0)}": crossing(drawn, desk.level),  # type: ignore[arg-type]
        f"Stop ({MINUS}{percent(desk.stop, 1)}) first": first["stop"],
        f"Target (+{percent(desk.target, 1)}) first": first["target"],
        "Neither of the two": first["neither"],
    }
    st.markdown(f"**Chances over {desk.market.step.words(desk.n_steps)}**")
    st.table(
        pd.DataFrame({"Chance": [percent_range(c.estimate, c.low, c.high) for c in rows.values()]}, index=list(rows)),
        border="horizontal",
        alt="Chances of rising, of reaching the level, and of stop or target first",
    )
    st.caption(
        "Shares of paths at closes, with the 95 % interval of the drawing, not of the model. Level, stop and target "
        "are under More."
    )
    if len(happened) == desk.n_steps + 1:
        end = float(happened.iloc[-1])
        share = float((drawn[:, -1] - 1 < end).mean())  # type: ignore[index]
        place = {0.0: "below all", 1.0: "above all"}.get(share, f"above {percent(share, 0)}")
        st.markdown(f"**What came**: {percent(end, sign=True)}, {place} of the paths.")
    elif len(happened) > 1:
        st.markdown(
            f"**So far**: {percent(float(happened.iloc[-1]), sign=True)} after "
            f"{desk.market.step.words(len(happened) - 1)}."
        )


def assets(desk: Desk) -> None:
    """Every asset and equal weight over the whole horizon."""
    drawn = inputs.ends(samples.identity(desk.request), samples.draw(desk.request))
    known = len(inputs.came(desk)) == desk.n_steps + 1
    came = {name: float(inputs.came(desk, name).iloc[-1]) for name in drawn} if known else None
    table = summary_table(drawn, came)
    shown = pd.DataFrame(
        {
            "Asset": table["name"],
            "Median": [percent(value, sign=True) for value in table["median"]],
            "80 % band": [
                f"{percent(low, sign=True)} to {percent(high, sign=True)}"
                for low, high in table[["low", "high"]].to_numpy()
            ],
            "Ends higher": [
                percent_range(*row) for row in table[["rising", "rising_low", "rising_high"]].to_numpy(dtype=float)
            ],
        }
    )
    if came is not None:
        shown["What came"] = [percent(value, sign=True) for value in table["came"]]
        shown["Inside"] = ["yes" if inside else "no" for inside in table["inside"]]
        shown["Above … of paths"] = [percent(value, 0) for value in table["rank"]]
        held = int(table["inside"].iloc[1:].sum())
        st.markdown(
            f"The 80 % bands held **{held} of {len(table) - 1}** assets. They move together: one date is one trial, "
            f"not {len(table) - 1}."
        )
    st.dataframe(
        shown,
        hide_index=True,
        column_config={"Asset": st.column_config.TextColumn(width=110)},
        key="forecast_assets",
        alt="Forecast of every asset over the horizon",
    )
    show.download(table.assign(status=NOT_HAPPENED), "forecast-assets", label="All numbers", kind="tertiary")


def evidence(desk: Desk, found: Evidence) -> None:
    """Calibration of the chosen generator and its rivals: bands, ranks and every number.

    It opens on the horizon that the verdict speaks of.
    """
    names = found.names()
    horizons, told = list(found.judged[0].horizons), found.horizon(desk.n_steps)
    horizon = st.segmented_control(
        "Judged horizon",
        horizons,
        default=told,
        required=True,
        format_func=lambda steps: f"{desk.market.step.words(steps)} ahead",
        key=f"forecast_judged_{told}",
    )
    horizon = horizon or told
    table, made, group = found.table(horizon, desk.subject), found.forecasts(horizon), found.group(desk.subject)
    own = made[found.judged[0].key]
    note = f"{len(own.dates):,} forecasts, {own.dates[0]:%Y-%m-%d} to {own.dates[-1]:%Y-%m-%d}, {group}"
    shown, bars = {key: names[key] for key in made}, f"{note}; bars: 2{THIN}se"
    left, right = st.columns(2, gap="medium")
    with left:
        title = "Do the bands hold what they promise?"
        show.chart(
            charts.coverage(table, shown, title, bars, dark=state.dark()),
            f"{title} Realized less promised coverage of 50, 80 and 95 % bands. {note}.",
            "forecast-coverage",
            data=table,
            how=charts.HOW["coverage"],
        )
    with right:
        title = f"Ranks of what came: {names[found.judged[0].key]}"
        pit = own.pit[:, own.rows(group)[0]]
        show.chart(
            charts.ranks(pit, title, note, dark=state.dark()),
            f"{title}. Histogram that is flat when forecasts are right. {note}.",
            "forecast-pit",
            data=pd.DataFrame({"date": own.dates, "rank": pit}),
            how=charts.HOW["pit"],
        )
    _numbers(table, shown, found.judged[0].key)


_MEASURES = {
    "crps": "CRPS, %",
    "pinball": "Pinball loss of the tails, %",
    "coverage_50": "Inside the 50 % band",
    "coverage_80": "Inside the 80 % band",
    "coverage_95": "Inside the 95 % band",
    "pit_p": "Ranks uniform, p",
    "direction": "Direction: rank correlation of median and return",
    "dispersion": "Dispersion: rank correlation of width and size",
}


def _numbers(table: pd.DataFrame, names: dict[str, str], own: str) -> None:
    rows = []
    for measure, label in _MEASURES.items():
        part = table[table["measure"] == measure].set_index("generator")
        if not part.empty:
            rows.append({"Measure": label, **{names[key]: _cell(measure, part, key, own) for key in names}})
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="forecast_numbers", alt="Calibration of all generators")
    st.caption(
        f"{METRICS['crps'].label} and pinball loss: lower is better; t is Diebold-Mariano of the chosen one "
        "against this one, negative where the chosen one is better. ± one standard error. "
        "`python -m fingen_core benchmark --generators all --seeds 1` makes the same table for all generators."
    )


def _cell(measure: str, part: pd.DataFrame, key: str, own: str) -> str:
    if key not in part.index:
        return "not judged"
    row = part.loc[key]
    if measure.startswith("coverage"):
        return f"{percent(row['value'])} ± {number(100 * row['error'], 1)}"
    if measure == "pit_p":
        return number(row["value"], 3) if row["value"] >= 0.0005 else f"<{THIN}0.001"
    if measure in {"direction", "dispersion"}:
        return _pm(row["value"], row["error"])
    return number(row["value"], 4) + ("" if key == own else f" (t {number(row['t'], 1, sign=True)})")

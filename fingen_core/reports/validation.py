"""A validation as one HTML file: verdict first, then what is bad, the evidence, all numbers and the facts."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from fingen_core.charts.theme import number
from fingen_core.charts.validation import shown
from fingen_core.generators.registry import LABELS, classical
from fingen_core.metrics.catalog import METRICS
from fingen_core.reports import evidence, page
from fingen_core.reports.evidence import Cast
from fingen_core.reports.numbers import all_rows, numbers
from fingen_core.reports.weaknesses import counted, weaknesses
from fingen_core.validation.judged import Judged, Reference
from fingen_core.validation.table import REFERENCE_RIVAL, main_rival
from fingen_core.validation.verdict import Light, rules, verdict

__all__ = ["QUESTIONS", "benchmark_html", "judged_days", "validation_html"]

QUESTIONS = {
    "tomorrow": "Is it right about tomorrow?",
    "long run": "Does it live like a market?",
    "novelty": "Does it show anything new?",
}

_FOLLOWING = 0.8  # share of weekdays from which on days follow each other but for holidays
_LEADS = {
    "tomorrow": "Fitted up to a day, frozen, then each later day forecast from the evening before. This decides.",
    "long run": "Paths of a year from typical days of the fit, against the history of the fit.",
    "novelty": "A resampled history wins the comparisons above because it is the sample; here it cannot.",
}


def validation_html(
    judged: Sequence[Judged],
    rivals: Sequence[Judged],
    reference: Reference,
    *,
    title: str,
    table: pd.DataFrame | None = None,
    lights: Sequence[Light] = (),
) -> str:
    """The report on one generator or several.

    Parameters
    ----------
    judged : sequence of Judged
        What the report is about, at least one; charts show the first in front.
    rivals : sequence of Judged
        Whom it is compared with.
    reference : Reference
        History of the same market and protocol.
    title : str
        The heading.
    table : DataFrame, optional
        Tidy rows of all, as they were found; else they are found again, which takes the forecasts of all portfolios.
    lights : sequence of Light, optional
        The verdict on the first, as it was found; else it is found again.

    Returns
    -------
    str
        One HTML file of about 6 MB that needs no connection; most of it is the chart library.
    """
    ours, others = _distinct(judged, rivals)
    cast = Cast(ours, others, reference, all_rows(ours, others, reference) if table is None else table, lights)
    parts = [_head(title, cast), "".join(_verdict(one, cast) for one in ours), _rules(), _weak(cast), _evidence(cast)]
    parts += ["<h2 id='numbers'>All numbers</h2>", *(_numbers(one, cast) for one in ours), _facts(cast)]
    return page.document(title, "".join(parts))


def benchmark_html(
    table: pd.DataFrame, judged: Sequence[Judged], reference: Reference, title: str = "Benchmark of generators"
) -> str:
    """The report on a benchmark: every generator beside every other, means over seeds.

    Parameters
    ----------
    table : DataFrame
        Tidy rows of all generators and seeds.
    judged : sequence of Judged
        All judgements; charts show the first seed of each generator.
    reference : Reference
    title : str
    """
    firsts: dict[str, Judged] = {}
    for one in sorted(judged, key=lambda item: item.seed):
        firsts.setdefault(one.key, one)
    order = [key for key in LABELS if key in firsts] + [key for key in firsts if key not in LABELS]
    rivals = [firsts[key] for key in order if key in classical()]
    ours = [firsts[key] for key in order if key not in classical()]
    ours = ours or [one for one in rivals if one.key != REFERENCE_RIVAL][:1] or rivals[:1]  # t compares with that one
    rivals = [one for one in rivals if one not in ours]
    cast = Cast(ours, rivals, reference, table)
    parts = [
        _head(title, cast),
        "".join(_verdict(one, cast) for one in ours),
        _rules(),
        _overview(table, order, firsts),
    ]
    parts += [_weak(cast), _evidence(cast), "<h2 id='numbers'>All numbers</h2>"]
    parts += [*(_numbers(firsts[key], cast) for key in order), _facts(cast, judged)]
    return page.document(title, "".join(parts))


def _distinct(judged: Sequence[Judged], rivals: Sequence[Judged]) -> tuple[list[Judged], list[Judged]]:
    """Two trainings of one kind get keys and labels of their own: tables are joined by key, charts by label."""
    keys, labels, found = Counter[str](), Counter[str](), []
    for one in [*judged, *rivals]:
        keys[one.key] += 1
        labels[one.label] += 1
        key = one.key if keys[one.key] == 1 else f"{one.key} {keys[one.key]}"
        label = one.label if labels[one.label] == 1 else f"{one.label} ({labels[one.label]})"
        found.append(replace(one, key=key, label=label))
    return found[: len(judged)], found[len(judged) :]


def judged_days(dates: pd.DatetimeIndex) -> str:
    """How many days were forecast, and when: "250 days spread over ..." where they do not follow each other."""
    first, last = dates[0], dates[-1]
    spread = len(dates) < _FOLLOWING * np.busday_count(first.date(), last.date())
    return f"{len(dates):,} days {'spread over' if spread else 'from'} {first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _head(title: str, cast: Cast) -> str:
    first, past = cast.judged[0], cast.reference
    assets = f"{len(past.tickers)} asset{'s' * (len(past.tickers) != 1)}"
    sample = (
        f"{past.market_name}, {assets}. Fitted to {past.n_fit:,} days from {past.first_date} to "
        f"{past.last_date}; judged on {judged_days(first.one_day.dates)} and on "
        f"{first.portrait.n_paths:,} paths of {first.portrait.n_steps} days."
    )
    links = {"verdict": "Verdict", "weak": "What it is bad at", "tomorrow": "Tomorrow", "long-run": "Long run"}
    links |= {"novelty": "Novelty", "numbers": "All numbers", "facts": "Facts"}
    return page.header(_safe(title), _safe(sample), links) + "<h2 id='verdict'>Verdict</h2>"


def _verdict(one: Judged, cast: Cast) -> str:
    lights = (one is cast.judged[0] and cast.lights) or verdict(one, cast.rivals, cast.reference)
    told = [(QUESTIONS[light.question], light.color, light.sentence.replace("**", "")) for light in lights]
    heading = f"<h3>{_safe(one.label)}</h3>" if len(cast.judged) > 1 else ""
    return heading + page.badges(told)


def _rules() -> str:
    """When a light is good, folded away."""
    told = "".join(f"<p><b>{QUESTIONS[question]}</b> {page.markdown(text)}</p>" for question, text in rules().items())
    return f"<details><summary>When a light is good</summary>{told}</details>"


def _weak(cast: Cast) -> str:
    parts = ["<h2 id='weak'>What it is bad at</h2>"]
    for one in cast.judged:
        found = weaknesses(cast.table, one.key)
        if len(cast.judged) > 1:
            parts.append(f"<h3>{_safe(one.label)}</h3>")
        if not found:
            parts.append("<p>Nothing measured is clearly worse than its best rival and beyond history's own noise.</p>")
        else:
            parts.append("<ul>" + "".join(f"<li>{page.markdown(line)}</li>" for line in found) + "</ul>")
        parts.append(f"<p class='quiet'>{page.markdown(counted(cast.table, one.key))}</p>")
    return "".join(parts)


def _evidence(cast: Cast) -> str:
    parts = []
    for question, anchor in (("tomorrow", "tomorrow"), ("long run", "long-run"), ("novelty", "novelty")):
        parts.append(f"<h2 id='{anchor}'>{QUESTIONS[question]}</h2><p>{_LEADS[question]}</p>")
        if question == "tomorrow":
            for horizon in cast.judged[0].horizons:
                ahead = "One day ahead" if horizon == 1 else f"{horizon} days ahead"
                parts.append(f"<h3>{ahead}</h3>{evidence.tomorrow(cast, horizon)}")
        else:
            parts.append(evidence.long_run(cast) if question == "long run" else evidence.new(cast))
    return "".join(parts)


def _numbers(one: Judged, cast: Cast) -> str:
    found = numbers(cast.table, one.key, [rival.key for rival in cast.rivals])
    labels = {other.key: other.label for other, _ in cast.everyone}
    several = bool(found["spread"].notna().any())
    parts = [f"<details{' open' if one is cast.judged[0] else ''}><summary>{_safe(one.label)}</summary>"]
    for question, text in QUESTIONS.items():
        rows = found[found["question"] == question]
        if len(rows):
            shown_rows = [_told(row, labels, question, several) for row in rows.to_dict("records")]
            frame = pd.DataFrame(shown_rows)
            numeric = [name for name in ("Ahead", "Value", "±", "Floor", "Best rival", "t", "n") if name in frame]
            parts.append(f"<h3>{text}</h3>" + page.table(frame, numeric=numeric, formula="How it is made"))
    main = main_rival(one, cast.rivals)
    note = (
        "Floor: two halves of history compared with each other. Best rival: the best of the others. t: Diebold-Mariano "
        f"against {'the main rival' if main is None else _safe(main.label)}, below −2 is better beyond luck. n: "
        "forecasts, paths or windows."
    )
    return "".join([*parts, f"<p class='quiet'><small>{note}</small></p></details>"])


def _told(row: dict[object, object], labels: dict[str, str], question: str, several: bool) -> dict[str, str]:
    metric = METRICS[str(row["metric"])]

    def value(name: str) -> str:
        found = float(str(row[name]))
        return shown(found, metric) if math.isfinite(found) else ""

    told = {"Measure": metric.label}
    if question == "tomorrow":
        told |= {"Ahead": f"{row['horizon']} d", "Portfolios": str(row["group"])}
    told["Value"] = value("value")
    if several:
        told["±"] = value("spread").lstrip("+")
    if question == "long run":
        told["Floor"] = value("floor").lstrip("+")  # a distance, whichever way
    rival = "" if pd.isna(row["best_rival"]) else str(row["best_rival"])
    told |= {"Best rival": value("best_rival_value"), "Who": labels.get(rival, LABELS.get(rival, rival))}
    if question == "tomorrow":
        t = float(str(row["t"]))
        told["t"] = number(t, 1) if math.isfinite(t) else ""
    told["n"] = number(float(str(row["n"])))
    told["How it is made"] = metric.formula + (f". {metric.source}" if metric.source else "")
    return told


def _overview(table: pd.DataFrame, order: Sequence[str], firsts: dict[str, Judged]) -> str:
    """A row for each generator: means over seeds of the numbers that decide."""
    columns = [("tomorrow", 1, "fz0_1"), ("tomorrow", 1, "fz0_2.5"), ("tomorrow", 1, "fz0_5"), ("tomorrow", 1, "crps")]
    columns += [("long run", 0, name) for name in ("es_10d", "kurtosis_error", "acf_abs_rmse", "correlation_error")]
    columns += [("novelty", 0, "novelty_ratio")]
    lines = []
    for key in order:
        mine = table[(table["generator"] == key) & (table["group"] == "all")]
        line = {"Generator": firsts[key].label, "Seeds": str(mine["seed"].nunique())}
        for question, horizon, name in columns:
            rows = mine[(mine["question"] == question) & (mine["horizon"] == horizon) & (mine["metric"] == name)]
            told = shown(float(rows["value"].mean()), METRICS[name]) if len(rows) else ""
            if len(rows) and rows["t"].notna().any():
                told += f" ({number(float(rows['t'].mean()), 1, sign=True)})"
            line[METRICS[name].label] = told
        lines.append(line)
    frame = pd.DataFrame(lines)
    note = "Means over seeds; in brackets the t of Diebold-Mariano against the main rival, below −2 is better."
    return page.table(frame, numeric=list(frame.columns[1:])) + f"<p class='quiet'><small>{note}</small></p>"


def _facts(cast: Cast, judged: Sequence[Judged] = ()) -> str:
    everyone = list(judged) or [one for one, _ in cast.everyone]
    frame = pd.DataFrame(
        [
            {
                "Generator": one.label,
                "Seed": str(one.seed),
                "Fit": f"{number(one.seconds_fit, 1)} s",
                "Judged": f"{number(one.seconds_judge, 1)} s",
                "Fitted on": one.device,
                "Refitted yearly": "yes" if one.refit_yearly else "no",
                "Commit": one.commit or "unknown",
                "Protocol": one.protocol.digest(),
            }
            for one in everyone
        ]
    )
    past = cast.reference
    protocol = cast.judged[0].protocol
    words = (
        f"Market {past.market_name}, data {past.market_digest[:12]}: {', '.join(past.tickers)}. "
        f"Protocol: fitted until {protocol.fit_until}, {protocol.n_paths:,} draws for each forecast, long run of "
        f"{protocol.n_paths_long:,} paths of {protocol.n_steps_long} days from {protocol.n_starts} evenings."
    )
    return f"<h2 id='facts'>Facts</h2><p>{_safe(words)}</p>" + page.table(frame, numeric=["Seed", "Fit", "Judged"])


def _safe(text: str) -> str:
    return page.markdown(text.replace("**", ""))

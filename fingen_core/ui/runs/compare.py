"""Several runs beside each other: settings that differ, curves, scores, and the fans that they draw."""

import html
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from fingen_core.charts.training import comparison as charts
from fingen_core.charts.training.curves import SCORE_NAMES
from fingen_core.runs import Run, comparing
from fingen_core.ui.kit import show
from fingen_core.ui.runs import compare_fans
from fingen_core.ui.runs.curves import PLAYERS, TERMS
from fingen_core.ui.session import state

__all__ = ["LINK", "beside_the_one_before", "curve_label", "linked", "show_all", "tell_lost"]

LINK = "runs"
"""The parameter of the address that names the runs, with commas between them."""

_POLL, _SEEN = 3.0, "runs_links_seen"
_LONG_RUN = "long_run"
RUNS = "pages/model/runs.py"


def linked(runs: Sequence[Run]) -> list[Run]:
    """The runs that the address names, in its order; what is not there any more is left out."""
    known = {run.id: run for run in runs}
    asked = dict.fromkeys(st.query_params.get(LINK, "").split(","))
    return [known[run_id] for run_id in asked if run_id in known]


def tell_lost(runs: Sequence[Run]) -> None:
    """Say which runs of a link are not here, when it is opened; what is deleted later is known to whoever did it."""
    address = st.query_params.get(LINK, "")
    if not address or address in st.session_state.get(_SEEN, ()):
        return
    st.session_state[_SEEN] = {*st.session_state.get(_SEEN, ()), address}
    known = {run.id for run in runs}
    gone = [run_id for run_id in dict.fromkeys(address.split(",")) if run_id and run_id not in known]
    if gone:
        named = ", ".join(f"`{run_id[:60].replace('`', '')}`" for run_id in gone[:4])
        st.toast(f"Not on this server, of the runs of this link: {named}.", icon=":material/link_off:", duration="long")


def beside_the_one_before(run: Run, key: str) -> None:
    """A button that shows what other settings changed: this run beside the one before it, if there is one."""
    earlier = comparing.before(run, state.store().list())
    if earlier is None or not run.has_model:
        return
    if st.button(
        "Compare with the one before",
        icon=":material/compare:",
        key=key,
        help=f"Beside “{earlier.name}”: settings that differ, curves, scores and what both draw.",
    ):
        show.go_to(RUNS, {LINK: f"{earlier.id},{run.id}"})


def show_all(runs: Sequence[Run]) -> None:
    """Everything about the chosen runs, of which there are at least two; follows those that are still training."""
    active = any(run.is_active for run in runs)
    st.subheader(f"{len(runs)} runs beside each other", anchor=False)
    names = comparing.labels(runs)
    drawn = dict(zip(names.values(), charts.strokes(len(runs), state.dark()), strict=True))
    st.html(_key(drawn, [run.name for run in runs]))
    _settings(runs, names)
    st.fragment(_figures, run_every=_POLL if active else None)([run.id for run in runs], polled=active)
    compare_fans.show_all([run for run in runs if run.has_model], names, drawn)


def curve_label(name: str) -> str:
    """What a curve is called: "VAE: KL divergence", "FZ0 score at 2.5 %"."""
    player, slash, term = name.partition("/")
    if not slash:
        return "Long run" if name == _LONG_RUN else SCORE_NAMES.get(name, name)
    return f"{PLAYERS.get(player, player.capitalize())}: {TERMS.get(term, term.replace('_', ' ').capitalize())}"


def _settings(runs: Sequence[Run], names: Mapping[str, str]) -> None:
    st.markdown("**What differs**")
    table = comparing.differing_settings(runs)
    if not len(table):
        st.markdown("Settings, market and device are the same in all of them: only chance of the machine can differ.")
        return
    st.dataframe(
        table,
        hide_index=True,
        column_config={names[run.id]: st.column_config.TextColumn(help=run.name) for run in runs},
        key="compare_settings",
        alt="Settings that are not the same in all chosen runs",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        show.download(table, "compared-settings", label="Settings as CSV", kind="tertiary")
        st.caption("Every setting that is not listed is the same in all of them.", width="content")


def _figures(run_ids: list[str], polled: bool) -> None:
    store = state.store()
    runs = [run for run in store.list() if run.id in run_ids]
    runs.sort(key=lambda run: run_ids.index(run.id))
    if polled != any(run.is_active for run in runs):
        st.rerun()  # the whole page: without the timer
    names = comparing.labels(runs)
    drawn = dict(zip(names.values(), charts.strokes(len(runs), state.dark()), strict=True))
    left, right = st.columns(2, gap="medium")
    with left:
        _curves(runs, names, drawn)
    with right:
        _parallel(runs, names, drawn)
    _table(runs, names)


def _curves(runs: Sequence[Run], names: Mapping[str, str], drawn: Mapping[str, charts.Stroke]) -> None:
    tables = {run.id: state.store().curves(run.id) for run in runs}
    found = comparing.curve_names(tables)
    if not found:
        st.info("None of these runs has reported anything yet.", icon=":material/hourglass_empty:")
        return
    preferred = next(name for name in ("fz0_2.5", _LONG_RUN, *found) if name in found)
    shared = len(found[preferred])
    chosen = st.selectbox(
        "Curve",
        list(found),
        index=list(found).index(preferred),
        format_func=lambda name: f"{curve_label(name)}{_of(len(found[name]), len(runs))}",
        key=f"compare_curve_{shared}",
        help="Scores first, then every loss term without its weight; in brackets how many of the runs have it.",
    )
    shown = {names[run_id]: comparing.curve(tables[run_id], chosen) for run_id in names if run_id in found[chosen]}
    without = [names[run_id] for run_id in names if run_id not in found[chosen]]
    show.chart(
        charts.curves(shown, drawn, curve_label(chosen), _sample(chosen, len(shown)), dark=state.dark()),
        alt=f"{curve_label(chosen)} over the steps of {', '.join(shown)}.",
        key="compare_curves",
        data=lambda: pd.concat([table.assign(run=name) for name, table in shown.items()], ignore_index=True),
        how=charts.HOW["curves"],
    )
    if without:
        st.caption(f"Without this curve: {', '.join(without)}.")


def _parallel(runs: Sequence[Run], names: Mapping[str, str], drawn: Mapping[str, charts.Stroke]) -> None:
    table = comparing.score_table(state.store(), runs)
    if not len(table.columns):
        st.info("None of these runs has been scored yet: the first scores come early in a training.")
        return
    scales = [
        charts.Scale(axis.key, axis.label, axis.lower_is_better, axis.words)
        for axis in comparing.axes()
        if axis.key in table
    ]
    show.chart(
        charts.parallel(
            table.rename(index=dict(names)),
            scales,
            drawn,
            "Better to the right",
            f"{len(runs)} runs; each axis from the worst to the best of them",
            dark=state.dark(),
        ),
        alt=f"Parallel coordinates of {', '.join(scale.title for scale in scales)} for {', '.join(names.values())}.",
        key="compare_parallel",
        how=charts.HOW["parallel"],
    )


def _table(runs: Sequence[Run], names: Mapping[str, str]) -> None:
    table = comparing.score_table(state.store(), runs)
    known = [axis for axis in comparing.axes() if axis.key in table]
    if not known:
        return
    shown = pd.DataFrame({"Run": [names[run_id] for run_id in table.index]})
    for axis in known:
        values = table[axis.key].tolist()
        shown[axis.label] = [axis.words.get(value) for value in values] if axis.words else values
    columns = {
        axis.label: st.column_config.TextColumn(help=axis.help)
        if axis.words
        else st.column_config.NumberColumn(help=axis.help)
        for axis in known
    }
    st.dataframe(
        show.numbers(shown, {axis.label: 4 for axis in known if not axis.words}),
        hide_index=True,
        column_config=columns,
        key="compare_scores",
        placeholder="–",
        alt="Scores of the chosen runs",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        show.download(shown, "compared-scores", label="Scores as CSV", kind="tertiary")
        unjudged = [names[run.id] for run in runs if not run.lights and not run.paints]
        if unjudged:
            told = ", ".join(unjudged) if len(unjudged) <= 3 else f"{len(unjudged)} of {len(runs)}"
            st.caption(f"Not validated yet: {told}.", width="content")


def _of(count: int, runs: int) -> str:
    return "" if count == runs else f" ({count} of {runs} runs)"


def _sample(name: str, count: int) -> str:
    where = "distance from history" if name == _LONG_RUN else "on the validation days"
    kind = "loss term without its weight" if "/" in name else f"{where}; lower is better"
    return f"{count} {'run' if count == 1 else 'runs'}; {kind}"


def _key(drawn: Mapping[str, charts.Stroke], whole: Sequence[str]) -> str:
    """Strokes and short names in a line, the same for everything below; pointing at one shows its ``whole`` name."""
    patterns = {
        "solid": "{0} 0 100%",
        "dash": "{0} 0 7px, transparent 7px 11px",
        "dot": "{0} 0 2px, transparent 2px 5px",
        "dashdot": "{0} 0 7px, transparent 7px 10px, {0} 10px 12px, transparent 12px 15px",
        "longdash": "{0} 0 12px, transparent 12px 16px",
    }
    parts = [
        f"<span title='{html.escape(name, quote=True)}' "
        "style='display:inline-flex;align-items:center;gap:.4rem;margin:0 1.2rem .2rem 0'>"
        "<span style='display:inline-block;width:34px;height:3px;flex:none;background:"
        f"repeating-linear-gradient(90deg,{patterns[stroke.dash].format(stroke.color)})'></span>"
        f"{html.escape(short)}</span>"
        for name, (short, stroke) in zip(whole, drawn.items(), strict=True)
    ]
    return f"<div style='font-size:.9rem'>{''.join(parts)}</div>"

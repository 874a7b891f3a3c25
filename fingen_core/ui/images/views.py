"""The views of the Images page: pictures side by side, a walk between two, a game, and the training."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts.theme import number, percent
from fingen_core.charts.training import images as charts
from fingen_core.errors import FinGenError, NotFound
from fingen_core.jobs.warm.sampler import PAINTED, Paintings
from fingen_core.market import Market, bundled
from fingen_core.market.crises import crises
from fingen_core.runs import Run, comparing
from fingen_core.ui.images import training
from fingen_core.ui.kit import show
from fingen_core.ui.session import loaded_settings, state
from fingen_core.ui.setup import image_form

__all__ = ["VIEWS", "show_all"]

VIEWS = ("Side by side", "Walk", "Which one is real?", "Training")
SHIPPED = "painted"
LOOKS = "looks.npz"

_SHOWN = 6
_POOL = 40
_STOPS = 11
_LOOKS_WIDTH = 720
"""Pixels of the pictures of one look: wide enough to see them, narrow enough to see all with the slider."""
_WEEKS = pd.offsets.BDay(28)
_WORST = min(crises(), key=lambda crisis: crisis.fall).name
_GAME = "images_game"


def show_all() -> None:
    """Which model, which view, and the view."""
    loaded_settings.from_run(image_form.FORM, lambda run: run.paints)
    linked = _linked()
    running = linked if linked is not None and not linked.has_model else None
    models = _models()
    left, right = st.columns([1, 1.4], gap="medium", vertical_alignment="bottom")
    preferred = f"run:{linked.id}" if linked is not None and linked.has_model else SHIPPED
    with left:
        source = st.selectbox(
            "Model",
            list(models),
            index=list(models).index(preferred) if preferred in models else 0,
            format_func=lambda key: models[key],
            key=f"images_model_{preferred}",
            help="Models of pictures that were trained here, and the one that ships with FinGen.",
        )
    with right:
        view = show.look_at(VIEWS, VIEWS[3] if running is not None else VIEWS[0], "images_view", "View")
    if view == VIEWS[3]:
        _training(source, linked)
        return
    try:
        _VIEWS[view](source)
    except FinGenError as problem:
        show.error(problem)


def _linked() -> Run | None:
    """The run that the address asks for."""
    run_id = st.query_params.get("run")
    if not run_id:
        return None
    try:
        run = state.store().get(run_id)
    except NotFound as problem:
        show.error(problem, ("See all runs", "pages/model/runs.py"))
        return None
    return run if run.paints else None


def _models() -> dict[str, str]:
    shipped = {SHIPPED: "Pretrained: VAE of heat maps, US large caps"} if (PAINTED / "generator.json").exists() else {}
    labels = comparing.labels([run for run in state.store().list() if run.paints and run.has_model])
    return shipped | {f"run:{run_id}": label for run_id, label in labels.items()}


# -- views -------------------------------------------------------------------------------------------------------------


def _side_by_side(source: str) -> None:
    seed = int(st.session_state.get("images_seed", 0))
    found, step = _gallery(source, _stamp(source), seed), _market(source).step
    asset = _asset(found)
    real, painted = charts.window_values(found.real_paths), charts.window_values(found.painted_paths)
    rows = slice(0, _SHOWN)
    both = np.concatenate([real[rows], painted[rows]])
    limits = (float(both.min()), float(both.max()))
    names = [_month(day) for day in found.starts[:_SHOWN]]
    distance = float(found.off_manifold.mean())
    columns = st.columns(2, gap="medium")
    with columns[0]:
        show.chart(
            charts.gallery(
                found.real[rows, asset],
                real[rows],
                names,
                "Real weeks of the market",
                f"{_SHOWN} windows of {real.shape[1] - 1} days, drawn at random from the history",
                generated=False,
                y_range=limits,
                legend=charts.LEGENDS[found.representation],
                dark=state.dark(),
            ),
            alt="Pictures of real windows of returns, and under each the path that it decodes to.",
            key="images_real",
            step=step,
            data=lambda: _table(real[rows], names),
            how=charts.HOW[found.representation],
        )
    with columns[1]:
        show.chart(
            charts.gallery(
                found.painted[rows, asset],
                painted[rows],
                [f"after {name}" for name in names],
                "Painted weeks, which have not happened",
                f"{found.label}, from the same evenings",
                generated=True,
                y_range=limits,
                legend=charts.LEGENDS[found.representation],
                dark=state.dark(),
            ),
            alt="Pictures that the model painted, and under each the path that it decodes to.",
            key="images_painted",
            step=step,
            data=lambda: _table(painted[rows], [f"after {name}" for name in names]),
            how=charts.HOW[found.representation],
        )
    st.button(
        "Show other weeks",
        icon=":material/shuffle:",
        key="images_others",
        on_click=_next_seed,
        help="Draws other windows of the history at random, and paints anew from their evenings.",
    )
    st.caption(
        "A network may paint what no returns look like. Before a painting is read as prices it is moved to the nearest "
        f"picture that returns can make: here its pixels move by {percent(distance)} of their range on average (root "
        "mean square); the less, the better it draws."
    )


def _walk(source: str) -> None:
    named = _evenings(_market(source).return_dates)
    left, right = st.columns(2, gap="medium")
    names = list(named)
    worst = max(range(len(names)), key=lambda i: names[i] == _WORST)
    first = left.selectbox(
        "From", names, index=worst, key=f"images_from_{source}", help="Of a crisis, the last weeks before its trough."
    )
    second = right.selectbox("To", names, index=len(names) - 1, key=f"images_to_{source}")
    try:
        found = _morph(source, _stamp(source), named[first], named[second])
    except FinGenError as problem:
        st.info(str(problem), icon=":material/info:")
        return
    asset = _asset(found)
    stop = st.slider(
        "How far along the way?",
        0,
        100,
        50,
        100 // (_STOPS - 1),
        format="%d %%",
        key="images_walk",
        help="A straight line between the codes of both windows; the noise that no code carries stays the same.",
    )
    at = round(stop / 100 * (_STOPS - 1))
    real, between = charts.window_values(found.real_paths), charts.window_values(found.painted_paths)
    pictures = np.stack([found.real[0, asset], found.painted[at, asset], found.real[1, asset]])
    figure = charts.gallery(
        pictures,
        np.stack([real[0], between[at], real[1]]),
        [_month(found.starts[0]), f"{stop} % of the way", _month(found.starts[1])],
        f"Between {first} and {second}",
        f"{found.label}; the middle has not happened",
        generated=[False, True, False],
        y_range=(float(min(real.min(), between.min())), float(max(real.max(), between.max()))),
        legend=charts.LEGENDS[found.representation],
        dark=state.dark(),
        width_hint=260,
    )
    show.chart(
        figure,
        alt="Two real pictures and one between them on the way through the code of the VAE.",
        key="images_between",
        how="The encoder turns both real pictures into codes. The code of the middle picture lies on the straight line "
        "between them, and so do its state and scale; the decoder paints it. At 0 and 100 % the middle shows what the "
        "model remembers of the real picture, which is not all of it.",
    )


def _game(source: str) -> None:
    game = st.session_state.setdefault(_GAME, {"round": 0, "right": 0, "answer": None})
    found = _gallery(source, _stamp(source), 1000 + game["round"] // _POOL)
    asset, index = _asset(found), game["round"] % min(_POOL, len(found.painted))
    real_first = bool(np.random.default_rng(game["round"]).integers(2))
    order = [True, False] if real_first else [False, True]
    values = {
        True: charts.window_values(found.real_paths[index : index + 1])[0],
        False: charts.window_values(found.painted_paths[index : index + 1])[0],
    }
    pictures = {True: found.real[index, asset], False: found.painted[index, asset]}
    answered = game["answer"] is not None
    names = ["real" if real else "painted" for real in order] if answered else ["left", "right"]
    figure = charts.gallery(
        np.stack([pictures[real] for real in order]),
        np.stack([values[real] for real in order]),
        names,
        "One of these weeks happened" if not answered else _reveal(game["answer"], found.starts[index]),
        f"Round {game['round'] + 1}; {found.label}",
        generated=[answered and not real for real in order],
        columns=2,
        legend=charts.LEGENDS[found.representation],
        dark=state.dark(),
        width_hint=280,
    )
    left, right = st.columns([2, 1], gap="medium")
    with left:
        show.chart(
            figure,
            alt="Two pictures with their paths, one real and one painted.",
            key="images_game_chart",
            step=_market(source).step,
            how=charts.HOW[found.representation],
        )
    with right:
        _score(game, real_first, answered)


def _score(game: dict[str, Any], real_first: bool, answered: bool) -> None:
    played = game["round"] + int(answered)
    st.metric("Right", f"{game['right']} of {played}", help="Who guesses is right half of the time.")
    with st.container(horizontal=True):
        if answered:
            st.button("Next", type="primary", icon=":material/arrow_forward:", key="images_next", on_click=_next_round)
        else:
            for name, is_left in (("The left is real", True), ("The right is real", False)):
                st.button(name, key=f"images_guess_{is_left}", on_click=_guess, args=(is_left == real_first,))
    if played >= 8:
        st.caption(_judged(game["right"], played))
    if played:
        st.button("Start again", type="tertiary", icon=":material/restart_alt:", key="images_again", on_click=_restart)


def _judged(right: int, played: int) -> str:
    """What a score says about the pictures: two standard errors around guessing."""
    beyond = abs(right - played / 2) > np.sqrt(played)
    if not beyond:
        return f"Of {played} rounds a guesser has {played / 2:g} right, give or take {np.sqrt(played):.0f}: no better."
    if right > played / 2:
        return "More than luck: there is something in these pictures that gives them away."
    return "Fewer than luck: the painted ones look more real to you than the real ones."


def _training(source: str | None, linked: Run | None) -> None:
    if loaded_settings.has_loaded(image_form.FORM):
        loaded_settings.offer_undo(image_form.FORM)
        training.form(state.market())
        return
    run = training.active() or linked
    if run is None and source and source.startswith("run:"):
        run = state.store().get(source.removeprefix("run:"))
    folder = run.folder if run is not None else PAINTED
    if run is not None:
        training.status(run)
    elif (PAINTED / "curves.csv").exists():
        card = _shipped_scores()
        st.markdown("How the pretrained model learned to paint.")
        training.quality_of(pd.read_csv(PAINTED / "curves.csv"), card)
    _looks(folder)
    if run is not None and run.is_active:
        return
    st.subheader("Train another", anchor=False)
    training.form(state.market())


def _looks(folder: Path) -> None:
    """Pictures from the same noise at every look, with a slider to go back through the training."""
    if not (folder / LOOKS).exists():
        return
    with np.load(folder / LOOKS, allow_pickle=False) as kept:
        steps, pictures = kept["steps"], kept["pictures"]
    at = len(steps) - 1
    if len(steps) > 1:
        at = list(steps).index(
            st.select_slider(
                "After how many steps?",
                [int(step) for step in steps],
                value=int(steps[-1]),
                format_func=number,
                key=f"images_look_{folder.name}_{len(steps)}",
            )
        )
    with st.container(width=_LOOKS_WIDTH):
        show.chart(
            charts.looks(
                pictures[at],
                f"What it painted after {number(int(steps[at]))} steps",
                "Always from the same noise",
                dark=state.dark(),
            ),
            alt="Pictures that the network painted at this moment of its training.",
            key="images_looks",
        )


_VIEWS = {VIEWS[0]: _side_by_side, VIEWS[1]: _walk, VIEWS[2]: _game}


# -- what they rest on -------------------------------------------------------------------------------------------------


@st.cache_resource(max_entries=12, show_spinner="Painting")
def _gallery(source: str, stamp: str, seed: int) -> Paintings:  # noqa: ARG001 (part of the key)
    return state.sampler().gallery(source, _POOL, seed)


@st.cache_resource(max_entries=12, show_spinner="Painting")
def _morph(source: str, stamp: str, first: str, second: str) -> Paintings:  # noqa: ARG001 (part of the key)
    return state.sampler().morph(source, first, second, _STOPS)


def _stamp(source: str) -> str:
    """Changes when the model behind a source does."""
    folder = state.store().folder(source.removeprefix("run:")).path if source != SHIPPED else PAINTED
    return str((folder / "generator.safetensors").stat().st_mtime_ns)


def _market(source: str) -> Market:
    """What the pictures of a model are of, which need not be what the pages work with."""
    return bundled() if source == SHIPPED else state.store().market(source.removeprefix("run:"))


def _evenings(history: pd.DatetimeIndex) -> dict[str, str]:
    """Weeks worth walking between: the last before the trough of named crises, and calm years."""
    calm = {"the calm of 1995": "1995-06-01", "the calm of 2005": "2005-06-01", "the calm of 2017": "2017-06-01"}
    known: Mapping[str, str] = {**{crisis.name: f"{crisis.end - _WEEKS:%Y-%m-%d}" for crisis in crises()}, **calm}
    inside = {name: day for name, day in known.items() if history[0] <= pd.Timestamp(day) <= history[-40]}
    first = f"the first weeks, {history[0]:%b %Y}"
    return inside or {first: f"{history[0]:%Y-%m-%d}", "the last weeks": f"{history[-40]:%Y-%m-%d}"}


def _asset(found: Paintings) -> int:
    """Which channel is shown: Gramian fields have one per asset."""
    if found.representation != "gasf" or len(found.tickers) == 1:
        return 0
    chosen = st.selectbox("Asset", found.tickers, key="images_asset")
    return found.tickers.index(chosen)


def _shipped_scores() -> dict[str, float]:
    import json

    facts = json.loads((PAINTED / "generator.json").read_text(encoding="utf-8"))
    return dict(facts["rivals"])


def _table(values: np.ndarray, names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(values.T, columns=[f"{name} ({i + 1})" for i, name in enumerate(names)]).rename_axis("day")


def _month(day: str) -> str:
    return f"{pd.Timestamp(day):%b %Y}"


def _reveal(right: bool, day: str) -> str:
    return f"{'Right' if right else 'Wrong'}: the real one began on {day}"


def _next_seed() -> None:
    st.session_state["images_seed"] = int(st.session_state.get("images_seed", 0)) + 1


def _guess(right: bool) -> None:
    game = st.session_state[_GAME]
    game["answer"], game["right"] = right, game["right"] + int(right)


def _next_round() -> None:
    game = st.session_state[_GAME]
    game["round"], game["answer"] = game["round"] + 1, None


def _restart() -> None:
    st.session_state.pop(_GAME, None)

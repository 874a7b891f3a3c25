"""The training room: what a run generated at every moment of its training, and what its critic thought of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts.theme import number, percent
from fingen_core.charts.training import snapshots as charts
from fingen_core.market.crises import crises
from fingen_core.runs import Run
from fingen_core.training.snapshots import ALBUM, Album, is_due
from fingen_core.ui.kit import show
from fingen_core.ui.session import state

__all__ = ["critics_view", "samples"]

_LEAST_BOUND, _MOST_BOUND = 0.08, 1.0
"""Changes of value: a calm path does not fill its chart, and a wild network does not flatten the real path."""


def samples(run: Run) -> None:
    """Generated paths beside real ones, with a slider over the moments of the training."""
    album = _album_of(run)
    if album is None:
        return
    at = _moment(run, album)
    generated, real = album.paths[at], album.real
    bounds = _bounds(real, album.paths[-1])
    names = [_evening(start) for start in album.starts]
    n_days = real.shape[1]
    left, right = st.columns(2, gap="medium")
    with left:
        show.chart(
            charts.paths_grid(
                real,
                names,
                "What came after these evenings",
                f"Equal weights, {n_days} days; {_character(real)}",
                generated=False,
                bounds=bounds,
                dark=state.dark(),
            ),
            alt=f"{len(names)} real paths of the equal-weight portfolio after evenings of history.",
            key="room_real",
            data=lambda: _table(real, album.starts),
            how=charts.HOW["samples"],
        )
    with right:
        show.chart(
            charts.paths_grid(
                generated,
                names,
                f"Generated: {_at(album, at)}",
                f"Same noise throughout; {_character(generated)}",
                generated=True,
                bounds=bounds,
                dark=state.dark(),
            ),
            alt=f"{len(names)} paths that the network generates after the same evenings, {_at(album, at)}.",
            key="room_generated",
            data=lambda: _table(generated, album.starts),
            how=charts.HOW["samples"],
        )
    known = [name for name, start in zip(names, album.starts, strict=True) if name != _month(start)]
    if known:
        st.caption(
            f"{', '.join(known)}: evenings picked because of what came after them, which nobody knew that evening. One "
            "generated path from there is one of many ways on, and most are calmer. Compare how paths look; how bad "
            "they get, and how often, is what Validation measures."
        )


def critics_view(run: Run) -> None:
    """How the critic scores real and generated examples at a moment of the training."""
    album = _album_of(run)
    if album is None:
        return
    at = _moment(run, album)
    scores = album.verdicts[at]
    scores = scores[:, np.isfinite(scores).all(axis=0)]
    if not scores.size:
        st.info(_no_critic(album), icon=":material/info:")
        return
    show.chart(
        charts.verdicts(scores[0], scores[1], _at(album, at), dark=state.dark()),
        alt="Histograms of the critic's scores of real and of generated examples.",
        key="room_verdicts",
        data=lambda: pd.DataFrame({"real": scores[0], "generated": scores[1]}),
        how=charts.HOW["verdicts"],
    )


def _no_critic(album: Album) -> str:
    if "GAN" in album.labels:
        return "There is no critic at this moment yet: move the slider to the GAN's steps."
    return "There is no critic yet: it begins to learn with the GAN, after the volatility filter and the VAE."


def _album_of(run: Run) -> Album | None:
    """The run's album; says what is missing if it has none."""
    path = run.folder / ALBUM
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    album = _read(str(run.folder), stamp)
    if album is None or not len(album):
        st.info(
            "The first snapshot is taken when the volatility filter is done."
            if run.is_active
            else "This run was trained before snapshots were kept. Train it again to watch it learn.",
            icon=":material/info:",
        )
        return None
    return album


@st.cache_resource(max_entries=16, show_spinner=False)
def _read(folder: str, stamp: int) -> Album | None:  # noqa: ARG001  (the stamp is part of the key)
    return Album.read(Path(folder))


def _moment(run: Run, album: Album) -> int:
    """Which snapshot is looked at: the newest, or the last one before where the slider stands.

    The slider's stops are those that were planned, not those that are there: they stay the same while the training goes
    on, so that it need not be built anew under somebody's hand.
    """
    stops = _planned(run)
    chosen = st.select_slider(
        "Moment of the training",
        range(len(stops)),
        value=len(stops) - 1,
        format_func=lambda index: _stop(stops, index),
        key=f"room_moment_{run.id}",
        help="Go back through the training: the same noise, with the network of that moment.",
    )
    if chosen == len(stops) - 1:
        return len(album) - 1
    label, step = stops[chosen]
    order = {known: place for place, (known, _) in enumerate(dict.fromkeys((name, 0) for name, _ in stops))}
    wanted = (order[label], step)
    places = [(order.get(album.labels[i], 0), int(album.steps[i])) for i in range(len(album))]
    earlier = [i for i, place in enumerate(places) if place <= wanted]
    return earlier[-1] if earlier else 0


def _planned(run: Run) -> list[tuple[str, int]]:
    """Phase and step of every snapshot that the settings ask for."""
    config = run.config
    if run.paints:
        lengths = {f"Painting ({config.model.upper()})": config.steps}
    else:
        lengths = {"VAE": config.vae_steps} | ({"GAN": config.gan_steps} if config.model == "gan" else {})
    return [
        (label, step)
        for label, n in lengths.items()
        for step in [*(step for step in range(0, n, 10) if is_due(step, n)), n]
    ]


def _stop(stops: list[tuple[str, int]], index: int) -> str:
    label, step = stops[index]
    return "newest" if index == len(stops) - 1 else f"{label} {number(step)}"


def _at(album: Album, at: int) -> str:
    return f"{album.labels[at]}, step {number(int(album.steps[at]))}"


def _bounds(real: np.ndarray, newest: np.ndarray) -> np.ndarray:
    """How far each small chart reaches: room around the real path, and all of what the newest network draws.

    Of the newest, not of the moment that is looked at, so that the scale stands still while the slider moves.
    """
    reach = [np.abs(np.expm1(np.cumsum(paths, axis=1))).max(axis=1) for paths in (real, newest)]
    wide = np.minimum(1.1 * np.nan_to_num(reach[1], nan=0.0), _MOST_BOUND)
    return np.asarray(np.maximum(np.maximum(1.3 * reach[0], wide), _LEAST_BOUND))


def _evening(start: str) -> str:
    """The month, or the crisis of which it is the eve."""
    day = pd.Timestamp(start)
    name = next((crisis.name for crisis in crises() if crisis.start == day), "")
    return name or _month(start)


def _month(start: str) -> str:
    return f"{pd.Timestamp(start):%b %Y}"


def _character(paths: np.ndarray) -> str:
    simple = np.expm1(paths)
    return f"volatility {percent(float(simple.std()))} a day, worst day {percent(float(simple.min()))}"


def _table(paths: np.ndarray, starts: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(np.asarray(paths).T, columns=[f"log return after {start}" for start in starts]).rename_axis(
        "day"
    )

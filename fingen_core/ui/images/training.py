"""Training a model of pictures: the few choices, the button, and the training on screen."""

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts.theme import number, percent
from fingen_core.charts.training import curves as training_charts
from fingen_core.charts.training import images as charts
from fingen_core.errors import FinGenError, InvalidInput
from fingen_core.market import Market
from fingen_core.runs import Run
from fingen_core.runs.naming import LONGEST_NAME
from fingen_core.training.settings.picture_config import PictureConfig, picture_estimate
from fingen_core.ui.kit import show
from fingen_core.ui.runs import curves as training_curves
from fingen_core.ui.runs import devices, snapshots
from fingen_core.ui.runs.compare import beside_the_one_before
from fingen_core.ui.runs.findings import findings
from fingen_core.ui.runs.steering import changed_settings, under_way
from fingen_core.ui.runs.words import IMAGES, duration, painted_verdict
from fingen_core.ui.session import loaded_settings, state
from fingen_core.ui.setup import image_form, presets
from fingen_core.ui.setup.fit import fit

__all__ = ["active", "form", "quality_of", "status"]

RIVAL = {"random-walk": "Gaussian random walk"}


def form(market: Market) -> None:
    """Choices on the left, cost and the Train button on the right."""
    left, right = st.columns([2, 1], gap="medium")
    with left:
        chosen = image_form.choices(market)
        presets.row(image_form.FORM, None if isinstance(chosen, InvalidInput) else chosen)
    with right, st.container(border=True):
        _start(market, chosen)


def _start(market: Market, config: PictureConfig | InvalidInput) -> None:
    if isinstance(config, InvalidInput):
        st.warning(str(config), icon=":material/report:")
        return
    painted = image_form.painted_market(market, config)
    told = market.name if painted is market else f"{painted.name}: Gramian fields show one series"
    market = painted
    st.markdown(f"**{told}**")
    if not fit(market):
        return
    seconds = picture_estimate(config)
    st.metric("Time, about", duration(seconds), help="On one processor core that has nothing else to do.")
    st.caption("On a processor core that is idle; beside other work it takes longer.")
    device = devices.choice("images_device")
    name = st.text_input("Name", placeholder="Chosen for you", max_chars=LONGEST_NAME, key="images_name")
    if st.button("Train", type="primary", icon=":material/play_arrow:", width="stretch", key="images_train"):
        try:
            run = state.store().create(market, config, name=name.strip(), device=device)
            state.jobs().submit(run.id)
        except FinGenError as problem:
            show.error(problem)
            return
        loaded_settings.forget()
        image_form.fill(config)  # its widgets are gone while it trains: the next training sets out from this one
        st.query_params["run"] = run.id
        st.rerun()


def active() -> Run | None:
    """The model of pictures that is being trained or waits for it."""
    return next((run for run in state.store().list() if run.paints and run.is_active), None)


def status(run: Run) -> None:
    """Where a training stands, with what can be done about it; polls while it moves."""
    st.fragment(_status, run_every=1.0 if run.is_active else None)(run.id, polled=run.is_active)


def _status(run_id: str, polled: bool) -> None:
    run = state.store().get(run_id)
    if polled != run.is_active:
        st.rerun()  # the whole page: with or without the timer
    st.subheader(run.name, anchor=False)
    if run.is_active:
        _moving(run)
    else:
        _ended(run)
    findings(run)
    changed_settings(run)
    st.fragment(_room)(run.id)


def _room(run_id: str) -> None:
    """What can be looked at; a fragment of its own, so that a slider in it redraws nothing else."""
    run = state.store().get(run_id)
    views = ["Learning", "Samples", *(["Critic's view"] if run.config.model == "gan" else [])]
    view = st.segmented_control(
        "Look at",
        views,
        default=views[0],
        required=True,
        key=f"images_room_{run.config.model}",
        label_visibility="collapsed",
    )
    if view == "Samples":
        snapshots.samples(run)
    elif view == "Critic's view":
        snapshots.critics_view(run)
    else:
        _learning(run)


def _learning(run: Run) -> None:
    curves = state.store().curves(run.id)
    quality_of(curves, run.rivals)
    sample = run.progress.get("sample")
    if sample:
        real, period = _real(run.id, len(sample))
        show.chart(
            training_charts.beside_real(sample, real, period, dark=state.dark()),
            alt="Daily returns: real above, one path joined from painted windows below, same axes.",
            key="images_sample",
        )
    training_curves.losses(run, curves)


def _moving(run: Run) -> None:
    progress = run.progress
    step, total = int(progress.get("step", 0)), int(progress.get("n_steps", 0) or 1)
    left = progress.get("seconds_left")
    phase = str(progress.get("phase", "Starting")).replace("random-walk", "Gaussian random walk")
    waiting = run.status == "queued"
    under_way(
        run,
        "It waits until the device is free." if waiting else "This page may be closed meanwhile.",
        key="images_stop",
        note="Saves where it is; Resume goes on exactly there.",
    )
    share = min(step / total, 1.0)
    ahead = "paused" if run.is_held else f"{duration(left)} left" if left is not None else ""
    st.progress(share, text=" · ".join(filter(None, [phase, percent(share, 0), ahead])))
    speed = progress.get("throughput", 0.0)
    with st.container(horizontal=True, gap="large"):
        st.metric("Step", number(step), help=f"Of {number(total)}.", width=150)
        st.metric("Steps a second", number(speed, 1) if speed else "…", width=150)


def _ended(run: Run) -> None:
    if run.status == "failed":
        st.error(run.error or "The training failed without a word: its log is on the Runs page.")
    elif run.status == "lost":
        st.warning(run.error or "Its process is gone without a word.", icon=":material/help:")
    elif run.status == "stopped":
        st.markdown(f"Stopped at step {number(run.progress.get('step', 0))}. Resume goes on exactly there.")
    else:
        took = f" in {duration(run.took)}" if run.took is not None else ""
        st.markdown(f"Trained{took}: {painted_verdict(run)}.")
    with st.container(horizontal=True):
        if run.can_resume:
            st.button(
                "Resume",
                type="primary",
                icon=":material/play_circle:",
                key="images_resume",
                on_click=state.jobs().resume,
                args=(run.id,),
            )
        if run.has_model and st.button(
            "See its scenarios",
            type="secondary" if run.can_resume else "primary",
            icon=":material/ssid_chart:",
            key="images_scenarios",
        ):
            loaded_settings.open_scenarios(run)
        if (
            run.has_model
            and run.config.model == "vae"
            and st.button("Walk through its codes", icon=":material/route:", key="images_to_walk")
        ):
            show.go_to(IMAGES, {"run": run.id, "images_view": "Walk"})
        beside_the_one_before(run, "images_compare")
        if st.button(
            "Change its settings", icon=":material/tune:", key="images_change", help="Loads them into the form below."
        ):
            loaded_settings.load(image_form.FORM, run.config, f"The settings of “{run.name}” are loaded.")
            st.rerun()  # the whole page: the form stands outside of this fragment
        if st.button("All runs", icon=":material/list_alt:", key="images_runs"):
            show.go_to("pages/model/runs.py")


def quality_of(table: pd.DataFrame, rivals: dict[str, float]) -> None:
    """The long run over the steps, beside its rivals."""
    curve = table.loc[table["name"] == "long_run", ["step", "value"]]
    levels = {
        RIVAL.get(name.partition("/")[0], name): value
        for name, value in rivals.items()
        if name.endswith("/long_run") and np.isfinite(value)
    }
    show.chart(
        charts.quality(curve, levels, dark=state.dark()),
        alt="Distance of joined paths from history over the steps of the training, beside a Gaussian random walk.",
        key="images_quality",
        data=curve,
        how=charts.HOW["quality"],
    )


@st.cache_data(max_entries=16, show_spinner=False)
def _real(run_id: str, length: int) -> tuple[np.ndarray, str]:
    market = state.store().market(run_id)
    part = np.log(np.expm1(market.log_returns()[-length:]).mean(axis=1) + 1)
    return part, f"to {market.return_dates[-1]:%Y-%m-%d}"

"""What stands between settings and a training: how long it will take, on which device, and the button."""

import streamlit as st

from fingen_core.charts.theme import number, percent
from fingen_core.errors import FinGenError, InvalidInput
from fingen_core.market import Market
from fingen_core.runs import Run
from fingen_core.training.estimate import estimate
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.ui.kit import show
from fingen_core.ui.runs import devices
from fingen_core.ui.runs.words import duration
from fingen_core.ui.session import loaded_settings, state
from fingen_core.ui.setup import form as training_form
from fingen_core.ui.setup import presets as own_presets
from fingen_core.ui.setup.fit import fit
from fingen_core.ui.train.panel import open_run

__all__ = ["form"]

_IMAGES = "pages/model/images.py"


def form(market: Market) -> None:
    """Settings on the left, what they will cost and the Train button on the right."""
    loaded_settings.from_run(training_form.FORM, lambda run: isinstance(run.config, TrainingConfig))
    _left_off(market)
    _form(market)


@st.fragment
def _form(market: Market) -> None:
    """Redrawn by whoever moves something in it, and by nothing else: a slider must stay where a hand has put it."""
    loaded_settings.offer_undo(training_form.FORM)
    presets, models, start = st.columns([1.15, 1, 1.1], gap="medium")
    with presets:
        training_form.preset_choice()
    with models:
        training_form.model_choice()
        st.page_link(
            _IMAGES,
            label="Models of windows and pictures",
            icon=":material/image:",
            query_params={"images_view": "Training"},
            help="They learn weeks at once, as returns or as images, and are trained on a page of their own.",
        )
    try:
        config = training_form.settings(market)
    except InvalidInput as problem:
        with start, st.container(border=True):
            st.markdown("**These settings contradict each other**")
            show.error(problem)
        with presets:
            own_presets.row(training_form.FORM, None)
        return
    with presets:
        own_presets.row(training_form.FORM, config)
    with start, st.container(border=True):
        _start(market, config)
    told = (
        f"The last {percent(config.validation_share, 0)} of the days are held out: they say how long to train, and two "
        "classical rivals are scored on the same days. "
        + ("Then everything is fitted again on all days. " if config.refit else "")
        + "Training runs in a process of its own: this page may be closed."
    )
    st.caption(market.step.retold(told))


def _start(market: Market, config: TrainingConfig) -> None:
    st.markdown(
        f"**{market.name}**: {number(market.n_assets)} assets, {number(market.n_steps)} {market.step.nouns} of returns"
    )
    if not fit(market):
        return
    seconds, memory = estimate(config, market.n_steps, market.n_assets)
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            "Time, about", duration(seconds), help="On two processor cores that have nothing else to do.", width=130
        )
        st.metric("Memory, about", devices.size(memory), help="Of the training process.", width=140)
    st.caption("On two processor cores that are idle; beside other work it takes longer.")
    device = devices.choice("train_device")
    name = st.text_input("Name", placeholder="Chosen for you", max_chars=120, key="train_name")
    if st.button("Train", type="primary", icon=":material/play_arrow:", width="stretch", key="train_start"):
        _submit(market, config, name, device)
    waiting = [run for run in state.store().list() if run.is_active]
    if waiting:
        st.caption(f"“{waiting[-1].name}” has the device; this one will wait its turn.")


def _submit(market: Market, config: TrainingConfig, name: str, device: str) -> None:
    try:
        # A second click, or a second tab, with the very same wish opens the training that is already under way.
        run = _same(market, config) or state.store().create(market, config, name=name.strip(), device=device)
        state.jobs().submit(run.id)
    except FinGenError as problem:
        show.error(problem)
        return
    loaded_settings.forget()
    open_run(run.id)
    st.rerun()


def _same(market: Market, config: TrainingConfig) -> Run | None:
    """The active run that trains exactly this."""
    for run in state.store().list():
        if run.is_active and run.config == config and run.market_digest == market.digest():
            return run
    return None


def _left_off(market: Market) -> None:
    """One line for trainings of this market that wait to be resumed; its button goes on with the newest."""
    digest = market.digest()
    ended = [run for run in state.store().list() if run.market_digest == digest and not run.sweep]
    waiting = [run for run in ended if run.status in {"stopped", "lost"}]
    if not waiting:
        return
    newest = waiting[0]
    with st.container(horizontal=True, vertical_alignment="center", key="train_left_off"):
        count = "1 stopped training" if len(waiting) == 1 else f"{number(len(waiting))} stopped trainings, the newest"
        st.caption(f"{count}: “{newest.name}”", width="content")
        if not st.button("Resume", type="tertiary", icon=":material/play_circle:", key="train_go_on"):
            return
    try:
        state.jobs().resume(newest.id)
    except FinGenError as problem:
        show.error(problem)
        return
    open_run(newest.id)
    st.rerun()

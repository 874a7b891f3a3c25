"""What stands between settings and a training: is the market fit, how long will it take, on which device."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import streamlit as st

from fingen_core.charts.theme import number
from fingen_core.errors import FinGenError, NotFound
from fingen_core.market import Market
from fingen_core.market.quality import quality_report
from fingen_core.runs import Run
from fingen_core.training.config import TrainingConfig
from fingen_core.training.estimate import estimate
from fingen_core.ui import show, state, training_form
from fingen_core.ui.training_panel import RUNS, duration, open_run

__all__ = ["form"]

MARKET = "pages/data/market.py"


def form(market: Market) -> None:
    """Settings on the left, what they will cost and the Train button on the right."""
    _take_over()
    st.fragment(_form)(market)


def _form(market: Market) -> None:
    left, right = st.columns([2, 1], gap="large")
    with left:
        training_form.model_and_preset()
    below = st.container()
    with below:
        config = training_form.settings()
    with right, st.container(border=True):
        _start(market, config)


def _start(market: Market, config: TrainingConfig) -> None:
    st.markdown(f"**{market.name}**: {number(market.n_assets)} assets, {number(market.n_steps)} days of returns")
    problems = _problems(market.digest(), market)
    if problems:
        _refuse(problems)
        return
    seconds, memory = estimate(config, market.n_steps, market.n_assets)
    time, space = st.columns(2)
    time.metric("Time, about", duration(seconds), help="On this machine's processor; a GPU is faster.")
    space.metric("Memory, about", _size(memory), help="Of the training process.")
    device = _device()
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
    open_run(run.id)
    st.rerun()


def _same(market: Market, config: TrainingConfig) -> Run | None:
    """The active run that trains exactly this."""
    for run in state.store().list():
        if run.is_active and run.config == config and run.market_digest == market.digest():
            return run
    return None


def _refuse(problems: tuple[str, ...]) -> None:
    st.warning("These prices would teach the model something false.", icon=":material/report:")
    for text in problems[:3]:
        st.markdown(f"- {text}")
    if len(problems) > 3:
        st.markdown(f"- and {len(problems) - 3} more")
    if st.button("Mend them on the Market page", type="primary", icon=":material/build:", key="train_mend"):
        st.switch_page(MARKET)


@st.cache_data(max_entries=16, show_spinner=False)
def _problems(digest: str, _market: Market) -> tuple[str, ...]:  # noqa: ARG001  (the digest is the cache key)
    """What stands in the way of training on this market."""
    return tuple(finding.text for finding in quality_report(_market).findings if finding.severity == "error")


def _device() -> str:
    """Where to train; the list comes from the sampling worker, which may still be starting."""
    asked = _asked(str(state.store().home))
    st.fragment(_device_choice, run_every=None if asked.done() else 1.0)(asked)
    return str(st.session_state.get("train_device") or "auto")


def _device_choice(asked: "Future[list[dict[str, Any]]]") -> None:
    known = asked.result() if asked.done() and asked.exception() is None else []
    labels = {device["name"]: f"{device['label']} ({_size(device['memory_bytes'])})" for device in known}
    first = f"Automatic: {known[0]['label']}" if known else "Automatic"
    st.selectbox(
        "Device",
        ["auto", *labels],
        format_func=lambda name: labels.get(name, first),
        key="train_device",
        help="Automatic takes an NVIDIA GPU, else Apple's, else the processor.",
        persist_state="session",
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _asked(home: str) -> "Future[list[dict[str, Any]]]":  # noqa: ARG001  (one answer per home)
    """The question to the worker, asked once per server in a thread, so that the page need not wait for torch."""
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="devices")
    answer: Future[list[dict[str, Any]]] = pool.submit(state.sampler().devices)
    pool.shutdown(wait=False)
    return answer


def _take_over() -> None:
    """Settings of the run named by ``?from=`` fill the form, once."""
    source = st.query_params.get("from")
    if not source:
        return
    del st.query_params["from"]
    try:
        training_form.fill(state.store().get(source).config)
    except NotFound as problem:
        show.error(problem, ("See all runs", RUNS))


def _size(memory: float) -> str:
    return f"{memory / 2**30:.1f} GB" if memory >= 2**30 else f"{memory / 2**20:,.0f} MB"

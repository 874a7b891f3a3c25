"""What a person has chosen, and the long-lived helpers of the server.

Nothing here imports torch or starts work: ``sampler`` hands out the handle of the one warm worker process.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from fingen_core.errors import NotFound
from fingen_core.market import Market, Step, library
from fingen_core.settings import home
from fingen_core.ui.kit import market_step

if TYPE_CHECKING:
    from fingen_core.jobs.queue.queue import Jobs
    from fingen_core.jobs.queue.sweeps import Sweeps
    from fingen_core.jobs.warm.sampler import Sampler
    from fingen_core.jobs.warm.searcher import Desk
    from fingen_core.runs import Run, RunStore

__all__ = [
    "announce_sampler",
    "dark",
    "desk",
    "device",
    "digest_of",
    "is_sample",
    "is_starting",
    "jobs",
    "link_market",
    "market",
    "market_key",
    "market_of",
    "run",
    "run_id",
    "sampler",
    "set_market",
    "set_market_key",
    "set_run",
    "step",
    "store",
    "sweeps",
    "warm_sampler",
]

_MARKET, _RUN = "market_digest", "run_id"
_DEVICE, _WARMING = "device_label", "sampler_warming"
_LINK, _LOST = "market", "market_lost"


def dark() -> bool:
    """Whether the page is shown in dark colors."""
    return st.context.theme.type == "dark"


def market() -> Market:
    """The market that is being worked on; the bundled one until another is chosen, or when that one is gone."""
    _follow_link()
    try:
        return market_of(st.session_state.get(_MARKET, library.SAMPLE))
    except NotFound:
        st.session_state[_MARKET] = library.SAMPLE
        return market_of(library.SAMPLE)


def step() -> Step:
    """How far apart the prices are that are being worked on, and what they are called: days, weeks, months."""
    return market().step


market_step.tell(step)


def link_market() -> None:
    """Put the market into the address of this page, so that a link shows the same to somebody else."""
    digest = st.session_state.get(_MARKET, library.SAMPLE)
    if digest != library.SAMPLE:
        st.query_params[_LINK] = digest


def _follow_link() -> None:
    """Work on the market that the address names, unless this server has no such market: then say so once."""
    linked = st.query_params.get(_LINK, "")
    if not linked or linked in (st.session_state.get(_MARKET), st.session_state.get(_LOST)):
        return
    try:
        market_of(linked)
    except NotFound:
        st.session_state[_LOST] = linked
        st.toast(
            "The market of this link is not on this server: choose it again under Market.", icon=":material/link_off:"
        )
        return
    st.session_state[_MARKET] = linked


def market_of(digest: str) -> Market:
    """A market of the library, read once per server; ``NotFound`` if it is not there."""
    return _load(digest, str(home()))


@st.cache_resource(max_entries=16, show_spinner=False)
def _load(digest: str, where: str) -> Market:  # noqa: ARG001 (part of the key)
    return library.load(digest)


def digest_of(chosen: Market) -> str:
    """The name by which workers find this market in the library, where it is put if it is not there."""
    return library.SAMPLE if is_sample(chosen) else library.save(chosen)


def set_market(chosen: Market) -> str:
    """Keep a market in the library and work on it from now on; returns its digest."""
    digest = library.save(chosen)
    _load.clear(digest, str(home()))  # the same prices may have another name now, or say their currency
    st.session_state[_MARKET] = digest
    return digest


def market_key() -> str:
    """The digest of the market that is being worked on, or "sample"."""
    chosen: str = st.session_state.get(_MARKET, library.SAMPLE)
    return chosen


def set_market_key(digest: str) -> None:
    """Work on a market of the library from now on."""
    st.session_state[_MARKET] = digest


def run_id() -> str | None:
    """The run that is being worked on; ``None`` stands for the pretrained model."""
    chosen: str | None = st.session_state.get(_RUN)
    return chosen


def set_run(chosen: str | None) -> None:
    """Work on this run from now on."""
    st.session_state[_RUN] = chosen


def run() -> "Run | None":
    """The run that is being worked on, as it stands now; ``None`` for the pretrained model or a run that is gone."""
    chosen = run_id()
    if chosen is None:
        return None
    try:
        return store().get(chosen)
    except NotFound:
        set_run(None)
        return None


def is_sample(chosen: Market) -> bool:
    """Whether this is the bundled market, the one that the pretrained model knows."""
    return chosen.digest() == market_of(library.SAMPLE).digest()


def store() -> "RunStore":
    """The run store, opened once per server (its library takes a second or two to import)."""
    return _store(str(home()))


def jobs() -> "Jobs":
    """The queue of trainings, one per server."""
    return _jobs(str(home()))


def sweeps() -> "Sweeps":
    """The sweeps, whose trainings wait in the same queue."""
    from fingen_core.jobs.queue.sweeps import Sweeps

    return Sweeps(jobs())


def sampler() -> "Sampler":
    """The one warm worker that loads models and draws from them."""
    from fingen_core.jobs.warm.sampler import Sampler

    return Sampler.shared()


def desk() -> "Desk":
    """The desk that takes searches for stress, with a worker of its own."""
    from fingen_core.jobs.warm.searcher import Desk

    return Desk.shared()


def announce_sampler() -> None:
    """Say at the top of a page that ``warm_sampler`` will follow at its end, so that the frame waits for the device.

    Loading torch takes all cores for seconds: what the page draws itself should be on its way before that.
    """
    st.session_state[_WARMING] = True


def warm_sampler() -> None:
    """Let the worker load torch and the pretrained model in the background, unless it runs already."""
    if sampler().info()["state"] == "off":
        announce_sampler()
        sampler().warm()


def device() -> str:
    """The preferred device for people, without waiting for the worker that knows it: it may be starting or asleep."""
    if sampler().info()["state"] == "idle":
        preferred = sampler().devices()[0]
        st.session_state[_DEVICE] = f"{preferred['label']}, {preferred['memory_bytes'] / 2**30:.0f} GiB"
    return str(st.session_state.get(_DEVICE, "starting" if is_starting() else "asleep until needed"))


def is_starting() -> bool:
    """Whether the worker is on its way and has not said yet what device it has."""
    on_its_way = _WARMING in st.session_state or sampler().info()["state"] == "busy"
    return on_its_way and _DEVICE not in st.session_state


@st.cache_resource(max_entries=4, show_spinner=False)
def _store(where: str) -> "RunStore":
    from fingen_core.runs import RunStore

    return RunStore(Path(where))


@st.cache_resource(max_entries=4, show_spinner=False)
def _jobs(where: str) -> "Jobs":
    from fingen_core.jobs.queue.queue import Jobs

    return Jobs(_store(where))

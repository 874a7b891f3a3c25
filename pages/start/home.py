"""What FinGen is, shown rather than told: generated scenarios of real stocks beside their history, already drawn."""

import streamlit as st

from fingen_core.charts.scenarios import value_range
from fingen_core.errors import FinGenError
from fingen_core.market import bundled
from fingen_core.scenarios.history import window_starts
from fingen_core.scenarios.opening import opening
from fingen_core.scenarios.requests import SampleRequest
from fingen_core.scenarios.severity import SEVERITIES
from fingen_core.settings import N_PATHS
from fingen_core.training.enough import too_short
from fingen_core.ui import frame
from fingen_core.ui.kit import show
from fingen_core.ui.request import samples
from fingen_core.ui.session import state

state.announce_sampler()
frame.page(
    "What could happen next?",
    "FinGen learns from a market's history how it moves, with a VAE or a GAN, and draws futures that fit. "
    f"Here are the worst of {N_PATHS:,} generated quarters of 19 US stocks beside the worst they lived through since "
    "1990. "
    "Generated, not predicted: use them to see what could hurt, how much, and how that compares with what has.",
)

market = bundled()
HORIZON = market.step.quarter
past = samples.history(market.digest(), HORIZON, samples.EQUAL, market)
prepared = opening()
if prepared is None:  # the file is missing or belongs to another model: draw now, which takes a few seconds
    try:
        with st.skeleton(430):
            request = SampleRequest(source="pretrained", n_paths=N_PATHS, n_steps=HORIZON)
            generated = samples.outcomes(request.digest(), samples.EQUAL, "VAE", "generated", samples.draw(request))
    except FinGenError as problem:
        show.error(problem, ("Train a model", "pages/model/train.py"))
        st.stop()
else:
    generated = prepared[0]


@st.fragment
def fans() -> None:
    """The two fans and the one slider that both answer to."""
    left, right = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    share = left.select_slider(
        "How bad?",
        SEVERITIES,
        value=0.1,
        format_func=samples.severity_words,
        key="worst",
        bind="query-params",
        help="Keeps the paths that lose most over the quarter, of the generated ones and of history alike.",
    )
    if right.button("Use my tickers", type="primary", icon=":material/arrow_forward:", width="stretch"):
        show.go_to("pages/data/market.py")
    starts = window_starts(market, HORIZON)
    limits = value_range([generated, past])
    for column, sample in zip(st.columns(2, gap="medium"), (generated, past), strict=True):
        with column:
            samples.fan(
                sample,
                share,
                step=market.step,
                key=f"home-{sample.kind}",
                identity=f"home-{generated.note}",
                starts=starts,
                past=past,
                y_range=limits,
            )


fans()


@st.fragment(run_every=2.0 if state.is_starting() else None)
def standing() -> None:
    """What there is to work with: device, data, runs."""
    chosen, trained = state.market(), state.store().list()
    device, data, runs = st.columns(3, gap="medium")
    with device.container(border=True, height="stretch"):
        told = state.device()
        st.markdown(f"**Device**  \n{told[:1].upper()}{told[1:]}")
    with data.container(border=True, height="stretch"):
        st.markdown(f"**Data**  \n{chosen.name}, {chosen.n_assets} assets, to {chosen.dates[-1]:%Y-%m-%d}")
    with runs.container(border=True, height="stretch"):
        first = "a model needs more history" if too_short(chosen) else "the first takes under a minute"
        told = f"{len(trained)} trained here" if trained else f"None yet: {first}."
        st.markdown(f"**Runs**  \n{told}")


standing()
state.warm_sampler()

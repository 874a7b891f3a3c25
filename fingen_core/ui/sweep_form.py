"""What a sweep may turn: knobs by ticking them, ranges that can be narrowed, how many trials, how long."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.market import Market
from fingen_core.runs import own_presets
from fingen_core.runs.sweeps import MOST_TRIALS, Knob, knob
from fingen_core.training.config import CHOICE_CONTROLS, CHOICES, PRESETS, TrainingConfig, controls, preset
from fingen_core.training.estimate import estimate
from fingen_core.training.words import label, told, value_in_words
from fingen_core.types import ModelKind
from fingen_core.ui import devices, show, state, training_form, training_start
from fingen_core.ui.training_panel import duration

__all__ = ["form"]

_MODELS: tuple[ModelKind, ...] = ("vae", "gan")


def form(market: Market) -> None:
    """Everything about a new sweep, with its cost and the button."""
    left, right = st.columns([2, 1], gap="medium")
    with left:
        base = _base()
        names = _ticked(base)
        knobs = _ranges(base, names)
    with right, st.container(border=True):
        _start(market, base, knobs)


def _base() -> TrainingConfig:
    """The settings that stay as they are where no knob is ticked."""
    now = training_form.current()
    own = [found for found in own_presets.listing(state.store().home) if isinstance(found.config, TrainingConfig)]
    known: dict[str, tuple[str, TrainingConfig]] = {
        "form": (f"As on the Train page: {_in_words(now)}", now),
        **{f"own-{found.id}": (f"Your preset “{found.name}”", found.config) for found in own},
        **{
            f"{name}-{model}": (f"{name.capitalize()}, {model.upper()}", preset(name, model))
            for name in PRESETS
            for model in _MODELS
        },
    }
    chosen = st.selectbox(
        "Settings to set out from",
        list(known),
        index=list(known).index("quick-vae"),
        format_func=lambda key: known[key][0],
        key="sweep_base",
        help="Every setting that is not ticked stays as it is there. The first trial has exactly these settings.",
    )
    return known[chosen][1]


def _in_words(config: TrainingConfig) -> str:
    differing = told(config)
    return f"{config.preset.capitalize()}, {config.model.upper()}{f', {differing}' if differing else ''}"


def _ticked(base: TrainingConfig) -> list[str]:
    """Names of the ticked knobs, in the order of the settings."""
    able = [*CHOICE_CONTROLS, *controls()]
    names = [name for name in able if name != "seed" and base.model in _known(name).models]
    chosen: list[str] = []
    st.markdown("**Which settings may it turn?**")
    for tab, groups in zip(st.tabs(list(training_form.TABS)), training_form.TABS.values(), strict=True):
        with tab:
            here = [name for name in names if _known(name).group in groups]
            for start in range(0, len(here), 3):
                for column, name in zip(st.columns(3, gap="small"), here[start : start + 3], strict=False):
                    ticked = column.checkbox(
                        label(name, base),
                        key=f"sweep_tick_{name}",
                        help=_help(name),
                        persist_state="session",
                    )
                    chosen += [name] if ticked else []
    return chosen


def _known(name: str) -> Any:
    return controls()[name] if name in controls() else CHOICE_CONTROLS[name]


def _help(name: str) -> str:
    if name in controls():
        return controls()[name].help
    return "\n".join(f"- {text}" for text in CHOICES[name].values())


def _ranges(base: TrainingConfig, names: Sequence[str]) -> list[Knob]:
    if not names:
        st.info("Tick at least one setting: learning rate, latent size and KL divergence are good first ones.")
        return []
    st.markdown("**Within which range?**")
    found = []
    for start in range(0, len(names), 2):
        for column, name in zip(st.columns(2, gap="medium"), names[start : start + 2], strict=False):
            with column:
                found.append(_range(base, name))
    return found


def _range(base: TrainingConfig, name: str) -> Knob:
    whole = knob(name, base)
    now = value_in_words(name, getattr(base, name), base)
    if whole.choices:
        words = st.multiselect(
            label(name, base),
            whole.choices,
            default=whole.choices,
            format_func=lambda word: CHOICES[name][word].partition(":")[0],
            key=f"sweep_words_{name}",
            help=f"Now {now}.",
            persist_state="session",
        )
        return Knob(name=name, choices=tuple(words))
    stops = training_form.stops(controls()[name], (float(getattr(base, name)),))
    low, high = st.select_slider(
        label(name, base),
        stops,
        value=(stops[0], stops[-1]),
        format_func=lambda value: value_in_words(name, value, base),
        key=f"sweep_range_{name}_{base.digest()}",
        help=f"Now {now}. {controls()[name].help}",
        persist_state="session",
    )
    return Knob(name=name, low=float(low), high=float(high))


def _start(market: Market, base: TrainingConfig, knobs: Sequence[Knob]) -> None:
    st.markdown(f"**{market.name}**")
    problems = training_start.problems_of(market.digest(), market)
    if problems:
        training_start.refuse(problems)
        return
    trials = st.number_input("Trials", 2, MOST_TRIALS, 12, key="sweep_trials", help="Trainings, one after the other.")
    minutes = st.number_input(
        "Time budget in minutes", 0, 10_000, 0, key="sweep_minutes", help="No trial begins after that; 0 is no limit."
    )
    seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="sweep_seed", help="Same seed, same proposals.")
    prune = st.toggle(
        "Stop trials that lag behind",
        True,
        key="sweep_prune",
        help="At each validation a trial that is worse than half of the others were at that point is stopped.",
    )
    device = devices.choice("sweep_device")
    seconds = estimate(base.replace(refit=False), market.n_steps, market.n_assets)[0] * trials
    most = min(seconds, 60 * minutes) if minutes else seconds
    st.metric("Time, about", duration(most), help="With the settings to set out from; knobs change how long it takes.")
    st.caption("On two processor cores that are idle; beside other work it takes longer.")
    if not st.button(
        "Start the sweep",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        key="sweep_start",
        disabled=not knobs,
    ):
        return
    try:
        sweep_id = state.sweeps().start(
            market,
            base,
            knobs,
            n_trials=int(trials),
            seed=int(seed),
            minutes=float(minutes),
            prune=prune,
            device=device,
        )
    except FinGenError as problem:
        show.error(problem)
        return
    st.query_params["sweep"] = sweep_id
    st.rerun()

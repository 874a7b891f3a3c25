"""What a sweep may turn: knobs by ticking them, ranges that can be narrowed, how many trials, how long."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.market import Market
from fingen_core.runs import own_presets
from fingen_core.runs.sweeps import MOST_TRIALS, Knob, knob, tunable
from fingen_core.training.estimate import estimate
from fingen_core.training.settings.config import CHOICE_CONTROLS, PRESETS, Choice, Control, TrainingConfig, preset
from fingen_core.training.settings.picture_config import (
    PICTURE_CHOICES,
    Configuration,
    PictureConfig,
    picture_estimate,
    picture_preset,
)
from fingen_core.training.settings.words import controls_of, label, told, value_in_words, vocabularies_of
from fingen_core.types import ModelKind
from fingen_core.ui.kit import show
from fingen_core.ui.kit.number_widget import stops
from fingen_core.ui.runs import devices
from fingen_core.ui.runs.words import duration
from fingen_core.ui.session import state
from fingen_core.ui.setup import form as training_form
from fingen_core.ui.setup import image_form, image_settings
from fingen_core.ui.setup.fit import fit

__all__ = ["form"]

_MODELS: tuple[ModelKind, ...] = ("vae", "gan")
_DAYS = "days"
_KINDS = {
    _DAYS: "Filtered days",
    **{name: text.partition(":")[0] for name, text in PICTURE_CHOICES["representation"].items()},
}
_GROUPS = {"network": "network", "loss": "loss"}
"""Groups of the words that a painter has beside those of all models."""

_FACTOR, _TIMES = 10.0, 3.0
"""How far a range reaches at first: by a factor either way, or from the lowest value to so many times the present."""

_SCORES = {
    False: "the mean of its FZ0 scores on the validation days",
    True: "the distance of its long run from history, on the days that it was trained on",
}
"""What a trial is judged by, for painters or not."""


def form(market: Market) -> None:
    """Everything about a new sweep, with its cost and the button."""
    left, right = st.columns([2, 1], gap="medium")
    with left:
        base = _base()
        if isinstance(base, PictureConfig):
            market = image_form.painted_market(market, base)
        names = _ticked(base, market.n_assets)
        knobs = _ranges(base, names)
    with right, st.container(border=True):
        _start(market, base, knobs)


def _base() -> Configuration:
    """The settings that stay as they are where no knob is ticked."""
    kind: str = st.segmented_control(
        "What does the model draw?",
        list(_KINDS),
        default=_DAYS,
        format_func=lambda kind: state.step().retold(_KINDS[kind]),
        required=True,
        key="sweep_kind",
        help=f"Filtered {state.step().nouns} are the models of the Train page; windows and pictures are those of the "
        "Images page.",
        persist_state="session",
    )
    known = _of_days() if kind == _DAYS else _of_pictures(kind)
    chosen = st.selectbox(
        "Settings to set out from",
        list(known),
        index=list(known).index("quick-vae"),
        format_func=lambda key: known[key][0],
        key="sweep_base" if kind == _DAYS else f"sweep_base_{kind}",
        help="Every setting that is not ticked stays as it is there. The first trial has exactly these settings.",
    )
    return known[chosen][1]


def _of_days() -> Mapping[str, tuple[str, Configuration]]:
    now = training_form.current()
    return {
        "form": (f"As on the Train page: {_in_words(now)}", now),
        **_own(lambda config: isinstance(config, TrainingConfig)),
        **{
            f"{name}-{model}": (f"{name.capitalize()}, {model.upper()}", preset(name, model))
            for name in PRESETS
            for model in _MODELS
        },
    }


def _of_pictures(kind: str) -> Mapping[str, tuple[str, Configuration]]:
    now = image_form.current()
    network = "conv1d" if kind.endswith("windows") else "conv2d"  # the first that goes with it
    return {
        **({"form": (f"As on the Images page: {_in_words(now)}", now)} if now and now.representation == kind else {}),
        **_own(lambda config: isinstance(config, PictureConfig) and config.representation == kind),
        **{
            f"{name}-{model}": (
                f"{name.capitalize()}, {model.upper()}",
                picture_preset(name, model, representation=kind, network=network),
            )
            for name in PRESETS
            for model in _MODELS
        },
    }


def _own(fits: Callable[[Configuration], bool]) -> dict[str, tuple[str, Configuration]]:
    saved = [found for found in own_presets.listing(state.store().home) if fits(found.config)]
    return {f"own-{found.id}": (f"Your preset “{found.name}”", found.config) for found in saved}


def _in_words(config: Configuration) -> str:
    differing = told(config)
    return f"{config.preset.capitalize()}, {config.model.upper()}{f', {differing}' if differing else ''}"


def _ticked(base: Configuration, n_assets: int) -> list[str]:
    """Names of the ticked knobs, in the order of the settings."""
    names = [name for name in tunable(base) if _matters(name, base, n_assets)]
    chosen: list[str] = []
    st.markdown("**Which settings may it turn?**")
    tabs = image_settings.TABS if isinstance(base, PictureConfig) else training_form.TABS
    for tab, groups in zip(st.tabs(list(tabs)), tabs.values(), strict=True):
        with tab:
            here = [name for name in names if _group_of(name, base) in groups]
            for start in range(0, len(here), 3):
                for column, name in zip(st.columns(3, gap="small"), here[start : start + 3], strict=False):
                    ticked = column.checkbox(
                        label(name, base), key=_tick(name), help=_help(name, base), persist_state="session"
                    )
                    chosen += [name] if ticked else []
    return chosen


def _matters(name: str, base: Configuration, n_assets: int) -> bool:
    """Whether turning it can change anything: a choice that it waits for is made, or is itself to be turned."""
    if name == "correlation_weight" and n_assets == 1:
        return False
    able = tunable(base)
    control = controls_of(base).get(name)
    asked = {one: words for one, words in (control.when if control else {}).items() if one in able}
    return not asked or any(
        getattr(base, one) in words or st.session_state.get(_tick(one)) for one, words in asked.items()
    )


def _tick(name: str) -> str:
    return f"sweep_tick_{name}"


def _group_of(name: str, base: Configuration) -> str:
    known: dict[str, Control | Choice] = {**CHOICE_CONTROLS, **controls_of(base)}
    return known[name].group if name in known else _GROUPS[name]


def _help(name: str, base: Configuration) -> str:
    if name in controls_of(base):
        return state.step().retold(controls_of(base)[name].help)
    return state.step().retold("\n".join(f"- {text}" for text in vocabularies_of(base)[name].values()))


def _ranges(base: Configuration, names: Sequence[str]) -> list[Knob]:
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


def _range(base: Configuration, name: str) -> Knob:
    whole = knob(name, base)
    now = value_in_words(name, getattr(base, name), base)
    if whole.choices:
        words = st.multiselect(
            label(name, base),
            whole.choices,
            default=whole.choices,
            format_func=lambda word: value_in_words(name, word, base),
            key=f"sweep_words_{name}_{base.digest()}",
            help=f"Now {now}.",
            persist_state="session",
        )
        return Knob(name=name, choices=tuple(words))
    control = controls_of(base)[name]
    able = stops(control, (float(getattr(base, name)),))
    low, high = st.select_slider(
        label(name, base),
        able,
        value=_around(control, float(getattr(base, name)), able),
        format_func=lambda value: value_in_words(name, value, base),
        key=f"sweep_range_{name}_{base.digest()}",
        help=f"Now {now}. {control.help}",
        persist_state="session",
    )
    return Knob(name=name, low=float(low), high=float(high))


def _around(control: Control, value: float, able: Sequence[float]) -> tuple[float, float]:
    """Where a range begins: near the present value, as far as few trials reach; all of it where that is at the bottom.

    A whole range is mostly settings that nobody would try: of learning rates, those that learn nothing or run away.
    """
    low, high = (value / _FACTOR, value * _FACTOR) if control.log else (control.low, _TIMES * value)
    near = [stop for stop in able if low <= stop * (1 + 1e-9) and stop <= high * (1 + 1e-9)]
    return (near[0], near[-1]) if len(near) > 1 else (able[0], able[-1])


def _start(market: Market, base: Configuration, knobs: Sequence[Knob]) -> None:
    st.markdown(f"**{market.name}**")
    if not fit(market):
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
    seconds = _seconds(base, market) * trials
    most = min(seconds, 60 * minutes) if minutes else seconds
    st.metric("Time, about", duration(most), help="With the settings to set out from; knobs change how long it takes.")
    st.caption("On two processor cores that are idle; beside other work it takes longer.")
    scored = market.step.retold(_SCORES[isinstance(base, PictureConfig)])
    st.caption(f"Each trial is scored by {scored}; lower is better.")
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


def _seconds(base: Configuration, market: Market) -> float:
    """How long one trial takes, about; none is refitted on all days."""
    if isinstance(base, PictureConfig):
        return picture_estimate(base)
    return estimate(base.replace(refit=False), market.n_steps, market.n_assets)[0]

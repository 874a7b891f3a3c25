"""The choices of a model of pictures, with what is painted of a market; the rest of its settings is under Expert."""

import streamlit as st

from fingen_core.errors import InvalidInput
from fingen_core.market import Market
from fingen_core.market.together import equal_weight
from fingen_core.training.settings.config import PRESETS
from fingen_core.training.settings.picture_config import PICTURE_CHOICES, PictureConfig, picture_preset
from fingen_core.ui.session import loaded_settings, state
from fingen_core.ui.setup import image_settings

__all__ = ["FORM", "choices", "current", "fill", "painted_market"]

_BASE, _VERSION, _NOW = "images_base", "images_version", "images_now"


def fill(config: PictureConfig | None) -> None:
    """Let the form set out from these settings, or from its own; new widgets come with them."""
    st.session_state[_BASE] = config
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1


def _set_out_from() -> PictureConfig | None:
    base: PictureConfig | None = st.session_state.get(_BASE)
    return base


FORM = loaded_settings.Form("images", _set_out_from, fill)


def choices(market: Market) -> PictureConfig | InvalidInput:
    """The settings that the widgets stand for, or why they do not go together."""
    taken, version = _set_out_from(), st.session_state.get(_VERSION, 0)
    first, second = st.columns(2, gap="medium")
    with first:
        depiction = _select("Picture", "representation")
        model = _select("Model", "model")
        preset = st.segmented_control(
            "Preset",
            list(PRESETS),
            default=taken.preset if taken else "quick",
            format_func=lambda name: PRESETS[name].partition(":")[0],
            required=True,
            key=f"images_preset_{version}",
            help="Length of the training: half, the whole or twice the steps.",
        )
    plain = picture_preset(preset, model)
    with second:
        networks = [n for n in PICTURE_CHOICES["network"] if _goes(plain, representation=depiction, network=n)]
        network = _select("Network", "network", networks)
        losses = [n for n in PICTURE_CHOICES["loss"] if _goes(plain, network="dense", loss=n)]
        loss = _select("Loss", "loss", losses)
        side = st.segmented_control(
            "Size of the pictures",
            [28, 64],
            default=taken.side if taken else 28,
            format_func=lambda n: f"{n} x {n}",
            required=True,
            key=f"images_side_{version}",
            help=f"{market.step.nouns.capitalize()} in a window, and pixels on a side. "
            "64 x 64 takes about five times as long.",
        )
    start = taken if taken and (taken.preset, taken.model) == (preset, model) else plain
    base = start.replace(representation=depiction, network=network, loss=loss, side=side)
    try:
        said = image_settings.settings(base, f"{preset}_{model}_{version}", painted_market(market, base), fill)
    except InvalidInput as problem:
        return problem
    st.session_state[_NOW] = said
    return said


def current() -> PictureConfig | None:
    """What the form said when it was last drawn and did not contradict itself; ``None`` before that."""
    said: PictureConfig | None = st.session_state.get(_NOW)
    return said


def painted_market(market: Market, config: PictureConfig) -> Market:
    """What is painted of a market: Gramian fields show one series."""
    return equal_weight(market) if config.representation == "gasf" and market.n_assets > 1 else market


def _goes(config: PictureConfig, **changes: object) -> bool:
    try:
        config.replace(**changes)
    except InvalidInput:
        return False
    return True


def _select(label: str, name: str, among: list[str] | None = None) -> str:
    options = among or list(PICTURE_CHOICES[name])
    taken = getattr(_set_out_from(), name, None)
    # Another list of options is another widget: what was chosen may not be among them.
    chosen: str = st.selectbox(
        label,
        options,
        index=options.index(taken) if taken in options else 0,
        format_func=lambda key: PICTURE_CHOICES[name][key].partition(":")[0],
        key=f"images_{name}_{'_'.join(options)}_{st.session_state.get(_VERSION, 0)}",
        help="\n\n".join(f"- {state.step().retold(PICTURE_CHOICES[name][key])}" for key in options),
    )
    return chosen

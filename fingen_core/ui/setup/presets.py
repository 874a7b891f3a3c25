"""Presets that people saved: chosen beside the shipped ones, saved, renamed, deleted, shared as JSON."""

import re
from collections.abc import Callable

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.runs import own_presets as kept
from fingen_core.runs.own_presets import OwnPreset
from fingen_core.training.settings.picture_config import Configuration
from fingen_core.training.settings.words import told
from fingen_core.ui.kit import saving, show
from fingen_core.ui.session import loaded_settings, state
from fingen_core.ui.session.loaded_settings import Form

__all__ = ["row"]

_DELETED, _ROUND, _TOLD = "own_preset_deleted", "own_preset_round", "own_preset_told"


def row(form: Form, config: Configuration | None) -> None:
    """Presets of the form's kind to choose from, and what can be done with them.

    ``config`` is what the form says now; ``None`` while that contradicts itself and cannot be saved.
    """
    home = state.store().home
    known = [preset for preset in kept.listing(home) if isinstance(preset.config, _kind(form))]
    _offer_undo()
    if told_once := st.session_state.pop(_TOLD, ""):
        st.toast(told_once, icon=":material/bookmark_added:")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for preset in known:
            st.button(
                preset.name,
                icon=":material/bookmark:",
                key=f"{form.name}_own_{preset.id}",
                help=_about(preset),
                on_click=loaded_settings.load,
                args=(form, preset.config, f"Your preset “{preset.name}” is loaded."),
            )
        with saving.popover("Save or share settings", _box(form), icon=":material/bookmarks:"):
            _save(form, config, known)
            if known:
                _manage(form, known)
            _upload(form)


def _kind(form: Form) -> type:
    from fingen_core.training.settings.config import TrainingConfig
    from fingen_core.training.settings.picture_config import PictureConfig

    return PictureConfig if form.name == "images" else TrainingConfig


def _about(preset: OwnPreset) -> str:
    differing = told(preset.config, 4)
    base = f"{preset.config.model.upper()}, {preset.config.preset.capitalize()}"
    return f"{base}{f' with {differing}' if differing else ''}; saved {preset.saved:%Y-%m-%d}."


def _box(form: Form) -> str:
    return f"{form.name}_own_presets"


def _save(form: Form, config: Configuration | None, known: list[OwnPreset]) -> None:
    with st.form(f"{form.name}_own_save", border=False):
        name = st.text_input("Save these settings as", max_chars=120, key=f"{form.name}_own_name")
        if not st.form_submit_button("Save", type="primary", key=f"{form.name}_own_keep"):
            return
    if config is None:
        st.error("These settings contradict each other: mend that first.", icon=":material/error:")
        return
    if any(preset.name == name.strip() and preset.config == config for preset in known):
        saving.close(_box(form))  # a second Enter: the first has saved it
    _done(form, lambda: kept.save(state.store().home, name, config), "saved")


def _manage(form: Form, known: list[OwnPreset]) -> None:
    home = state.store().home
    names = {preset.id: preset.name for preset in known}
    chosen = st.selectbox("Your presets", list(names), format_func=lambda key: names[key], key=f"{form.name}_own_one")
    preset = next(preset for preset in known if preset.id == chosen)
    with st.form(f"{form.name}_own_rename", border=False):
        name = st.text_input("Name", preset.name, max_chars=120, key=f"{form.name}_own_new_name_{preset.id}")
        renamed = st.form_submit_button("Rename", key=f"{form.name}_own_renamed")
    with st.container(horizontal=True):
        st.download_button(
            "Download",
            lambda: kept.to_json(preset.name, preset.config).encode(),
            f"fingen-preset-{_file_name(preset.name)}.json",
            "application/json",
            icon=":material/download:",
            key=f"{form.name}_own_file",
            on_click="ignore",
            help="A small JSON file for somebody else, or for the command line: train --config.",
        )
        deleted = st.button("Delete", icon=":material/delete:", key=f"{form.name}_own_delete", help="Can be undone.")
    if renamed:
        _done(form, lambda: kept.rename(home, preset.id, name), "renamed")
    if deleted:
        st.session_state[_DELETED] = preset.id
        _done(form, lambda: kept.delete(home, preset.id))


def _upload(form: Form) -> None:
    # A new uploader after each file: it would give the same one again at every rerun.
    number = st.session_state.get(_ROUND, 0)
    file = st.file_uploader(
        "Add a preset from a file (JSON)", "json", key=f"{form.name}_own_upload_{number}", max_upload_size=1
    )
    if file is None:
        return
    try:
        name, config = kept.parse(file.getvalue(), file.name.rpartition(".")[0][:100] or "Shared settings")
        if not isinstance(config, _kind(form)):
            other = "Train page" if form.name == "images" else "Images page"
            st.error(f"These are settings of another kind of model: add them on the {other}.", icon=":material/error:")
            return
        added = kept.save(state.store().home, name, config)
    except FinGenError as problem:
        show.error(problem)
        return
    st.session_state[_ROUND] = number + 1
    st.session_state[_TOLD] = f"“{added.name}” is added: its button stands beside the shipped presets."
    st.rerun()


def _offer_undo() -> None:
    preset_id = st.session_state.get(_DELETED)
    if not preset_id:
        return
    name = kept.get(state.store().home, preset_id).name
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"“{name}” is deleted.", width="content")
        st.button("Undo", icon=":material/undo:", type="tertiary", key="own_preset_undo", on_click=_restore)


def _restore() -> None:
    kept.restore(state.store().home, st.session_state.pop(_DELETED))


def _done(form: Form, work: Callable[[], OwnPreset | None], what: str = "") -> None:
    """Do it, close and draw the page anew, which then says what is done; or say why not."""
    try:
        preset = work()
    except FinGenError as problem:
        show.error(problem)
        return
    told = f"“{preset.name}” is {what}: its button stands beside the shipped presets." if preset and what else ""
    saving.close(_box(form), told)


def _file_name(name: str) -> str:
    return re.sub(r"[^\w-]+", "-", name).strip("-").lower() or "settings"

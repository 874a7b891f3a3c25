"""The controls of a training that runs: pause, step, go on, and its learning rates."""

from collections.abc import Mapping

import streamlit as st

from fingen_core.charts.theme import number
from fingen_core.errors import FinGenError
from fingen_core.runs import Run
from fingen_core.training.settings.base import written
from fingen_core.training.settings.config import Control, controls
from fingen_core.training.settings.picture_config import picture_controls
from fingen_core.training.steering import RATES, RateChange
from fingen_core.ui.session import state
from fingen_core.ui.setup import form

__all__ = ["change_in_words", "changed_settings", "under_way"]

PLAYERS = {"filter": "volatility filter", "vae": "VAE", "critic": "critic", "generator": "generator"}
_OF_PHASE = {"Volatility filter": ("filter",), "VAE": ("vae",), "GAN": ("critic", "generator")}
_SETTING = {
    "filter": "filter_learning_rate",
    "vae": "learning_rate",
    "critic": "critic_learning_rate",
    "generator": "generator_learning_rate",
}
_PROBLEM = "train_steering_problem"


def _steer(run: Run) -> None:
    """Buttons in a row; for a run that waits or trains."""
    wanted = (run.folder / "pause").exists()
    if not wanted:
        _button("Pause", "pause", state.jobs().pause, run.id, help=_HELP["pause"])
    else:
        _button("Go on", "play_arrow", state.jobs().go_on, run.id, primary=True, help=_HELP["go_on"])
        n_steps = int(run.config.validate_every)
        _button(
            "Step" if run.is_held else "Pausing",
            "skip_next",
            state.jobs().step,
            run.id,
            n_steps,
            disabled=not run.is_held,
            help=f"Does {number(n_steps)} steps, to the next validation, and waits again.",
        )
    _rates(run)
    if problem := st.session_state.pop(_PROBLEM, ""):
        st.caption(f":material/error: {problem}")


def under_way(run: Run, text: str, *, key: str, note: str) -> None:
    """What a run that waits or trains is doing, in words, with buttons that steer and stop it.

    ``note`` is the help of the button that stops.
    """
    stopping = (run.folder / "stop").exists()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(text)
        if run.status == "running" and not stopping:
            _steer(run)
        st.button(
            "Stopping" if stopping else "Stop",
            icon=":material/stop_circle:",
            key=key,
            disabled=stopping,
            help=note,
            on_click=state.jobs().stop,
            args=(run.id,),
        )


_HELP = {
    "pause": "Holds it within ten steps. Its process and its memory stay, and so does the device; the weights become "
    "what they would have become anyway. Stop instead to give the device to another run.",
    "go_on": "Lets it run on from exactly here.",
}


def change_in_words(change: RateChange) -> str:
    """ "VAE, from step 120: learning rate of the VAE from 0.002 to 0.0005"."""
    return (
        f"{change.label}, from step {number(change.step)}: learning rate of the "
        f"{PLAYERS.get(change.player, change.player)} from {_plain(change.before)} to {_plain(change.rate)}"
    )


def changed_settings(run: Run) -> None:
    """What was changed on the way, and what that means for the settings; nothing if nothing was."""
    changes = run.changes
    if not changes:
        return
    words = "; ".join(change_in_words(change) for change in changes)
    st.caption(
        f":material/edit_note: Changed while it trained: {words}. Its settings alone do not give this model; "
        "the changes are kept with the run, and a refit, a resumption, a validation and a repetition make them again "
        "at the same steps."
    )


def _rates(run: Run) -> None:
    players = _present_players(run)
    with st.popover("Learning rates", icon=":material/speed:", disabled=not players, key=f"train_rates_{run.id}"):
        if not players:
            return
        if (run.folder / RATES).exists():
            st.caption("Asked for; it holds from the next step on." if run.is_held else "Asked for: within ten steps.")
        chosen = {player: _rate(run, player) for player in players}
        wanted = {player: new for player, (new, old) in chosen.items() if new != old}
        _button("Change", "check", state.jobs().change_rates, run.id, wanted, disabled=not wanted, primary=True)
        st.caption("The peak of the schedule from the next steps on. The change is kept with its step.")


def _rate(run: Run, player: str) -> tuple[float, float]:
    """A slider for a player's rate: what it says, and what holds."""
    name = _name(run, player)
    control, configured = _controls(run)[name], float(getattr(run.config, name))
    made = [change.rate for change in run.changes if change.player == player]
    now = made[-1] if made else configured
    options = form.stops(control, (configured, now))
    new = st.select_slider(
        f"Learning rate ({PLAYERS[player]})",
        options,
        value=min(options, key=lambda option: abs(option - now)),
        format_func=_plain,
        key=f"train_rate_{run.id}_{player}_{len(made)}",
        help=state.step().retold(control.help),
    )
    return float(new), now


def _present_players(run: Run) -> tuple[str, ...]:
    """Who moves weights in the present phase."""
    phase = str(run.progress.get("phase", "")) if run.status == "running" else ""
    if run.paints:
        return _OF_PHASE[run.config.model.upper()] if phase.startswith("Painting") else ()
    return _OF_PHASE.get(phase.partition(",")[0], ())


def _controls(run: Run) -> Mapping[str, Control]:
    return picture_controls() if run.paints else controls()


def _name(run: Run, player: str) -> str:
    """The setting that holds a player's rate; painters have one for what they keep."""
    name = _SETTING[player]
    return name if name in _controls(run) else "learning_rate"


def _plain(rate: float) -> str:
    return written(float(f"{rate:.2g}"))


def _button(
    label: str,
    icon: str,
    act: object,
    *arguments: object,
    primary: bool = False,
    disabled: bool = False,
    help: str = "",
) -> None:
    st.button(
        label,
        type="primary" if primary else "secondary",
        icon=f":material/{icon}:",
        key=f"train_{icon}",
        disabled=disabled,
        help=help or None,
        on_click=_try,
        args=(act, *arguments),
    )


def _try(act: object, *arguments: object) -> None:
    """The training may have ended between two looks at it: say so."""
    assert callable(act)
    try:
        act(*arguments)
    except FinGenError as problem:
        st.session_state[_PROBLEM] = str(problem)

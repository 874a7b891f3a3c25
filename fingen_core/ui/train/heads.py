"""The head of a training on screen, by its state: what is happening, how it ended, what can be done about it."""

import pandas as pd
import psutil
import streamlit as st

from fingen_core.charts.theme import number, percent
from fingen_core.charts.training import curves as charts
from fingen_core.runs import Run
from fingen_core.runs.folder import RunFolder
from fingen_core.runs.validations import Validation
from fingen_core.ui.kit import show
from fingen_core.ui.runs import devices
from fingen_core.ui.runs.compare import beside_the_one_before
from fingen_core.ui.runs.steering import under_way
from fingen_core.ui.runs.words import VALIDATION, duration, headline, score_table, told
from fingen_core.ui.session import lights, state
from fingen_core.ui.session.loaded_settings import open_scenarios
from fingen_core.ui.setup.form import fill

__all__ = ["HEADS", "validating"]


def _queued(run: Run) -> None:
    store = state.store()
    ahead = [other for other in store.list() if other.status == "running"]
    judged = [store.get(found.run_id) for found in store.validating() if found.status == "running"]
    what = f"until “{ahead[0].name}” is done" if ahead else "for its process to start"
    if judged and not ahead:
        what = f"until the validation of “{judged[0].name}” is done"
    _under_way(run, f"Waiting {what}. One training has the device at a time; this page may be closed.")


def _running(run: Run) -> None:
    progress = run.progress
    step, total = int(progress.get("step", 0)), int(progress.get("n_steps", 0) or 1)
    share = min(step / total, 1.0)
    left = progress.get("seconds_left")
    phase = _phase(run)
    ahead = "paused" if run.is_held else f"{duration(left)} left" if left is not None else ""
    text = " · ".join(filter(None, [phase, percent(share, 0), ahead]))
    _under_way(run, f"On {devices.label(run.device)}, since {_since(run)}. This page may be closed.")
    st.progress(share, text=text)
    use, speed = _use(run), progress.get("throughput", 0.0)
    figures = [
        ("Step", number(step), f"Of {number(total)} over all phases."),
        ("Steps a second", number(speed) if speed else "…", "In the present phase."),
        ("Processor", use[0], "Of the training process; 100 % is one core."),
        ("Memory", use[1], "Of the training process."),
    ]
    with st.container(horizontal=True, gap="large"):
        for label, value, help in figures:
            st.metric(label, value, help=help, width=150)


def _under_way(run: Run, text: str) -> None:
    under_way(
        run,
        text,
        key="train_stop",
        note="Saves where it is and keeps the best checkpoint; Resume goes on exactly there.",
    )


def _done(run: Run) -> None:
    took = f" in {duration(run.took)}" if run.took is not None else ""
    st.caption(f"{headline(run)}; trained{took}, seed {run.config.seed}.")
    st.markdown(told(run))
    _believed(run)
    _actions(run, resume=False)
    if run.scores:
        table = score_table(run)
        st.dataframe(table.style.format("{:.4f}").highlight_min(axis=1, props="font-weight: 600"), width="content")
        st.caption("Scores on the validation days; lower is better, the best of each row is bold.")


def _believed(run: Run) -> None:
    """Its lights, or how far the quick validation that follows every training has come."""
    running = validating(run)
    if running is not None:
        progress = running.progress
        share = min(progress.get("step", 0) / max(progress.get("n_steps", 0) or 1, 1), 1.0)
        phase = str(progress.get("phase") or "Validation begins")
        st.progress(share, text=f"Being validated on the days it was not trained on · {phase} · {percent(share, 0)}")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.lights:
            answers = (f"{lights.word(light)}: {lights.ASKED[light.question]}" for light in run.lights)
            st.markdown("Validated. " + " · ".join(answers), width="content")
        else:
            st.markdown(f"{lights.NOT_YET}.", width="content")
        if st.button("Why believe it?", icon=":material/fact_check:", type="tertiary", key="train_validation"):
            show.go_to(VALIDATION, {"run": run.id})


def validating(run: Run) -> Validation | None:
    """The validation of a run that waits or runs."""
    return next((found for found in state.store().validations(run.id) if found.is_active), None)


def _stopped(run: Run) -> None:
    kept = (
        "Its best checkpoint is kept and can be used" if run.has_model else "There was no checkpoint worth keeping yet"
    )
    st.markdown(f"Stopped{_where(run)}. {kept}. Resume goes on exactly where it was.")
    _actions(run, resume=True)


def _failed(run: Run) -> None:
    st.error(run.error or "The training failed without a word: its log is on the Runs page.", icon=":material/error:")
    with st.container(horizontal=True):
        if diverged := "learning rate" in run.error:
            st.button(
                "Lower the learning rates",
                type="primary",
                icon=":material/trending_down:",
                key="train_lower",
                help="Opens the settings with every learning rate at a quarter.",
                on_click=_gentler,
                args=(run,),
            )
        _resume(run, "secondary" if diverged else "primary")
        _other(run)


def _lost(run: Run) -> None:
    st.warning(run.error or "Its process is gone without a word.", icon=":material/help:")
    _actions(run, resume=True)


def _actions(run: Run, *, resume: bool) -> None:
    with st.container(horizontal=True):
        if run.has_model and st.button(
            "See its scenarios",
            type="secondary" if resume else "primary",
            icon=":material/ssid_chart:",
            key="train_scenarios",
        ):
            open_scenarios(run)
        if resume:
            _resume(run, "primary")
        beside_the_one_before(run, "train_compare")
        _other(run)


def _resume(run: Run, kind: str) -> None:
    st.button(
        "Resume",
        type=kind,  # type: ignore[arg-type]
        icon=":material/play_circle:",
        key="train_resume",
        on_click=state.jobs().resume,
        args=(run.id,),
    )


def _other(run: Run) -> None:
    if run.changes and run.status == "done":
        st.button(
            "Repeat with its changes",
            icon=":material/replay:",
            key="train_repeat",
            help="A new run with the same settings, which makes the same changes of learning rates at the same steps.",
            on_click=_repeat,
            args=(run,),
        )
    st.button("Change its settings", icon=":material/tune:", key="train_change", on_click=_again, args=(run,))
    st.button("New training", icon=":material/add:", key="train_new", on_click=_leave)


def _again(run: Run) -> None:
    fill(run.config)
    _leave()


def _repeat(run: Run) -> None:
    store = state.store()
    again = store.create(store.market(run.id), run.config, name=run.name, device=run.device, changes=run.changes)
    state.jobs().submit(again.id)
    st.query_params["run"] = again.id


def _gentler(run: Run) -> None:
    config = run.config
    rates = ("learning_rate", "generator_learning_rate", "critic_learning_rate", "filter_learning_rate")
    fill(config.replace(**{name: max(getattr(config, name) / 4, 1e-5) for name in rates}))
    _leave()


def _leave() -> None:
    st.query_params.pop("run", None)


@st.cache_resource(max_entries=8, show_spinner=False)
def _process(pid: int) -> psutil.Process:
    return psutil.Process(pid)


def _use(run: Run) -> tuple[str, str]:
    """Processor and memory use of the training process; dashes when it cannot be asked."""
    try:
        process = _process(RunFolder(run.folder).state().pid)
        return f"{process.cpu_percent():.0f} %", f"{process.memory_info().rss / 2**20:,.0f} MB"
    except psutil.Error:
        return "–", "–"


def _phase(run: Run) -> str:
    """The present phase, with rivals by their names."""
    phase = str(run.progress.get("phase", "Starting"))
    for key, name in charts.RIVAL_NAMES.items():
        phase = phase.replace(key, name)
    return phase


def _where(run: Run) -> str:
    phase = run.progress.get("phase")
    return f" in phase {phase}, step {number(run.progress.get('step', 0))}" if phase else ""


def _since(run: Run) -> str:
    seconds = (pd.Timestamp.now(tz="UTC") - pd.Timestamp(run.started or run.created)).total_seconds()
    return duration(max(seconds, 0.0))


HEADS = {
    "queued": _queued,
    "running": _running,
    "done": _done,
    "stopped": _stopped,
    "failed": _failed,
    "lost": _lost,
}

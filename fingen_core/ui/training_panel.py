"""One training on screen: live while it runs, its verdict when it is done, the remedy when it is not.

The state shown is read anew from the run's folder at each tick, so a killed worker, a second tab and a restarted server
all show the truth.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import psutil
import streamlit as st

from fingen_core.charts import training as charts
from fingen_core.charts.theme import THIN, number, percent
from fingen_core.errors import NotFound
from fingen_core.runs import Run
from fingen_core.runs.validations import Validation
from fingen_core.training.config import PRESETS
from fingen_core.types import Array
from fingen_core.ui import devices, lights, show, state
from fingen_core.ui.training_form import fill

__all__ = [
    "chosen",
    "duration",
    "findings",
    "headline",
    "open_run",
    "score_table",
    "standing",
    "verdict",
    "watch",
    "work_on_link",
]

TRAIN, RUNS, SCENARIOS = "pages/model/train.py", "pages/model/runs.py", "pages/stress/scenarios.py"
VALIDATION = "pages/risk/validation.py"

STATUS_ICONS = {
    "queued": ":material/hourglass_empty:",
    "running": ":material/model_training:",
    "done": ":material/check_circle:",
    "stopped": ":material/pause_circle:",
    "failed": ":material/error:",
    "lost": ":material/help:",
}

PLAYERS = {"filter": "Volatility filter", "vae": "VAE", "critic": "Critic", "generator": "Generator"}
TERMS = {
    "likelihood": "Negative log likelihood",
    "reconstruction": "Reconstruction",
    "kl": "KL divergence",
    "moments": "Moment error",
    "correlation": "Correlation error",
    "tail": "Tail score (FZ0)",
    "adversarial": "Adversarial",
    "wasserstein": "Wasserstein distance",
    "cross-entropy": "Cross-entropy",
    "minimax": "Cross-entropy (minimax)",
    "least-squares": "Least squares",
    "hinge": "Hinge",
    "gradient_penalty": "Gradient penalty",
    "r1": "R1 penalty",
    "gradient_norm": "Gradient norm",
    "active_units": "Active latent factors",
    "told_apart": "Real ranked above generated",
    "variance": "Variance of draws",
    "effective_rank": "Directions of draws",
    "mismatch": "Moment error of draws",
}
HOW_TERMS = {
    "active_units": "Latent factors whose mean varies from day to day by more than .01: the ones that carry anything.",
    "told_apart": "Share of pairs in which the critic ranks a real day above a generated one. A half is guessing; near "
    "1 the generator has nothing to learn from, far below a half it is ahead of the critic.",
    "variance": "Variance of generated days over that of real ones; 1 is right.",
    "effective_rank": "In how many directions generated days vary (exponential of the entropy of their principal "
    "variances), over that of real ones; 1 is right, far below 1 is mode collapse.",
    "mismatch": "Difference of mean, spread, skew and kurtosis between generated and real days, in units of chance; "
    "the detectors call more than .2 visible.",
    "gradient_norm": "Length of the gradient of the whole weighted loss, before it is clipped.",
}

_POLL, _POLL_SELDOM = 1.0, 5.0

HOW_SCORES = """
The days at the end of the history that were held out are replayed one by one: from what was known the evening before,
the model and both rivals draw the next day, and each draw is scored against what came, over a fixed set of portfolios.

- **FZ0** judges value at risk and expected shortfall together, at the tail named
- **CRPS** judges the whole distribution

Lower is better for both. The best checkpoint is chosen on these same days, so the model's score is a little kinder than
the truth; the rivals choose nothing. The table in the README is out of time for all of them.
"""
HOW_SAMPLE = """
One generated path of the equal-weight portfolio, drawn anew at each validation, under the last stretch of real history
of the same length. It should not copy the line above: look for the same *kind* of days, with calm and wild stretches,
and about the same volatility and worst day.
"""


@dataclass(frozen=True)
class _Standing:
    """How the model's best score compares."""

    text: str
    ahead: int
    rivals: int

    @property
    def word(self) -> str:
        if self.ahead == self.rivals:
            return "ahead"
        return "between the rivals" if self.ahead else "behind"


def chosen() -> Run | None:
    """The run that the address asks for with ``?run=``; says so and goes on without one if it is not there."""
    run_id = st.query_params.get("run")
    if not run_id:
        return None
    try:
        return state.store().get(run_id)
    except NotFound as problem:
        show.error(problem, ("See all runs", RUNS))
        return None


def work_on_link() -> None:
    """A finished run that the address asks for is the one that is being worked on: the header tells of it."""
    linked = st.query_params.get("run")
    run = next((run for run in state.store().list() if run.id == linked), None) if linked else None
    if run is not None and run.has_model:
        state.set_run(run.id)


def open_run(run_id: str) -> None:
    """Show this run on the Train page; the address then names it, so a reload or a second tab shows the same."""
    st.query_params["run"] = run_id


def watch(run: Run) -> None:
    """Everything about one training; polls each second while it waits or trains, seldom while it is validated, and not
    afterwards.

    Seldom, since then people leave for its scenarios, and a poll that is under way when the page changes can empty the
    new one.
    """
    validating = _validating(run) is not None
    every = _POLL if run.is_active else _POLL_SELDOM if validating else None
    st.fragment(_panel, run_every=every)(run.id, polled=run.is_active or validating)


def headline(run: Run) -> str:
    """Model, preset and market in words."""
    return f"{run.config.model.upper()}, {PRESETS[run.config.preset].partition(':')[0].lower()}, {run.market_name}"


def standing(run: Run, score: str = "fz0_2.5") -> _Standing | None:
    """How the run's score compares with its rivals', honestly; ``None`` while one of them is missing."""
    rivals = _rivals_of(run, score)
    mine = run.scores.get(score, math.nan)
    if not rivals or not math.isfinite(mine):
        return None
    beaten = [_spoken(name) for name, value in rivals.items() if mine < value]
    better = [_spoken(name) for name, value in rivals.items() if not mine < value]
    if len(rivals) == 2 and not (beaten and better):
        text = "ahead of both rivals" if beaten else "behind both rivals"
    else:
        parts = [("ahead of", beaten), ("behind", better)]
        text = ", ".join(f"{word} {' and '.join(names)}" for word, names in parts if names)
    return _Standing(text, len(beaten), len(rivals))


def verdict(run: Run) -> str:
    """Where it stands by both scores, in a few words; empty while there is nothing to compare."""
    tails, whole = standing(run), standing(run, "crps")
    if tails is None:
        return ""
    if whole is None:
        return f"{tails.word} by FZ0"
    if whole.word != tails.word:
        return f"{tails.word} by FZ0, {whole.word} by CRPS"
    return tails.text if whole.text == tails.text else tails.word


def _spoken(rival: str) -> str:
    """A rival's name inside a sentence."""
    name = charts.RIVAL_NAMES.get(rival, rival)
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def score_table(run: Run) -> pd.DataFrame:
    """Scores of the model and of its rivals, one row per score; lower is better."""
    names = list(dict.fromkeys(key.split("/", 1)[0] for key in run.rivals))
    rows = {
        charts.SCORE_NAMES.get(score, score): {
            "This model": value,
            **{charts.RIVAL_NAMES.get(name, name): run.rivals.get(f"{name}/{score}", math.nan) for name in names},
        }
        for score, value in run.scores.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def _panel(run_id: str, polled: bool) -> None:
    try:
        run = state.store().get(run_id)
    except NotFound as problem:
        show.error(problem, ("See all runs", RUNS))
        return
    if polled != (run.is_active or _validating(run) is not None):
        st.rerun()  # the whole page: with or without the timer
    st.subheader(run.name, anchor=False)
    _HEADS[run.status](run)
    findings(run)
    curves = state.store().curves(run.id)
    if len(curves) or run.progress.get("sample") or run.is_active:
        _learning(run, curves)


def findings(run: Run) -> None:
    """What the detectors saw, each kind once, with the knob to turn; and what was decided on the way."""
    found = run.findings
    alarms = {one["kind"]: one for one in reversed(found) if one["kind"] != "note"}
    for kind, one in alarms.items():
        phases = list(dict.fromkeys(other["phase"] for other in found if other["kind"] == kind))
        where = f"{' and '.join(phases)}, from step {number(one['step'])}"
        sentence = one["sentence"].replace(" %", f"{THIN}%")
        st.warning(
            f"**{kind.capitalize()}** ({where}). {sentence}  \n**What helps**: {one['remedy']}",
            icon=":material/troubleshoot:",
        )
    for phase in dict.fromkeys(one["phase"] for one in found if one["kind"] == "note"):
        notes = [one["sentence"] for one in found if one["kind"] == "note" and one["phase"] == phase]
        st.caption(f":material/info: {phase}: {' '.join(notes)}")


def _queued(run: Run) -> None:
    store = state.store()
    ahead = [other for other in store.list() if other.status == "running"]
    judged = [store.get(found.run_id) for found in store.validating() if found.status == "running"]
    what = f"until “{ahead[0].name}” is done" if ahead else "for its process to start"
    if judged and not ahead:
        what = f"until the validation of “{judged[0].name}” is done"
    _stop_or(run, f"Waiting {what}. One training has the device at a time; this page may be closed.")


def _running(run: Run) -> None:
    progress = run.progress
    step, total = int(progress.get("step", 0)), int(progress.get("n_steps", 0) or 1)
    share = min(step / total, 1.0)
    left = progress.get("seconds_left")
    phase = _phase(run)
    text = " · ".join([phase, percent(share, 0), *([f"{duration(left)} left"] if left is not None else [])])
    _stop_or(run, None)
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


def _stop_or(run: Run, text: str | None) -> None:
    stopping = (run.folder / "stop").exists()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(text or f"On {devices.label(run.device)}, since {_since(run)}. This page may be closed.")
        st.button(
            "Stopping" if stopping else "Stop",
            icon=":material/stop_circle:",
            key="train_stop",
            disabled=stopping,
            help="Saves where it is and keeps the best checkpoint; Resume goes on exactly there.",
            on_click=state.jobs().stop,
            args=(run.id,),
        )


def _done(run: Run) -> None:
    took = f" in {duration((run.ended - run.started).total_seconds())}" if run.ended and run.started else ""
    st.caption(f"{headline(run)}; trained{took}, seed {run.config.seed}.")
    st.markdown(_verdict(run))
    _believed(run)
    _actions(run, resume=False)
    if run.scores:
        table = score_table(run)
        st.dataframe(table.style.format("{:.4f}").highlight_min(axis=1, props="font-weight: 600"), width="content")
        st.caption("Scores on the validation days; lower is better, the best of each row is bold.")


def _believed(run: Run) -> None:
    """Its lights, or how far the quick validation that follows every training has come."""
    running = _validating(run)
    if running is not None:
        progress = running.progress
        share = min(progress.get("step", 0) / max(progress.get("n_steps", 0) or 1, 1), 1.0)
        phase = str(progress.get("phase") or "Validation begins")
        st.progress(share, text=f"Being validated on the days it was not trained on · {phase} · {percent(share, 0)}")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.lights:
            told = (f"{lights.word(light)}: {lights.ASKED[light.question]}" for light in run.lights)
            st.markdown("Validated. " + " · ".join(told), width="content")
        else:
            st.markdown(f"{lights.NOT_YET}.", width="content")
        if st.button("Why believe it?", icon=":material/fact_check:", type="tertiary", key="train_validation"):
            show.go_to(VALIDATION, {"run": run.id})


def _validating(run: Run) -> Validation | None:
    """The validation of a run that waits or runs."""
    return next((found for found in state.store().validations(run.id) if found.is_active), None)


def _verdict(run: Run) -> str:
    """How it compares with its rivals, in a sentence that hides nothing."""
    tails, whole = standing(run), standing(run, "crps")
    if tails is None:
        return "There are no validation scores to judge it by."
    if whole is None:
        sentence = f"**On the validation days it is {verdict(run)}** at 2.5 %: {tails.text}."
    elif whole.text == tails.text:
        sentence = f"**On the validation days it is {verdict(run)}**, by FZ0 at 2.5 % and CRPS."
    else:
        sentence = f"**On the validation days it is {verdict(run)}**. "
        sentence += f"By FZ0 at 2.5 % it is {tails.text}; by CRPS it is {whole.text}."
    if tails.ahead == tails.rivals and (whole is None or whole.ahead == whole.rivals):
        return f":material/check_circle: {sentence}"
    return f":material/balance: {sentence} Where it is behind, the classical method served better on those days."


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
            state.set_run(run.id)
            show.go_to(SCENARIOS)
        if resume:
            _resume(run, "primary")
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
    st.button("Change its settings", icon=":material/tune:", key="train_change", on_click=_again, args=(run,))
    st.button("New training", icon=":material/add:", key="train_new", on_click=_leave)


def _again(run: Run) -> None:
    fill(run.config)
    _leave()


def _gentler(run: Run) -> None:
    config = run.config
    rates = ("learning_rate", "generator_learning_rate", "critic_learning_rate", "filter_learning_rate")
    fill(config.replace(**{name: max(getattr(config, name) / 4, 1e-5) for name in rates}))
    _leave()


def _leave() -> None:
    st.query_params.pop("run", None)


_HEADS = {
    "queued": _queued,
    "running": _running,
    "done": _done,
    "stopped": _stopped,
    "failed": _failed,
    "lost": _lost,
}


def _learning(run: Run, curves: pd.DataFrame) -> None:
    """What it learned: scores against the rivals, a path beside the real one, every loss."""
    dark = state.dark()
    left, right = st.columns(2, gap="medium")
    with left:
        _scores(run, curves, dark)
    with right:
        real, period = _real_path(run.id, len(run.progress.get("sample") or []) or 252)
        sample = run.progress.get("sample")
        show.chart(
            charts.beside_real(sample, real, period, dark=dark),
            alt="Daily returns of an equal-weight portfolio: real above, one generated path below, same axes.",
            key="train_sample",
            how=HOW_SAMPLE,
        )
    losses = curves[curves["name"].str.contains("/", regex=False)]
    if len(losses):
        _losses(run, losses, dark)


def _scores(run: Run, curves: pd.DataFrame, dark: bool) -> None:
    names = [name for name in charts.SCORE_NAMES if name in set(curves["name"]) or name in ("fz0_2.5", "crps")]
    score = st.session_state.get("train_score") or "fz0_2.5"
    score = score if score in names else "fz0_2.5"
    curve = curves.loc[curves["name"] == score, ["step", "phase", "value"]]
    show.chart(
        charts.scores(curve, _rivals_of(run, score), score, dark=dark),
        alt=f"{charts.SCORE_NAMES[score]} of the model over the training steps, and of its rivals as level lines.",
        key="train_scores",
        how=HOW_SCORES,
    )
    st.segmented_control(
        "Score",
        names,
        format_func=lambda name: charts.SCORE_NAMES[name].replace(" score", ""),
        default="fz0_2.5",
        required=True,
        key="train_score",
        label_visibility="collapsed",
    )


def _losses(run: Run, losses: pd.DataFrame, dark: bool) -> None:
    """Small charts of one player's terms, those of the present one unless another is chosen."""
    player_of = losses["name"].str.partition("/")[0]
    players = list(dict.fromkeys(player_of))
    newest = str(player_of.iloc[-1])
    # The key holds the newest player, so that the choice follows the training until a person makes one.
    player = st.segmented_control(
        "Losses of",
        players,
        format_func=lambda name: PLAYERS.get(name, name),
        default=newest,
        required=True,
        key=f"train_player_{run.id}_{newest}_{len(players)}",
    )
    terms = list(dict.fromkeys(losses.loc[player_of == player, "name"]))
    st.caption("Each term without its weight, so that curves of different trainings can be compared.")
    for row in range(0, len(terms), 3):
        for column, name in zip(st.columns(3, gap="medium"), terms[row : row + 3], strict=False):
            title = TERMS.get(name.partition("/")[2], name.partition("/")[2])
            curve = losses[losses["name"] == name]
            again = "; gray: the refit" if curve["phase"].str.contains("refit").any() else ""
            with column:
                show.chart(
                    charts.loss(curve, title, PLAYERS.get(str(player), "") + again, dark=dark),
                    alt=f"{title} over the training steps.",
                    key=f"train_loss_{name}",
                    how=HOW_TERMS.get(name.partition("/")[2]),
                )


def _rivals_of(run: Run, score: str) -> dict[str, float]:
    pairs = ((key.rpartition("/"), value) for key, value in run.rivals.items())
    return {rival: value for (rival, _, name), value in pairs if name == score and math.isfinite(value)}


@st.cache_data(max_entries=32, show_spinner=False)
def _real_path(run_id: str, length: int) -> tuple[Array, str]:
    """Equal-weight log returns of the last days that the run was trained on, and which days those are."""
    market = state.store().market(run_id)
    part = np.log(np.expm1(market.log_returns()[-length:]).mean(axis=1) + 1)
    dates = market.return_dates[-length:]
    return part, f"to {dates[-1]:%Y-%m-%d}"


@st.cache_resource(max_entries=8, show_spinner=False)
def _process(pid: int) -> psutil.Process:
    return psutil.Process(pid)


def _use(run: Run) -> tuple[str, str]:
    """Processor and memory use of the training process; dashes when it cannot be asked."""
    from fingen_core.runs.folder import RunFolder

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


def duration(seconds: float) -> str:
    """Seconds in words: "42 s", "3 min 5 s", "2 h 10 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"

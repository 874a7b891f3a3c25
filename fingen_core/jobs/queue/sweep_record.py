"""What a sweep tells of itself: its trials, how much each knob matters, how far it has come."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fingen_core.runs.folder import now
from fingen_core.runs.sweeps import SweepFolder, Trial, TrialState

if TYPE_CHECKING:
    import optuna

__all__ = ["ENOUGH", "ERROR", "RUN", "SECONDS", "SweepRecord", "trials_of"]

RUN = "run_id"
ERROR = "error"
SECONDS = "seconds"
"""What is kept with a trial in Optuna's record, by name."""

ENOUGH = 5
"""Trials that ran to their end before others can lag behind them, and before the importance of knobs is told."""

_BAR = 1000  # steps of the progress bar for each trial
_STATES: dict[str, TrialState] = {"RUNNING": "running", "COMPLETE": "done", "PRUNED": "pruned", "FAIL": "failed"}


class SweepRecord:
    """Writes the files that pages read.

    Parameters
    ----------
    folder : SweepFolder
    study : Study
    n_trials, seed : int
    minutes : float
        The budget; 0 is none.
    """

    def __init__(self, folder: SweepFolder, study: "optuna.Study", *, n_trials: int, seed: int, minutes: float) -> None:
        self._folder, self._study = folder, study
        self._n_trials, self._seed, self._minutes = n_trials, seed, minutes

    def trials(self) -> list[Trial]:
        """All trials so far."""
        return trials_of(self._study)

    def write(self) -> None:
        """The trials, when one begins or has ended."""
        self._folder.write("trials.json", {"trials": [asdict(trial) for trial in self.trials()]})

    def conclude(self, spent: float) -> None:
        """The trials and how much each knob matters, when one has ended."""
        self.write()
        trials = self.trials()
        if sum(trial.state == "done" for trial in trials) >= ENOUGH:
            self._folder.write("importance.json", self._importance(trials))
        self.progress(len(trials), "", 0.0, None, spent)

    def progress(self, number: int, run_id: str, share: float, seconds: float | None, spent: float) -> None:
        """How far the sweep has come: ``share`` of trial ``number``, which has taken ``seconds``, ``spent`` in all."""
        phase = f"Trial {number + 1} of {self._n_trials}" if run_id else "Proposing"
        told: dict[str, Any] = {"phase": phase, "trial": number, "run_id": run_id, "spent": spent, "heartbeat": now()}
        told |= {"step": round(_BAR * (number + share)), "n_steps": _BAR * self._n_trials}
        self._folder.write("progress.json", {**told, "seconds_left": self._left(number, share, seconds, spent)})

    def _importance(self, trials: Sequence[Trial]) -> dict[str, float]:
        """Functional ANOVA over the trials that ran to their end; empty where their scores hardly differ."""
        from optuna.importance import FanovaImportanceEvaluator, get_param_importances

        if len({trial.value for trial in trials if trial.state == "done"}) < 2:
            return {}
        try:
            found = get_param_importances(self._study, evaluator=FanovaImportanceEvaluator(seed=self._seed))
        except RuntimeError:  # no tree of the forest found anything to split
            return {}
        return {name: float(value) for name, value in found.items()}

    def _left(self, number: int, share: float, seconds: float | None, spent: float) -> float | None:
        """Seconds to the end: trials to come take as long as those before, or as this one; the budget ends it."""
        past = [trial.seconds for trial in self.trials() if trial.state in ("done", "pruned") and trial.seconds]
        this = seconds / share if seconds is not None and share > 0.05 else None
        each = sum(past) / len(past) if past else this
        if each is None:
            return None
        left = each * max(0.0, self._n_trials - number - share)
        return min(left, max(each * (1 - share), 60 * self._minutes - spent)) if self._minutes else left


def trials_of(study: "optuna.Study") -> list[Trial]:
    """Trials that were begun, in their order; of one that did not come to its end, the value is the best until then."""
    return [
        Trial(
            number=found.number,
            state=_STATES[found.state.name],
            params=dict(found.params),
            value=_best(found),
            run_id=found.user_attrs.get(RUN, ""),
            error=found.user_attrs.get(ERROR, ""),
            seconds=round(float(found.user_attrs.get(SECONDS, 0.0)), 1),
        )
        for found in study.get_trials(deepcopy=False)
        if found.state.name in _STATES
    ]


def _best(found: "optuna.trial.FrozenTrial") -> float | None:
    if found.state.name == "COMPLETE" and found.value is not None:
        return float(found.value)
    return min((float(value) for value in found.intermediate_values.values()), default=None)

"""The process behind one sweep: ``python -m fingen_core.jobs.queue.sweep_worker <sweep folder>``.

It lets Optuna propose settings, has each proposal trained as an ordinary run that waits in the ordinary line, reads its
validation curve while it grows, and stops the run when others were better at the same point. It holds no device and
loads no torch; a training that it was at when it ended is taken up again.
"""

import sys
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from fingen_core.errors import FinGenError, InvalidInput, NotFound, Stopped
from fingen_core.jobs.queue import process, search_space
from fingen_core.jobs.queue.queue import Jobs
from fingen_core.jobs.queue.sweep_record import ENOUGH, ERROR, RUN, SECONDS, SweepRecord
from fingen_core.runs.folder import now
from fingen_core.runs.run import Run
from fingen_core.runs.store import RunStore
from fingen_core.runs.sweeps import SweepFolder, objective, request
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.training.settings.picture_config import Configuration, PictureConfig

if TYPE_CHECKING:
    import optuna

__all__ = ["Sweeper", "main"]

_POLL = 0.3
_HOPELESS = 3
"""Failed trials at the beginning, or after going on, that no luck explains."""


def main(arguments: list[str], jobs: Jobs | None = None) -> int:
    """Do the sweep in the folder ``arguments[0]``; exit code 0 unless it failed."""
    folder = SweepFolder(Path(arguments[0]).resolve())
    with process.held(folder) as asked:
        if asked is None:
            return 0
        me = psutil.Process()
        folder.change(
            status="running", started=folder.state().started or now(), pid=me.pid, pid_started=me.create_time()
        )
        sweeper = Sweeper(folder, jobs or Jobs(RunStore(folder.home)), asked)
        end = process.perform(folder, asked, sweeper.run)
        folder.change(ended=now(), **end)
    return int(end["status"] == "failed")


class Sweeper:
    """One sweep at work."""

    def __init__(self, folder: SweepFolder, jobs: Jobs, asked: process.Asked) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._folder, self._jobs, self._asked = folder, jobs, asked
        self._config, self._knobs, self._request = request(folder)
        self._space = search_space.space(self._config, self._knobs)
        self._study = self._opened()
        asked_for = {name: self._request[name] for name in ("n_trials", "seed", "minutes")}
        self._record = SweepRecord(folder, self._study, **asked_for)
        self._before = sum(trial.state != "running" for trial in self._record.trials())
        self._spent = float(folder.read("progress.json").get("spent", 0.0))
        self._begun = time.monotonic()

    def run(self) -> None:
        """Trial after trial, until there are enough, time is up, or somebody asks to stop."""
        from fingen_core.market import library

        market = library.read(self._folder / "market")
        while not self._is_over():
            self._train(self._unfinished() or self._next(), market)
            self._record.conclude(self._elapsed())
        self._record.conclude(self._elapsed())
        if not any(found.value is not None for found in self._record.trials() if found.state == "done"):
            raise FinGenError("no trial came to its end: widen the budget, narrow the ranges, or read the runs' errors")

    # -- the study ---------------------------------------------------------------------------------------------------

    def _opened(self) -> "optuna.Study":
        import optuna
        from optuna.storages.journal import JournalFileBackend, JournalStorage

        looks = int(self._config.validate_every)
        pruner = (
            optuna.pruners.MedianPruner(n_startup_trials=ENOUGH, n_warmup_steps=looks)
            if self._request["prune"]
            else optuna.pruners.NopPruner()
        )
        study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(self._folder / "study.journal"))),
            study_name=self._folder.id,
            direction="minimize",
            pruner=pruner,
            load_if_exists=True,
        )
        if not study.trials and (here := search_space.as_they_are(self._config, self._knobs)):
            study.enqueue_trial(here)  # first, so that what is found can be compared with it
        return study

    def _unfinished(self) -> "optuna.Trial | None":
        """The trial that was under way when this sweep was stopped or killed."""
        import optuna

        running = self._study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,))
        for found in running:
            if set(found.params) == set(self._space):
                return optuna.Trial(self._study, found._trial_id)
            self._study.tell(found.number, state=optuna.trial.TrialState.FAIL)  # killed in the middle of proposing
        return None

    def _next(self) -> "optuna.Trial":
        """Propose settings. Chance is new for each number, so a resumed sweep proposes what one in a piece does."""
        import optuna

        number = sum(found.state.is_finished() for found in self._study.get_trials(deepcopy=False))
        seed = int(np.random.SeedSequence([int(self._request["seed"]), number]).generate_state(1)[0])
        startup = max(4, min(10, int(self._request["n_trials"]) // 3))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self._study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup)
        return self._study.ask(self._space)

    # -- one trial ---------------------------------------------------------------------------------------------------

    def _train(self, trial: "optuna.Trial", market: Any) -> None:
        """Have one proposal trained, and tell the study how it went."""
        import optuna

        begun = time.monotonic() - float(trial.user_attrs.get(SECONDS, 0.0))
        try:
            run = self._run_of(trial, market)
        except InvalidInput as problem:
            trial.set_user_attr(ERROR, str(problem))
            self._study.tell(trial, state=optuna.trial.TrialState.FAIL)
            return
        self._record.write()
        pruned = self._follow(trial, run, begun)
        trial.set_user_attr(SECONDS, time.monotonic() - begun)
        self._tell(trial, self._now(run.id), pruned)

    def _run_of(self, trial: "optuna.Trial", market: Any) -> Run:
        """The run of a trial, in line for the device: a new one, or the one that it had."""
        store = self._jobs.store
        known = trial.user_attrs.get(RUN)
        found = self._now(known) if known else None
        if found is None:
            config = self._settings(trial.params)
            name = f"{self._folder.name()[:100]}, trial {trial.number + 1}"
            found = store.create(market, config, name=name, device=self._request["device"], sweep=self._folder.id)
            trial.set_user_attr(RUN, found.id)
        if found.status == "queued":
            self._jobs.submit(found.id)
        elif found.can_resume:
            self._jobs.resume(found.id)
        return found

    def _settings(self, params: Mapping[str, Any]) -> Configuration:
        """Settings of a trial; what is kept is trained again anyway, so none is refitted on all days."""
        config: Configuration = self._config.replace(**params)
        return config.replace(refit=False) if isinstance(config, TrainingConfig) else config

    def _follow(self, trial: "optuna.Trial", run: Run, begun: float) -> bool:
        """Watch a training until it ends; whether it was to be pruned."""
        for found in self._jobs.follow(run.id):
            if found.is_active and self._asked.to_stop():
                self._halt(run.id)
                trial.set_user_attr(SECONDS, time.monotonic() - begun)
                raise Stopped("stopped on request: resume it to go on with the same trial")
            if self._lags(trial, found):
                self._halt(run.id)
                return True
            step, total = found.progress.get("step", 0), found.progress.get("n_steps", 0)
            share = min(step / total, 1.0) if total else 0.0
            self._record.progress(trial.number, run.id, share, time.monotonic() - begun, self._elapsed())
            time.sleep(_POLL)
        return False

    def _halt(self, run_id: str) -> None:
        self._jobs.stop(run_id)
        self._jobs.wait(run_id)

    def _lags(self, trial: "optuna.Trial", run: Run) -> bool:
        """Report new validations in their order; whether the pruner gives up at one of them.

        Each is judged as if the later ones were not known, and the last one decides nothing, so what is pruned does
        not depend on how fast this process looks.
        """
        looks = self._looks(run)
        seen = len(self._study.get_trials(deepcopy=False)[trial.number].intermediate_values)
        every, last = int(run.config.validate_every), _steps(run.config)
        for place, value in enumerate(looks[seen:], start=seen + 1):
            trial.report(value, place * every)
            if place * every < last and trial.should_prune():
                return True
        return False

    def _looks(self, run: Run) -> list[float]:
        """The objective at each validation of the model so far, in the order of the steps."""
        table = self._jobs.store.curves(run.id)
        table = table[(table["step"] > 0) & ~table["name"].str.contains("/", regex=False)]
        if not isinstance(run.config, PictureConfig):
            table = table[table["phase"] == run.config.model.upper()]
        values = (
            objective(run.config, dict(zip(part["name"], part["value"], strict=True)))
            for _, part in table.groupby("step")
        )
        return [value for value in values if value is not None]

    def _tell(self, trial: "optuna.Trial", run: Run | None, pruned: bool) -> None:
        import optuna

        value = objective(run.config, run.scores) if run is not None else None
        states = optuna.trial.TrialState
        if pruned:
            self._study.tell(trial, state=states.PRUNED)
        elif run is not None and run.status == "done" and value is not None:
            self._study.tell(trial, value)
        elif run is not None and run.status == "stopped" and value is not None:
            trial.set_user_attr(ERROR, "Stopped by hand.")
            self._study.tell(trial, state=states.PRUNED)
        else:
            trial.set_user_attr(ERROR, run.error or f"The training is {run.status}." if run else "Its run was removed.")
            self._study.tell(trial, state=states.FAIL)

    def _now(self, run_id: str) -> Run | None:
        try:
            return self._jobs.store.get(run_id)
        except NotFound:
            return None

    # -- the end -----------------------------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        """Whether no further trial is to begin; raises when somebody asked to stop, or nothing works."""
        trials = self._record.trials()
        ended = [trial for trial in trials if trial.state != "running"]
        idle = len(ended) == len(trials)
        if idle and len(ended) >= int(self._request["n_trials"]):
            return True
        if self._asked.to_stop():
            raise Stopped("stopped on request: resume it to go on")
        here = ended[self._before :]
        if len(here) == _HOPELESS and all(trial.state == "failed" for trial in here):
            raise FinGenError(f"the first {_HOPELESS} trials failed; the last one said: {here[-1].error}")
        minutes = float(self._request["minutes"])
        return bool(minutes and ended and idle and self._elapsed() > 60 * minutes)

    def _elapsed(self) -> float:
        return self._spent + time.monotonic() - self._begun


def _steps(config: Configuration) -> int:
    """Steps of the phase that is validated."""
    if isinstance(config, PictureConfig):
        return config.steps
    return config.gan_steps if config.model == "gan" else config.vae_steps


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The course of a training: what every kind of it does, from the first step to the last.

A training is a row of phases, each of them one loop of players and a deterministic function of market, settings and the
phases before it; what a schedule or a detector remembers is part of the checkpoint.
"""

import time
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from fingen_core.errors import Stopped
from fingen_core.generators.learned.checkpointing import Config, Logbook, Phase, Weights
from fingen_core.generators.learned.snapshots import Recorder
from fingen_core.training import detectors, optimizers
from fingen_core.training.loop import Loop
from fingen_core.types import Paths

__all__ = ["Course", "Phase", "Weights"]

_READ_EVERY = 10
_READ_EVERY_ON_GPU = 40
"""Reading waits for the device, which costs little on a processor and a pipeline of launches on a GPU."""

_REPORT_SECONDS = 0.4
_REPORTS = 60
"""Reports of a phase that there are at least, as far as it is read so often: a short one draws curves, not points."""

_SAVE_SECONDS = 5.0


class Course(Logbook[Config]):
    """One training."""

    unit: ClassVar[str]
    """What a batch consists of."""
    least_batch: ClassVar[int]
    """Smallest batch that a training is continued with when memory is short."""

    # -- what a kind of training says --------------------------------------------------------------------------------

    @abstractmethod
    def _loop(self, phase: Phase) -> Loop:
        """Build the loop of a phase on what the phases before it left."""

    @abstractmethod
    def _checked(self, phase: Phase, loop: Loop) -> dict[str, float]:
        """Scores of what the loop has learned; asked at every check and after the last step."""

    @abstractmethod
    def _sample(self) -> list[float]:
        """Equal-weight log returns of one path of what was checked last, for the eye."""

    @abstractmethod
    def _facts(self) -> dict[str, Any]:
        """What ``detectors.findings`` wants to know of the settings."""

    @abstractmethod
    def _keep_stopped(self, phase: Phase, loop: Loop) -> None:
        """Keep a generator of a training that is being stopped, where there is one worth keeping."""

    @abstractmethod
    def _paths_after(self, loop: Loop, rows: NDArray[np.intp]) -> Paths:
        """Log returns (n_rows, 42, n_assets) that the loop's network draws after some evenings, for a snapshot."""

    def _is_recorded(self, phase: Phase) -> bool:  # noqa: ARG002
        """Whether snapshots are taken of a phase."""
        return True

    def _length(self, phase: Phase, loop: Loop) -> int:  # noqa: ARG002
        """Steps to do."""
        return loop.n_steps

    def _is_watched(self, phase: Phase) -> bool:  # noqa: ARG002
        """Whether detectors look at a phase."""
        return True

    def _can_shrink(self, phase: Phase) -> bool:  # noqa: ARG002
        """Whether a phase can do with a smaller batch."""
        return True

    def _forget(self, phase: Phase) -> None:
        """Forget what a phase has left that begins anew."""
        for kept in (self.history, self.readings):
            kept.pop(phase.name, None)

    # -- running -----------------------------------------------------------------------------------------------------

    def _through(self, phase: Phase, state: Weights | None = None) -> Loop:
        """Run a phase to its end, from the state of an interrupted loop if there is one; halve the batch once."""
        self.phase = phase
        loop = self._built(phase)
        if state:
            loop.restore(state)
        try:
            self._run_phase(phase, loop)
        except (RuntimeError, MemoryError) as error:
            loop = self._with_half_the_batch(phase, error)
            self._run_phase(phase, loop)
        return loop

    def _run_phase(self, phase: Phase, loop: Loop) -> None:
        until = self._length(phase, loop)
        read = _READ_EVERY if self.device.name == "cpu" else _READ_EVERY_ON_GPU
        watch, told = max(read, detectors.READ_EVERY), loop.step
        while loop.step < until and not self._gave_up(phase):
            if loop.step % _READ_EVERY == 0:
                self._attend(phase, loop)
            loop.advance()
            if loop.remark:
                self._note(phase, loop.step, loop.remark)
                loop.remark = ""
            last = loop.step == until
            losses = loop.losses() if loop.step % read == 0 or loop.step == 1 or last else {}
            if self._is_watched(phase) and (loop.step % watch == 0 or loop.step == 1 or last):
                losses |= loop.probe()
                self._watch(phase, loop, losses)
            due = loop.step % self.config.validate_every == 0 or last
            scores = self._checked(phase, loop) if due else {}
            last = last or self._gave_up(phase)
            waited = time.monotonic() - self._reported > _REPORT_SECONDS or loop.step - told >= loop.n_steps / _REPORTS
            if scores or (losses and waited) or last:
                self._report(loop=loop, losses=losses, scores=scores, sample=self._sample() if scores else None)
                told = loop.step
            if self.folder is not None and time.monotonic() - self._saved > _SAVE_SECONDS:
                self._save(loop.state(), phase.name)
        self._record(phase, loop, anyway=True)

    def _gave_up(self, phase: Phase) -> bool:
        """Whether no check has been better for as long as early stopping is patient."""
        return 0 < self.config.early_stopping <= optimizers.waited(self.history.get(phase.name, []))

    def _remember(self, phase: Phase, loop: Loop, score: float) -> None:
        """Keep a score for the schedule and for early stopping; lower is better."""
        history = self.history.setdefault(phase.name, [])
        history.append((loop.step, score))
        before, loop.halvings = len(loop.halvings), self._halvings(phase)
        if loop.schedule == "plateau" and len(loop.halvings) > before:
            self._note(phase, loop.step, f"Learning rates halved at step {loop.step}.")
        if self._gave_up(phase) and loop.step < loop.n_steps:
            best, _ = min(history, key=lambda entry: entry[1])
            self._note(
                phase, loop.step, f"Stopped early at step {loop.step} of {loop.n_steps}: step {best} validated best."
            )

    def _halvings(self, phase: Phase) -> list[int]:
        """Where a plateau's rates are halved; a refit, which nothing validates, repeats those of the first pass."""
        history = self.history.get(phase.name.removesuffix("-refit"), [])
        return optimizers.halvings(history, self.config.plateau_patience)

    def _watch(self, phase: Phase, loop: Loop, figures: Mapping[str, float]) -> None:
        """Let the detectors see the newest figures; each of them is heard once in a phase."""
        seen = self.readings.setdefault(phase.name, {})
        for name, value in figures.items():
            seen.setdefault(name, []).append(value)
        heard = {(found.kind, found.phase) for found in self.findings}
        for found in detectors.findings(seen, share=loop.step / loop.n_steps, **self._facts()):
            if (found.kind, phase.label) not in heard:
                self.findings.append(replace(found, phase=phase.label, step=loop.step))

    def _with_half_the_batch(self, phase: Phase, error: Exception) -> Loop:
        """A fresh loop of the phase with half the batch; any other error, and a second one, goes on its way."""
        smaller, halved = self.batch_size // 2, self.batch_size < self.config.batch_size
        if not _is_about_memory(error) or not self._can_shrink(phase) or halved or smaller < self.least_batch:
            raise error
        self._note(phase, 0, f"Batches of {self.batch_size} {self.unit} did not fit into memory: halved to {smaller}.")
        self.batch_size = smaller
        self._forget(phase)
        return self._built(phase)

    def _built(self, phase: Phase) -> Loop:
        """The loop of a phase, with the changes of its rates that were made or are to be repeated."""
        loop = self._loop(phase)
        loop.changes = self.steering.of(phase.name)
        return loop

    @cached_property
    def _recorder(self) -> Recorder:
        return Recorder(self.folder, self.market, self._paths_after)

    def _record(self, phase: Phase, loop: Loop, *, anyway: bool = False) -> None:
        if self._is_recorded(phase):
            self._recorder.attend(loop, phase.label, self._before(phase), anyway=anyway)

    def _attend(self, phase: Phase, loop: Loop) -> None:
        """Between two steps: take a snapshot, do what people ask for, stop if they ask for that."""
        self._record(phase, loop)
        held = self.steering.attend(
            loop,
            phase.name,
            phase.label,
            self._before(phase),
            should_stop=self.should_stop,
            on_hold=lambda: self._hold(phase, loop),
        )
        self._rest(held)
        if self.should_stop():
            self._interrupt(phase, loop)

    def _hold(self, phase: Phase, loop: Loop) -> None:
        """Keep and show the moment at which a training is held."""
        self._record(phase, loop, anyway=True)
        self._save(loop.state(), phase.name)
        self._report(loop=loop, losses=loop.losses(), paused=True)

    def _interrupt(self, phase: Phase, loop: Loop) -> None:
        self._save(loop.state(), phase.name)
        self._keep_stopped(phase, loop)
        raise Stopped(f"stopped in phase {phase.label} at step {loop.step} of {loop.n_steps}: resume to go on")


def _is_about_memory(error: Exception) -> bool:
    words = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "allocate memory" in words

"""A training in words: what it is, how long it took, and how its scores compare with those of its rivals."""

import math
from dataclasses import dataclass

import pandas as pd

from fingen_core.charts.training import curves as charts
from fingen_core.runs import Run
from fingen_core.training.settings.config import PRESETS

__all__ = [
    "IMAGES",
    "RUNS",
    "TRAIN",
    "VALIDATION",
    "Standing",
    "duration",
    "headline",
    "painted_verdict",
    "rivals_of",
    "score_table",
    "standing",
    "told",
    "verdict",
]

TRAIN = "pages/model/train.py"
IMAGES = "pages/model/images.py"
RUNS = "pages/model/runs.py"
VALIDATION = "pages/risk/validation.py"


@dataclass(frozen=True)
class Standing:
    """How the model's best score compares."""

    text: str
    ahead: int
    rivals: int

    @property
    def word(self) -> str:
        if self.ahead == self.rivals:
            return "ahead"
        return "between the rivals" if self.ahead else "behind"


def headline(run: Run) -> str:
    """Model, preset and market in words."""
    return f"{run.config.model.upper()}, {PRESETS[run.config.preset].partition(':')[0].lower()}, {run.market_name}"


def standing(run: Run, score: str = "fz0_2.5") -> Standing | None:
    """How the run's score compares with its rivals', honestly; ``None`` while one of them is missing."""
    rivals = rivals_of(run, score)
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
    return Standing(text, len(beaten), len(rivals))


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


def told(run: Run) -> str:
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
        return f":material/check_circle: {sentence} Whether that is more than chance, its validation tells."
    return f":material/balance: {sentence} Where it is behind, the classical method served better on those days."


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


def rivals_of(run: Run, score: str) -> dict[str, float]:
    pairs = ((key.rpartition("/"), value) for key, value in run.rivals.items())
    return {rival: value for (rival, _, name), value in pairs if name == score and math.isfinite(value)}


def _spoken(rival: str) -> str:
    """A rival's name inside a sentence."""
    name = charts.RIVAL_NAMES.get(rival, rival)
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def duration(seconds: float) -> str:
    """Seconds in words: "42 s", "3 min 5 s", "2 h 10 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def painted_verdict(run: Run) -> str:
    """How its long run compares, in a few words; empty before the first look."""
    mine, rival = run.scores.get("long_run"), run.rivals.get("random-walk/long_run")
    if mine is None or rival is None:
        return ""
    word = "nearer to history than" if mine < rival else "farther from history than"
    return f"{word} a Gaussian random walk ({mine:.2f} against {rival:.2f})"

"""The model card: what a trained model is for, where it came from, how well it did, and where it fails."""

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from fingen_core import __version__
from fingen_core.market.step import Step
from fingen_core.settings import ASSETS
from fingen_core.training.settings.base import written
from fingen_core.training.settings.words import in_words

__all__ = ["SCORES", "build", "commit", "hardware", "markdown"]

PURPOSE = (
    "Draws daily return paths of the listed assets from a given day on, for stress scenarios and risk figures "
    "beside history."
)
NOT_FOR = (
    "Forecasting the direction of prices: all assets share the average trend of the training years.",
    "Assets, currencies or frequencies other than those it was trained on.",
    "Trading, credit or capital decisions without an independent validation.",
)
LIMITS = (
    "It knows one history. A crisis of a kind that history does not hold is under-covered until the model is refitted.",
    "Correlation in the worst crises is milder than what was realized.",
    "Tails of paths that start in the worst days of history are very wide.",
    "Survivorship: the assets of today's list did not fail.",
    "Holidays and delistings ahead are not modeled.",
)

_SCORED = "On the days held out from its training, returns in percent; lower is better. The rivals saw the same days."
_HARDWARE = {"memory_gb": "Memory, GiB"}
SCORES = {"fz0_1": "FZ0 at 1 %", "fz0_2.5": "FZ0 at 2.5 %", "fz0_5": "FZ0 at 5 %", "crps": "CRPS"}


def build(run: Mapping[str, Any], config: Mapping[str, Any], info: Mapping[str, Any]) -> dict[str, Any]:
    """The card of a run as plain JSON values.

    Parameters
    ----------
    run : mapping
        "id", "name", "status", "created", "started", "ended" and "market" (name, digest, tickers, first, last,
        n_steps, step unless days, source); "validation", the lights as question, color and sentence.
    config : mapping
        The settings.
    info : mapping
        What the generator says about itself: "scores", "rivals", "device", "seconds", "parameters", "findings",
        "changes" of its learning rates while it trained.
    """
    step = Step.of(run.get("market", {}).get("step"))
    return {
        "name": run.get("name", ""),
        "run_id": run.get("id", ""),
        "status": run.get("status", ""),
        "model": config.get("model", ""),
        "purpose": step.retold(PURPOSE),
        "not_for": list(NOT_FOR),
        "data": dict(run.get("market", {})),
        "settings": dict(config),
        "seed": config.get("seed"),
        "code": {"version": __version__, "commit": commit()},
        "hardware": hardware(info.get("device", "")),
        "training": {
            "created": run.get("created", ""),
            "started": run.get("started", ""),
            "ended": run.get("ended", ""),
            "seconds": info.get("seconds"),
        },
        "scores": dict(info.get("scores") or {}),
        "rivals": dict(info.get("rivals") or {}),
        "warnings": [
            f"{found['phase']}, {found['kind']}: {found['sentence']} {found['remedy']}".strip()
            for found in info.get("findings") or ()
        ],
        "changes": [
            f"{one['label']}, step {one['step']:,}: learning rate of the {one['player']} from "
            f"{written(one['before'])} to {written(one['rate'])}"
            for one in info.get("changes") or ()
        ],
        "validation": [dict(light) for light in run.get("validation", ())],
        "limits": [step.retold(text) for text in LIMITS],
    }


def markdown(card: Mapping[str, Any]) -> str:
    """The same for people."""
    data, code = card["data"], card["code"]
    step = Step.of(data.get("step"))
    span = f"{data.get('first', '')} to {data.get('last', '')}, {data.get('n_steps', 0):,} {step.adjective} returns"
    parts = [
        f"# {card['name'] or card['run_id']}",
        "Generated scenarios have not happened and are no advice.",
        "## Purpose",
        card["purpose"],
        "Not for:",
        _bullets(card["not_for"]),
        "## Data",
        _facts(
            {
                "Market": data.get("name", ""),
                "Assets": ", ".join(data.get("tickers", ())),
                "Span": span,
                "Source": data.get("source", ""),
                "Digest": data.get("digest", ""),
            }
        ),
        "## Training",
        _facts(
            {
                "Run": card["run_id"],
                "State": card["status"],
                "Model": card["model"],
                "Seed": card["seed"],
                "Version": " ".join(filter(None, [code["version"], code["commit"][:12]])),
                **{_HARDWARE.get(name, name.capitalize()): value for name, value in card["hardware"].items()},
                **{name.capitalize(): value for name, value in card["training"].items()},
            }
        ),
        "## Scores",
        step.retold(_SCORED),
        _score_table(card["scores"], card["rivals"]),
        "## Validation",
        _lights(card.get("validation", ())),
        "## Limits",
        _bullets(card["limits"]),
        *(["## Seen while it trained", _bullets(card["warnings"])] if card.get("warnings") else []),
        "## Settings",
        _facts(in_words(card["settings"])),
        *(["Changed while it trained:", _bullets(card["changes"])] if card.get("changes") else []),
    ]
    return "\n\n".join(parts) + "\n"


def hardware(device: object = "") -> dict[str, Any]:
    """The machine in words and numbers; ``device`` is a name or the mapping that a generator keeps."""
    label = device.get("label", "") if isinstance(device, Mapping) else str(device or "")
    named = {"device": label} if label else {}
    return named | {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def commit(root: Path | None = None) -> str:
    """The commit of the code as it is checked out, read without running git; empty outside a checkout."""
    git = (root or ASSETS.parent) / ".git"
    try:
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        if (git / name).exists():
            return (git / name).read_text(encoding="utf-8").strip()
        packed = (git / "packed-refs").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.split()[0] for line in packed if line.endswith(f" {name}")), "")


def _bullets(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _lights(lights: Sequence[Mapping[str, Any]]) -> str:
    if not lights:
        return "Not validated yet."
    return _bullets(
        [f"**{light['question'].capitalize()}: {light['color']}.** {light['sentence']}" for light in lights]
    )


def _facts(values: Mapping[str, Any]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in values.items() if value not in ("", None))


def _score_table(scores: Mapping[str, Any], rivals: Mapping[str, Any]) -> str:
    """Rows are scores, columns the model and its rivals; a rival's score is called "rival/score"."""
    names = sorted({key.split("/", 1)[0] for key in rivals if "/" in key})
    if not scores:
        return "None: the training ended before its first validation."
    lines = [f"| score | model | {' | '.join(names)} |".replace("|  |", "|"), "|---" * (2 + len(names)) + "|"]
    for score, value in scores.items():
        cells = [value, *(rivals.get(f"{name}/{score}") for name in names)]
        lines.append(f"| {SCORES.get(score, score)} | " + " | ".join(_number(cell) for cell in cells) + " |")
    return "\n".join(lines)


def _number(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, int | float) else ("" if value is None else str(value))

"""The model card as a section of a report: what it is for, where it came from, how well it did, who answers for it.

Its fields are aligned with what SR 26-2 and SS1/23 ask to be written down about a model. That says nothing about
whether a use of the model meets them: an independent validation and an inventory are the user's.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fingen_core.charts.theme import number
from fingen_core.generators.registry import LABELS
from fingen_core.market.step import Step
from fingen_core.reports.report import Section, Sheet
from fingen_core.reports.weaknesses import counted, weaknesses
from fingen_core.runs.card import SCORES
from fingen_core.runs.stewardship import Stewardship
from fingen_core.runs.validations import Validation
from fingen_core.training.settings.words import in_words

__all__ = ["ALIGNED", "card_section", "card_tables", "weak_points"]

ALIGNED = (
    "Fields are aligned with SR 26-2 and SS1/23. Whether a use of the model meets them is for an independent "
    "validation to say."
)

_HARDWARE = {"memory_gb": "Memory, GiB"}
_WORDS = {"good": "Good", "unsure": "Unsure", "bad": "Bad"}


def weak_points(validation: Validation | None) -> list[str]:
    """What the model is measurably bad at, as its validation lists it: sentences in Markdown, the worst first.

    The last one says what the light of the long run counts. Empty without a validation.
    """
    if validation is None:
        return []
    table = validation.table()
    own = next(key for key in table["generator"] if key not in validation.rivals)
    return [text for text in (*weaknesses(table, own), counted(table, own)) if text]


def card_tables(
    card: Mapping[str, Any], stewardship: Stewardship, scores: pd.DataFrame, weak: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """The card as tables of text by heading, in the order of a report and of a workbook.

    Parameters
    ----------
    card : mapping
        Of ``runs.card.build``.
    stewardship : Stewardship
    scores : DataFrame
        Of ``runs.model_cards.scores_with_floors``.
    weak : sequence of str
        Of ``weak_points``; empty leaves the table out.
    """
    tables = {
        "Identification": _pairs(_identity(card, stewardship)),
        "Purpose and use": pd.DataFrame(
            [("Purpose", card["purpose"]), *(("Not for", text) for text in card["not_for"])], columns=["What", "Value"]
        ),
        "Data lineage": _pairs(_lineage(card["data"])),
        "Development": _pairs(_development(card)),
        "Validation": _verdict(card.get("validation", ())),
        "What it is bad at": _weak(weak),
        Step.of(card["data"].get("step")).retold("Scores on held-out days"): _held_out(card["scores"], card["rivals"]),
        "Scores with floors": _scores(scores),
        "Limits": pd.DataFrame({"Limit": list(card["limits"])}),
        "Seen while it trained": pd.DataFrame({"Finding": list(card.get("warnings", ()))}),
        "Change log": pd.DataFrame(
            [(change.when, change.who, change.text) for change in stewardship.changes], columns=["When", "Who", "What"]
        ),
        "All settings": _pairs(in_words(card["settings"])),
    }
    return {title: table for title, table in tables.items() if len(table)}


def card_section(
    card: Mapping[str, Any], stewardship: Stewardship, scores: pd.DataFrame, weak: Sequence[str] = ()
) -> Section:
    """The same as the last section of a report; long tables are folded."""
    tables = card_tables(card, stewardship, scores, weak)
    folded = {"Scores with floors", "All settings"}
    numeric = ("Value", "Floor", "Best rival")
    sheets = [
        Sheet(
            title=title, frame=table, numeric=numeric if title == "Scores with floors" else (), folded=title in folded
        )
        for title, table in tables.items()
    ]
    if not stewardship.changes:
        sheets.append(Sheet(title="Change log", frame=pd.DataFrame({"What": ["Nothing was written yet."]})))
    return Section(title="Model card", lead=ALIGNED, sheets=sheets)


def _identity(card: Mapping[str, Any], stewardship: Stewardship) -> dict[str, Any]:
    code = card["code"]
    return {
        "Model": card["name"],
        "Id": card["run_id"],
        "Kind": str(card["model"]).upper(),
        "Owner": stewardship.owner or "not named",
        "Status": stewardship.status,
        "Training": card["status"],
        "Code version": " ".join(filter(None, [code.get("version", ""), code.get("commit", "")[:12]])),
    }


def _lineage(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Market": data.get("name", ""),
        "Source": data.get("source", ""),
        "Assets": ", ".join(data.get("tickers", ())),
        "Span": f"{data.get('first', '')} to {data.get('last', '')}",
        f"{Step.of(data.get('step')).adjective.capitalize()} returns": data.get("n_steps"),
        "Digest": data.get("digest", ""),
    }


def _development(card: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Method": card["settings"].get("method"),
        "Seed": card["seed"],
        **{name.capitalize(): value for name, value in card["training"].items()},
        **{_HARDWARE.get(name, name.capitalize()): value for name, value in card["hardware"].items()},
    }


def _verdict(lights: Any) -> pd.DataFrame:
    rows = [(light["question"].capitalize(), _WORDS[light["color"]], light["sentence"]) for light in lights]
    return pd.DataFrame(rows or [("", "Not validated yet", "")], columns=["Question", "Verdict", "Evidence"])


def _weak(weak: Sequence[str]) -> pd.DataFrame:
    """What is bold in a sentence, the measure, and what was measured of it."""
    parts = [re.fullmatch(r"\*\*(.+?)\*\*[:,]? (.+)", text) for text in weak]
    pairs = zip(parts, weak, strict=True)
    rows = [(part[1], part[2]) if part else ("Light of the long run", text) for part, text in pairs]
    return pd.DataFrame(rows, columns=["Measure", "In its validation"])


def _held_out(scores: Mapping[str, Any], rivals: Mapping[str, Any]) -> pd.DataFrame:
    names = sorted({key.split("/", 1)[0] for key in rivals if "/" in key})
    rows = [
        {
            "Score": SCORES.get(score, score),
            "Model": _digits(value),
            **{LABELS.get(name, name): _digits(rivals.get(f"{name}/{score}")) for name in names},
        }
        for score, value in scores.items()
    ]
    return pd.DataFrame(rows)


def _scores(scores: pd.DataFrame) -> pd.DataFrame:
    shown = scores.copy()
    shown["Question"] = [str(question).capitalize() for question in scores["Question"]]
    shown["Days"] = [str(days) if days else "" for days in scores["Days"]]
    for column in ("Value", "Floor", "Best rival"):
        shown[column] = [_digits(value) for value in scores[column]]
    return shown


def _digits(value: Any) -> str:
    return number(float(value), 4) if isinstance(value, int | float) and np.isfinite(value) else ""


def _pairs(values: Mapping[str, Any]) -> pd.DataFrame:
    kept = [(name, str(value)) for name, value in values.items() if value not in (None, "")]
    return pd.DataFrame(kept, columns=["What", "Value"])

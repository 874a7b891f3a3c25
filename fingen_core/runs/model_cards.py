"""The card of whatever draws scenarios: a run, the model that ships, or a classical generator."""

import json
from typing import Any

import pandas as pd

from fingen_core.market import Market
from fingen_core.runs import card
from fingen_core.runs.store import RunStore, card_lights, lineage
from fingen_core.runs.validations import Validation, shipped
from fingen_core.settings import ASSETS

__all__ = ["card_of", "scores_with_floors", "validation_of"]

_RIVALS = {
    "fhs-gjr": "Filtered historical simulation: GJR-GARCH volatility of each asset, residuals of whole past days.",
    "block-bootstrap": "Stationary block bootstrap: stretches of the past, drawn at random and joined.",
}


def card_of(source: str, store: RunStore, market: Market) -> dict[str, Any]:
    """The card as JSON values, in the form of ``runs.card.build``.

    Parameters
    ----------
    source : str
        "pretrained", "run:<id>" or a rival's name, as requests to the sampler have it.
    store : RunStore
    market : Market
        What a rival is fitted to.
    """
    if source.startswith("run:"):
        return store.card(source.removeprefix("run:"))
    if source == "pretrained":
        return _pretrained()
    prices = {**lineage(market), "source": f"{market.source.kind}: {market.source.detail}"}
    facts = {"name": source, "id": source, "status": "done", "market": prices}
    built = card.build(facts, {"model": source, "method": market.step.retold(_RIVALS.get(source, source))}, {})
    return {**built, "limits": ["It knows only moves that happened, however they are rescaled.", *card.LIMITS[-2:]]}


def validation_of(source: str, store: RunStore) -> Validation | None:
    """The validation that counts, if one is done: thorough before quick, new before old."""
    if source == "pretrained":
        return shipped()
    if not source.startswith("run:"):
        return None
    done = [one for one in store.validations(source.removeprefix("run:")) if one.status == "done"]
    return next(iter(sorted(done, key=lambda one: one.kind == "quick")), None)


def scores_with_floors(validation: Validation | None) -> pd.DataFrame:
    """Every number of all portfolios together beside its floor and the best rival: label, value, floor, rival.

    The floor is the distance between two halves of history; a forecast has none. Empty without a validation.
    """
    from fingen_core.metrics.catalog import METRICS
    from fingen_core.validation.table import best_rival

    columns = ["Question", "Days", "Measure", "Value", "Floor", "Best rival"]
    if validation is None:
        return pd.DataFrame(columns=columns)
    table = validation.table()
    table = table[table["group"] == "all"]
    own = next(key for key in table["generator"] if key not in validation.rivals)
    place = ["question", "horizon", "group", "metric"]
    mine = table[table["generator"] == own].groupby(place, sort=False)[["value", "floor"]].mean().reset_index()
    best = best_rival(table, list(validation.rivals))[[*place, "value"]].rename(columns={"value": "rival"})
    found = mine.merge(best, on=place, how="left")
    found["label"] = [METRICS[name].label for name in found["metric"]]
    return found[["question", "horizon", "label", "value", "floor", "rival"]].set_axis(columns, axis=1)


def _pretrained() -> dict[str, Any]:
    info = json.loads((ASSETS / "pretrained" / "generator.json").read_text(encoding="utf-8"))
    validation = shipped()
    facts = {
        "name": "Pretrained VAE",
        "id": "pretrained",
        "status": "done",
        "market": {
            "name": info["market_name"],
            "digest": info["market_digest"],
            "tickers": info["tickers"],
            "first": info["first_date"],
            "last": info["last_date"],
            "source": "bundled: skfolio.datasets, adjusted closes",
        },
        **card_lights(validation.lights if validation is not None else ()),
    }
    built = card.build(facts, info["config"], info)
    # Code and hardware are those of its training, not of this server.
    return {
        **built,
        "code": {"version": info["version"], "commit": ""},
        "hardware": {"device": info["device"]["label"], "torch": info["torch"]},
    }

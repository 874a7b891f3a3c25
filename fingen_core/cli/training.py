"""``train``: start a training and watch it."""

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fingen_core.cli.about_runs import run_facts, watch
from fingen_core.cli.markets import named_market, refuse_unfit
from fingen_core.cli.shown import as_json, market_option, open_store, tell
from fingen_core.errors import InvalidInput

if TYPE_CHECKING:
    from fingen_core.training.settings.picture_config import Configuration

__all__ = ["asked_settings", "settings_options", "train"]

_OPTIONS = (
    click.option("--model", type=click.Choice(["vae", "gan"]), default="vae", show_default=True),
    click.option(
        "--preset", type=click.Choice(["quick", "balanced", "thorough"]), default="balanced", show_default=True
    ),
    click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same model."),
    click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="Change any setting; may be repeated."),
    click.option(
        "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Settings from a JSON file."
    ),
)


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what to train: model, preset, seed, changes, or a file."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def asked_settings(
    model: Any, preset: Any, seed: int, changes: tuple[str, ...], config: Path | None
) -> "Configuration":
    """Settings as those options say; a file may hold those of a model of pictures, or a preset that was shared.

    ``--set representation=windows`` asks for a model of windows or pictures, whose settings are others.
    """
    from fingen_core.runs.own_presets import parse
    from fingen_core.training.settings import config as training
    from fingen_core.training.settings import picture_config as pictures

    if config is not None:
        return _changed(parse(config.read_bytes())[1], changes)
    if any(change.startswith("representation=") for change in changes):  # only models of windows and pictures have one
        return _changed(pictures.picture_preset(preset, model, seed=seed), changes)
    return _changed(training.preset(preset, model, seed=seed), changes)


@click.command()
@market_option
@settings_options
@click.option("--name", default="", help="Name of the run.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda:0, mps.")
@click.option("--detach", is_flag=True, help="Do not wait: the training goes on by itself.")
@as_json
def train(  # noqa: PLR0917
    market_name: str,
    model: Any,
    preset: Any,
    seed: int,
    changes: tuple[str, ...],
    config: Path | None,
    name: str,
    device: str,
    detach: bool,
    as_json: bool,
) -> int:
    """Train a VAE or GAN on a market. Ctrl-C stops it and keeps the best checkpoint."""
    from fingen_core.jobs.queue.queue import Jobs
    from fingen_core.training.enough import refuse_short

    settings = asked_settings(model, preset, seed, changes, config)
    market = named_market(market_name)
    refuse_short(market)
    if market_name != "sample":
        refuse_unfit(market)
    store = open_store()
    run = store.create(market, settings, name=name, device=device)
    jobs = Jobs(store)
    jobs.submit(run.id)
    if detach:
        tell(run_facts(store.get(run.id)), [f"run {run.id} is in line"], as_json)
        return 0
    return watch(jobs, run.id, as_json)


def _changed(config: "Configuration", changes: tuple[str, ...]) -> "Configuration":
    """Settings with ``name=value`` changes, the values read as JSON or else as words."""
    values: dict[str, Any] = {}
    for change in changes:
        name, sign, text = change.partition("=")
        names = [field.name for field in fields(config)]
        if not sign or name not in names:
            known = ", ".join(sorted(names))
            raise InvalidInput(f"--set {change}: use NAME=VALUE with one of {known}")
        try:
            values[name] = json.loads(text)
        except json.JSONDecodeError:
            values[name] = text
    return config.replace(**values)

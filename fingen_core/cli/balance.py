"""``balance``: weights with which the extra terms of a loss pull as much as its main term."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fingen_core.cli.markets import named_market
from fingen_core.cli.shown import Line, as_json, market_option, tell
from fingen_core.cli.training import asked_settings, settings_options

if TYPE_CHECKING:
    from fingen_core.training.balance import Pull

__all__ = ["balance"]


@click.command()
@market_option
@settings_options
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda:0, mps.")
@as_json
def balance(  # noqa: PLR0917
    market_name: str,
    model: Any,
    preset: Any,
    seed: int,
    changes: tuple[str, ...],
    config: Path | None,
    device: str,
    as_json: bool,
) -> None:
    """Propose weights for the extra terms that have one, from gradient norms early in the training."""
    from fingen_core.generators.filtered.balancing import pulls

    settings = asked_settings(model, preset, seed, changes, config)
    with Line() as line:
        line.say("measuring how strongly each term pulls")
        found = pulls(named_market(market_name), settings, device)
    tell({"pulls": [{**pull.as_dict(), "setting": pull.setting} for pull in found]}, _lines(found), as_json)


def _lines(found: "list[Pull]") -> list[str]:
    rows = [f"{pull.term:16}{pull.norm:12.4g}{pull.weight:10g}{pull.proposed:10g}" for pull in found]
    wanted = " ".join(f"--set {pull.setting}={pull.proposed:g}" for pull in found if pull.proposed != pull.weight)
    return [
        f"{'term':16}{'pull':>12}{'weight':>10}{'proposed':>10}",
        *rows,
        *([f"train with  {wanted}"] if wanted else []),
    ]

"""Weights from gradient norms: on a loop whose gradients are known, and on a market."""

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from fingen_core.__main__ import main
from fingen_core.errors import InvalidInput
from fingen_core.generators.filtered import balancing
from fingen_core.jobs.warm.sampler_worker import Studio
from fingen_core.market import Market, bundled, library
from fingen_core.runs import RunStore
from fingen_core.training import balance, optimizers
from fingen_core.training.loop import Loop, Player
from fingen_core.training.settings.config import TrainingConfig, preset


def loop_of(gradients: dict[str, float], weights: dict[str, float]) -> Loop:
    """A player of one weight, each of whose terms has a known slope."""
    module = nn.Linear(1, 1, bias=False)

    def terms() -> dict[str, Tensor]:
        return {name: slope * module.weight.sum() for name, slope in gradients.items()}

    player = Player(
        name="generator",
        module=module,
        optimizer=optimizers.build("sgd", module.parameters(), learning_rate=0.1, weight_decay=0.0),
        terms=terms,
        weights={name: (lambda _, weight=weight: weight) for name, weight in weights.items()},  # type: ignore[misc]
    )
    return Loop([player], 10, generator=torch.Generator())


def test_proposed_weights_make_every_extra_term_pull_like_the_main_one() -> None:
    gradients = {"adversarial": -3.0, "moments": 0.5, "tail": 12.0}
    found = {pull.term: pull for pull in balance.balance(loop_of(gradients, dict.fromkeys(gradients, 1.0)))}
    assert {term: pull.norm for term, pull in found.items()} == pytest.approx(
        {term: abs(slope) for term, slope in gradients.items()}
    )
    assert {term: pull.proposed for term, pull in found.items()} == {"adversarial": 1.0, "moments": 6.0, "tail": 0.25}


def test_the_weight_of_the_main_term_is_reckoned_with_and_stays() -> None:
    gradients, weights = {"reconstruction": 2.0, "moments": 1.0}, {"reconstruction": 0.5, "moments": 7.0}
    found = balance.balance(loop_of(gradients, weights))
    assert [pull.proposed for pull in found] == [0.5, 1.0]


def test_proposals_stay_inside_the_limits_and_a_term_that_does_not_pull_keeps_its_weight() -> None:
    gradients = {"reconstruction": 1e6, "moments": 1.0, "correlation": 0.0, "tail": 1e9}
    found = balance.balance(loop_of(gradients, dict.fromkeys(gradients, 2.0)))
    assert [pull.proposed for pull in found] == [2.0, 100.0, 2.0, 0.1]


@pytest.fixture(scope="module")
def market() -> Market:
    return bundled().select(["AAPL", "JPM", "XOM"]).between("2005-01-01", "2011-12-31")


def settings(model: str) -> TrainingConfig:
    short = {"filter_epochs": 1, "vae_steps": 60, "gan_steps": 30}
    return preset("quick", model, moments_weight=1.0, tail_weight=1.0, **short)  # type: ignore[arg-type]


@pytest.mark.parametrize(("model", "main_term"), [("vae", "reconstruction"), ("gan", "adversarial")])
def test_on_a_market_the_balanced_terms_pull_alike(market: Market, model: str, main_term: str) -> None:
    config = settings(model)
    found = balancing.pulls(market, config, "cpu")
    proposed = {pull.setting: pull.proposed for pull in found if pull.term != main_term}
    assert set(proposed) == {"moments_weight", "tail_weight"}
    again = {pull.term: pull for pull in balancing.pulls(market, config.replace(**proposed), "cpu")}
    main_pull = again[main_term].norm * again[main_term].weight
    for pull in again.values():
        # Training went another way with the new weights, so the pulls are alike and not equal.
        assert pull.norm * pull.weight == pytest.approx(main_pull, rel=0.5)
    assert balancing.pulls(market, config, "cpu") == found


def test_nothing_to_balance_is_refused_with_the_remedy(market: Market) -> None:
    with pytest.raises(InvalidInput, match=r"no extra term has a weight.*above 0"):
        balancing.pulls(market, preset("quick"))


def test_the_warm_worker_balances_on_request(market: Market, home: Path, tmp_path: Path) -> None:
    digest = library.save(market)
    message = {"op": "balance", "market_digest": digest, "config": json.loads(settings("vae").to_json())}
    answer = Studio(RunStore(home), tmp_path).answer(message)
    terms = [pull["term"] for pull in answer["pulls"]]
    assert terms == ["reconstruction", "moments", "tail"]
    assert json.loads(json.dumps(answer)) == answer


def test_the_command_line_prints_what_to_set(market: Market, capsys: pytest.CaptureFixture[str]) -> None:
    digest = library.save(market)
    changes = ["--set", "moments_weight=1", "--set", "filter_epochs=1", "--device", "cpu"]
    assert main(["balance", "--market", digest, "--preset", "quick", *changes]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("train with  --set moments_weight=")
    assert main(["balance", "--market", digest, "--preset", "quick", *changes, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["pulls"]
    assert [pull["setting"] for pull in found] == ["reconstruction_weight", "moments_weight"]
    assert last == f"train with  --set moments_weight={found[1]['proposed']:g}"

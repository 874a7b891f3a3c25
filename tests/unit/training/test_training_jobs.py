"""The real training through its worker process: N steps, a kill, and N steps more are 2N steps."""

import random

import pytest

from fingen_core.jobs.queue.queue import Jobs
from fingen_core.jobs.warm.sampler import Sampler
from fingen_core.runs import RunStore
from fingen_core.scenarios.requests import SampleRequest
from fingen_core.training.settings.config import TrainingConfig
from tests.jobs_support import PATIENCE, end_all, kill_worker, small_market, step, until

QUICK = TrainingConfig(vae_steps=120, filter_epochs=1, filter_networks=1, validate_every=40, refit=False)


@pytest.fixture
def jobs(home):
    jobs = Jobs(RunStore())
    yield jobs
    end_all(jobs)


def weights(run) -> dict[str, bytes]:
    """All tensors of a model, byte by byte (its header also tells the seconds that it took)."""
    from safetensors.numpy import load_file

    return {name: tensor.tobytes() for name, tensor in load_file(run.folder / "generator.safetensors").items()}


def test_a_killed_and_resumed_training_gives_the_same_model_bit_by_bit(jobs, home):
    store = jobs.store
    market = small_market(520, 2)
    straight, stopped, killed = (store.create(market, QUICK, name=name) for name in ("straight", "stopped", "killed"))
    jobs.submit(straight.id)
    assert jobs.wait(straight.id, PATIENCE) == "done"
    last = store.get(straight.id).progress["n_steps"]
    moment = random.Random(5).randrange(last // 4, last // 2)

    jobs.submit(stopped.id)
    until(lambda: step(store, stopped.id) >= moment, f"step {moment}")
    jobs.stop(stopped.id)
    assert jobs.wait(stopped.id, PATIENCE) == "stopped"
    jobs.resume(stopped.id)
    until(lambda: store.get(stopped.id).status != "queued", "the second half")

    jobs.submit(killed.id)
    assert jobs.wait(stopped.id, PATIENCE) == "done"
    until(
        lambda: (killed.folder / "checkpoint.safetensors").exists() or step(store, killed.id) >= moment, "a checkpoint"
    )
    kill_worker(store, killed.id)
    assert store.get(killed.id).status == "lost"
    jobs.resume(killed.id)
    assert jobs.wait(killed.id, PATIENCE) == "done"

    expected = weights(straight)
    assert weights(stopped) == expected
    assert weights(killed) == expected
    assert store.get(killed.id).scores == store.get(straight.id).scores
    assert store.curves(killed.id)["step"].is_monotonic_increasing

    sampler = Sampler(home)
    try:
        drawn = [
            sampler.sample(SampleRequest(source=f"run:{run.id}", n_paths=20, n_steps=5, seed=1, start=start))
            for run in (straight, killed)
            for start in (None, "2016-06-01")
        ]
    finally:
        sampler.close()
    assert (drawn[0].log_returns == drawn[2].log_returns).all()
    assert (drawn[1].log_returns == drawn[3].log_returns).all()
    assert [scenarios.start for scenarios in drawn[:2]] == [
        market.dates[-1],
        market.dates[market.dates <= "2016-06-01"][-1],
    ]
    assert drawn[0].market_digest == market.digest()
    assert drawn[0].run_id == straight.id

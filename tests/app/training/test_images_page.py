"""The Images page: shows, walks, plays and trains; pictures come from the worker, so here from a stand-in."""

import json

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.jobs.queue.queue import Jobs
from fingen_core.jobs.warm.sampler import Paintings
from fingen_core.runs import RunStore
from fingen_core.training.settings.picture_config import PictureConfig, picture_preset
from fingen_core.ui.images import views
from fingen_core.ui.runs import table as runs_table
from fingen_core.validation.protocol import Protocol
from tests.app.training_support import open_page, texts, without_torch
from tests.jobs_support import small_market


class Painter:
    """Says what the warm worker would, without torch."""

    def __init__(self) -> None:
        self.asked: list[tuple] = []

    def gallery(self, source: str, n: int, seed: int) -> Paintings:
        self.asked.append((source, n, seed))
        return paintings(n, n)

    def morph(self, source: str, first: str, second: str, n: int) -> Paintings:
        if first == second:
            raise InvalidInput("choose a VAE to walk between pictures")
        self.asked.append((source, first, second))
        return paintings(2, n)

    def info(self) -> dict:
        return {"state": "idle", "pid": 0, "memory_bytes": 0}

    def devices(self) -> list[dict]:
        return [{"name": "cpu", "label": "CPU", "memory_bytes": 2**33, "threads": 2}]


def paintings(n_real: int, n_painted: int) -> Paintings:
    rng = np.random.default_rng(0)
    return Paintings(
        real=rng.random((n_real, 1, 28, 28)),
        painted=rng.random((n_painted, 1, 28, 28)),
        real_paths=0.01 * rng.standard_normal((n_real, 28, 2)),
        painted_paths=0.01 * rng.standard_normal((n_painted, 28, 2)),
        off_manifold=np.full(n_painted, 0.01),
        starts=tuple(f"{day:%Y-%m-%d}" for day in pd.bdate_range("2008-10-01", periods=n_real)),
        tickers=("A0", "A1"),
        label="VAE of heat maps",
        representation="heat-map",
    )


@pytest.fixture
def painter(monkeypatch) -> Painter:
    without_torch(monkeypatch)
    stand_in = Painter()
    monkeypatch.setattr("fingen_core.ui.session.state.sampler", lambda: stand_in)
    return stand_in


@pytest.fixture
def submitted(monkeypatch) -> list[str]:
    """Ids of the runs that were put in line; none of them is started."""
    ids: list[str] = []
    monkeypatch.setattr(Jobs, "submit", lambda self, run_id: ids.append(run_id))
    return ids


def test_real_and_painted_stand_side_by_side(painter):
    app = open_page("model/images")
    assert not app.exception
    charts = app.get("plotly_chart")
    assert len(charts) == 2
    assert "have not happened" in charts[1].proto.spec
    assert "its pixels move by 1.0\u202f% of their range" in texts(app)
    assert all('"fall","no move","rise"' in chart.proto.spec for chart in charts)
    assert painter.asked == [("painted", 40, 0)]
    app.button(key="images_others").click().run()
    assert painter.asked[-1] == ("painted", 40, 1)


def test_a_walk_moves_with_the_slider(painter):
    app = open_page("model/images", images_view="Walk")
    assert not app.exception
    before = app.get("plotly_chart")[0].proto.spec
    app.slider(key="images_walk").set_value(80).run()
    assert not app.exception
    after = app.get("plotly_chart")[0].proto.spec
    assert "80 % of the way" in after
    assert before != after
    assert len(painter.asked) == 1  # the way is painted once


def test_the_game_keeps_score_and_reveals(painter):
    app = open_page("model/images", images_view="Which one is real?")
    real_first = bool(np.random.default_rng(0).integers(2))
    app.button(key=f"images_guess_{real_first}").click().run()
    assert "Right: the real one began on" in app.get("plotly_chart")[0].proto.spec
    assert app.metric[0].value == "1 of 1"
    app.button(key="images_next").click().run()
    second_first = bool(np.random.default_rng(1).integers(2))
    app.button(key=f"images_guess_{not second_first}").click().run()
    assert app.metric[0].value == "1 of 2"
    assert "Wrong" in app.get("plotly_chart")[0].proto.spec
    app.button(key="images_again").click().run()
    assert app.metric[0].value == "0 of 0"


@pytest.mark.parametrize(
    ("right", "played", "words"), [(5, 10, "no better"), (10, 10, "More than luck"), (0, 10, "Fewer than luck")]
)
def test_what_a_score_says(right, played, words):
    assert words in views._judged(right, played)


def test_the_training_view_shows_the_shipped_training_and_starts_another(painter, submitted, home):
    app = open_page("model/images", images_view="Training")
    assert not app.exception
    assert "How the pretrained model learned" in texts(app)
    assert any("untrained" in chart.proto.spec for chart in app.get("plotly_chart"))
    app.button(key="images_train").click().run()
    assert not app.exception
    (run,) = RunStore().list()
    assert run.paints
    assert submitted == [run.id]
    assert run.config == picture_preset("quick", "vae")
    assert app.query_params["run"] in (run.id, [run.id])


def test_the_next_training_sets_out_from_the_last_and_from_any_other(painter, submitted, home):
    other = RunStore().create(
        small_market(300), picture_preset("quick", "gan", representation="windows", network="dense")
    )
    other_folder = RunStore().folder(other.id)
    other_folder.change(status="stopped", ended="2026-01-01T00:00:00+00:00")
    app = open_page("model/images", images_view="Training")
    next(box for box in app.select_slider if box.label == "Latent size").set_value(8).run()
    app.text_input(key="images_name").set_value("Mine").run()
    app.button(key="images_train").click().run()
    mine = next(run for run in RunStore().list() if run.name == "Mine")
    assert mine.config == picture_preset("quick", latent_size=8)
    RunStore().folder(mine.id).change(status="stopped", ended="2026-01-01T00:00:00+00:00")
    app.run()
    assert next(box for box in app.select_slider if box.label == "Latent size").value == 8
    app = open_page("model/images", run=other.id, images_view="Training")
    app.button(key="images_change").click().run()
    assert not app.exception
    assert "are loaded." in texts(app)
    labels = {"Picture": "windows", "Model": "gan", "Network": "dense"}
    found = {box.label: box.value for box in app.selectbox if box.label in labels and box.key != "images_source"}
    assert found == labels


def test_terms_over_time_are_weighed_balanced_and_trained_with(painter, submitted, home, monkeypatch):
    asked = []

    def balance(digest, config):
        asked.append(config)
        pulls = {"reconstruction": 1.0, "memory": 40.0, "spectral": 0.5}
        return [{"term": term, "proposed": weight} for term, weight in pulls.items()]

    monkeypatch.setattr(painter, "balance", balance, raising=False)
    app = open_page("model/images", images_view="Training")
    assert app.button(key="images_balance").disabled
    for label in ("Memory of moves", "Spectral distance"):
        next(box for box in app.select_slider if box.label == label).set_value(1.0).run()
    app.button(key="images_balance").click().run()
    assert not app.exception
    assert (asked[0].memory_weight, asked[0].spectral_weight, asked[0].tail_weight) == (1.0, 1.0, 0.0)
    assert "Balanced: memory 40, spectrum 0.5." in texts(app)
    app.button(key="images_train").click().run()
    (run,) = RunStore().list()
    assert run.config == picture_preset("quick", "vae", memory_weight=40.0, spectral_weight=0.5)


def test_one_series_has_no_correlation_to_weigh(painter, home):
    app = open_page("model/images", images_view="Training")
    assert any(box.label == "Correlation (squared error)" for box in app.select_slider)
    depiction = next(box for box in app.selectbox if box.key.startswith("images_representation"))
    depiction.set_value("gasf").run()
    assert not app.exception
    assert not any(box.label == "Correlation (squared error)" for box in app.select_slider)
    assert "One series has no correlation with others" in texts(app)


def test_every_setting_of_pictures_has_a_widget_where_it_matters(painter, home):
    """Those of the other model, and what waits for another schedule, do not."""
    app = open_page("model/images", images_view="Training")
    shown = {box.label for kind in (app.select_slider, app.number_input) for box in kind}
    controls = PictureConfig.controls()
    wanted = {one.label for one in controls.values() if "vae" in one.models and not one.when}
    assert wanted <= shown
    assert controls["critic_updates"].label not in shown
    assert controls["plateau_patience"].label not in shown
    next(box for box in app.selectbox if box.label == "Schedule").select("plateau").run()
    shown = {box.label for kind in (app.select_slider, app.number_input) for box in kind}
    assert {controls["plateau_patience"].label, controls["rate_warmup"].label} <= shown
    assert controls["condition_dropout"].label not in shown
    next(box for box in app.selectbox if box.label == "Severity label").select("learned").run()
    assert controls["condition_dropout"].label in {box.label for box in app.select_slider}


def test_a_gramian_training_takes_the_portfolio_and_senseless_networks_are_not_offered(painter, submitted, home):
    app = open_page("model/images", images_view="Training")
    picture = next(box for box in app.selectbox if box.label == "Picture")
    picture.select("gasf").run()
    network = next(box for box in app.selectbox if box.label == "Network")
    assert [name.partition(" ")[0] for name in network.options] == ["Convolutions", "Dense"]
    app.button(key="images_train").click().run()
    (run,) = RunStore().list()
    assert run.tickers == ("Equal weight",)


def test_runs_and_validation_know_what_a_picture_run_is(painter, home):
    store = RunStore()
    run = store.create(small_market(300), PictureConfig(seed=3), name="Painted")
    row = runs_table.table(store.list()).iloc[0]
    assert (row["Name"], row["Model"], row["Seed"]) == ("Painted", "VAE", 3)
    first = runs_table.settings_table(run).iloc[0]
    assert (first["Key"], first["This run"]) == ("seed", "3")
    with pytest.raises(InvalidInput, match="judged on the long run"):
        Jobs(store).validate(run.id, Protocol(fit_until="2015-10-01"))


def test_a_link_to_the_training_of_a_painter_leads_to_its_page(painter, home):
    run = RunStore().create(small_market(300), PictureConfig(), name="Painted")
    app = open_page("model/train", run=run.id)
    assert app.title[0].value == "Images"
    assert "Painted" in texts(app)
    assert "images_stop" in {button.key for button in app.button}


def test_the_training_of_a_painter_shows_every_term_of_its_losses(painter, home):
    run = RunStore().create(small_market(300), PictureConfig(model="gan", loss="hinge", severity_label="learned"))
    rows = [("critic/hinge", 1.0), ("generator/adversarial", 0.5), ("generator/label", 3.0), ("generator/memory", 0.2)]
    table = [f"{step},Painting (GAN),{name},{value}" for step in (0, 20) for name, value in rows]
    (run.folder / "curves.csv").write_text("\n".join(["0,Painting (GAN),long_run,3.0", *table]) + "\n")
    app = open_page("model/images", run=run.id, images_view="Training")
    assert not app.exception
    titles = [json.loads(chart.proto.spec)["layout"]["title"]["text"] for chart in app.get("plotly_chart")]
    for name in ("Adversarial", "Missed label", "Memory error"):
        assert any(title.startswith(name) for title in titles), (name, titles)
    assert not any(title.startswith("Hinge") for title in titles)
    (player,) = [group for group in app.get("button_group") if group.options == ["Critic", "Generator"]]
    player.set_value("critic").run()
    titles = [json.loads(chart.proto.spec)["layout"]["title"]["text"] for chart in app.get("plotly_chart")]
    assert any(title.startswith("Hinge") for title in titles)

"""The training room on screen: back through the training, the critic, the map, and hands on a training that runs."""

import json

import numpy as np
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.jobs.warm.sampler import Latents, Walk
from fingen_core.market import bundled
from fingen_core.training import steering
from fingen_core.training.settings.config import preset
from fingen_core.training.snapshots import Album
from fingen_core.training.steering import RateChange
from fingen_core.ui.runs import snapshots
from fingen_core.ui.runs import steering as training_controls
from fingen_core.ui.session import state
from tests.app.training_support import buttons, counting_jobs, make_run, open_page, texts
from tests.jobs_support import end_all, small_market, until

pytestmark = pytest.mark.usefixtures("no_torch")


def with_album(run, *, critic=False):
    real = np.random.default_rng(0).normal(0, 0.01, (3, 10)).astype(np.float32)
    album = Album.empty(("2008-09-12", "2015-01-02", "2020-02-19"), real, 50)
    for step in (0, 50, 100):
        album = album.with_one("VAE", step, 100 + step, real * (1 + step / 100))
    if critic:
        scores = np.random.default_rng(1).normal(size=(2, 50)) + np.array([[2.0], [0.0]])
        album = album.with_one("GAN", 0, 500, real, scores)
    album.write(run.folder)
    return run


def look_at(app, name):
    (view,) = [group for group in app.get("button_group") if name in group.options]
    view.set_value(name).run()
    assert not app.exception, app.exception
    return app


def scales(app):
    """Half the height of the first small chart in each figure, percent."""
    return [json.loads(chart.proto.spec)["layout"]["yaxis"]["range"][1] for chart in app.get("plotly_chart")]


def titles(app):
    specs = [chart.proto.spec for chart in app.get("plotly_chart")]
    return "\n".join(specs).replace("\\u003cbr\\u003e", " ")  # where a title is broken


def test_the_slider_goes_back_through_the_training(store):
    run = with_album(make_run(store, vae_steps=100))
    app = look_at(open_page("model/train", run=run.id), "Samples")
    assert "Generated: VAE, step 100" in titles(app)
    assert "Lehman" in titles(app)
    slider = app.select_slider[0]
    assert slider.options[0] == "VAE 0"
    assert slider.options[-1] == "newest"
    slider.set_value(0).run()
    assert "Generated: VAE, step 0" in titles(app)
    app.select_slider[0].set_value(6).run()  # step 60 was planned, the one before it is shown
    assert "Generated: VAE, step 50" in titles(app)


def test_what_the_newest_network_draws_is_not_cut_off_and_the_scale_stands_still(store):
    calm, wild = np.full((3, 10), 0.001), np.full((3, 10), -0.03)
    album = Album.empty(("2008-09-12", "2015-01-02", "2020-02-19"), calm, 50)
    album = album.with_one("VAE", 0, 100, calm).with_one("VAE", 100, 200, wild)
    run = make_run(store, vae_steps=100)
    album.write(run.folder)
    app = look_at(open_page("model/train", run=run.id), "Samples")
    bound = 110 * -np.expm1(-0.3)
    assert scales(app) == pytest.approx([bound, bound])
    app.select_slider[0].set_value(0).run()
    assert scales(app) == pytest.approx([bound, bound])  # the calm first moment too


def test_a_network_out_of_hand_does_not_flatten_the_real_paths():
    real = np.array([[0.01, 0.02], [0.0, 0.001]])
    newest = np.array([[5.0, 50.0], [np.nan, 0.1]])
    assert snapshots._bounds(real, newest).tolist() == [1.0, snapshots._LEAST_BOUND]


def test_a_run_without_snapshots_says_what_to_do(store):
    app = look_at(open_page("model/train", run=make_run(store).id), "Samples")
    assert "Train it again to watch it learn" in app.info[0].value


def test_the_critics_view_is_there_for_a_gan_only_and_from_its_steps_on(store):
    vae = open_page("model/train", run=make_run(store).id)
    assert not any("Critic's view" in group.options for group in vae.get("button_group"))
    run = with_album(make_run(store, model="gan", vae_steps=100, gan_steps=20), critic=True)
    app = look_at(open_page("model/train", run=run.id), "Critic's view")
    assert "The critic tells them apart with ease" in titles(app)
    app.select_slider[0].set_value(0).run()
    assert "move the slider to the GAN's steps" in app.info[0].value


def test_before_the_gans_steps_the_critics_view_does_not_send_one_to_them(store):
    run = with_album(make_run(store, model="gan", vae_steps=100, gan_steps=20))
    app = look_at(open_page("model/train", run=run.id), "Critic's view")
    assert "There is no critic yet: it begins to learn with the GAN" in app.info[0].value


class Mapper:
    """A sampler that knows two latent directions."""

    def __init__(self, market):
        self.days = tuple(f"{day:%Y-%m-%d}" for day in market.return_dates)
        self.walked = []

    def info(self):
        return {"state": "off", "pid": 0, "memory_bytes": 0}

    def latents(self, source):
        points = np.random.default_rng(0).normal(size=(len(self.days), 2))
        return Latents(
            points=points, shares=np.array([0.5, 0.2]), volatility=np.full(len(points), 0.01), days=self.days
        )

    def walk(self, source, first, second, n):
        self.walked.append((first, second, n))
        return Walk(decoded=np.full((n, 2), -0.02), real=np.full((2, 2), -0.03), tickers=("A0", "A1"))


def test_the_latent_map_draws_a_day_and_walks_between_crises(store, monkeypatch):
    run = make_run(store)
    sampler = Mapper(store.market(run.id))
    monkeypatch.setattr(state, "sampler", lambda: sampler)
    app = look_at(open_page("model/train", run=run.id), "Latent map")
    assert "Where the model sees the days of history" in titles(app)
    assert "click on a point" in texts(app)
    assert sampler.walked[0][0] == sampler.walked[0][1]  # the day that is shown first
    # The market of this test ends in February 2016 and knows the yuan's devaluation and the oil slump.
    assert [box.value for box in app.selectbox] == ["Oil slump", "Yuan devaluation"]
    (slider,) = app.slider
    slider.set_value(100).run()
    assert "Oil slump at 100 % of the way to Yuan devaluation" in titles(app)


def test_the_pretrained_model_has_its_map_too_when_it_is_asked_for(store, monkeypatch):
    sampler = Mapper(bundled())
    asked = []
    monkeypatch.setattr(sampler, "latents", lambda source: asked.append(source) or Mapper.latents(sampler, source))
    monkeypatch.setattr(state, "sampler", lambda: sampler)
    app = open_page("model/train")
    assert asked == []
    app.toggle(key="train_pretrained_map").set_value(True).run()
    assert asked == ["pretrained"]
    assert "Where the model sees the days of history" in titles(app)


def test_a_model_without_an_encoder_says_why_it_has_no_map(store, monkeypatch):
    run = make_run(store)
    sampler = Mapper(store.market(run.id))
    sampler.latents = lambda source: (_ for _ in ()).throw(InvalidInput("this VAE cannot say which code a day has"))
    monkeypatch.setattr(state, "sampler", lambda: sampler)
    app = look_at(open_page("model/train", run=run.id), "Latent map")
    assert "cannot say which code a day has" in app.info[0].value


def test_a_training_is_paused_and_let_go_on_from_the_page(store):
    run = store.create(small_market(), preset("quick", vae_steps=50), name="hold")
    jobs = counting_jobs(store)
    jobs.submit(run.id)
    try:
        until(lambda: store.get(run.id).progress.get("step"), "the first step")
        app = open_page("model/train", run=run.id)
        buttons(app)["train_pause"].click().run()
        assert (run.folder / steering.PAUSE).exists()
        assert buttons(app)["train_skip_next"].disabled  # not held yet
        with pytest.raises(InvalidInput, match="let it do at least one"):
            jobs.step(run.id, 0)
        jobs.step(run.id, 20)
        assert (run.folder / steering.STEP).read_text() == "20"
        jobs.change_rates(run.id, {"vae": 1e-3})
        buttons(app)["train_play_arrow"].click().run()
        assert not (run.folder / steering.PAUSE).exists()
        with pytest.raises(InvalidInput, match="is not held: pause it first"):
            jobs.step(run.id, 20)
        jobs.stop(run.id)
        until(lambda: store.get(run.id).status == "stopped", "the stop")
        with pytest.raises(InvalidInput, match="only a training that runs can be steered"):
            jobs.pause(run.id)
        jobs.resume(run.id)
        assert not (run.folder / steering.STEP).exists()
        assert not (run.folder / steering.RATES).exists()
    finally:
        end_all(jobs)


CHANGE = RateChange(phase="vae", label="VAE", step=120, at=1240, player="vae", before=2e-3, rate=5e-4)


def test_a_run_whose_rates_were_changed_says_so_and_can_be_repeated_with_them(store):
    run = make_run(store)
    steering.write(run.folder / steering.CHANGES, {"changes": [CHANGE.as_dict()]})
    app = open_page("model/train", run=run.id)
    words = "VAE, from step 120: learning rate of the VAE from 0.002 to 0.0005"
    assert training_controls.change_in_words(CHANGE) == words
    assert words in texts(app)
    assert "Its settings alone do not give this model" in texts(app)
    assert "rate 0.0005" in titles(app)
    try:
        buttons(app)["train_repeat"].click().run()
        (again,) = [other for other in store.list() if other.id != run.id]
        assert (again.config, again.changes) == (run.config, [CHANGE])
    finally:
        end_all(counting_jobs(store))


def test_planned_moments_hold_the_first_and_the_last_step_of_each_phase(store):
    run = make_run(store, model="gan", vae_steps=400, gan_steps=150)
    stops = snapshots._planned(run)
    assert [stops[0], stops[8], stops[9], stops[-1]] == [("VAE", 0), ("VAE", 400), ("GAN", 0), ("GAN", 150)]

"""Presets that people save, and settings taken over from runs: loaded exactly, told, taken back on a click."""

import pytest

from fingen_core.market import library
from fingen_core.runs import own_presets
from fingen_core.runs.folder import RunFolder
from fingen_core.training.settings.config import preset
from fingen_core.training.settings.picture_config import picture_preset
from fingen_core.ui.session import state
from tests.app.training_support import buttons, make_run, open_page, setting, texts
from tests.jobs_support import small_market

pytestmark = pytest.mark.usefixtures("no_torch")


def test_settings_are_saved_under_a_name_and_loaded_again(home):
    app = open_page("model/train")
    setting(app, "latent_size").set_value(5).run()
    app.text_input(key="train_own_name").set_value("Small")
    buttons(app)["train_own_keep"].click().run()
    assert "“Small” is saved" in app.toast[0].value
    (kept,) = own_presets.listing(home)
    assert (kept.name, kept.config) == ("Small", preset("balanced", latent_size=5))
    again = open_page("model/train")
    assert setting(again, "latent_size").value == 8
    buttons(again)[f"train_own_{kept.id}"].click().run()
    assert setting(again, "latent_size").value == 5
    assert "Your preset “Small” is loaded." in texts(again)
    buttons(again)["taken_over_undo"].click().run()
    assert setting(again, "latent_size").value == 8
    assert "is loaded" not in texts(again)


def test_a_name_that_is_taken_is_refused_and_renaming_helps(home):
    kept = own_presets.save(home, "Small", preset("quick"))
    app = open_page("model/train")
    app.text_input(key="train_own_name").set_value("small")
    buttons(app)["train_own_keep"].click().run()
    assert "already: choose another name" in app.error[0].value
    assert not app.toast
    app.text_input(key=f"train_own_new_name_{kept.id}").set_value("First one")
    buttons(app)["train_own_renamed"].click().run()
    assert [found.name for found in own_presets.listing(home)] == ["First one"]
    assert "“First one” is renamed" in app.toast[0].value


def test_a_deleted_preset_comes_back(home):
    own_presets.save(home, "Small", preset("quick"))
    app = open_page("model/train")
    buttons(app)["train_own_delete"].click().run()
    assert own_presets.listing(home) == []
    assert "“Small” is deleted." in texts(app)
    buttons(app)["own_preset_undo"].click().run()
    assert [found.name for found in own_presets.listing(home)] == ["Small"]
    assert "is deleted" not in texts(app)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (own_presets.to_json("Shared", preset("quick", seed=9)), ""),
        ('{"name": "X", "settings": {"learning_rate": 5}}', "it must be a number from 0.000001 to 1"),
        ("no", "this file is not JSON"),
        (picture_preset("quick").to_json(), "add them on the Images page"),
    ],
)
def test_a_shared_file_is_added_or_refused_with_the_reason(home, content, words):
    app = open_page("model/train")
    app.file_uploader(key="train_own_upload_0").set_value(("shared.json", content.encode(), "application/json")).run()
    assert not app.exception
    if words:
        assert words in app.error[0].value
        assert own_presets.listing(home) == []
    else:
        assert [(found.name, found.config.seed) for found in own_presets.listing(home)] == [("Shared", 9)]
        assert not app.error


def test_presets_of_pictures_stand_on_their_own_page(home, monkeypatch):
    own_presets.save(home, "Painter", picture_preset("quick", "gan", size=8))
    own_presets.save(home, "Filtered", preset("quick"))
    assert "Filtered" in {button.label for button in open_page("model/train").button}
    app = open_page("model/images", images_view="Training")
    labels = {button.label: button for button in app.button}
    assert "Filtered" not in labels
    labels["Painter"].click().run()
    sizes = [field.value for field in app.select_slider if field.key.startswith("images_size_")]
    assert sizes == [8]
    models = [box.value for box in app.selectbox if box.key.startswith("images_model_vae_gan")]
    assert models == ["gan"]


def test_a_run_lends_its_settings_and_its_market_and_both_are_taken_back(store):
    run = make_run(store, latent_size=5, seed=11)
    app = open_page("model/train", **{"from": run.id})
    assert "The settings of “First” and its market, Small, are loaded." in texts(app)
    assert (setting(app, "latent_size").value, setting(app, "seed").value) == (5, 11)
    assert "**Small**: 2 assets" in texts(app)
    assert library.load(small_market(520).digest()).name == "Small"
    buttons(app)["taken_over_undo"].click().run()
    assert setting(app, "latent_size").value == 8
    assert "**US large caps**" in texts(app)


def test_a_run_of_pictures_lends_its_settings_to_the_images_page(store):
    config = picture_preset("quick", "gan", loss="hinge", size=8, gradient_penalty=3.0, seed=4)
    run = store.create(small_market(520), config, name="Painter")
    RunFolder(run.folder).change(status="stopped")
    app = open_page("model/images", images_view="Training", **{"from": run.id})
    assert "The settings of “Painter” and its market, Small, are loaded." in texts(app)
    buttons(app)["images_train"].click().run()
    made = next(found for found in state.store().list() if found.id != run.id)
    assert made.config == config
    assert made.market_digest == run.market_digest

"""Presets that people save: kept by name, shared as JSON, refused with the sentence that helps."""

import json

import pytest

from fingen_core.errors import FinGenError, InvalidInput, NotFound
from fingen_core.runs import own_presets
from fingen_core.training.settings.config import preset
from fingen_core.training.settings.picture_config import picture_preset

CONFIG = preset("quick", latent_size=5, learning_rate=3.3e-4)


def test_a_preset_is_kept_renamed_deleted_and_brought_back(home):
    kept = own_presets.save(home, "  Small   and slow ", CONFIG)
    own_presets.save(home, "A painter", picture_preset("quick"))
    assert [(found.name, found.config) for found in own_presets.listing(home)] == [
        ("A painter", picture_preset("quick")),
        ("Small and slow", CONFIG),
    ]
    own_presets.rename(home, kept.id, "Slow")
    assert own_presets.get(home, kept.id).name == "Slow"
    assert own_presets.get(home, kept.id).saved == kept.saved
    own_presets.delete(home, kept.id)
    assert [found.name for found in own_presets.listing(home)] == ["A painter"]
    own_presets.restore(home, kept.id)
    assert len(own_presets.listing(home)) == 2


def test_names_are_not_given_twice_and_an_id_is_no_path(home):
    kept = own_presets.save(home, "Mine", CONFIG)
    with pytest.raises(InvalidInput, match="there is a preset called “mine” already"):
        own_presets.save(home, "mine", CONFIG)
    own_presets.rename(home, kept.id, "MINE")  # its own name may change its case
    with pytest.raises(InvalidInput, match="use 1 to 120"):
        own_presets.save(home, " ", CONFIG)
    with pytest.raises(NotFound):
        own_presets.get(home, "../presets/x")


def test_a_damaged_file_is_left_out_and_the_rest_stays(home):
    kept = own_presets.save(home, "Good", CONFIG)
    broken = own_presets.save(home, "Broken", CONFIG)
    (home / "presets" / f"{broken.id}.json").write_text('{"name": "Broken", "settings": {"magic": 1}}')
    assert [found.id for found in own_presets.listing(home)] == [kept.id]


@pytest.mark.parametrize("config", [CONFIG, picture_preset("quick", "gan", size=8)])
def test_what_is_shared_comes_back_and_so_does_a_run_s_export(config):
    assert own_presets.parse(own_presets.to_json("Ours", config).encode()) == ("Ours", config)
    assert own_presets.parse(b"\xef\xbb\xbf" + config.to_json().encode(), "file") == ("file", config)


def shared(**changes):
    return json.dumps({"name": "X", "settings": {**json.loads(CONFIG.to_json()), **changes}}).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x" * (own_presets.MOST_BYTES + 1), "settings take at most 65,536"),
        (b"not json", "this file is not JSON"),
        (b"\xff\xfe", "this file is not JSON"),
        (b"[" * 50_000, "this file is not JSON"),
        (b"[1, 2]", "holds a JSON list"),
        (b'{"settings": 3}', "its settings are a JSON int"),
        (b'{"name": 3, "settings": {}}', "its name is 3"),
        (b'{"name": "", "settings": {}}', "use 1 to 120"),
        (shared(magic=1), "unknown setting magic: the settings are "),
        (shared(learning_rate=5), "learning_rate = 5, but it must be a number from 0.000001 to 1"),
        (shared(learning_rate="high"), "learning_rate = 'high', but it must be a number"),
        (shared(latent_size=float("nan")), "latent_size = nan"),
        (shared(latent_size=4.5), "it counts something: use a whole number"),
        (shared(optimizer="magic"), "choose one of adamw"),
        (shared(optimizer=["adam"]), "a setting is one number, one word"),
        (shared(optimizer=None), "a setting is one number, one word"),
        (shared(refit="yes"), "use true or false"),
        (shared(model="gan", gradient_penalty=0), "set gradient_penalty to 10"),
    ],
)
def test_what_is_no_preset_is_refused_with_the_sentence_that_helps(content, words):
    with pytest.raises(InvalidInput, match=words):
        own_presets.parse(content)


def test_a_name_taken_while_a_preset_was_deleted_gets_an_addition(home):
    kept = own_presets.save(home, "Mine", CONFIG)
    own_presets.delete(home, kept.id)
    own_presets.save(home, "Mine", picture_preset("quick"))
    own_presets.restore(home, kept.id)
    assert [found.name for found in own_presets.listing(home)] == ["Mine", "Mine (restored)"]


def test_names_may_be_as_long_as_those_of_runs(home):
    assert own_presets.save(home, "n" * 120, CONFIG).name == "n" * 120
    with pytest.raises(InvalidInput, match="use 1 to 120"):
        own_presets.save(home, "m" * 121, CONFIG)


def test_a_folder_that_cannot_be_written_to_is_said_in_a_sentence(home):
    (home / "presets").write_text("a file where the folder should be")
    with pytest.raises(FinGenError, match=r"the preset cannot be written to .*: free some space or mend the rights"):
        own_presets.save(home, "Mine", CONFIG)

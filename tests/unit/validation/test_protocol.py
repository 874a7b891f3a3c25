"""The protocol: what it allows, and that nothing of it is lost on its way to the disk."""

import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.validation.protocol import Protocol, full, quick


@pytest.mark.parametrize(
    "protocol", [full("2012-12-31"), quick("2012-12-31"), full("2012-12-31").replace(horizons=(1,))]
)
def test_json_keeps_everything(protocol):
    again = Protocol.from_json(protocol.to_json())
    assert again == protocol
    assert again.digest() == protocol.digest()
    assert protocol.replace(n_paths=999).digest() != protocol.digest()


def test_the_full_one_is_what_is_written_about_it():
    protocol = full(pd.Timestamp("2012-12-31 16:00"))
    assert protocol.fit_until == "2012-12-31"
    assert (protocol.n_paths, protocol.horizons, protocol.stride, protocol.max_days) == (2000, (1, 10), 5, None)
    assert (protocol.n_paths_long, protocol.n_steps_long, protocol.n_starts) == (1000, 252, 100)
    assert protocol.long_horizon == 10
    assert protocol.replace(horizons=(1,)).long_horizon is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"fit_until": "soon"}, "fit_until 'soon'"),
        ({"fit_until": None}, "fit_until None"),
        ({"test_until": "2012-01-01"}, "choose a later end of the test"),
        ({"horizons": (10,)}, "begin with 1"),
        ({"horizons": (1, 10, 5)}, "begin with 1 and go up"),
        ({"horizons": (1, 5, 10)}, "at most one longer horizon"),
        ({"n_paths": 100}, "n_paths of 100: choose a whole number from 200 on"),
        ({"n_paths_long": 0}, "n_paths_long of 0"),
        ({"n_steps_long": 100}, "from 252 on"),
        ({"max_days": 1}, "max_days of 1"),
    ],
)
def test_what_makes_no_sense_is_refused(changes, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        Protocol(**({"fit_until": "2012-12-31"} | changes))


@pytest.mark.parametrize("text", ["{", "[]", '{"fit_until": "2012-12-31", "paths": 3}', "{}"])
def test_a_damaged_one_is_refused(text):
    with pytest.raises(InvalidInput, match="a protocol cannot be read"):
        Protocol.from_json(text)

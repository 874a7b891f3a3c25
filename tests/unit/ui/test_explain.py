"""What the Methods page shows is read from the code."""

import pytest

from fingen_core.errors import NotFound
from fingen_core.market.step import DAILY, Step
from fingen_core.metrics import risk
from fingen_core.ui.kit import explain
from fingen_core.ui.kit.glossary import glossary


def test_entries_are_the_docstrings_of_the_module():
    found = {entry.name: entry for entry in explain.entries("metrics.risk")}
    assert set(found) >= {"value_at_risk", "expected_shortfall"}
    assert found["value_at_risk"].call == "value_at_risk(returns, level)"
    assert found["value_at_risk"].text.split()[:3] == (risk.value_at_risk.__doc__ or "").split()[:3]


def test_models_are_explained_without_importing_them():
    assert "GAN" in explain.lecture("representations.filtered")
    assert any(entry.name == "Decoder" for entry in explain.entries("models.factor"))


def test_sections_become_lists():
    text = explain.as_markdown(
        "Loss.\n\nParameters\n----------\nlevel : float in (0, 1)\n    Confidence,\n    high.\n\nNotes\n-----\n``x``."
    )
    assert text == "Loss.\n\n**Parameters**\n\n- `level` (float in (0, 1)): Confidence, high.\n\n**Notes**\n\n`x`."


def test_blocks_are_set_as_they_stand():
    text = explain.as_markdown("Follows::\n\n    a = b\n\nMore $ and ~.")
    assert text == "Follows:\n\n```text\na = b\n```\n\nMore \\$ and \\~."


def test_bare_blocks_keep_the_sentence_before_them():
    assert explain.as_markdown("Ends.\n\n::\n\n    a = b\n") == "Ends.\n\n```text\na = b\n```"


def test_unknown_module_is_not_found():
    with pytest.raises(NotFound, match="no module nothing"):
        explain.entries("nothing")


def test_glossary_is_in_alphabetical_order_and_in_one_sentence_each():
    daily = glossary(DAILY)
    assert list(daily) == sorted(daily, key=str.lower)
    assert all(text.endswith(".") for text in daily.values())
    assert daily["Horizon"] == "Number of trading days that a path covers: 21 are a month, 63 a quarter, 252 a year."


def test_glossary_speaks_of_the_steps_of_the_market():
    monthly = glossary(Step("month", 12))
    assert monthly["Horizon"] == "Months that a path covers: 3 are a quarter, 12 a year."
    assert monthly["Time under water"] == "Months in a row below an earlier high."

"""Who an address means: links are typed, shortened and kept for years."""

import pytest

from fingen_core.ui.request.sources import source_named

KNOWN = {"pretrained": "Pretrained VAE", "run:1m8a6rdkmyt8": "My model (myt8)", "fhs-gjr": "Rival: FHS, GJR-GARCH"}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("run:1m8a6rdkmyt8", "run:1m8a6rdkmyt8"),
        ("1m8a6rdkmyt8", "run:1m8a6rdkmyt8"),
        ("My model (myt8)", "run:1m8a6rdkmyt8"),
        ("fhs-gjr", "fhs-gjr"),
        ("run:gone", "run:gone"),
        ("gone", "gone"),
        ("", ""),
    ],
)
def test_an_address_names_its_source_with_or_without_prefix(name, source):
    assert source_named(KNOWN, name) == source

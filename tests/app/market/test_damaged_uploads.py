"""Damaged and hostile files on the Market page: one sentence each, and the page goes on."""

import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.settings import ASSETS
from tests.hostile_support import DAMAGED


@pytest.fixture(scope="module")
def page() -> AppTest:
    at = AppTest.from_file(str(ASSETS.parent / "streamlit_app.py"), default_timeout=60)
    at.session_state["market_source"] = "upload"
    return at.switch_page("pages/data/market.py").run()


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_is_refused_in_a_sentence_on_the_page(page: AppTest, kind: str) -> None:
    name, make = DAMAGED[kind]
    page.file_uploader[0].set_value((name, make(), "application/octet-stream")).run()
    assert not page.exception
    (sentence,) = [error.value for error in page.error]
    assert ":" in sentence
    assert "Traceback" not in sentence

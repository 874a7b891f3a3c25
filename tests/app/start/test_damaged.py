"""What is damaged stands on the page that is about it, with its path and its ways out; no page stumbles over it."""

import errno

import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.errors import NotWritten
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.ui.session.portfolio import shelf
from tests.app.training_support import buttons, make_run, open_page, texts, without_torch

BOOK = Portfolio(name="Book", tickers=("A0", "A1"), weights=(0.5, 0.5))


@pytest.fixture(autouse=True)
def _no_torch(monkeypatch, home):
    without_torch(monkeypatch)


def press(app: AppTest, part: str) -> None:
    next(button for key, button in buttons(app).items() if key and part in key).click().run()
    assert not app.exception, app.exception


def test_a_damaged_run_is_listed_deleted_and_brought_back(store):
    healthy, hurt = make_run(store, name="Healthy"), make_run(store, name="Hurt")
    (hurt.folder / "config.json").write_text("{")
    app = open_page("model/runs")
    assert "**Hurt**, a run: " in texts(app)
    assert "config.json is cut off or no JSON" in texts(app)
    assert str(hurt.folder) in [block.value for block in app.code]
    press(app, "damaged_delete")
    assert "The damaged run “Hurt” is deleted." in texts(app)
    assert store.damaged() == []
    assert [run.id for run in store.list()] == [healthy.id]
    press(app, "damaged_undo")
    assert [one.path for one in store.damaged()] == [hurt.folder]


def test_a_damaged_portfolio_is_listed_in_the_library_and_mended_by_its_copy():
    record = shelf().add("Mine", BOOK.to_json())
    shelf().change(record.id, {**BOOK.to_json(), "value": 2e6})
    (shelf().folder / f"{record.id}.json").write_bytes(b"\xff\x00")
    app = open_page("stress/library")
    assert "**Mine**, a portfolio: " in texts(app)
    press(app, "damaged_restore")
    assert "a portfolio" not in texts(app)
    assert Portfolio.from_json(shelf().get(record.id).body) == BOOK


def test_pages_open_over_a_run_that_is_damaged(store):
    run = make_run(store, name="Hurt")
    for name in ("run.json", "state.json", "progress.json"):
        (run.folder / name).write_text("[]")
    for page in ("start/home", "model/runs", "model/train", "risk/validation", "stress/scenarios", "risk/portfolio"):
        open_page(page, run=run.id)


def _told() -> None:
    import errno as numbers

    import streamlit as st

    from fingen_core.errors import NotWritten
    from fingen_core.ui import uncaught

    shown = [
        uncaught.tell(NotWritten("book.json", OSError(numbers.ENOSPC, "No space left on device"))),
        uncaught.tell(OSError(numbers.EROFS, "Read-only file system", "/home/x/runs")),
        uncaught.tell(ZeroDivisionError("secret detail")),
    ]
    st.write(str(shown))


def test_what_no_page_caught_is_told_in_words():
    app = AppTest.from_function(_told, default_timeout=30).run()
    assert [error.value for error in app.error] == [
        "book.json cannot be written (No space left on device): free some space or mend the rights, then try again",
        "/home/x/runs cannot be written to, since the disk is read-only: have it mounted for writing, then try again",
    ]
    assert "[True, True, False]" in texts(app)


def test_an_error_of_writing_is_the_apps_and_the_systems():
    problem = NotWritten("x", OSError(errno.ENOSPC, "No space left on device"))
    assert isinstance(problem, OSError)
    assert (problem.errno, problem.strerror) == (errno.ENOSPC, "No space left on device")

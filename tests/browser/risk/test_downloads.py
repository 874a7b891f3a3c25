"""What is offered for download is still there when somebody comes to it: in the dialog, and in the list afterwards.

``FINGEN_WAIT=60 pytest tests/browser/risk/test_downloads.py`` waits a minute instead of ten seconds before each click.
"""

import io
import os
import re
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE
from tests.browser.risk.test_portfolio_journey import answered

WAIT = 1000 * int(os.environ.get("FINGEN_WAIT", "10"))
"""Milliseconds between a file being offered and the click: this test is about time that passes."""

pytestmark = pytest.mark.timeout(900)


def fetched(page: Page, button: Locator, folder: Path) -> Path:
    with page.expect_download() as waiting:
        button.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def is_whole(path: Path) -> None:
    """The file is what its name says."""
    data = path.read_bytes()
    if path.suffix == ".pdf":
        assert data.startswith(b"%PDF")
        assert data.rstrip().endswith(b"%%EOF")
        assert len(re.findall(rb"/Type\s*/Page\b", data)) >= 5
    elif path.suffix == ".xlsx":
        book = openpyxl.load_workbook(io.BytesIO(data))
        assert book.sheetnames[:3] == ["Cover", "Portfolio", "Tail risk"]
        assert "Committee, autumn" in [cell.value for row in book["Cover"] for cell in row]
    elif path.suffix == ".html":
        text = data.decode()
        assert "Risk of Equal weight" in text
        assert "Committee, autumn" in text
        assert text.rstrip().endswith("</html>")
    elif path.suffix == ".parquet":
        assert pq.read_table(path).num_rows > 100_000
    else:
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            assert len(pd.read_csv(archive.open("tail-risk.csv"))) > 10


def test_every_report_can_be_fetched_after_a_while_and_again_from_the_list(app, visit, tmp_path):
    page = visit(app.page("portfolio", "by=block-bootstrap&risk_paths=2,000"))
    answered(page)
    page.get_by_role("button", name="Report", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="What for").fill("Committee, autumn")
    page.keyboard.press("Tab")
    for form, ending in (
        ("PDF", ".pdf"),
        ("Excel", ".xlsx"),
        ("HTML", ".html"),
        ("Parquet", ".parquet"),
        ("CSV", ".zip"),
    ):
        dialog.get_by_text(form, exact=True).click()
        expect(dialog.locator("[data-testid=stDownloadButton]")).to_have_count(0)
        dialog.get_by_role("button", name="Make report").click()
        button = dialog.locator("[data-testid=stDownloadButton] button", has_text=ending)
        button.wait_for(timeout=2 * PATIENCE)
        page.wait_for_timeout(WAIT)
        is_whole(fetched(page, button, tmp_path))
        is_whole(fetched(page, button, tmp_path))  # and once more
    dialog.get_by_role("link", name="All reports that were made").click()

    expect(page.get_by_role("heading", name="Scenario library")).to_be_visible()
    button = page.locator("[data-testid=stDownloadButton] button", has_text=".zip")  # the newest is chosen
    button.wait_for()
    page.wait_for_timeout(WAIT)
    is_whole(fetched(page, button, tmp_path))
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("is deleted.")).to_be_visible()
    expect(page.locator("[data-testid=stDownloadButton] button", has_text=".parquet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    is_whole(fetched(page, button, tmp_path))

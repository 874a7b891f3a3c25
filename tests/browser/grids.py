"""Typing into a table that is painted on a canvas: its cells have no elements to click, but they say what is chosen."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import until
from tests.browser.training.test_journeys import at_rest

_HEADER, _ROW = 34, 33.2


def write(page: Page, grid: Locator, column: int, row: int, text: str) -> None:
    """Put a value into a cell as a person at the keyboard does: go there, Enter, type, Enter."""
    at_rest(page)
    cell = grid.get_by_test_id(f"glide-cell-{column}-{row}")
    until(lambda: _clicked(page, grid), "the choice of a cell")
    at_column, at_row = _chosen(grid)
    for steps, back, forth in ((column - at_column, "ArrowLeft", "ArrowRight"), (row - at_row, "ArrowUp", "ArrowDown")):
        for _ in range(abs(steps)):
            page.keyboard.press(forth if steps > 0 else back)
    expect(cell).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    field = page.locator("#portal input")
    field.press("ControlOrMeta+a")
    field.press_sequentially(text, delay=60)  # the table takes what it knew when it was last drawn
    expect(field).to_have_value(text)
    field.press("Enter")
    expect(cell).to_have_text(text)
    at_rest(page)


def _clicked(page: Page, grid: Locator) -> bool:
    """Click a row that is not chosen: a click into a chosen cell opens it, and the first may only bring the focus."""
    grid.evaluate("table => table.scrollIntoView({block: 'center', behavior: 'instant'})")
    box, wanted = grid.bounding_box(), 1 if _chosen(grid)[1] == 0 else 0
    assert box is not None
    page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + _HEADER + (wanted + 0.5) * _ROW)
    page.wait_for_timeout(200)  # what was chosen before is still marked while the click is on its way
    return _chosen(grid)[1] == wanted


def _chosen(grid: Locator) -> tuple[int, int]:
    """Column and row of the cell that is chosen, -1 if none is."""
    cells = grid.locator("td[aria-selected=true]").all()
    name = cells[0].get_attribute("id") if len(cells) == 1 else None
    if name is None:
        return -1, -1
    *_, column, row = name.split("-")
    return int(column), int(row)

"""Files on the page: read once, with a bar where it lasts, and refusals kept."""

import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.errors import InvalidInput
from fingen_core.ui.kit import reading


def _page(count, fails=False, key="a"):  # its source runs alone, so it names no type
    import streamlit as st

    from fingen_core.errors import InvalidInput
    from fingen_core.ui.kit import reading

    def read(tell):
        count()
        for share in (0.0, 0.25, 0.5):
            tell(share)
        if fails:
            raise InvalidInput("no file")
        return "read"

    try:
        st.write(reading.read_once(key, "my_file.csv", 10, read))
    except InvalidInput as problem:
        st.error(problem)
    st.checkbox("another widget")


@pytest.fixture(autouse=True)
def _empty_shelf() -> None:
    reading._shelf.clear()


@pytest.mark.parametrize("fails", [False, True])
def test_a_widget_does_not_read_the_file_again(fails: bool) -> None:
    reads: list[int] = []
    page = AppTest.from_function(_page, args=(lambda: reads.append(1), fails)).run()
    page.checkbox[0].check().run()
    assert not page.exception
    assert len(reads) == 1
    assert (page.error[0].value if fails else page.markdown[0].value) == ("no file" if fails else "read")
    AppTest.from_function(_page, args=(lambda: reads.append(1), fails, "b")).run()
    assert len(reads) == 2


def test_what_is_kept_is_bounded_by_number_and_size() -> None:
    shelf = reading._Shelf()
    for number in range(20):
        shelf.put(number, f"{number}", 2**20)
    assert [shelf.get(number) for number in (11, 12, 19)] == [None, "12", "19"]
    shelf.put("large", "large", 90 * 2**20)
    shelf.put("larger", "larger", 200 * 2**20)
    assert (shelf.get("large"), shelf.get("larger")) == (None, "larger")
    shelf.put("refused", InvalidInput("no"), 200 * 2**20)
    assert shelf.get("larger") == "larger"


def test_the_bar_says_how_far_it_is_and_how_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[float, str]] = []
    clock = iter([0.0, 0.1, 10.0, 20.0])
    monkeypatch.setattr(reading.time, "monotonic", lambda: next(clock))
    bar = reading._Bar("my_file.csv")
    monkeypatch.setattr(bar._place, "progress", lambda share, text: shown.append((share, text)))
    for share in (0.1, 0.0, 0.25):
        bar.tell(share)
    assert shown == [(0.0, "Reading my_file.csv"), (0.25, "Reading my_file.csv: 25 %, about 60 s left")]

"""The bundled market, the crises and the library of saved markets."""

import itertools
import json
import sys
from dataclasses import replace
from pathlib import Path
from subprocess import run

import pandas as pd
import pytest

from fingen_core.errors import NotFound
from fingen_core.market import Market, Source, bundled, crises, crises_between, library, sp500_index
from fingen_core.settings import ASSETS


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINGEN_HOME", str(tmp_path))
    return tmp_path


def _uploaded(name: str = "Mine") -> Market:
    index = pd.bdate_range("2020-01-01", periods=4)
    prices = pd.DataFrame({"A": [1.0, 2.0, 3.0, 4.0], "B": [4.0, 3.5, 3.0, 0.1]}, index=index)
    return Market(prices, Source(kind="upload", detail="prices.csv"), name)


def test_bundled_is_the_table_that_skfolio_offers() -> None:
    datasets = pytest.importorskip("skfolio.datasets")
    theirs = datasets.load_sp500_dataset()
    ours = bundled(everything=True).prices
    pd.testing.assert_frame_equal(ours, theirs, check_names=False, check_freq=False)
    pd.testing.assert_frame_equal(sp500_index().prices, datasets.load_sp500_index(), check_names=False)


def test_bundled_leaves_rrc_out_and_is_read_once() -> None:
    market = bundled()
    assert market.n_assets == 19
    assert "RRC" not in market.tickers
    assert market.name == "US large caps"
    assert market.source.kind == "bundled"
    assert "not for commercial use" in market.source.note
    assert (market.dates[0], market.dates[-1]) == (pd.Timestamp("1990-01-02"), pd.Timestamp("2022-12-28"))
    assert bundled() is market


def test_reading_the_bundled_market_imports_neither_skfolio_nor_yfinance() -> None:
    code = (
        "import sys; from fingen_core.market import bundled; bundled();"
        "print([name for name in ('skfolio', 'sklearn', 'torch', 'yfinance', 'streamlit') if name in sys.modules])"
    )
    answer = run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ASSETS.parent)
    assert answer.stdout.strip() == "[]"


def test_every_crisis_begins_and_ends_on_a_trading_day_and_fell_as_much_as_it_says() -> None:
    index = sp500_index().prices["SP500"]
    assert len(crises()) >= 14
    for crisis in crises():
        assert crisis.start in index.index
        assert crisis.end in index.index
        fall = index[crisis.end] / index[crisis.start] - 1
        assert crisis.fall == pytest.approx(fall, abs=5e-4), crisis.name
        assert index[crisis.start : crisis.end].idxmin() == crisis.end, crisis.name
        assert crisis.line
        assert crisis.source


def test_crises_are_in_order_and_do_not_overlap() -> None:
    episodes = crises()
    assert episodes[0].name == "Gulf war"
    assert episodes[-1].start.year == 2022
    assert all(before.end <= after.start for before, after in itertools.pairwise(episodes))


def test_crises_between_keeps_those_that_touch_the_span() -> None:
    names = [c.name for c in crises_between(pd.Timestamp("2008-10-01"), pd.Timestamp("2010-04-23"))]
    assert names == ["Lehman", "Flash crash"]


def test_a_saved_market_comes_back_as_it_was(own_home: Path) -> None:
    market = _uploaded()
    digest = library.save(market)
    again = library.load(digest)
    pd.testing.assert_frame_equal(again.prices, market.prices, check_freq=False)
    assert (again.digest(), again.name, again.source) == (digest, "Mine", market.source)
    assert not list(own_home.rglob("*.part"))


def test_sample_and_the_digest_of_the_bundled_market_need_no_file(own_home: Path) -> None:
    assert library.load("sample") is bundled()
    assert library.load(bundled().digest()) is bundled()


def test_listing_shows_the_newest_first_and_one_entry_for_each_market(own_home: Path) -> None:
    first, second = _uploaded(), bundled().select(["KO", "PEP"]).between("2020", "2021")
    library.save(first)
    library.save(second)
    library.save(replace(first, name="Mine again"))
    entries = library.listing()
    assert [entry.name for entry in entries] == ["Mine again", "US large caps"]
    assert entries[0].tickers == ("A", "B")
    assert (entries[1].first, entries[1].last, entries[1].n_steps) == ("2020-01-02", "2021-12-31", second.n_steps)


def test_listing_skips_a_damaged_record_which_is_told(own_home: Path) -> None:
    library.save(_uploaded())
    (own_home / "markets" / "0123456789abcdef.json").write_text("{", encoding="utf-8")
    assert len(library.listing()) == 1
    (told,) = library.damaged()
    assert (told.name, told.path.name) == ("0123456789abcdef", "0123456789abcdef.json")
    assert "cut off or no JSON" in told.why


def test_a_market_changed_on_disk_is_refused(own_home: Path) -> None:
    digest = library.save(_uploaded())
    path = own_home / "markets" / f"{digest}.parquet"
    pd.read_parquet(path).mul(1.0001).to_parquet(path)
    with pytest.raises(NotFound, match="changed on disk: load it again"):
        library.load(digest)


@pytest.mark.parametrize("damage", ["not parquet", ""])
def test_an_unreadable_file_is_reported_not_raised_raw(own_home: Path, damage: str) -> None:
    digest = library.save(_uploaded())
    (own_home / "markets" / f"{digest}.parquet").write_text(damage, encoding="utf-8")
    with pytest.raises(NotFound, match="cannot be read"):
        library.load(digest)


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "ABCDEF0123456789", "0123456789abcdef"])
def test_an_unknown_id_is_not_found_and_never_leaves_the_folder(own_home: Path, digest: str) -> None:
    with pytest.raises(NotFound, match="Market page"):
        library.load(digest)
    with pytest.raises(NotFound):
        library.delete(digest)


def test_delete_forgets(own_home: Path) -> None:
    digest = library.save(_uploaded())
    library.delete(digest)
    assert library.listing() == []
    with pytest.raises(NotFound):
        library.delete("sample")


def test_the_record_is_plain_json(own_home: Path) -> None:
    digest = library.save(_uploaded())
    record = json.loads((own_home / "markets" / f"{digest}.json").read_text(encoding="utf-8"))
    assert record["source"]["kind"] == "upload"
    assert record["digest"] == digest

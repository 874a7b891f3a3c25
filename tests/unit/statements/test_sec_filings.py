"""Statements from the SEC, asked by the real edgartools of a server that speaks the SEC's JSON."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput, SourceUnavailable
from fingen_core.market.statements import Sec, StatementStore, identity, keep_identity, ratios
from tests.sec_standin import FIRST, LAST, of_year, running

WHO = "Jane Doe jane@example.org"


@pytest.fixture
def sec(monkeypatch, tmp_path):
    monkeypatch.setenv("FINGEN_HOME", str(tmp_path))
    with running() as server:
        monkeypatch.setenv("FINGEN_SEC_URL", server.url)
        yield server


def test_years_of_all_filings_with_fiscal_years_of_their_own(sec):
    found = Sec(WHO).statements("aapl")
    assert list(found.table.columns) == [f"{year}-09-30" for year in range(LAST, FIRST - 1, -1)]
    for year in (FIRST, 2017, 2018, LAST):
        assert found.table.loc["Revenue", f"{year}-09-30"] == pytest.approx(of_year(year))
    assert found.table.loc["Total debt", "2023-09-30"] == pytest.approx(0.6 * of_year(2023))
    assert found.table.loc["EBITDA", "2023-09-30"] == pytest.approx(0.3 * of_year(2023))
    assert found.latest("Shares outstanding") == 16
    assert np.isnan(found.latest("Market value"))
    assert ratios(found).loc["Debt / assets", "2023-09-30"] == pytest.approx(0.3)
    assert found.source.startswith("SEC filings, annual, USD, ")
    assert {who for _, _, who in sec.asked} == {WHO}
    assert {host for _, host, _ in sec.asked} == {"data.sec.gov"}


def test_an_amendment_replaces_what_it_amends_and_is_told(sec):
    found = Sec(WHO).statements("AAPL")
    assert found.table.loc["Net income", "2015-09-30"] == pytest.approx(111)
    assert "1 amounts were restated in later filings: the latest filed is taken" in found.notes
    assert any(note.startswith("Revenue was filed under several tags") for note in found.notes)
    assert any("EBITDA is operating income plus depreciation" in note for note in found.notes)


def test_quarters_that_were_not_filed_are_what_the_year_leaves(sec):
    found = Sec(WHO).statements("AAPL", quarterly=True)
    assert found.per_year == 4
    assert len(found.table.columns) == 4 * (LAST - FIRST + 1)
    year = of_year(2023)
    revenue = [found.table.loc["Revenue", end] for end in ("2022-12-31", "2023-03-31", "2023-06-30", "2023-09-30")]
    assert revenue == pytest.approx([0.3 * year, 0.25 * year, 0.2 * year, 0.25 * year])
    flow = [found.table.loc["Operating cash flow", end] for end in ("2023-03-31", "2023-06-30", "2023-09-30")]
    assert flow == pytest.approx([0.3 * 0.25 * year, 0.3 * 0.2 * year, 0.3 * 0.25 * year])
    assert any("are the year so far less the quarters before" in note for note in found.notes)
    yearly = ratios(found).loc["Net margin", "2023-09-30"]
    assert yearly == pytest.approx(0.2)


def test_a_foreign_company_files_years_in_its_own_currency(sec):
    found = Sec(WHO).statements("SAP")
    assert found.latest("Revenue") == pytest.approx(of_year(2023))
    assert found.latest("Total assets") == pytest.approx(2 * of_year(2023))
    assert ", EUR, " in found.source
    assert "Amounts in USD are left out: most are in EUR" in found.notes
    with pytest.raises(SourceUnavailable, match="no figures of SAP by quarter"):
        Sec(WHO).statements("SAP", quarterly=True)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("429", "asks to slow down"),
        ("403", "check the name and e-mail address"),
        ("500", "itself failed .HTTP 500."),
        ("404", "no figures of AAPL at all"),
        ("truncated", "cut off or unreadable"),
    ],
)
def test_every_failure_is_a_sentence(sec, mode, words):
    sec.modes["AAPL"] = mode
    with pytest.raises(SourceUnavailable, match=words):
        Sec(WHO).statements("AAPL")
    sec.modes.clear()
    assert Sec(WHO).statements("AAPL").latest("Revenue") == pytest.approx(of_year(LAST))


def test_symbols_that_the_sec_does_not_know(sec):
    with pytest.raises(SourceUnavailable, match="knows no ZZNONE"):
        Sec(WHO).statements("ZZNONE")
    assert ("/files/company_tickers.json", "www.sec.gov", WHO) in sec.asked
    with pytest.raises(SourceUnavailable, match="cut off or unreadable"):
        Sec(WHO).statements("ZZNEW")  # in the live list alone
    with pytest.raises(InvalidInput, match="no symbol that files with the SEC"):
        Sec(WHO).statements("^GSPC")


def test_without_a_network_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("FINGEN_HOME", str(tmp_path))
    monkeypatch.setenv("FINGEN_SEC_URL", "http://127.0.0.1:9")  # nobody listens
    for symbol in ("AAPL", "ZZNONE"):
        with pytest.raises(SourceUnavailable, match="cannot be reached: check the connection"):
            Sec(WHO).statements(symbol)
    monkeypatch.setenv("FINGEN_SEC_URL", "http://example.org")
    with pytest.raises(InvalidInput, match="must be on this machine"):
        Sec(WHO).statements("AAPL")


def test_who_asks_is_asked_for_once_and_kept_in_the_home(sec, tmp_path):
    with pytest.raises(SourceUnavailable, match="wants to know who asks"):
        Sec().statements("AAPL")
    assert not sec.asked
    assert identity() == ""
    assert keep_identity("  Jane Doe   jane@example.org ") == WHO
    assert identity() == WHO
    assert list(tmp_path.rglob("identity.json"))
    Sec().statements("AAPL")
    assert sec.asked[-1][2] == WHO
    (tmp_path / "sec" / "identity.json").write_text("{")
    assert identity() == ""


@pytest.mark.parametrize(
    "wrong", ["", "Jane Doe", "jane@example.org", "Jane <jane@example>", "Jane\nX: y@z.org\x00", "Jäne j@x.org"]
)
def test_who_asks_needs_a_name_and_an_address(sec, wrong):
    with pytest.raises(InvalidInput, match="holds no"):
        keep_identity(wrong)


def test_notes_are_kept_with_the_statements(sec, tmp_path):
    store = StatementStore(tmp_path / "kept")
    found = Sec(WHO).statements("AAPL")
    store.renew(found)
    kept = store.read("AAPL")
    assert kept.notes == found.notes
    pd.testing.assert_frame_equal(kept.table, found.table)

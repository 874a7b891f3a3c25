"""Repairs act on what is at fault: splits, returns, histories without a common day, and what somebody chose."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidMarket
from fingen_core.market import Market, Source, library, sp500_index, upload
from fingen_core.market.quality import Finding, QualityReport, quality_report
from fingen_core.market.returns import Kind

RATIOS = [(n, 1) for n in (2, 3, 4, 5, 7, 10, 15, 20, 25, 30, 50, 100)] + [(3, 2), (5, 2)]
REVERSE = [(1, n) for n in (2, 3, 4, 5, 8, 10, 15, 20, 25, 40, 50, 100, 250, 500, 1000)]
SIMPLE, LOG = Kind(values="simple returns"), Kind(values="log returns", percent=True)


def _moves(n: int, *sds: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, (n, len(sds))) * np.array(sds)


def _prices(moves: np.ndarray, start: str = "2014-01-01", freq: str = "B") -> pd.DataFrame:
    dates = pd.date_range(start, periods=len(moves), freq=freq)
    return pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), index=dates, columns=list("ABCDEFGH")[: moves.shape[1]])


def _jumps(report: QualityReport) -> list[Finding]:
    return [finding for finding in report.findings if finding.kind == "jumps"]


# -- splits and news -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratios", [RATIOS, REVERSE], ids=["forward", "reverse"])
def test_any_split_of_any_asset_on_any_day_is_mended_to_the_true_moves(ratios: list[tuple[int, int]]) -> None:
    """Mended unasked, or asked about where chance made the days after a split look like those after news."""
    rng = np.random.default_rng(len(ratios))
    asked = exact = 0
    for case in range(3 * len(ratios)):
        new, old = ratios[case % len(ratios)]
        moves = _moves(500, *rng.uniform(0.004, 0.014, 3), seed=case)
        row, column = int(rng.integers(20, 470)), int(rng.integers(3))
        prices = _prices(moves)
        prices.iloc[row:, column] *= old / new
        (found,) = _jumps(quality_report(prices))
        asked += found.severity == "warning"
        mended = quality_report(prices, choices={found.key: "mend split"}).apply(prices)
        off = np.abs(np.diff(np.log(mended), axis=0) - moves[1:])
        exact += off.max() < 1e-9
        assert off.max() < 0.06
        assert np.delete(off.ravel(), off.argmax()).max() < 1e-9
    assert asked <= 0.08 * 3 * len(ratios)
    assert exact >= 0.95 * 3 * len(ratios)


def test_a_reverse_split_of_an_odd_ratio_leaves_an_ordinary_day() -> None:
    for seed in range(20):
        moves = _moves(400, 0.01, 0.01, seed=seed)
        prices = _prices(moves)
        prices.iloc[200:, 0] *= 190
        mended = np.diff(np.log(quality_report(prices).apply(prices)["A"]))
        assert abs(mended[199]) < 0.05


def _crash(moves: np.ndarray, row: int, way: str) -> np.ndarray:
    """A fall to about half on a day, as news leaves it, each in a way that a split does not have."""
    moves = moves.copy()
    moves[row, 0] += np.log(0.5)
    if way == "wild after":
        moves[row + 1 : row + 31, 0] *= 4
    elif way == "recovers":
        moves[row + 1 : row + 21, 0] += np.log(2) / 20
    elif way == "all fall":
        moves[row, 1:] -= 0.2
    elif way == "pinned after":
        moves[row, 0] += 2 * np.log(2)
        moves[row + 1 :, 0] *= 0.05
    return moves


@pytest.mark.parametrize("way", ["wild after", "recovers", "all fall", "pinned after"])
def test_true_moves_are_never_mended_unasked_and_may_be(way: str) -> None:
    for seed in range(10):
        prices = _prices(_crash(_moves(500, 0.015, 0.012, 0.01, seed=seed), 250, way))
        report = quality_report(prices)
        assert report.clean, report.remedies
        found = next(finding for finding in _jumps(report) if finding.key.startswith("jumps A"))
        assert (found.severity, found.options[0].action) == ("warning", "keep")
        assert {"drop column"} <= {option.action for option in found.options}


def test_the_same_fall_without_a_sign_of_news_is_a_split() -> None:
    prices = _prices(_crash(_moves(500, 0.015, 0.012, 0.01, seed=1), 250, "nothing else"))
    assert [remedy.action for remedy in quality_report(prices).remedies] == ["mend split"]


def test_small_ratios_are_asked_about_and_never_mended_unasked() -> None:
    prices = _prices(_moves(500, 0.006, 0.01, seed=3))
    prices.iloc[250:, 0] *= 3 / 4
    (found,) = _jumps(quality_report(prices))
    assert (found.severity, [option.action for option in found.options][:2]) == ("warning", ["keep", "mend split"])
    assert quality_report(prices).clean
    chosen = quality_report(prices, choices={found.key: "mend split"})
    assert [remedy.factor for remedy in chosen.remedies] == [3 / 4]


def test_the_index_has_no_step_that_looks_like_a_split() -> None:
    assert _jumps(quality_report(sp500_index())) == []


def test_what_was_kept_by_choice_stays_kept_with_the_saved_market() -> None:
    prices = _prices(_moves(500, 0.01, 0.01, seed=5))
    prices.iloc[250:, 0] *= 12.5
    (found,) = _jumps(quality_report(prices))
    report = quality_report(prices, choices={found.key: "keep"})
    assert (report.clean, report.accepted) == (True, (found.key,))
    market = Market(report.prices, Source(kind="upload", accepted=report.accepted))
    again = library.load(library.save(market))
    assert again.source.accepted == (found.key,)
    assert quality_report(again).clean
    assert not quality_report(Market(report.prices, Source(kind="upload"))).clean


# -- returns ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [SIMPLE, LOG], ids=["simple", "log, percent"])
def test_a_row_of_returns_that_stands_twice_counts_once(kind: Kind) -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        moves = _moves(400, 0.01, 0.02, seed=int(rng.integers(10_000)))
        returns = pd.DataFrame(moves, index=pd.bdate_range("2015-01-01", periods=400), columns=["A", "B"])
        values = 100 * returns if kind.percent else np.expm1(returns)
        again = [int(row) for row in rng.choice(400, 3, replace=False)]
        report = quality_report(pd.concat([values, values.iloc[again]]).sort_index(), kind)
        np.testing.assert_allclose(np.diff(np.log(report.prices), axis=0), moves, atol=1e-12)
        assert "The rows agree, and each day counts once" in report.findings[1].text


def test_rows_that_differ_are_asked_about() -> None:
    returns = pd.DataFrame(_moves(400, 0.01, seed=1), index=pd.bdate_range("2015-01-01", periods=400), columns=["A"])
    both = pd.concat([returns, returns.iloc[[7]] + 0.05])
    day = returns.index[7]
    report = quality_report(both, SIMPLE)
    assert report.prices["A"].pct_change()[day] == pytest.approx(returns["A"].iloc[7] + 0.05)
    first = quality_report(both, SIMPLE, {"duplicates": "keep first of each date"})
    assert first.prices["A"].pct_change()[day] == pytest.approx(returns["A"].iloc[7])
    assert day not in quality_report(both, SIMPLE, {"duplicates": "drop dates"}).prices.index


def test_complementary_rows_of_a_day_are_one_day() -> None:
    prices = _prices(_moves(300, 0.01, 0.01, seed=2))
    halves = pd.concat([prices.assign(A=np.nan), prices.assign(B=np.nan)]).sort_index()
    pd.testing.assert_frame_equal(quality_report(halves).prices, prices, check_freq=False, check_names=False)


def test_missing_returns_are_told_and_never_bridged() -> None:
    rng = np.random.default_rng(3)
    moves = _moves(500, 0.01, 0.01, seed=4)
    returns = pd.DataFrame(moves, index=pd.bdate_range("2015-01-01", periods=500), columns=["A", "B"])
    holes = np.sort(rng.choice(np.arange(1, 499), 6, replace=False))
    returns.iloc[holes, 0] = np.nan
    report = quality_report(returns, Kind(values="log returns"))
    assert "They stay missing" in next(finding.text for finding in report.findings if finding.kind == "gaps")
    left = np.delete(moves, holes, axis=0)
    np.testing.assert_allclose(np.diff(np.log(report.prices), axis=0), left, atol=1e-12)


def test_an_extreme_return_is_left_out_as_that_day_and_nothing_else() -> None:
    moves = _moves(400, 0.01, 0.01, seed=6)
    returns = pd.DataFrame(np.expm1(moves), index=pd.bdate_range("2015-01-01", periods=400), columns=["A", "B"])
    returns.iloc[200, 1] = 5_000.0
    report = quality_report(returns, SIMPLE)
    assert [(remedy.action, remedy.dates) for remedy in report.remedies] == [("drop dates", (returns.index[200],))]
    np.testing.assert_allclose(np.diff(np.log(report.prices), axis=0), np.delete(moves, 200, axis=0), atol=1e-12)


def test_a_split_in_returns_is_mended_on_that_return() -> None:
    moves = _moves(400, 0.01, 0.01, seed=7)
    returns = pd.DataFrame(np.expm1(moves), index=pd.bdate_range("2015-01-01", periods=400), columns=["A", "B"])
    returns.iloc[150, 0] = 190 * (1 + returns.iloc[150, 0]) - 1
    report = quality_report(returns, SIMPLE)
    assert [remedy.action for remedy in report.remedies] == ["mend split"]
    np.testing.assert_allclose(np.delete(np.diff(np.log(report.prices), axis=0), 150, axis=0), np.delete(moves, 150, 0))
    assert abs(report.prices["A"].pct_change().iloc[151]) < 0.03


def test_returns_out_of_order_are_sorted_before_they_are_compounded() -> None:
    moves = _moves(300, 0.01, 0.02, seed=8)
    returns = pd.DataFrame(np.expm1(moves), index=pd.bdate_range("2015-01-01", periods=300), columns=["A", "B"])
    shuffled = returns.sample(frac=1, random_state=1)
    np.testing.assert_allclose(np.diff(np.log(quality_report(shuffled, SIMPLE).prices), axis=0), moves, atol=1e-12)


def test_a_loss_of_everything_is_no_return() -> None:
    returns = pd.DataFrame(
        _moves(300, 0.01, 0.01, seed=9), index=pd.bdate_range("2015", periods=300), columns=["A", "B"]
    )
    returns.iloc[100, 0] = -1.0
    report = quality_report(returns, SIMPLE)
    assert "A is a loss of everything or a million-fold on 1 date, first -1 on" in report.findings[1].text
    assert len(report.prices) == 300


# -- histories -------------------------------------------------------------------------------------------------------


def test_disjoint_histories_have_a_remedy_and_another() -> None:
    prices = _prices(_moves(1200, *[0.01] * 6, seed=1)).set_axis(["OLD", "AAA", "BBB", "NEW1", "NEW2", "NEW3"], axis=1)
    prices.iloc[450:, 0] = np.nan
    prices.iloc[:521, 3:] = np.nan
    report = quality_report(prices)
    found = report.findings[1]
    ends, begins = (f"{prices.index[row]:%Y-%m-%d}" for row in (449, 521))
    assert found.text.startswith(f"OLD ends on {ends} before NEW1 begins on {begins} (and 2 more assets)")
    assert (found.severity, found.remedy.label if found.remedy else "") == ("error", "drop OLD")
    assert report.prices.shape == (679, 5)
    other = quality_report(prices, choices={found.key: "cut end"})
    assert (list(other.prices.columns), len(other.prices)) == (["OLD", "AAA", "BBB"], 450)


def _most_kept(known: np.ndarray, least: int) -> float:
    """Numbers kept at best when whole assets or whole ends of history may go: every window, looked at."""
    best = 0.0
    for start in range(len(known)):
        for end in range(start + least - 1, len(known)):
            assets = int((known[start] & known[end]).sum())
            best = max(best, assets * (end - start + 1) * (1.1 if assets == known.shape[1] else 1.0))
    return best


def test_any_spans_of_history_are_mended_to_the_most_that_can_be_kept() -> None:
    rng = np.random.default_rng(11)
    for _ in range(40):
        n = int(rng.integers(65, 110))
        prices = _prices(_moves(n, *[0.05] * 5, seed=int(rng.integers(10_000))), "1990-01-31", "ME")
        for column in range(5):
            first, last = np.sort(rng.integers(0, n, 2))
            if rng.random() < 0.7 or column == 0:
                first, last = (0, n - 1) if column == 0 else (first, n - 1)
            prices.iloc[:first, column] = np.nan
            prices.iloc[last + 1 :, column] = np.nan
        report = quality_report(prices)
        assert report.usable
        kept = report.prices.size * (1.1 if report.prices.shape[1] == 5 else 1.0)
        assert kept == pytest.approx(_most_kept(prices.notna().to_numpy(), 60))


def test_a_late_asset_is_kept_if_somebody_says_so() -> None:
    prices = _prices(_moves(800, 0.01, 0.01, 0.01, seed=2))
    prices.iloc[:500, 2] = np.nan
    found = quality_report(prices).findings[1]
    assert (found.key, found.remedy.label if found.remedy else "") == ("late start C", "drop C")
    keep = found.options[1]
    assert keep.label == f"keep C, start on {prices.index[500]:%Y-%m-%d}"
    assert keep.cost == "gives up 500 of 800 dates: 1.9 years with Yuan devaluation"
    report = quality_report(prices, choices={found.key: "cut start"})
    assert report.prices.shape == (300, 3)
    assert quality_report(prices).prices.shape == (800, 2)


def test_a_flat_stretch_may_be_left_out_and_its_cost_is_told() -> None:
    prices = _prices(_moves(1500, 0.01, 0.01, seed=3), "2006-01-02")
    prices.iloc[900:918, 0] = prices.iloc[900, 0]
    found = next(finding for finding in quality_report(prices).findings if finding.kind == "stale")
    costs = {option.action: option.cost for option in found.options}
    assert costs["drop column"] == "gives up 1,500 prices of A"
    assert costs["cut start"].startswith("gives up 918 of 1,500 dates: 3.5 years with Quant meltdown, Credit crunch")
    assert costs["drop dates"].startswith("gives up 17 dates of all")
    report = quality_report(prices, choices={found.key: "drop dates"})
    assert report.prices.shape == (1483, 2)
    assert quality_report(Market(report.prices, Source(kind="upload"))).clean


@pytest.mark.parametrize(("freq", "n", "word"), [("ME", 60, "Monthly"), ("W-FRI", 60, "Weekly")])
def test_markets_of_longer_steps_need_sixty(freq: str, n: int, word: str) -> None:
    prices = _prices(_moves(n, 0.04, 0.04, seed=1), "2000-01-01", freq)
    report = quality_report(prices)
    assert report.clean
    assert any(finding.text.startswith(f"{word} prices") for finding in report.findings)
    short = quality_report(prices.iloc[1:])
    assert f"Only 59 {word.lower()} dates common to 2 assets, but at least 60 are needed" in short.findings[-1].text


def test_seven_day_prices_beside_five_day_prices_keep_the_common_days() -> None:
    coin = _prices(_moves(900, 0.04, seed=1), freq="D").set_axis(["COIN"], axis=1)
    both = coin.join(_prices(_moves(640, 0.01, 0.01, seed=2)), how="outer")
    report = quality_report(both)
    assert set(report.prices.columns) == {"COIN", "A", "B"}
    assert (report.prices.index.day_of_week < 5).all()
    assert not any("0 dates" in finding.text.split()[0:2] for finding in report.findings)


def test_wild_histories_lose_nothing_to_splits_that_chance_made() -> None:
    """Moves with three degrees of freedom hit ratios now and then; the same with real splits has them mended."""
    moves = 0.01 * np.random.default_rng(8).standard_t(3, (2500, 60))
    prices = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), index=pd.bdate_range("2008-01-01", periods=2500))
    prices.columns = [f"A{place}" for place in range(60)]
    asked = _jumps(quality_report(prices))
    assert any("split" in finding.text for finding in asked)
    assert not any(finding.remedy and finding.remedy.action == "mend split" for finding in asked)
    for place in range(0, 60, 2):
        prices.iloc[200 + 30 * place :, place] *= 0.5
    mended = [remedy for remedy in quality_report(prices).remedies if remedy.action == "mend split"]
    assert len({remedy.ticker for remedy in mended} & {f"A{place}" for place in range(0, 60, 2)}) >= 27


@pytest.mark.parametrize(("freq", "n"), [("ME", 60), ("W-FRI", 60), ("B", 250), ("D", 250)])
def test_a_file_needs_as_many_dates_as_its_step_asks_for(freq: str, n: int) -> None:
    table = _prices(_moves(n, 0.01, 0.01, seed=3), "2000-01-01", freq).round(4)
    read = upload.read(table.to_csv(index_label="Date").encode(), "mine.csv")
    assert len(upload.to_market(read, upload.guess(read), "mine.csv").dates) == n
    short = upload.read(table.iloc[1:].to_csv(index_label="Date").encode(), "mine.csv")
    with pytest.raises(InvalidMarket, match=f"at least {n} are needed"):
        upload.to_market(short, upload.guess(short), "mine.csv")


def test_text_that_goes_with_its_row_is_not_told_as_text_on_no_date() -> None:
    prices = _prices(_moves(300, 0.01, 0.01, seed=4))
    wrong = prices.iloc[[9]].astype(object).assign(A="soon")
    report = quality_report(pd.concat([wrong, prices]).sort_index(kind="stable"))
    assert [finding.kind for finding in report.findings] == ["span", "duplicates"]
    assert "0 dates" not in " ".join(finding.text for finding in report.findings)
    pd.testing.assert_frame_equal(report.prices, prices, check_freq=False, check_names=False)


def test_monthly_numbers_beside_daily_ones_do_not_take_the_days() -> None:
    daily = _prices(_moves(600, 0.01, 0.01, seed=5))
    monthly = daily["A"].resample("ME").last().rename("MONTHLY").to_frame()
    report = quality_report(daily.join(monthly, how="outer"))
    assert list(report.prices.columns) == ["A", "B"]
    found = next(finding for finding in report.findings if finding.ticker == "MONTHLY")
    assert {option.action for option in found.options} >= {"drop column"}

"""The consensus panel: what each source said, what they agree on, and what speaks against it."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from tests.desktop import backend as published
from tests.desktop import sources
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands

from qt_trade.contract import registry
from qt_trade.contract.payloads.sources import SourceVerdict, Timeliness
from qt_trade.model.quotas import ProviderState


@pytest.fixture
def market(desk: Hands, backend: Backend) -> Hands:
    """The Markets page of a real feed with four sources, AAPL selected."""
    sources.publish_real_market(backend)
    desk.show("Markets")
    desk.until(lambda: len(desk.snapshot.quotes) == len(published.CASES))
    desk.until(lambda: desk.read("consensusChip") == "3 of 4 agree")
    desk.until(lambda: desk.read("source-finnhubQuota") != "")
    desk.settle()
    return desk


def panel(desk: Hands) -> list[str]:
    return desk.words_in(desk.item("consensusCard"))


def test_the_panel_shows_each_source_with_its_price_age_deviation_and_verdict(
    market: Hands,
) -> None:
    """Three are used, one is too old and says so in its row and in a sentence."""
    assert market.read("quoteLast") == "487.75"
    assert market.read("consensusMade").startswith("median of 3 · ")
    assert market.read("consensusBook") == "487.74 × 487.76"
    assert market.read("consensusBookSource") == "bid × ask, Alpaca"
    for name, title, price, bp, verdict in (
        ("alpaca", "Alpaca", "487.75", "0.0 bp", "used"),
        ("finnhub", "Finnhub", "487.74", "−0.5 bp", "used"),
        ("yahoo", "Yahoo", "487.76", "+0.5 bp", "used"),
        ("twelvedata", "Twelve Data", "486.66", "−22.4 bp", "too old"),
    ):
        row = f"source-{name}"
        assert market.read(f"{row}Title") == title
        assert market.read(f"{row}Price") == price
        assert market.read(f"{row}Deviation") == bp
        assert market.read(f"{row}Verdict") == verdict
    assert "Twelve Data is left out: its quote is older than 10 s." in panel(market)
    assert "Trading needs 2 agreeing sources." in panel(market)
    assert market.read("line-Sources agreed today") == "99.6% of quotes"
    assert market.read("line-Longest gap") == "3.1 s at 11:02:00"


def test_the_quotas_stand_beside_their_sources(market: Hands) -> None:
    """The tightest window counts; below a fifth its meter is amber; without one there is none."""
    assert market.read("source-finnhubQuota") == "22 of 60 calls this min left"
    assert market.read("source-finnhubMeter", "value") == pytest.approx(22 / 60)
    assert market.read("source-alpacaQuota") == "18 of 30 symbols left"
    assert market.read("source-twelvedataQuota") == "88 of 800 credits today left"
    rows = {row["name"]: row for row in market.app.desk.markets.sources.rows}
    assert rows["twelvedata"]["quotaTone"] == "warn"
    assert rows["finnhub"]["quotaTone"] == "faint"
    assert market.read("source-yahooQuota") == "no published quota"
    assert not market.item("source-yahooMeter").isVisible()
    assert "3 of 8 credits this min left, all of it again " in rows["twelvedata"]["quotaHint"]


def test_the_ages_count_up_between_two_documents(market: Hands) -> None:
    """An age is the price's own, by the exchange's stamp."""
    before = market.read("source-alpacaSince")
    market.until(lambda: market.read("source-alpacaSince") != before)


def test_a_price_that_nothing_confirms_says_so(market: Hands, backend: Backend) -> None:
    """The chip, the reason in amber, the row of the watch list and the chart's head."""
    lonely = sources.alone("AAPL", 487.75, 483.03)
    backend.write(registry.MULTI_API_DATA, sources.evidence(AAPL=lonely))
    market.until(lambda: market.read("consensusChip") == "1 of 2: nothing confirms it")
    assert market.read("consensusChip", "tone") == "warn"
    assert market.read("consensusMade").startswith("only Finnhub · ")
    assert "1 source of at least 2: nothing confirms the price." in panel(market)
    assert market.read("chartNote").startswith("1 of 2 sources · ")
    model = market.app.desk.tables.watchList
    assert model.row(model.rowOf("AAPL")).sources == "1 of 2"
    assert model.row(model.rowOf("AAPL")).sources_tone == "warn"


def test_every_verdict_has_its_word(market: Hands, backend: Backend) -> None:
    """An outlier, one ahead of the clock, a delayed one, one at the end of the day, a silent one."""
    odd = {
        "alpaca": sources.said(487.75, 0.2, 0.0),
        "finnhub": sources.said(487.74, 0.2, -0.2),
        "yahoo": sources.said(
            512.1, 0.4, 499.2, verdict=SourceVerdict.OUTLIER, left_out="499 bp off the others"
        ),
        "twelvedata": sources.said(487.7, -4.0, -1.0, verdict=SourceVerdict.AHEAD,
                                   left_out="its clock is 4 s ahead"),
        "fmp": sources.said(483.0, 60_000, -97.0, verdict=SourceVerdict.NOT_REAL_TIME,
                            timeliness=Timeliness.END_OF_DAY, left_out="yesterday's close"),
        "marketstack": sources.said(487.0, 900, -15.0, verdict=SourceVerdict.NOT_REAL_TIME,
                                    timeliness=Timeliness.DELAYED, left_out="15 min late"),
        "zacks": sources.said(None, 0, None, verdict=SourceVerdict.NO_PRICE,
                              left_out="it does not know the symbol"),
    }  # fmt: skip
    made = sources.made(
        "AAPL", 487.75, 483.03, sources=odd, sources_used=("alpaca", "finnhub"), sources_count=2
    )
    backend.write(registry.MULTI_API_DATA, sources.evidence(AAPL=made))
    market.until(lambda: market.app.desk.markets.sources.count == len(odd))
    market.settle()
    verdicts = {row["name"]: row["verdict"] for row in market.app.desk.markets.sources.rows}
    assert verdicts == {
        "alpaca": "used", "finnhub": "used", "yahoo": "outlier", "twelvedata": "ahead",
        "fmp": "end of day", "marketstack": "delayed", "zacks": "no price",
    }  # fmt: skip
    assert market.read("source-zacksPrice") == "—"
    assert market.read("source-zacksDeviation") == "—"
    told = panel(market)
    assert "Yahoo is left out: 499 bp off the others." in told
    assert "FMP is kept apart: yesterday's close." in told
    assert "zacks has no price: it does not know the symbol." in told
    # What cannot agree is not counted among those that could: 2 of 5 are real-time and agree.
    assert market.read("consensusChip") == "2 of 5 agree"


def test_a_source_that_rests_says_until_when(market: Hands, backend: Backend) -> None:
    """In place of its quota, which nobody can use now."""
    resting = sources.provider(
        "Finnhub", state=ProviderState.RESTING, until=published.NOW, words="5 failures"
    )
    backend.write(registry.MULTI_API_STATS, sources.providers(finnhub=resting))
    market.until(lambda: market.read("source-finnhubQuota") == "resting until 13:46:00")


def test_a_symbol_without_any_source_says_that(market: Hands, backend: Backend) -> None:
    """No figure stands there, and no zero."""
    known = sources.evidence()
    left = {name: one for name, one in known.symbols.items() if name != "AAPL"}
    backend.write(registry.MULTI_API_DATA, msgspec.structs.replace(known, symbols=left))
    market.until(lambda: market.app.desk.markets.sources.count == 0)
    model = market.app.desk.tables.watchList
    assert model.row(model.rowOf("AAPL")).sources == ""
    assert model.row(model.rowOf("AMZN")).sources == "3 of 4"


def test_a_streamer_that_falls_silent_makes_the_agreement_unknown(
    market: Hands, backend: Backend
) -> None:
    """An old agreement is none."""
    backend.write_old(registry.MULTI_API_DATA, sources.evidence(), 60.0)
    market.until(lambda: market.read("consensusChip") == "not known")
    assert market.read("consensusMade").startswith("stale since ")


def test_of_a_recording_nothing_is_confirmed_and_nothing_needs_to_be(
    desk: Hands, backend: Backend
) -> None:
    """One row, RECORDED, and the quote's figures below it."""
    backend.publish_everything()
    one = sources.said(487.75, 1.0, 0.0, timeliness=Timeliness.RECORDED)
    made = sources.made(
        "AAPL", 487.75, 483.03, sources={"minute_2013": one}, sources_used=("minute_2013",),
        sources_count=1, quorum=1, agreed_pct=None, longest_gap_s=None, longest_gap_at=None,
    )  # fmt: skip
    data = sources.evidence(AAPL=made)
    backend.write(registry.MULTI_API_DATA, msgspec.structs.replace(data, feed=published.FEED))
    desk.show("Markets")
    desk.until(lambda: desk.read("source-minute_2013Verdict") == "recorded")
    desk.settle()
    assert desk.read("consensusChip") == "REPLAY"
    assert "A recording: nothing confirms it, nothing needs to." in panel(desk)
    assert desk.read("source-minute_2013Quota") == ""
    assert not desk.item("line-Sources agreed today").isVisible()
    assert desk.read("line-Previous close") == "483.03"


def test_the_age_of_a_price_tells_the_same_agreement(market: Hands) -> None:
    """The pop-up names how it was made, who stands behind it, and who was left out."""
    market.app.desk.ages.ask("quote/AAPL/price")
    assert market.read("agePopupLine").startswith("3 of 4 sources · ")
    rows = {row["name"]: row["value"] for row in market.app.desk.ages.view.view.rows}
    assert rows["How"] == "median of 3 agreeing quotes"
    assert rows["Sources"] == "Alpaca, Finnhub, Yahoo"
    assert rows["Left out"] == "Twelve Data, its quote is older than 10 s"
    market.app.desk.ages.ask("source/AAPL/twelvedata")
    assert market.read("agePopupLine").startswith("Twelve Data · ")
    rows = {row["name"]: row["value"] for row in market.app.desk.ages.view.view.rows}
    assert rows["Left out"] == "its quote is older than 10 s"
    assert rows["Exchange time"].startswith("13:45:48")


def test_what_gets_the_keyboard_comes_into_view(market: Hands) -> None:
    """The figures below the fold are reached by Tab."""
    market.app.window.resize(1120, 760)
    market.settle()
    market.app.window.requestActivate()
    market.until(market.app.window.isActive)
    line = market.item("line-Previous close")
    line.childItems()[0].forceActiveFocus(Qt.FocusReason.TabFocusReason)
    market.settle()
    scroll = market.item("consensusScroll")
    top = line.mapToItem(scroll, 0, 0).y()
    assert 0 <= top <= scroll.height() - line.height()

"""The Portfolio page: what QML is given of holdings and results, and what it may ask."""

import contextlib
import math
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from PySide6.QtCore import Property, QObject, Slot

from qt_trade.contract import registry
from qt_trade.contract.errors import NoReplyError
from qt_trade.contract.payloads.commands import AcceptDifference
from qt_trade.contract.payloads.results import DayValue, TradingPerformance
from qt_trade.desktop.items.growth_series import LEAST_DAYS, GrowthSeries
from qt_trade.desktop.link import Answer, DeskLink
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.holdings import HoldingsModel
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness, holdings, results, rights, words
from qt_trade.desktop.view_models.requests import Requests
from qt_trade.desktop.view_models.rows_model import RowsModel
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.kit.clock import Clock

ACCEPT = "accept"
"""The name of the request whose answer this page shows."""
RANGES = (("1M", 30), ("3M", 91), ("1Y", 365), ("All", 0))
"""The windows of the chart, in calendar days; 0: all there is."""
SYMBOLS_SHOWN = 7
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class PortfolioView:
    """``asking``: the key of the difference whose acceptance is being asked about."""

    range_index: int = 1
    range_days: int = 91
    account_growth: str = ""
    benchmark_name: str = ""
    benchmark_growth: str = ""
    chart_empty: str = "No day has ended yet"
    known: bool = False
    mode: str = ""
    note: str = ""
    note_tone: str = "faint"
    stale: bool = False
    total_unrealized_share: str = ""
    books: str = ""
    books_icon: str = "question"
    books_tone: str = "warn"
    adopted: str = ""
    sectors_words: str = ""
    sectors_note: str = ""
    sectors_tone: str = "faint"
    diverse: str = ""
    cash: str = ""
    all_name: str = "All positions"
    all_weight: str = ""
    all_share: float = 0.0
    symbols_words: str = ""
    symbols_empty: str = "No trade has closed and nothing is held"
    lots_symbol: str = ""
    lots_words: str = ""
    asking: str = ""
    question: str = ""
    can_accept: bool = False
    accept_hint: str = ""
    busy: bool = False
    result: str = ""
    result_tone: str = ""


class PortfolioDesk(QObject):
    """Everything is the backend's; here it is put side by side."""

    def __init__(
        self, link: DeskLink, desk: Snapshot, requests: Requests, clock: Clock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._link, self._desk, self._requests, self._clock = link, desk, requests, clock
        self._state = view_state(PortfolioView(), self)
        self._symbol = ""
        self._growth = GrowthSeries(self)
        self._drawn: TradingPerformance | None = None
        self._holdings = HoldingsModel(self)
        self._results, self._sectors = RowsModel(self), RowsModel(self)
        self._symbols, self._lots = RowsModel(self), RowsModel(self)
        self._differences = RowsModel(self)

    @Property(QObject, constant=True)
    def view(self) -> ViewState:
        return self._state

    @Property(QObject, constant=True)
    def growth(self) -> GrowthSeries:
        return self._growth

    @Property(QObject, constant=True)
    def holdings(self) -> HoldingsModel:
        return self._holdings

    @Property(QObject, constant=True)
    def results(self) -> RowsModel:
        return self._results

    @Property(QObject, constant=True)
    def sectors(self) -> RowsModel:
        return self._sectors

    @Property(QObject, constant=True)
    def symbols(self) -> RowsModel:
        return self._symbols

    @Property(QObject, constant=True)
    def lots(self) -> RowsModel:
        return self._lots

    @Property(QObject, constant=True)
    def differences(self) -> RowsModel:
        return self._differences

    def show(self, wall: datetime) -> None:
        """Take over the snapshot."""
        desk, told = self._desk, self._desk.performance
        mode = "" if desk.summary is None else desk.summary.mode
        self._draw(told)
        self._holdings.replace(holdings.holding_rows(desk, wall))
        self._results.show(results.result_rows(told, mode))
        self._sectors.show(holdings.sector_rows(desk, sector_cap(desk)))
        self._symbols.show(results.symbol_rows(told, SYMBOLS_SHOWN))
        one = holdings.chosen(desk, self._symbol)
        self._lots.show(holdings.lot_rows(one))
        self._differences.show(holdings.difference_rows(desk, wall))
        objection = rights.objection(desk, wall)
        self._state.show(
            replace(
                self._view,
                **self._charted(told),
                **_fresh(desk, wall),
                **_books(desk),
                **_sectors(desk, wall),
                known=told is not None,
                mode=mode,
                symbols_words=results.symbols_words(told),
                lots_symbol="" if one is None else one.symbol,
                lots_words="" if one is None else words.count(len(one.lots), "lot"),
                can_accept=not objection and not self._view.busy,
                accept_hint=objection,
            )
        )

    def answered(self, answer: Answer) -> None:
        """Show what became of an accepted difference."""
        if answer.request == ACCEPT:
            text, tone = _ending(answer)
            self._change(busy=False, result=text, result_tone=tone)

    # What the page asks for

    @Slot(int)
    def chooseRange(self, index: int) -> None:  # noqa: N802  # Qt's names, here and below
        """Show another window of days."""
        self._change(range_index=index, range_days=RANGES[index][1])

    @Slot(str)
    def choosePosition(self, symbol: str) -> None:  # noqa: N802
        """Show the tax lots of a position."""
        self._symbol = symbol
        self.show(self._clock.now())

    @Slot(str)
    def askAccept(self, key: str) -> None:  # noqa: N802
        """Ask whether the broker's figure should really take the place of ours."""
        books = self._desk.reconciliation
        found = () if books is None else books.differences
        one = next((one for one in found if one.key == key), None)
        if one is not None:
            question = f"Take {one.brokers} of the broker for our {one.ours}?"
            self._change(asking=key, question=question, result="")

    @Slot()
    def keepOurs(self) -> None:  # noqa: N802
        """Change nothing."""
        self._change(asking="")

    @Slot(str)
    def accept(self, reason: str) -> None:
        """Take the broker's figure over, with a reason that the journal keeps."""
        view, status, now = self._view, self._desk.market_status, self._clock.now()
        if status is None or not view.asking or not view.can_accept or not reason.strip():
            return
        wish = AcceptDifference(
            ts=now,
            source="desktop",
            feed=status.feed,
            session_id=self._desk.session_id,
            command_id=self._requests.command_id(),
            key=view.asking,
            reason=reason.strip(),
        )
        self._link.send(ACCEPT, registry.MANUAL_ORDERS, wish)
        self._change(asking="", busy=True)

    # Inside

    @property
    def _view(self) -> PortfolioView:
        view = self._state.view
        assert isinstance(view, PortfolioView)  # noqa: S101  # it shows nothing else
        return view

    def _change(self, **fields: Any) -> None:
        self._state.show(replace(self._view, **fields))
        self.show(self._clock.now())

    def _draw(self, told: TradingPerformance | None) -> None:
        if told is self._drawn or (told and self._drawn and told.daily == self._drawn.daily):
            self._drawn = told
            return
        self._drawn = told
        days = {} if told is None else _by_day(told)
        daily = [days[number] for number in sorted(days)]
        self._growth.set_days(
            sorted(days),
            [float(one.value) for one in daily],
            [math.nan if one.benchmark is None else one.benchmark for one in daily],
            "" if told is None else told.benchmark,
        )

    def _charted(self, told: TradingPerformance | None) -> dict[str, Any]:
        seen = self._growth.window(self._view.range_days)
        count = len(self._growth.day)
        if len(seen.day) < LEAST_DAYS:
            empty = f"not enough data yet, {count} of {LEAST_DAYS} exchange days"
            if told is None:
                empty = "No result yet"
            return {"chart_empty": empty, "account_growth": "", "benchmark_growth": ""}
        other = float(seen.benchmark[-1])
        return {
            "account_growth": fmt.percent(float(seen.account[-1])),
            "benchmark_name": self._growth.benchmark_name,
            "benchmark_growth": "" if math.isnan(other) else fmt.percent(other),
        }


def _by_day(told: TradingPerformance) -> dict[int, DayValue]:
    """Return the daily values by days since 1970; a day that nobody can read is left out."""
    found = {}
    for one in told.daily:
        with contextlib.suppress(ValueError):
            found[(date.fromisoformat(one.day) - _EPOCH).days] = one
    return found


def sector_cap(desk: Snapshot) -> float | None:
    """Return the most that one sector may weigh, where the limits say so."""
    return None if desk.risk_settings is None else desk.risk_settings.sector_weight_max


def _fresh(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    fresh = freshness.of(desk, registry.TRADING_PERFORMANCE, wall)
    return {"note": fresh.note, "note_tone": fresh.tone, "stale": fresh.stale}


def _books(desk: Snapshot) -> dict[str, Any]:
    text, icon, tone = holdings.books_words(desk)
    books = desk.reconciliation
    last = "" if books is None or not books.adopted else words.prose(books.adopted[-1].words)
    share = holdings.unrealized_share(desk)
    return {
        "books": text,
        "books_icon": icon,
        "books_tone": tone,
        "adopted": last,
        "total_unrealized_share": "" if share is None else fmt.percent(share),
    }


def _sectors(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    summary, cap = desk.summary, sector_cap(desk)
    fresh = freshness.of(desk, registry.PORTFOLIO_SUMMARY, wall)
    of = f"share of the {words.plain_percent(cap)} cap" if cap else "share of the account"
    view: dict[str, Any] = {
        "sectors_words": f"bar: {of}",
        "sectors_note": fresh.note,
        "sectors_tone": fresh.tone,
    }
    if summary is None:
        return view
    weight = sum(sector.weight for sector in summary.sectors)
    if summary.total_value:
        cash = float(summary.cash_balance / summary.total_value)
        view["cash"] = f"Cash {words.plain_percent(cash)}{_reserve(desk)}"
    many = summary.effective_positions
    return view | {
        "all_weight": fmt.share(weight),
        "all_share": min(1.0, abs(weight)),
        "diverse": "" if many is None else f"as diverse as {many:.1f} equal positions",
    }


def _reserve(desk: Snapshot) -> str:
    limits = desk.risk_settings
    return "" if limits is None else f", reserve {fmt.number(limits.cash_reserve, 0)} USD"


def _ending(answer: Answer) -> tuple[str, str]:
    reply = answer.reply
    if reply is not None:
        said = words.sentence(words.prose(reply.reason))
        return ("Taken over. " + said, "ok") if reply.accepted else (f"Refused: {said}", "crit")
    if isinstance(answer.error, NoReplyError):
        return "UNKNOWN: the engine has not answered.", "warn"
    return words.sentence(f"Not sent: {answer.error}"), "crit"

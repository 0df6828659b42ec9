"""A small backend for the desktop's tests: it publishes real payloads through the real bus."""

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import redis

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads import commands, health, market, portfolio, predictions, trading
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.limits import Strategy
from qt_trade.model.orders import OrderOrigin, OrderStatus, OrderType, Side, TimeInForce
from qt_trade.model.predictions import Skill

BEAT_S = 2.0
OPEN = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
NOW = OPEN + timedelta(hours=4, minutes=16)
FEED = FeedKind.REPLAY
ACCOUNT = "paper:replay:minute:1"
RUN = "run-1"
CASES = (
    ("AAPL", 487.75, 483.03, 1.1), ("AMZN", 310.03, 319.04, 0.7), ("GOOG", 865.74, 876.09, 1.3),
    ("JPM", 51.94, 52.39, 0.2), ("META", 50.52, 51.04, 0.2), ("MSFT", 33.30, 33.88, 0.1),
    ("NVDA", 15.54, 15.62, 0.05), ("SPY", 167.43, 168.89, 0.3), ("TSLA", 183.07, 180.98, 0.9),
    ("XOM", 85.63, 86.09, 0.2),
)  # fmt: skip


def stamp(source: str) -> dict[str, Any]:
    return {"ts": SystemClock().now(), "source": source, "feed": FEED}


def status(*, is_open: bool = True, symbols: tuple[str, ...] | None = None) -> market.MarketStatus:
    wall = SystemClock().now()
    return market.MarketStatus(
        **stamp("streamer"),
        run_id=RUN,
        account=ACCOUNT,
        clock=market.FeedClock(
            wall=wall, feed=NOW, speed=1.0, quote_interval_s=60.0, stale_after_s=90.0
        ),
        market_open=is_open,
        market_session=market.MarketSession.OPEN if is_open else market.MarketSession.CLOSED,
        words="Regular session",
        current_time_et="2013-10-07 13:46:00",
        trading_day=True,
        early_close=False,
        next_open=OPEN + timedelta(days=1),
        next_close=OPEN + timedelta(hours=6, minutes=30),
        feed_state=market.FeedState.OK,
        feed_words="",
        feed_since=wall,
        feed_source="minute_2013-10-04_09",
        symbols=tuple(s for s, *_ in CASES) if symbols is None else symbols,
    )


def quote(
    symbol: str, price: float, before: float, sequence: int = 10, **more: Any
) -> market.Quote:
    fields: dict[str, Any] = {
        "symbol": symbol,
        "feed_ts": NOW,
        "sequence": sequence,
        "price": price,
        "bid": round(price - 0.02, 2),
        "ask": round(price + 0.02, 2),
        "bid_size": 300,
        "ask_size": 500,
        "volume": 1_234_567,
        "open": before,
        "high": price + 1,
        "low": before - 1,
        "previous_close": before,
        "doubt": "",
    }
    return market.Quote(**stamp("streamer"), **fields | more)


def bars(symbol: str, last: float, wide: float, count: int = 256) -> list[market.Bar]:
    rng = random.Random(symbol)  # a fixed path, not a secret
    closes = [last]
    for _ in range(count):
        closes.append(closes[-1] - rng.gauss(0, wide / 4))
    closes.reverse()
    made = []
    for number in range(count):
        first, final = closes[number], closes[number + 1]
        spread = abs(rng.gauss(0, wide / 6))
        made.append(
            market.Bar(
                **stamp("streamer"),
                run_id=RUN,
                symbol=symbol,
                at=NOW - timedelta(minutes=count - number),
                interval_s=60,
                open=round(first, 2),
                high=round(max(first, final) + spread, 2),
                low=round(min(first, final) - spread, 2),
                close=round(final, 2),
                volume=rng.randrange(1000, 90_000),
                bid=None,
                bid_size=None,
                ask=None,
                ask_size=None,
            )
        )
    return made


def position(symbol: str, qty: int, cost: str, last: str, before: str) -> portfolio.Position:
    average, mark, close = Decimal(cost), Decimal(last), Decimal(before)
    return portfolio.Position(
        symbol=symbol,
        qty=qty,
        side="long",
        avg_entry_price=average,
        cost=average * qty,
        last=mark,
        last_ts=NOW,
        market_value=mark * qty,
        unrealized_pl=(mark - average) * qty,
        day_change_pct=float(mark / close - 1) * 100,
        day_pl=(mark - close) * qty,
        weight=float(mark * qty / Decimal(100_000)),
    )


HELD = (
    position("AAPL", 20, "484.10", "487.75", "483.03"),
    position("GOOG", 5, "870.20", "865.74", "876.09"),
    position("TSLA", 40, "181.55", "183.07", "180.98"),
    position("XOM", 60, "85.40", "85.63", "86.09"),
)


def holdings(positions: tuple[portfolio.Position, ...]) -> portfolio.PortfolioPositions:
    return portfolio.PortfolioPositions(
        **stamp("engine"), account=ACCOUNT, feed_ts=NOW, positions=positions
    )


def summary(total: str | None = "100452.61") -> portfolio.PortfolioSummary:
    return portfolio.PortfolioSummary(
        **stamp("engine"),
        account=ACCOUNT,
        feed_ts=NOW,
        mode="PAPER",
        total_value=None if total is None else Decimal(total),
        cash_balance=Decimal("73908.31"),
        invested_amount=None if total is None else Decimal("26544.30"),
        buying_power=Decimal("63908.31"),
        unrealized_pl=Decimal("125.30"),
        realized_today=Decimal("48.20"),
        commissions_today=Decimal("7.00"),
        day_change=None if total is None else Decimal("452.61"),
        day_change_pct=None if total is None else 0.45261,
        day_start_value=Decimal(100_000),
        positions_count=4,
        trades_today=7,
    )


def prediction(price: float, moves: tuple[float, ...]) -> predictions.SymbolPrediction:
    horizons = {
        str(minutes): predictions.Horizon(
            predicted_price=price * (1 + move),
            change_pct=move * 100,
            confidence=0.5 + min(0.4, abs(move) * 60),
            low=price * (1 + move - 0.002),
            high=price * (1 + move + 0.002),
            low_50=price * (1 + move - 0.0008),
            high_50=price * (1 + move + 0.0008),
            model="drift-volatility",
            skill=Skill.PROVEN,
        )
        for minutes, move in zip((15, 30, 60), moves, strict=True)
        if move
    }
    return predictions.SymbolPrediction(
        current_price=price,
        at=NOW - timedelta(minutes=1),
        horizons=horizons,
        words="" if len(horizons) == len(moves) else "not enough bars yet",
    )


def predicted() -> predictions.PredictionsCurrent:
    rng = random.Random(5)
    return predictions.PredictionsCurrent(
        **stamp("worker"),
        run_id=RUN,
        feed_ts=NOW - timedelta(minutes=1),
        next_feed_ts=NOW + timedelta(minutes=14),
        model="drift-volatility",
        predictions_made=30,
        symbols={
            s: prediction(
                p, tuple(rng.choice((1, -1)) * rng.uniform(0.0002, 0.003) * n for n in (1, 1.5, 2))
            )
            if s != "JPM"
            else prediction(p, (0.0, 0.0, 0.0011))
            for s, p, *_ in CASES
        },
    )


def row(symbol: str, stage: trading.Stage, *texts: str, move: float = 0.0021) -> trading.CycleRow:
    signal, risk, order = (*texts, "", "", "")[:3]
    return trading.CycleRow(
        symbol=symbol,
        ended_at=stage,
        candidate="watch list, prediction 1 min old",
        signal=signal,
        risk=risk,
        order=order,
        order_id="order-1" if order else "",
        expected_return=move,
        confidence=0.5 + abs(move) * 50,
    )


def cycle() -> trading.CycleReport:
    rows = (
        row(
            "AAPL",
            trading.Stage.ORDER,
            "60 min, confidence 62%, above 55%",
            "5 of 5 rules pass",
            "Buy 10 at market",
        ),
        row(
            "TSLA",
            trading.Stage.RISK,
            "60 min, confidence 58%, above 55%",
            "Weight of TSLA would be 16.1%, cap 15%",
            move=0.0017,
        ),
        row("GOOG", trading.Stage.SIGNAL, "Confidence 53%, needs 55%", move=0.0006),
        row("JPM", trading.Stage.SIGNAL, "Move +0.02%, needs 0.05%", move=0.0002),
        row("XOM", trading.Stage.SIGNAL, "Down, not held; no short sales", move=-0.0012),
        row("NVDA", trading.Stage.CANDIDATE, move=0.0),
    )
    return trading.CycleReport(
        number=24, slot=NOW - timedelta(minutes=6), at=SystemClock().now(),
        candidates=10, signals=2, passed_risk=1, orders=1, rows=rows,
    )  # fmt: skip


def engine(
    *, active: bool = True, emergency: bool = False, cycles: int = 24
) -> trading.TradingStatus:
    rng = random.Random(2)
    return trading.TradingStatus(
        **stamp("engine"),
        account=ACCOUNT,
        run_id=RUN,
        feed_ts=NOW,
        mode="PAPER",
        status=trading.BackendStatus.RUNNING if active else trading.BackendStatus.STOPPED,
        active=active,
        emergency_stop=emergency,
        emergency_words="Panic held at this desk" if emergency else "",
        can_trade=not emergency,
        checks=(
            trading.Check(name="Emergency stop", ok=not emergency, words="off"),
            trading.Check(name="Market", ok=True, words="regular session"),
            trading.Check(name="Quotes", ok=True, words="10 of 10 fresh"),
        ),
        controller="desk-1",
        since=SystemClock().now() - timedelta(minutes=14),
        last_run=NOW - timedelta(minutes=6),
        next_run=NOW + timedelta(minutes=4) if active else None,
        cycle_interval_s=600.0,
        last_error=None,
        trades_today=7,
        total_volume=Decimal("34211.20"),
        cycles_run=cycles,
        last_cycle=cycle() if cycles else None,
        cycles=tuple(
            trading.CycleSummary(
                number=n, slot=OPEN + timedelta(minutes=10 * n), candidates=10,
                signals=(s := rng.randrange(5)), passed_risk=(p := rng.randrange(s + 1)), orders=p,
            )
            for n in range(1, cycles + 1)
        ),
        worker_pid=1,
    )  # fmt: skip


def settings() -> trading.TradingSettings:
    return trading.TradingSettings(
        **stamp("engine"), enabled=True, strategy=Strategy.BALANCED, confidence_min=0.55,
        buy_threshold_pct=0.0005, sell_threshold_pct=0.0005, order_notional=Decimal(5000),
        max_position_per_trade=1000, stop_loss_pct=0.015, take_profit_pct=0.03,
        last_updated=SystemClock().now(), updated_by="desk-1",
    )  # fmt: skip


def limits() -> trading.RiskSettings:
    return trading.RiskSettings(
        **stamp("engine"), updated_by="engine", daily_notional_cap=Decimal(50_000),
        position_shares_max=1000, position_weight_max=0.15, trades_per_cycle_max=3,
        cash_reserve=Decimal(10_000), cooldown_min=30,
    )  # fmt: skip


def trade(
    number: int, symbol: str, side: Side, qty: int, price: str, realized: str | None
) -> portfolio.Trade:
    return portfolio.Trade(
        **stamp("engine"), account=ACCOUNT, feed_ts=OPEN + timedelta(minutes=23 * number),
        fill_id=f"fill-{number}", order_id=f"order-{number}", symbol=symbol, side=side, qty=qty,
        price=Decimal(price), value=Decimal(price) * qty, fees=Decimal(1),
        realized=None if realized is None else Decimal(realized),
        origin=OrderOrigin.AUTOTRADING if number % 3 else OrderOrigin.MANUAL,
        reason="60 min prediction +0.21%, confidence 62%" if number % 3 else "by hand at desk-1",
    )  # fmt: skip


def trades() -> list[portfolio.Trade]:
    return [
        trade(1, "AAPL", Side.BUY, 10, "483.92", None),
        trade(2, "GOOG", Side.BUY, 5, "870.20", None),
        trade(3, "TSLA", Side.BUY, 60, "181.55", None),
        trade(4, "XOM", Side.BUY, 60, "85.40", None),
        trade(5, "TSLA", Side.SELL, 20, "184.01", "48.20"),
        trade(6, "AAPL", Side.BUY, 10, "484.28", None),
    ]


def orders() -> portfolio.ActiveOrders:
    return portfolio.ActiveOrders(
        **stamp("engine"), account=ACCOUNT, feed_ts=NOW,
        orders=(
            portfolio.Order(
                order_id="order-9", symbol="MSFT", side=Side.BUY, quantity=50, filled_qty=0,
                order_type=OrderType.LIMIT, limit_price=Decimal("33.10"),
                time_in_force=TimeInForce.DAY, status=OrderStatus.ACCEPTED,
                origin=OrderOrigin.MANUAL, reason="by hand", created_at=NOW, updated_at=NOW,
                estimated_value=Decimal("1655.00"), fees=Decimal(0),
            ),
        ),
    )  # fmt: skip


class Backend:
    """Streamer, worker and engine in one thread; answers commands with what it is told to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: list[Any] = []
        self.accept = True
        self.reason = ""
        self.questions: list[commands.RiskQuestion] = []
        self.judge: Callable[[commands.RiskQuestion], commands.Reply] | None = None
        self.mute = False
        """Whether risk takes questions and answers none."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._buses: dict[Party, Bus] = {}
        self._alive: dict[Any, Any] = {}
        self._run(self._open())
        self._beat = asyncio.run_coroutine_threadsafe(self._beats(), self._loop)

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=20)

    async def _open(self) -> None:
        for party in (Party.STREAMER, Party.WORKER, Party.ENGINE, Party.FRONTEND):
            bus = Bus(self.url, party, SystemClock(), random.Random(party))
            await bus.open()
            self._buses[party] = bus
        for command in (
            registry.MANUAL_ORDERS,
            registry.EMERGENCY_ACTIONS,
            registry.SESSION_ACTIONS,
        ):
            self._buses[Party.ENGINE].serve(command, self._answer, self._reject)
        self._buses[Party.WORKER].serve(registry.ML_REQUESTS, self._answer, self._reject)
        self._buses[Party.ENGINE].serve(registry.RISK_QUESTIONS, self._judged, self._reject)

    async def _beats(self) -> None:
        """Write again what must not grow old, as the roles do."""
        while True:
            await asyncio.sleep(BEAT_S)
            for document, value in tuple(self._alive.items()):
                fresh = msgspec.structs.replace(value, ts=SystemClock().now())
                await self._buses[self._writer(document)].write(document, fresh)

    def hush(self, *documents: Any) -> None:
        """Write these no more by itself; all when none is named."""
        for document in documents or tuple(self._alive):
            self._alive.pop(document, None)

    def _writer(self, endpoint: Any) -> Party:
        return next(p for p in self._buses if p in endpoint.writers)

    async def _answer(self, command: Any) -> commands.Reply:
        self.received.append(command)
        return self._reply(command.command_id, accepted=self.accept, reason=self.reason)

    async def _judged(self, question: commands.RiskQuestion) -> commands.Reply:
        self.questions.append(question)
        if self.mute:
            await asyncio.Event().wait()
        if self.judge is not None:
            return self.judge(question)
        return self._reply(question.command_id, accepted=True, reason="")

    def _reject(self, command_id: str, reason: str) -> commands.Reply:
        return self._reply(command_id, accepted=False, reason=reason)

    def _reply(self, command_id: str, *, accepted: bool, reason: str) -> commands.Reply:
        return commands.Reply(
            **stamp("engine"), command_id=command_id, accepted=accepted, reason=reason,
            order_id=None, verdicts=(),
        )  # fmt: skip

    def write(self, document: Any, value: Any) -> None:
        """Write a document; what may grow old is written again until it is hushed."""
        self._run(self._buses[self._writer(document)].write(document, value))
        if document.stale_after_s is not None:
            self._alive[document] = value

    def write_part(self, document: Any, value: Any, part: str) -> None:
        """Write one member of a family of documents."""
        self._run(self._buses[self._writer(document)].write(document, value, part))

    def write_old(self, document: Any, value: Any, seconds: float) -> None:
        """Write a document as its writer left it so long ago."""
        self.hush(document)
        then = SystemClock().now() - timedelta(seconds=seconds)
        self._run(
            self._buses[self._writer(document)].write(
                document, msgspec.structs.replace(value, ts=then)
            )
        )

    def append(self, log: Any, values: list[Any], part: str = "") -> None:
        party = self._writer(log)
        self._run(self._buses[party].replace(log, values, part))

    def push(self, log: Any, value: Any, part: str = "") -> None:
        party = self._writer(log)
        self._run(self._buses[party].append(log, value, part))

    def publish(self, value: market.Quote) -> None:
        self._run(self._buses[Party.STREAMER].publish(registry.QUOTES, value, value.symbol))

    def report(self, value: health.RoleReport) -> None:
        """Speak as a process of a role does every other second."""
        self._run(self._buses[Party.WORKER].publish(registry.ROLE_REPORTS, value, value.instance))

    def spoil(self, key: str, body: bytes) -> None:
        """Write what no program of ours would, with its revision and its push."""
        self.hush()
        with redis.Redis.from_url(self.url) as client:
            client.set(key, body)
            revision = client.incr(f"rev:{key}")
            client.publish(key, f"{revision} ".encode() + body)

    def read(self, document: Any, part: str = "") -> Any:
        return self._run(self._buses[Party.ENGINE].read(document, part))

    def publish_everything(self) -> None:
        """Write a whole session in its middle."""
        for symbol, price, _, wide in CASES:
            self.append(registry.BARS, bars(symbol, price, wide), symbol)
        self.write(registry.MARKET_STATUS, status())
        self.write(registry.TRADING_SETTINGS, settings())
        self.write(registry.RISK_SETTINGS, limits())
        self.write(registry.PORTFOLIO_SUMMARY, summary())
        self.write(registry.PORTFOLIO_POSITIONS, holdings(HELD))
        self.write(registry.ACTIVE_ORDERS, orders())
        self.write(registry.PREDICTIONS_CURRENT, predicted())
        self.append(registry.TRADES_LOG, trades())
        self.append(registry.EQUITY, equity())
        self.write(registry.TRADING_STATUS, engine())
        self.publish_quotes()

    def publish_quotes(self) -> None:
        for symbol, price, before, _ in CASES:
            self.publish(quote(symbol, price, before))

    def close(self) -> None:
        self._beat.cancel()

        async def shut() -> None:
            for bus in self._buses.values():
                await bus.close()

        self._run(shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()


def equity() -> list[portfolio.EquityPoint]:
    rng = random.Random(3)
    value, points = 100_000.0, []
    for minute in range(257):
        value += rng.gauss(1.75, 14)
        points.append(
            portfolio.EquityPoint(
                **stamp("engine"),
                account=ACCOUNT,
                run_id=RUN,
                feed_ts=OPEN + timedelta(minutes=minute),
                total_value=Decimal(f"{value:.2f}"),
            )
        )
    return points

"""The engine's work: first it knows, then it reconciles, then it serves."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.market.calendar import Sessions
from qt_trade.roles.database_line import DatabaseLine
from qt_trade.roles.engine.archive import Archive
from qt_trade.roles.engine.audit_lines import revocations
from qt_trade.roles.engine.autotrading import AutoTradingDesk
from qt_trade.roles.engine.books_desk import BooksDesk
from qt_trade.roles.engine.command_desk import CommandDesk
from qt_trade.roles.engine.control import ControlDesk
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.engine.emergency_desk import EmergencyDesk
from qt_trade.roles.engine.health_desk import HealthDesk, HealthParts
from qt_trade.roles.engine.keeping import Keeping
from qt_trade.roles.engine.limits import LimitsDesk
from qt_trade.roles.engine.market_view import MarketView
from qt_trade.roles.engine.objections import Objections
from qt_trade.roles.engine.outlook_view import OutlookView
from qt_trade.roles.engine.panic_desk import PanicDesk
from qt_trade.roles.engine.publisher import Publisher
from qt_trade.roles.engine.risk_desk import RiskDesk
from qt_trade.roles.engine.risk_questions import RiskQuestions
from qt_trade.roles.engine.server_events import ServerEvents
from qt_trade.roles.engine.sessions import SessionsDesk
from qt_trade.roles.engine.settings_desk import SettingsDesk
from qt_trade.roles.engine.status import Board
from qt_trade.roles.engine.useful import UsefulSteps
from qt_trade.roles.engine.wishes import WishesDesk
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.patience import until_journal
from qt_trade.roles.presence import Presence
from qt_trade.settings import Settings
from qt_trade.wiring import FencedAudit


@dataclass(frozen=True, slots=True)
class EngineParts:
    """What the engine is built from."""

    bus: Bus
    dealer: Dealer
    publisher: Publisher
    board: Board
    stamp: Stamp
    sessions: Sessions
    feed_time: FeedTime
    settings: Settings
    audit: FencedAudit
    ping_database: Callable[[], Awaitable[float]]
    commit: Callable[[], Awaitable[float]]
    presence: Presence
    books: BooksDesk
    emergency: EmergencyDesk


class Engine:
    """Serves until cancelled."""

    def __init__(self, parts: EngineParts) -> None:
        self._p = parts
        p, changed = parts, parts.publisher.on_change
        self._outlook = OutlookView(p.bus, p.dealer.core.outlook, p.stamp)
        self._market = MarketView(
            p.dealer, p.publisher, p.board, p.stamp, p.sessions, p.feed_time, self._outlook.want
        )
        self._archive = Archive(p.audit)
        self._people = SessionsDesk(p.bus, self._archive, p.stamp)
        next_token = p.audit.next_control_token
        self._control = ControlDesk(
            p.bus, p.dealer, self._people, self._archive, next_token, p.stamp, changed
        )
        self._objections = Objections(p.bus, p.stamp)
        keeping = Keeping(p.bus, self._archive, self._people, self._objections, p.stamp)
        limits = LimitsDesk(
            p.dealer.core, p.board, p.stamp, self._archive, p.settings.risk, changed
        )
        self._risk = RiskDesk(p.bus, p.dealer, limits, p.stamp, changed)
        p.publisher.hear_prices(self._risk.on_change)
        self._wishes = WishesDesk(p.dealer, changed)
        self._settings = SettingsDesk(keeping, limits, self._wishes, self._control.on_policy)
        self._autotrading = AutoTradingDesk(
            keeping, p.dealer, self._control, p.board, p.settings.run, changed
        )
        self._commands = CommandDesk(
            p.bus,
            p.dealer,
            self._people,
            next_token,
            p.board,
            p.stamp,
            p.settings.command_age_max_s,
        )
        self._questions = RiskQuestions(p.bus, p.dealer, self._people, p.stamp)
        self._health = HealthDesk(
            HealthParts(
                bus=p.bus,
                dealer=p.dealer,
                board=p.board,
                stamp=p.stamp,
                sessions=p.sessions,
                feed_time=p.feed_time,
                rhythms=p.settings.rhythms,
                work=p.presence.work,
                commit=p.commit,
                last_fill=p.publisher.last_fill,
            )
        )
        self._panic = PanicDesk(p.settings.data_dir, p.dealer)
        p.books.on_change(self._on_books)
        p.publisher.show_broker(lambda: p.books.broker)
        self._events = ServerEvents(p.bus, p.settings.redis(), self._hear_events)
        self._useful = UsefulSteps(p.presence.work)
        self._database = DatabaseLine(p.ping_database, self._hear_database)

    async def run(self, ready: Callable[[], None]) -> None:
        """Know limits, market and what was asked for; reconcile; serve."""
        bus, dealer, publisher = self._p.bus, self._p.dealer, self._p.publisher
        self._hear_steps()
        health = self._health
        self._p.presence.queue = lambda: dealer.waiting() + health.commands_waiting()
        self._p.presence.postgres = self._database.health
        async with asyncio.TaskGroup() as group:
            group.create_task(dealer.ended())
            await self._health.begin()
            for desk in (
                self._settings, self._objections, self._database, self._archive, self._health,
                self._events,
            ):  # fmt: skip
                group.create_task(desk.run())
            await self._know_settings()
            await self._market.begin(bus)
            await self._settings.limits.settled.wait()
            await dealer.reconcile()
            await self._p.books.look()
            await self._panic.take()
            for work in (dealer.run, dealer.keep_line):
                group.create_task(work())
            group.create_task(self._p.books.run())
            group.create_task(self._p.emergency.run())
            group.create_task(self._market.run())
            group.create_task(self._outlook.run())
            await publisher.remember_equity(self._p.sessions.is_open)
            await self._know_people(group)
            self._commands.serve_people()
            self._questions.serve()
            # No cycle, and no word of AutoTrading, before it is known whether this run wants any.
            await self._know_autotrading(group)
            group.create_task(publisher.run())
            group.create_task(self._risk.run())
            self._commands.serve_schedule()
            ready()

    async def _know_autotrading(self, group: asyncio.TaskGroup) -> None:
        """Know what is to be traded with: what is configured, and what is wished besides."""
        bus = self._p.bus
        group.create_task(self._autotrading.run())
        await bus.watch(registry.AUTOTRADING_ENABLED, self._autotrading.on_config)
        await bus.watch(registry.AUTOTRADING_STATUS, self._autotrading.on_word)
        await until_journal(self._wishes.settle)
        group.create_task(self._wishes.run())
        await self._autotrading.settled.wait()

    def _hear_events(self, words: str) -> None:
        if self._p.board.trouble("events", words or None):
            self._p.publisher.on_change()
            self._health.on_change()

    def _on_books(self) -> None:
        self._p.publisher.on_change()
        self._health.on_change()

    def _hear_steps(self) -> None:
        dealer = self._p.dealer
        dealer.on_step(self._p.publisher.on_step)
        dealer.on_enquiry(self._p.publisher.on_change)
        dealer.on_stranger(self._p.books.look_now)
        dealer.on_step(self._p.books.on_step)
        dealer.on_step(self._p.emergency.on_step)
        dealer.on_step(self._useful.on_step)
        dealer.on_step(self._risk.on_step)
        dealer.on_step(self._autotrading.on_step)
        dealer.on_step(lambda _step: self._health.on_change())
        dealer.on_step(self._control.on_step)

    async def _know_settings(self) -> None:
        """Know what was accepted last, and the limits as they are now."""
        kept = await until_journal(self._p.audit.kept_settings)
        self._settings.begin(kept)
        self._autotrading.begin(kept.get(registry.AUTOTRADING_ENABLED.key()))
        await self._settings.limits.watch()

    async def _know_people(self, group: asyncio.TaskGroup) -> None:
        """Know who is there, who was, and who must never be again."""
        bus, audit = self._p.bus, self._p.audit
        opened = await until_journal(audit.open_sessions)
        revoked = revocations(
            await until_journal(audit.revoked), self._p.dealer.core.account.revoked
        )
        self._people.begin(opened, revoked)
        self._people.on_change(self._control.on_sessions)
        await bus.watch_family(registry.SESSION, self._people.on_members)
        await self._people.known.wait()
        await self._settings.follow()
        self._control.on_loss(self._on_loss)
        group.create_task(self._people.run())
        group.create_task(self._control.run())

    def _on_loss(self) -> None:
        """Give an emptied server again what it has lost."""
        self._settings.lost()
        self._autotrading.lost()
        self._objections.write_anew()
        self._p.publisher.on_doubt()

    def _hear_database(self, line: DatabaseLine) -> None:
        evidence = self._p.board.evidence
        turned = (evidence.database_latency_ms is None) is not (line.latency_ms is None)
        evidence.database_latency_ms = line.latency_ms
        evidence.database_error = line.error
        if turned:
            self._p.publisher.on_change()
            self._health.on_change()

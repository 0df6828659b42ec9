"""Everything that may be wrong, as conditions: what holds, how bad it is, and what to do about it.

Pure: the alerts, and the word for the whole system's health, both come from here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from qt_trade.contract.payloads.health import (
    AlertType,
    Canary,
    HealthStatus,
    RoleHealth,
    RoleState,
    Severity,
)
from qt_trade.contract.payloads.market import FeedState, MarketStatus
from qt_trade.contract.payloads.sessions import AutoTradingControl
from qt_trade.model.symbols import Symbol

ROLE_HOLDS_S = 15.0
"""So long may a role be on its way up, or its standby on its way to the lead."""


@dataclass(frozen=True, slots=True)
class UnknownOrder:
    """An order that was sent and whose answer is not known."""

    order_id: str
    symbol: Symbol
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known now. ``stop``: why trading is stopped; empty strings and None: nothing is."""

    roles: Mapping[str, RoleHealth]
    canary: Canary | None
    canary_overdue: bool
    market: MarketStatus | None
    journal_error: str
    stop: str
    unknown_orders: tuple[UnknownOrder, ...]
    config_error: str
    troubles: Mapping[str, str]
    control: AutoTradingControl | None


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that holds and needs a person. ``system``: it is about QtTrade, not about trades.

    ``holds_s``: it is worth telling only after it has held for so long. ``since``: since when, as
    far as somebody knows it better than by having seen it begin.
    """

    key: str
    severity: Severity
    title: str
    message: str
    action: str
    type: AlertType = AlertType.SYSTEM_ALERT
    symbol: Symbol | None = None
    holds_s: float = 0.0
    since: datetime | None = None

    @property
    def system(self) -> bool:
        return self.type is AlertType.SYSTEM_ALERT


def conditions(facts: Facts) -> tuple[Condition, ...]:
    """Return all that hold, the worst for trading first."""
    return (
        *_journal(facts),
        *_roles(facts),
        *_chain(facts),
        *_feed(facts.market),
        *_orders(facts.unknown_orders),
        *_stop(facts.stop),
        *_settings(facts),
        *_control(facts.control),
    )


def health(holding: Iterable[Condition], roles: Mapping[str, RoleHealth]) -> HealthStatus:
    """Return the word for the whole: by what is wrong with the system, not with the market."""
    told = {one.key: one for one in holding if one.system}
    gone = (RoleState.SILENT, RoleState.NOT_SEEN)
    others = [(name, role.state) for name, role in roles.items() if name != "engine"]
    if all(state in gone and f"role.{name}" in told for name, state in others):
        return HealthStatus.OFFLINE
    severities = {one.severity for one in told.values()}
    if Severity.CRITICAL in severities:
        return HealthStatus.ERROR
    return HealthStatus.WARNING if Severity.WARNING in severities else HealthStatus.HEALTHY


def _journal(facts: Facts) -> Iterable[Condition]:
    if facts.journal_error:
        yield Condition(
            key="journal.away",
            severity=Severity.CRITICAL,
            title="The journal cannot be written",
            message=f"PostgreSQL: {facts.journal_error}. No order leaves before it is journalled.",
            action="Start PostgreSQL again, or mend the way to it; trading goes on by itself then.",
        )


_ROLE_TITLES = {
    RoleState.ALIVE_NO_WORK: "lives and does not work",
    RoleState.SILENT: "is silent",
    RoleState.STANDBY: "has nobody who leads",
    RoleState.NOT_SEEN: "is not there",
}
_ILL = (RoleState.SILENT, RoleState.ALIVE_NO_WORK)


def _told_elsewhere(name: str, facts: Facts) -> bool:
    """Tell whether another condition names the cause of a role's idleness: one cause, one alert."""
    if facts.roles[name].state is not RoleState.ALIVE_NO_WORK:
        return False
    feed = name == "streamer" and any(True for _ in _feed(facts.market))
    return feed or (name == "engine" and bool(facts.journal_error))


def _roles(facts: Facts) -> Iterable[Condition]:
    for name, role in facts.roles.items():
        if role.state in _ROLE_TITLES and not _told_elsewhere(name, facts):
            late = role.state in (RoleState.NOT_SEEN, RoleState.STANDBY)
            yield Condition(
                key=f"role.{name}",
                severity=Severity.CRITICAL,
                title=f"The {name} {_ROLE_TITLES[role.state]}",
                message=f"{role.words}. Its last useful work: {role.work or 'none'}.",
                action=f"Look at the log of the {name} and start it again.",
                holds_s=ROLE_HOLDS_S if late else 0.0,
            )
        ill = [one for one in role.instances if one.state in _ILL]
        if role.alive and ill:
            yield Condition(
                key=f"role.{name}.process",
                severity=Severity.WARNING,
                title=f"A process of the {name} {_ROLE_TITLES[ill[0].state]}",
                message=f"{ill[0].instance}: {ill[0].words}. The others do the work.",
                action="Look at its log, and start it again.",
            )


def _chain(facts: Facts) -> Iterable[Condition]:
    canary, streamer = facts.canary, facts.roles["streamer"].state
    if facts.journal_error or streamer in (RoleState.SILENT, RoleState.NOT_SEEN):
        return  # that is why, and it is told
    broken = facts.canary_overdue if canary is None else not canary.ok
    if broken:
        words = "no canary has come from the streamer yet" if canary is None else canary.words
        yield Condition(
            key="chain.broken",
            severity=Severity.CRITICAL,
            title="The chain is broken",
            message=f"The canary did not come through: {words}.",
            action="The step that failed names the part to look at, on the System page.",
        )


def _feed(market: MarketStatus | None) -> Iterable[Condition]:
    if market is None or not market.market_open:
        return
    if market.feed_state in (FeedState.MUTE, FeedState.NO_DATA):
        mute = market.feed_state is FeedState.MUTE
        yield Condition(
            key="feed.mute" if mute else "feed.no_data",
            severity=Severity.CRITICAL,
            title="The feed is mute" if mute else "The feed has no data",
            message=f"{market.feed_words}. Nothing opens on old quotes.",
            action="It returns by itself when the source does; else look at the streamer's log.",
            since=market.feed_since,
        )


def _orders(orders: Iterable[UnknownOrder]) -> Iterable[Condition]:
    for order in orders:
        yield Condition(
            key=f"order.unknown.{order.order_id}"[:80],
            severity=Severity.CRITICAL,
            title=f"An order in {order.symbol} is unknown",
            message=(
                f"{order.order_id} was sent and the broker's answer was lost; "
                "its money stays reserved, and it is never sent twice."
            ),
            action="Ask the broker for the order; the engine asks again when it starts.",
            type=AlertType.TRADE,
            symbol=order.symbol,
            since=order.at,
        )


def _stop(stop: str) -> Iterable[Condition]:
    if stop:
        yield Condition(
            key="trading.stopped",
            severity=Severity.WARNING,
            title="Trading is stopped",
            message=f"{stop}. Nothing opens.",
            action="Resume trading on the Risk page, or with `qtrade stop --resume`.",
            type=AlertType.TRADE,
        )


_TROUBLES = {
    "limits": ("No risk limits are in force", "Save the risk limits anew on the Risk page."),
    "documents": (
        "A document was refused",
        "Look at the rejected messages on the System page; what is named there must be mended.",
    ),
    "health": (
        "The state of the whole cannot be written",
        "Look at the rejected messages on the System page; what is named there must be mended.",
    ),
    "autotrading": ("AutoTrading was not started", "Do what the message says and start it again."),
    "books": (
        "Our books and the broker's differ",
        "Explain it at the broker, or take its figure over: `qtrade journal accept KEY --reason …`.",
    ),
    "events": ("Redis does not tell of all that happens", "Do what the message says, once."),
}


_GRAVE = ("limits", "books")
"""Where nothing opens while something is wrong."""


def _settings(facts: Facts) -> Iterable[Condition]:
    if facts.config_error:
        yield Condition(
            key="autotrading.config",
            severity=Severity.WARNING,
            title="AutoTrading's configuration cannot be traded with",
            message=facts.config_error,
            action="Mend the configuration on the AutoTrading page and start it again.",
            type=AlertType.TRADE,
        )
    for where, words in facts.troubles.items():
        known = (f"Something is wrong with {where}", "Do what the message says.")
        title, action = _TROUBLES.get(where, known)
        yield Condition(
            key=f"trouble.{where}",
            severity=Severity.CRITICAL if where in _GRAVE else Severity.WARNING,
            title=title,
            message=words,
            action=action,
            type=AlertType.TRADE if where == "autotrading" else AlertType.SYSTEM_ALERT,
        )


def _control(control: AutoTradingControl | None) -> Iterable[Condition]:
    if control is not None and control.entries_paused:
        yield Condition(
            key="autotrading.entries_paused",
            severity=Severity.WARNING,
            title="New positions are paused",
            message=control.words or "the session that controls AutoTrading is gone",
            action="Take over the control on the AutoTrading page.",
            type=AlertType.TRADE,
        )

"""The broker of a run, and whose account it is.

Real money needs three things at once: the kind ``alpaca-live``, keys Alpaca's live host knows, and
the account's number as a person typed it, which must be the number of those keys' account.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime

from qt_trade.brokers.alpaca.broker import AlpacaBroker
from qt_trade.brokers.alpaca.record import Record
from qt_trade.brokers.alpaca.rest import AlpacaRest, Budget, KeysRefusedError, RefusedError
from qt_trade.brokers.alpaca.stream import updates
from qt_trade.brokers.alpaca.wire import WireAccount
from qt_trade.brokers.paper import PaperBroker
from qt_trade.kit.clock import Clock, SystemClock, monotonic
from qt_trade.kit.logs import get_logger
from qt_trade.model.alpaca_access import Access, Keys, LiveAccess, Loopback, PaperAccess
from qt_trade.model.broker_errors import BrokerAwayError
from qt_trade.model.costs import TradingCosts
from qt_trade.model.money import ZERO, usd
from qt_trade.settings import BrokerKind, Settings, SettingsError
from qt_trade.trading.strategies.trust import PROVEN_ALONE, Trust

AnyBroker = PaperBroker | AlpacaBroker
WAY_OUT = "in simulated money QTRADE_INTELLIGENCE__TRADE_UNPROVEN=true trades on it all the same"
AWAY_S = 2.0
"""Between two attempts to ask for the account at the start."""


def trading_costs(settings: Settings) -> TradingCosts:
    """Return what the broker charges, for estimates and, where it is ours, for its fills.

    Alpaca takes no commission; the fees of the authorities arrive as lines of its record.
    """
    paper = settings.paper
    free = settings.broker.kind is not BrokerKind.PAPER
    return TradingCosts(
        half_spread_bp=paper.half_spread_bp,
        slippage_bp=paper.slippage_bp,
        commission_per_share=ZERO if free else usd(paper.commission_per_share),
        commission_min=ZERO if free else usd(paper.commission_min),
    )


def trust(settings: Settings) -> Trust:
    """Return whose predictions may be acted on: with real money those of proven models alone."""
    if settings.broker.kind is BrokerKind.ALPACA_LIVE:
        return PROVEN_ALONE
    return Trust(settings.intelligence.trade_unproven, WAY_OUT)


def make_broker(
    settings: Settings,
    wall: Clock,
    since: datetime,
    regular: Callable[[datetime], bool] = lambda _at: True,
) -> AnyBroker:
    """Return the broker; ``since``: when the account began, for Alpaca's record.

    ``regular``: whether a moment of feed time is in the regular session, for our own broker.
    Raises SettingsError when its keys, its confirmation or its feed do not fit.
    """
    if settings.broker.kind is BrokerKind.PAPER:
        return PaperBroker(trading_costs(settings), limited_by_size=True, regular=regular)
    settings.check_broker(settings.feed.choice)
    return _alpaca(_access(settings), wall, since)


def far_broker(settings: Settings) -> AlpacaBroker | None:
    """Return the broker whose books are not the engine's own; None for the paper broker.

    For leaving the market alone, so that no number has to be typed. Raises SettingsError.
    """
    wall, kind = SystemClock(), settings.broker.kind
    if kind is BrokerKind.PAPER:
        return None
    live = kind is BrokerKind.ALPACA_LIVE
    access = LiveAccess.to_leave(*_place(settings)) if live else _access(settings)
    return _alpaca(access, wall, wall.now())


def _alpaca(access: Access, wall: Clock, since: datetime) -> AlpacaBroker:
    rest = AlpacaRest(access, Budget(monotonic), wall.now)
    return AlpacaBroker(
        access, rest, Record(rest, since), lambda: updates(access), random.SystemRandom()
    )


async def account_id(settings: Settings, wall: Clock, feed_account: str) -> str:
    """Return under which name the journal keeps the account; ``feed_account`` for our own broker.

    Raises SettingsError when the keys are not known, or the number that was typed is another
    account's; BrokerAwayError when Alpaca cannot be asked.
    """
    kind = settings.broker.kind
    if kind is BrokerKind.PAPER:
        return feed_account
    number = await _number(_access(settings), wall)
    if kind is BrokerKind.ALPACA_PAPER:
        return f"alpaca-paper:{number}"
    if settings.broker.confirmed.strip() != number:
        raise SettingsError(
            "the number that was typed is not that of the account these keys belong to; "
            "no real money is traded"
        )
    return f"live:{number}"


async def account_id_at_last(settings: Settings, wall: Clock, feed_account: str) -> str:
    """Return ``account_id``; waits while Alpaca cannot be asked."""
    while True:
        try:
            return await account_id(settings, wall, feed_account)
        except BrokerAwayError as away:
            get_logger().warning("broker.awaited", words=str(away))
            await asyncio.sleep(AWAY_S)


def _access(settings: Settings) -> Access:
    broker = settings.broker
    if broker.kind is BrokerKind.ALPACA_PAPER:
        return PaperAccess(*_place(settings))
    if not broker.confirmed.strip():
        raise SettingsError(
            "QTRADE_BROKER__KIND: alpaca-live trades real money only after its account number was "
            "typed: `qtrade up --live`, or QTRADE_BROKER__CONFIRMED for roles started by hand"
        )
    keys, loopback = _place(settings)
    return LiveAccess(keys, loopback, broker.confirmed)


def _place(settings: Settings) -> tuple[Keys, Loopback | None]:
    return settings.broker.keys(settings.keys_dir), settings.broker.loopback()


async def _number(access: Access, wall: Clock) -> str:
    rest = AlpacaRest(access, Budget(monotonic), wall.now)
    try:
        return (await rest.ask("/v2/account", {}, WireAccount)).account_number
    except KeysRefusedError as refused:
        raise SettingsError(f"QTRADE_BROKER__KEY_ID: {refused}") from refused
    except RefusedError as refused:
        raise SettingsError(f"{access.name} refuses to show the account: {refused}") from refused
    finally:
        await rest.close()

"""The account as Alpaca has it: cash, positions, and its record of what happened there."""

from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType

from qt_trade.brokers.alpaca.known import Executed
from qt_trade.brokers.alpaca.rest import AlpacaRest
from qt_trade.brokers.alpaca.translation import GROUPS, OURS, leg_id
from qt_trade.brokers.alpaca.wire import (
    WireAccount,
    WireActivity,
    WireOrder,
    WirePosition,
    query,
)
from qt_trade.model.broker_account import (
    ActivityKind,
    BrokerAccount,
    BrokerActivity,
    BrokerPosition,
    Restrictions,
)
from qt_trade.model.money import ZERO, Usd, usd_rounded
from qt_trade.model.orders import Side
from qt_trade.model.shares import shares
from qt_trade.model.symbols import Symbol, symbol

ORDERS = 500
"""Orders in one answer, Alpaca's largest."""
PAGE = 100
"""Lines of the record in one answer, Alpaca's largest."""
EQUITY = "us_equity"
BESIDE = timedelta(seconds=5)
"""An entry and its exits are created together, within so much."""
ENTERED_LATE = timedelta(days=4)
"""How long after its day a fee or a dividend may be entered: a weekend and a day."""

_KINDS: Mapping[str, ActivityKind] = MappingProxyType(
    {
        "FILL": ActivityKind.TRADE,
        "SPLIT": ActivityKind.SPLIT,
        "SSP": ActivityKind.SPLIT,
        "SPIN": ActivityKind.SPLIT,
        "DIV": ActivityKind.DIVIDEND,
        "DIVCGL": ActivityKind.DIVIDEND,
        "DIVCGS": ActivityKind.DIVIDEND,
        "DIVFT": ActivityKind.DIVIDEND,
        "DIVNRA": ActivityKind.DIVIDEND,
        "DIVROC": ActivityKind.DIVIDEND,
        "FEE": ActivityKind.FEE,
        "CFEE": ActivityKind.FEE,
        "PTC": ActivityKind.FEE,
        "INT": ActivityKind.INTEREST,
        "INTNRA": ActivityKind.INTEREST,
        "CSD": ActivityKind.TRANSFER,
        "CSW": ActivityKind.TRANSFER,
        "JNLC": ActivityKind.TRANSFER,
        "TRANS": ActivityKind.TRANSFER,
    }
)

_BESIDE_ORDERS = ",".join(
    [*(name for name in _KINDS if name != "FILL"), "ACATC", "ACATS", "MA", "NC", "REORG", "SC"]
)


class Record:
    """Reads the record page by page; ``since``: when the account began for us.

    Executions come in the order of their time, so that reading goes on behind the last one. What
    moves cash beside orders is dated with a day and may be entered days later: of it the last days
    are read again each time, and each line is known by its id.
    """

    def __init__(self, rest: AlpacaRest, since: datetime) -> None:
        self._rest = rest
        self._since = since
        self._lines: dict[str, BrokerActivity] = {}
        self._clients: dict[str, str] = {}
        self._followed: set[str] = set()
        self._last_fill: str | None = None
        self._newest = since

    async def executions(self, broker_id: str, since: datetime) -> list[Executed]:
        """Return what was executed of an order by now. Raises BrokerAwayError."""
        return [
            Executed(shares(line.cum_qty), shares(line.qty), line.price, _moment(line))
            async for line in self._pages("/FILL", {"after": _text(since)}, None)
            if line.order_id == broker_id
            and line.cum_qty is not None
            and line.qty is not None
            and line.price is not None
        ]

    async def account(self) -> BrokerAccount:
        """Return the account as it is now. Raises BrokerAwayError."""
        held = await self._rest.ask("/v2/positions", {}, list[WirePosition])
        told = await self._rest.ask("/v2/account", {}, WireAccount)
        await self._read_on()
        others = tuple(one.symbol for one in held if one.asset_class != EQUITY)
        positions = [_position(one) for one in held if one.asset_class == EQUITY]
        return BrokerAccount(
            number=told.account_number,
            cash=usd_rounded(told.cash),
            positions={one.symbol: one for one in positions},
            activities=tuple(self._lines.values()),
            restrictions=_restrictions(told, others),
        )

    async def _read_on(self) -> None:
        """Read what came since it was read last."""
        if self._last_fill is None:
            await self._know_clients()
        after = _text(self._since)
        async for line in self._pages("/FILL", {"after": after}, self._last_fill):
            self._last_fill = line.id
            await self._take_fill(line)
        again = _text(self._newest - ENTERED_LATE)
        others = {"after": again, "activity_types": _BESIDE_ORDERS}
        async for line in self._pages("", others, None):
            if line.id not in self._lines and _moment(line).date() >= self._since.date():
                self._lines[line.id] = _activity(line, "")
                self._newest = max(self._newest, _moment(line))

    async def _know_clients(self) -> None:
        """Learn whose the orders so far were, many at once.

        A new process that asked for each order of each execution would use up a minute's requests.
        """
        after = self._since - BESIDE
        while True:
            params = query(
                status="all", direction="asc", limit=ORDERS, nested="false", after=_text(after)
            )
            page = await self._rest.ask("/v2/orders", params, list[WireOrder])
            for order in page:
                if order.client_order_id.startswith(OURS):
                    self._clients.setdefault(order.id, order.client_order_id)
            newest = max((order.created_at for order in page), default=after)
            if len(page) < ORDERS or newest <= after:
                return
            after = newest

    async def _take_fill(self, line: WireActivity) -> None:
        if _moment(line) <= self._since:
            return
        client_id = await self._client_id(line.order_id or "")
        # Under our mark and past us: an engine that is gone, or `qtrade panic` on another machine.
        if not client_id.startswith(OURS) or line.order_id not in self._followed:
            self._lines[line.id] = _activity(line, client_id)

    async def _client_id(self, broker_id: str) -> str:
        """Return our id of an order, or its client's, asked for once."""
        known = self._clients.get(broker_id)
        if known is None:
            order = await self._rest.ask(f"/v2/orders/{broker_id}", {}, WireOrder)
            known = order.client_order_id
            if order.order_class in GROUPS and not known.startswith(OURS):
                known = await self._exit_of(order) or known
            self._clients[broker_id] = known
        return known

    async def _exit_of(self, leg: WireOrder) -> str | None:
        """Return our id of an exit: its entry was placed with it, and lists it."""
        params = query(
            status="all",
            nested="true",
            limit=500,
            symbols=leg.symbol,
            after=_text(leg.created_at - BESIDE),
            until=_text(leg.created_at + BESIDE),
        )
        for entry in await self._rest.ask("/v2/orders", params, list[WireOrder]):
            if any(one.id == leg.id for one in entry.legs or ()):
                return leg_id(entry.client_order_id, leg)
        return None

    def belongs(self, broker_id: str, order_id: str) -> None:
        """Note whose an order is, whose fills are told otherwise.

        An exit's own client id at Alpaca says nothing.
        """
        self._clients[broker_id] = order_id
        self._followed.add(broker_id)

    async def _pages(
        self, kind: str, params: dict[str, str], token: str | None
    ) -> AsyncGenerator[WireActivity, None]:
        """Yield the lines behind a token, oldest first, as many as there are now."""
        while True:
            asked = params | query(direction="asc", page_size=PAGE, page_token=token)
            path = f"/v2/account/activities{kind}"
            page = await self._rest.ask(path, asked, list[WireActivity])
            for line in page:
                yield line
            if len(page) < PAGE:
                return
            token = page[-1].id


def _text(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def _moment(line: WireActivity) -> datetime:
    if line.transaction_time is not None:
        return line.transaction_time.astimezone(UTC)
    if line.date is not None:
        return datetime.combine(line.date, time(), UTC)
    return datetime.fromtimestamp(0, UTC)


def _position(wire: WirePosition) -> BrokerPosition:
    way = -1 if wire.side == "short" else 1
    quantity, cost = abs(wire.qty), abs(wire.cost_basis)
    return BrokerPosition(symbol(wire.symbol), shares(way * quantity), usd_rounded(way * cost))


def _activity(line: WireActivity, client_id: str) -> BrokerActivity:
    kind = _KINDS.get(line.activity_type, ActivityKind.OTHER)
    side = _side(line) if kind is ActivityKind.TRADE else None
    return BrokerActivity(
        activity_id=line.id,
        kind=kind,
        at=_moment(line),
        amount=_amount(line, side),
        symbol=_symbol(line.symbol),
        quantity=None if line.qty is None else shares(line.qty),
        price=_usd(line.price) if kind is ActivityKind.TRADE else None,
        side=side,
        order_id=client_id,
        words=line.description or line.activity_type,
    )


def _side(line: WireActivity) -> Side:
    # A short sale is told as ``sell_short``.
    return Side.BUY if line.side == "buy" else Side.SELL


def _amount(line: WireActivity, side: Side | None) -> Usd:
    if side is None or line.price is None or line.qty is None:
        return ZERO if line.net_amount is None else usd_rounded(line.net_amount)
    way = -1 if side is Side.BUY else 1
    return usd_rounded(way * line.price * line.qty)


def _symbol(text: str | None) -> Symbol | None:
    try:
        return None if not text else symbol(text)
    except ValueError:
        return None


def _usd(price: Decimal | None) -> Usd | None:
    return None if price is None else usd_rounded(price)


def _restrictions(told: WireAccount, others: tuple[str, ...]) -> Restrictions:
    flags = {
        f"the account is {told.status}": told.status != "ACTIVE",
        "trading is blocked": told.trading_blocked,
        "the account is blocked": told.account_blocked,
        "trading is suspended by its owner": told.trade_suspended_by_user,
    }
    words = [text for text, is_set in flags.items() if is_set]
    notes = [f"it holds {name}, which QtTrade does not trade" for name in others]
    return Restrictions(
        trading_blocked=bool(words),
        shorting_allowed=told.shorting_enabled,
        settled_cash=None,
        buying_power=_usd(told.buying_power),
        words=(*words, *notes),
    )

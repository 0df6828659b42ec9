"""The reference page of the risk rules, made from the rules themselves."""

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime

from qt_trade.model.costs import TradingCosts
from qt_trade.model.limits import RISK_SETTINGS
from qt_trade.model.money import usd
from qt_trade.model.order_terms import OrderType, Side, TimeInForce
from qt_trade.model.orders import Order, OrderOrigin
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import shares
from qt_trade.model.symbols import Symbol
from qt_trade.settings import RiskDefaults
from qt_trade.trading.book import Market, RiskBook
from qt_trade.trading.events import AccountOpened
from qt_trade.trading.ledger import fold
from qt_trade.trading.risk import RULES
from qt_trade.trading.risk.breakers import breakers
from qt_trade.trading.risk.case import Case
from qt_trade.trading.risk.loosening import WAIT
from qt_trade.trading.risk.rule import Rule
from qt_trade.trading.steps import NOTHING_OPENS

_HEAD = """\
# The risk rules

Made by `make docs` from the rules themselves; a test fails when it is out of date. Every order, \
whoever wants it, is held to all of them in this order; the first objection is the reason that is \
given. `qtrade risk explain BUY AAPL 10` shows every verdict before anything is sent, and the \
desktop's ticket shows the same; `qtrade risk show` prints the limits with their use.

An order that can only shrink a position passes every cap: a cap never keeps anyone in. What a \
rule cannot know, such as the price of a holding, is an objection.

**Which limit counts.** The strictest that `risk_settings`, `frontend:trading_config` and \
`frontend:portfolio_settings` name; every verdict says which document that was. A tighter limit is \
in force at once. A looser one waits {wait:.0f} s, is shown as waiting in `backend:risk_state`, and is taken \
back by writing the old value; who wrote what when is in the audit. A field that an earlier version \
of `risk_settings` does not have is filled in by the engine with its first value, and the document \
written again.
"""
_BREAKERS = """\
What stops trading by itself. Each turn is journalled; a command that a breaker gives has an id of \
the day and the breaker, so that it happens once.
"""
_ALSO = {
    "position_shares_max": "`frontend:trading_config` max_position_size",
    "trades_per_day_max": "`frontend:trading_config` max_daily_trades",
    "trading_capital": "`frontend:trading_config` trading_capital",
    "cash_reserve": (
        "`frontend:trading_config` cash_reserve, `frontend:portfolio_settings` cash_reserve"
    ),
    "position_weight_max": "`frontend:portfolio_settings` max_position_pct",
    "positions_max": "`frontend:portfolio_settings` target_diversification",
    "excluded": "`frontend:portfolio_settings` excluded_symbols",
    "preferred_sectors": "`frontend:portfolio_settings` preferred_sectors",
}
_ELSEWHERE = {"trading_capital", "excluded", "preferred_sectors"}
_AT = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
_SYMBOL = Symbol("AAPL")


def rules_page() -> str:
    """Return docs/reference/risk-rules.md."""
    case = _sample()
    return "\n".join(
        [
            _HEAD.format(wait=WAIT.total_seconds()),
            *(line for rule in RULES for line in _section(rule, case)),
            "## Circuit breakers\n",
            _BREAKERS,
            "| breaker | limit | lifts |",
            "|---|---|---|",
            *(
                f"| {one.title} | {f'`{one.field}`' if one.field else one.opens_at} | {one.lifts} |"
                for one in breakers(case)
            ),
            "",
        ]
    )


def _section(rule: Rule, case: Case) -> Iterator[str]:
    verdict = rule(case)
    yield f"## {rule.title} (`{rule.name}`)\n"
    yield f"{inspect.cleandoc(rule.what)}\n"
    yield f"At the limit: {rule.at_limit}.\n"
    if rule.limits:
        yield "| limit | first value | named in |"
        yield "|---|---|---|"
        yield from (_limit(name) for name in rule.limits)
        yield ""
    when = "Where nothing is allowed it says" if rule.limits else "When all is well it says"
    yield f"{when}: *{verdict.words}*\n"


def _limit(name: str) -> str:
    first = getattr(RiskDefaults(), name, None)
    shown = "not set" if first is None else f"{first}"
    documents = [] if name in _ELSEWHERE else [f"`{RISK_SETTINGS}` {name}"]
    if name in _ALSO:
        documents.append(_ALSO[name])
    return f"| `{name}` | {shown} | {', '.join(documents)} |"


def _sample() -> Case:
    """Return an order for ten shares where every limit is zero."""
    opened = AccountOpened(at=_AT, feed_at=_AT, account_id="paper:example", cash=usd(100_000))
    quote = Quote(
        symbol=_SYMBOL,
        at=_AT,
        price=230.0,
        bid=229.98,
        ask=230.02,
        bid_size=None,
        ask_size=None,
        volume=None,
        open=None,
        high=None,
        low=None,
        previous_close=None,
    )
    book = RiskBook(
        account=fold(None, [opened]),
        quotes={_SYMBOL: quote},
        market=Market(open=True, words="Open until 16:00 ET", stale_after_s=90.0),
        costs=TradingCosts(
            half_spread_bp=2.0,
            slippage_bp=0.5,
            commission_per_share=usd("0.005"),
            commission_min=usd(1),
        ),
        feed_now=_AT,
        stopped=None,
        cycle_orders=0,
    )
    order = Order(
        order_id="example",
        symbol=_SYMBOL,
        side=Side.BUY,
        quantity=shares(10),
        order_type=OrderType.MARKET,
        limit_price=None,
        time_in_force=TimeInForce.DAY,
        origin=OrderOrigin.MANUAL,
        reason="an example",
        created_at=_AT,
    )
    return Case(book, NOTHING_OPENS, order)

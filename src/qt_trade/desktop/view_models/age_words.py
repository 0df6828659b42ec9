"""How each figure was made, in words; the figures are named as in the payloads."""

from qt_trade.model.feeds import FeedKind

FEEDS = {
    FeedKind.REPLAY: "recorded bars",
    FeedKind.SIMULATION: "drawn inside real daily bars",
}
"""What the prices of a played feed are; a real one names its source."""

QUOTE = {
    "price": "the last trade the source reports",
    "change": "price less the previous close",
    "change_percent": "price against the previous close",
    "bid": "the source's best bid",
    "ask": "the source's best ask",
    "spread": "ask less bid, against their middle",
    "volume": "shares traded since the day's open",
    "range": "the day's lowest and highest price",
    "previous_close": "the close of the last trading day",
    "day": "closes of today's minute bars",
    "age": "market time since the exchange's stamp",
}
PLAYED = {
    FeedKind.REPLAY: {
        "price": "the close of the recorded minute bar",
        "bid": "as recorded at the end of the minute",
        "ask": "as recorded at the end of the minute",
    },
    FeedKind.SIMULATION: {
        "price": "a seeded path inside the day's real open, high, low and close",
        "bid": "put around the simulated price",
        "ask": "put around the simulated price",
        "volume": "the real day's volume, spread over its minutes",
    },
}
"""What is said otherwise of a feed that is played."""
QUOTE_NEEDS = {
    "change": ("previous_close",),
    "change_percent": ("previous_close",),
    "spread": ("bid", "ask"),
    "range": ("low", "high"),
    "size": ("bid_size", "ask_size"),
}
"""What of a quote a figure is made from, where that is not the field of its own name."""

BAR = {
    "ema": "exponential mean of 20 closes",
    "vwap": "mean price of the day, weighted by volume",
    "rsi": "relative strength of 14 closes",
    "volume": "shares traded in the bar",
}

SUMMARY = {
    "total_value": "cash and the market value of all positions",
    "day_change": "value now less its value at the day's start",
    "day_change_pct": "value now against its value at the day's start",
    "invested_amount": "market value of all positions",
    "cash_balance": "opening cash and every fill of the journal",
    "unrealized_pl": "market value less what the positions cost",
    "realized_today": "what today's closing fills brought",
    "sectors": "market value of each sector's positions, against the account's value",
    "commissions_today": "fees of today's fills",
}

PERFORMANCE = {
    "daily": "the account's value at the end of each exchange day",
    "figures": "from the closing fills and the daily values since the account was opened",
    "by_symbol": "what closing fills brought, and what is held is worth above its cost",
}

POSITION = {
    "sector": "by the table that is shipped with the product",
    "exits": "its stop and its target, at the broker or by the strategy",
    "opened_at": "the fill that opened it",
    "qty": "every fill of the journal, added up",
    "avg_entry_price": "what was paid, divided by the shares",
    "last": "the last quote the engine has seen",
    "day_change_pct": "last price against the previous close",
    "day_pl": "today's change of the shares held",
    "market_value": "shares × last price",
    "weight": "market value, against the account's value",
    "unrealized_pl": "market value less what was paid",
}
MARKED = frozenset({"last", "day_change_pct", "day_pl", "market_value", "weight", "unrealized_pl"})
"""Figures of a position that are as old as the price they were made with."""

TRADE = {
    "price": "the price the broker filled at",
    "value": "shares × price",
    "fees": "the broker's fee for this fill",
    "realized": "what this closing fill brought",
}

ORDER = {
    "quantity": "as it was ordered, in the journal",
    "filled_qty": "the broker's fills so far",
}

STATUS = {
    "checks": "the engine's answer to: may I trade now",
    "next_run": "the next slot of the market's clock",
    "cycles_run": "cycles since the run began",
    "candidates": "symbols looked at in the last cycle",
    "signals": "of these, predictions strong enough",
    "passed_risk": "of these, allowed by every rule",
    "orders": "of these, sent to the broker",
    "row": "the last cycle's decision on this symbol",
}
OF_CYCLE = frozenset({"candidates", "signals", "passed_risk", "orders", "row"})

MARKET = {
    "feed": "the source's own word for what it delivers",
    "clock": "the exchange's calendar, on the feed's clock",
}

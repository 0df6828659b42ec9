"""The page that says where our documents differ from the older system's, and why."""

from qt_trade.contract.exports.page import table
from qt_trade.contract.older_views import DATABASE, VIEWS

_HEAD = """\
# Where the documents differ from the older system's, and why

Made by `make docs`. The keys, fields and words of the older system are kept where they are sound, so \
that a frontend of its kind which reads with `GET` finds its way. What differs everywhere:

- **Every document is an object** with `ts` (when it was written), `source` (by whom) and `feed` (what \
kind of data it was made from). A bare array or a bare mapping by symbol has no place to say so; its \
entries stand in a field of the object.
- **`symbol` everywhere**, never `ticker`: one thing, one name.
- **Numbers are JSON numbers**; amounts are exact to the micro-dollar. Text that holds a number is \
read where an amount is meant, and never written.
- **A time always has its zone.** One column of the older system held three.
- **Nothing is made up.** What is not known is `null` with the reason in `words`, not 0, not a literal.
- **A missing field is refused, and in settings and commands an unknown one too.** A limit that was \
misspelt used to be no limit.
- **Lists that several write are streams.** A whole array read, changed and written back lost what \
another had added meanwhile.
- `timestamp`, `time`, `updated_at` and `last_update` are `ts`; a time of the market is `feed_ts`.

| key | there | here | why |
|---|---|---|---|
| `trading_settings` | written by frontend and backend; strategy also MODERATE | written by the engine alone, as it took `autotrading:enabled` over; MODERATE is BALANCED; also `confidence_min`, `order_notional`, `stop_loss_pct`, `take_profit_pct` | of two writers the later one won unseen; two names for one strategy |
| `trading_status` | `last_error` was never cleared | the same fields, and `can_trade` with its `checks`, the last cycles and the stop | "active" did not say whether it could trade, nor why not |
| `system_status` | a flag per vendor, `worker_running` | the same, and `roles`: each with its last useful work; `services`: each with its reason | a process that is up is not one that works, and a flag has no words |
| `risk_settings` | `max_position_per_ticker` (orders a day), `max_trades_per_run`, `cooldown_minutes`, `emergency_stop_active` | `position_shares_max`, `position_weight_max`, `trades_per_cycle_max`, `cooldown_min`; the stop is a command, and its state stands in `trading_status` | the name said position and meant orders; the next sync of settings switched a stop off |
| `risk_status` | `notional_today`, `cooldowns` | no key: derived from the journal for each decision, told in `trading_status` | a counter that was reset only by a trade which it forbade blocked for good |
| `portfolio_positions` | array; `ticker`; numbers as text | object with `positions`; `symbol`; numbers; marks are `null` without a quote | see above |
| `trades_log` | array, at most 200, whole array rewritten | stream, at most 200, `symbol`, `price`, `value`, `fees`, `realized`, `order_id`; `order_response` and `predicted_price` are in the journal | the journal holds all; of the array's two ends the newest entries were lost. A stream is appended to, resumed from an id, and a gap is seen. `backend:recent_trades` is the document for who reads with GET |
| `market_data` | object by symbol | object with `symbols`; also `bid`, `ask`, `volume`, the day's `open`, `high`, `low` | it says how old it is and from which feed |
| `market_status` | `market_session` OPEN, CLOSED, ERROR | also PRE_MARKET and AFTER_HOURS; an error is `feed_state` with `feed_words`; `clock` turns wall time into the feed's | half days and holidays come from the exchange's calendar |
| `multi_api_enhanced_data` | object by symbol; `price` is the mean of the sources | object with `symbols`; `price` is what the sources agree on, each one's own word, its age and why it was left out stand in `sources` | a mean follows the one that is wrong |
| `multi_api_enhanced_stats` | a field per vendor beside the totals | `providers` by name | a new source needs no new field; `market_source_stats` was the same once more |
| `dynamic_tickers` | array, written by whoever liked | object with `symbols` and `words`, written by the streamer | one task overwrote the other's list |
| `yfinance_enhanced:{SYMBOL}` | `ticker`, `timestamp` | `symbol`, `ts`, `feed_ts`; `fundamentals` may be `null` | `yfinance_enhanced_status` is the role's report now |
| `predictions_current` | two shapes: prices by horizon, or `horizons` | object with `symbols`, each with `horizons` by minutes: `predicted_price`, its interval and its confidence; `next_feed_ts` says when the next are made | documentation and code disagreed; predictions three days old were traded |
| `ml_training_status` | `event` start … failed | also `none` and `cancelled`; `metrics` by name | a failed training blocked all later ones |
| `autotrading:enabled` | `market_hours_check`, `trading_hours`, `timestamp` | without them; `ts`; also `confidence_min`, `order_notional`, `stop_loss_pct`, `take_profit_pct`. Deleting the key still stops at once | hours are the exchange's; `market_hours_check: false` was an error |
| `autotrading:stats` | `last_run`, `next_run`, counters | the same with `account`; times are the feed's | `autotrading:last_trade`, `:active_positions` and `:last_update` repeated other documents |
| `autotrading:error` | text that stayed | `key`, `path`, `reason`, `session_id`; absent while nothing is wrong | it says which message was wrong, and goes when it is mended |
| `frontend:trading_config` | `paper_mode` false enabled real trading by accident | `paper_mode` must be true; amounts must not be negative; `max_daily_trades` is exact | below 10 it used to become unlimited |
| `frontend:bot_strategy` | `strategy_type` CONSERVATIVE, MODERATE, AGGRESSIVE | MODERATE is BALANCED | as in `trading_settings` |
| `frontend:portfolio_settings` | `excluded_tickers` | `excluded_symbols` | `symbol` everywhere; excluded ones were traded all the same |
| `frontend:manual_orders` | array with `status`, `priority`, `order_id` of the sender; STOP_LOSS | stream; `action` says what is asked; `command_id` of the sender, carried out once and answered; the order's life is in `backend:active_orders`. An array that is SET there is refused: by the server to a trader, and in the dead letters otherwise | an order added while another was processed vanished; a crash executed some twice; SUBMITTED was said without any broker |
| `frontend:emergency_actions` | one slot; `force` | stream, read by itself and so overtaking all orders; also RESUME; no `force` | a second click overwrote the first; it was cleared before it was carried out |
| `frontend:ui_state` | `autotrading_enabled`, `paper_mode` | without them; also `chart_symbol` | what is traded stands in one place only |
| `backend:trading_performance` | literals and random numbers among them | the same fields from the journal, `null` with `words` while there is too little of it | see above |
| `backend:recent_trades` | array; `source`, `strategy`, `session_id` | object with `trades`, newest first; `origin`, `reason` | it showed the oldest; "source" is who wrote the document |
| `backend:active_orders` | array; status also NEW; `source` | object with `orders`; `origin`; also UNKNOWN: sent, the broker's answer is not known, and EXPIRED | a refused order was booked as a trade |
| `backend:portfolio_summary` | `largest_position`, `sector_allocation`, `risk_level`, `diversification_score` | without them; also what is realized, fees and buying power | they were literals: nothing here knows a company's sector yet |
| `backend:grok_candidates` | array | object with `state`, `words` and `candidates` | no candidates and no API key are two things; `grok_topstocks_prediction` was the same again |
| `backend:ml_predictions_enhanced` | `strength`, `risk_level`; horizons without interval | `low` and `high` with each price; no invented grades | a price without its spread says little |
| `backend:ml_trading_signals` | array; `ticker`; `used` | object with `signals`; `symbol`; whether a cycle acted on one is in its report | of two places one is always behind |
| `backend:alerts_active` | array | object with `alerts` | see above |
| `backend:system_health` | `status` from what was up | the same fields; judged by the canary's way (`chain_ok`, `chain_ms`), with `words`; NOT_CONFIGURED is none of the vendor's faults | its latency was a literal |
"""
_GONE = """
The book-keeping of the older models (`predictions_pending`, `deviation_tracker`, `model_trained`, \
`last_training_stats` and the like) is no matter between processes: it stands in PostgreSQL. \
`autotrading:timestamp` and `autotrading:stopped_at` are the `ts` of what they stood beside.
"""
_VIEWS = f"""
## Views for a frontend that polls

Its read-only desktop asks for seven keys in shapes of its own. The role `views` writes them, and \
nothing of ours reads them. Two bear the name of a key of ours, so they live in logical database \
{DATABASE}: point such a frontend at `redis://…/{DATABASE}`, with the user `viewer`.

"""


def older_system_page() -> str:
    """Return docs/reference/older-system.md."""
    views = table(("key", "what"), [(view.name, view.what) for view in VIEWS], code={0})
    return _HEAD + _GONE + _VIEWS + "\n".join(views) + "\n"

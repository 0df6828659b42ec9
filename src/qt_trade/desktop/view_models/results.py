"""What trading has brought, in words: each figure with its interval and the count behind it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qt_trade.contract.payloads.results import SymbolResult, TradingPerformance
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.view_models import words

_MINUTE_S, _HOUR_MIN, _DAY_MIN = 60.0, 60.0, 1440.0
_NOT_YET = "not enough data yet"


@dataclass(frozen=True, slots=True)
class Result:
    """One figure of the performance: what it is, how sure, and what it is."""

    caption: str
    words: str
    value: str
    tone: str = ""

    def row(self) -> dict[str, str]:
        """Return it as QML reads it; a missing value is grey."""
        tone = "off" if self.value == words.NONE else self.tone
        return {"caption": self.caption, "words": self.words, "value": self.value, "tone": tone}


def result_rows(told: TradingPerformance | None, mode: str) -> list[dict[str, str]]:
    """Return one row per figure; what is missing says why."""
    if told is None:
        return []
    results = (
        _growth(told),
        _sharpe(told),
        _drawdown(told),
        _win_rate(told),
        _profit_factor(told),
        _average(told),
        _holding(told),
        _slippage(told, mode),
    )
    return [result.row() for result in results]


def _why(told: TradingPerformance, own: str = "") -> str:
    """Return why a figure is missing: its own reason, else the first that holds for all."""
    return words.prose(own or told.words.split("; ")[0]) or _NOT_YET


def _growth(told: TradingPerformance) -> Result:
    days = words.count(len(told.daily), "day")
    other = told.benchmark_return_pct
    beside = f"{told.benchmark} {words.percentage(other)}" if other is not None else ""
    text = words.percentage(told.return_pct)
    if told.return_pct is None:
        beside = f"{_NOT_YET}, {len(told.daily)} of 2 exchange days"
    return Result(f"Return, {days}", beside, text)


def _sharpe(told: TradingPerformance) -> Result:
    low, high = told.sharpe_low, told.sharpe_high
    if told.sharpe_ratio is None:
        return Result("Sharpe ratio", _why(told, told.sharpe_words), words.NONE)
    interval = "" if low is None or high is None else _interval(low, high, 1)
    said = interval or told.sharpe_words
    return Result("Sharpe ratio", said, fmt.number(told.sharpe_ratio))


def _interval(low: float, high: float, places: int) -> str:
    return f"95% interval {fmt.number(low, places)} to {fmt.number(high, places)}"


def _drawdown(told: TradingPerformance) -> Result:
    deepest = told.max_drawdown
    text = words.NONE if deepest is None else fmt.percent(-deepest, 1)
    said = _why(told, told.drawdown_words) if deepest is None else told.drawdown_words
    return Result("Largest drawdown", said, text)


def _win_rate(told: TradingPerformance) -> Result:
    rate, low, high = told.win_rate, told.win_rate_low, told.win_rate_high
    if rate is None:
        return Result("Win rate", _why(told), words.NONE)
    trades = words.count(told.total_trades, "trade")
    interval = "" if low is None or high is None else f"{_interval(low * 100, high * 100, 0)}, "
    return Result("Win rate", f"{interval}{trades}", fmt.share(rate))


def _profit_factor(told: TradingPerformance) -> Result:
    if told.profit_factor is None:
        return Result("Profit factor", _why(told), words.NONE)
    won, lost = fmt.number(told.gross_win, 0), fmt.number(_positive(told.gross_loss), 0)
    return Result("Profit factor", f"gross win {won} / loss {lost}", fmt.number(told.profit_factor))


def _positive(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else abs(amount)


def _average(told: TradingPerformance) -> Result:
    won, lost = told.avg_win, _negative(told.avg_loss)
    wins = words.count(told.winning_trades, "win")
    losses = f"{told.losing_trades:,} {'loss' if told.losing_trades == 1 else 'losses'}"
    if won is None and lost is None:
        return Result("Average win / loss", _why(told), words.NONE)
    text = f"{words.money(won, signed=True)} / {words.money(lost, signed=True)}"
    return Result("Average win / loss", f"{wins}, {losses}", text)


def _negative(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else -abs(amount)


def _holding(told: TradingPerformance) -> Result:
    average, median = told.avg_trade_duration, told.median_trade_duration
    if average is None:
        return Result("Average holding time", _why(told), words.NONE)
    said = "" if median is None else f"median {_duration(median)}"
    return Result("Average holding time", said, _duration(average))


def _duration(minutes: float) -> str:
    """Return minutes in the unit that reads best: ``2.8 days``, ``4.2 h``, ``38 min``."""
    if minutes >= _DAY_MIN:
        return f"{minutes / _DAY_MIN:.1f} days"
    if minutes >= _HOUR_MIN:
        return f"{minutes / _HOUR_MIN:.1f} h"
    return words.span(minutes * _MINUTE_S)


def _slippage(told: TradingPerformance, mode: str) -> Result:
    if told.slippage_bp is None:
        return Result("Slippage, average", _why(told), words.NONE)
    said = (
        "paper fills, live is likely worse" if mode == "PAPER" else "against the decision's price"
    )
    return Result("Slippage, average", said, f"{fmt.number(told.slippage_bp, 1)} bp")


def symbol_rows(told: TradingPerformance | None, most: int) -> list[dict[str, Any]]:
    """Return what each symbol has brought, the best first; what does not fit is summed.

    What belongs to no symbol (fees, dividends, adjustments) has a row of its own, so that the rows
    add up to the whole account's profit.
    """
    if told is None:
        return []
    totals = [(one.symbol, _total(one)) for one in told.by_symbol]
    by_size = sorted(totals, key=lambda pair: -abs(pair[1] or Decimal(0)))
    shown, rest = by_size[:most], by_size[most:]
    rows = sorted(shown, key=lambda pair: -(pair[1] or Decimal(0)))
    if rest:
        rows.append((f"{len(rest)} more", _sum([total for _, total in rest])))
    named = _sum([total for _, total in totals])
    if told.total_pnl is not None and named is not None and told.total_pnl != named:
        rows.append(("Fees and other", told.total_pnl - named))
    widest = max((abs(total) for _, total in rows if total is not None), default=Decimal(0))
    return [_bar(name, total, widest) for name, total in rows]


def symbols_words(told: TradingPerformance | None) -> str:
    """Return what the rows of the symbols add up to."""
    if told is None or not told.by_symbol:
        return ""
    unknown = [one.symbol for one in told.by_symbol if one.unrealized is None]
    if unknown:
        return f"no price of {', '.join(unknown)}, and so no sum"
    total = told.total_pnl
    named = _sum([_total(one) for one in told.by_symbol])
    whole = named if total is None else total
    return f"realised + unrealised, sum {words.money(whole, signed=True)}"


def _bar(name: str, total: Decimal | None, widest: Decimal) -> dict[str, Any]:
    return {
        "symbol": name,
        "value": words.money(total, signed=True),
        "tone": words.tone(total) if total is not None else "off",
        "share": float(total / widest) if total is not None and widest else 0.0,
    }


def _total(one: SymbolResult) -> Decimal | None:
    return None if one.unrealized is None else one.realized + one.unrealized


def _sum(values: list[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if len(known) == len(values) else None

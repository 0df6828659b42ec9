"""Rules of what is held: no symbol, no sector and no short beyond what a person allowed."""

from qt_trade.model.money import Usd
from qt_trade.model.orders import Side
from qt_trade.model.shares import format_shares
from qt_trade.trading.risk.case import Case, shares_after
from qt_trade.trading.risk.figures import dollars, percent
from qt_trade.trading.risk.rule import REDUCES, Finding, passed, refused, rule, within


@rule("Short sales", "shorting")
def no_short(case: Case) -> Finding:
    """Nothing is sold that is not held, shares in open sales left out, unless that is allowed.

    Both must allow it: the person and the broker.
    """
    order = case.order
    if order.side is Side.BUY:
        return passed("a purchase")
    sellable = case.book.sellable(order.symbol)
    can, wanted = format_shares(sellable), format_shares(order.quantity)
    words = f"{can} shares of {order.symbol} can be sold, {wanted} are wanted"
    if order.quantity <= sellable:
        return passed(words, wanted, can)
    if not case.limits.shorting:
        return refused(f"{words}; going short is not allowed", wanted, can)
    if not case.book.restrictions.shorting_allowed:
        return refused(f"{words}; the broker allows no short sales", wanted, can)
    return passed(f"{words}; going short is allowed", wanted, can)


@rule("Excluded symbols", "excluded", at_limit="refuses the opening")
def excluded_symbols(case: Case) -> Finding:
    """A symbol that a person excluded is never opened; what is held of it may be sold."""
    if case.reduces:
        return REDUCES
    if case.order.symbol in case.limits.excluded:
        return refused(f"{case.order.symbol} is excluded")
    return passed(f"{case.order.symbol} is not excluded")


@rule("Preferred sectors", "preferred_sectors", at_limit="warns")
def preferred_sectors(case: Case) -> Finding:
    """To open in a sector nobody prefers is worth a word; it is allowed."""
    if case.reduces:
        return REDUCES
    preferred, sector = case.limits.preferred_sectors, case.sector
    if not preferred:
        return passed("no sector is preferred")
    names = ", ".join(sorted(preferred))
    if sector in preferred:
        return passed(f"{sector} is preferred", sector or "", names)
    there = f"is of {sector}" if sector else "has no sector known here"
    return passed(
        f"{case.order.symbol} {there}; preferred are {names}", sector or "", names, warns=True
    )


@rule("Position in shares", "position_shares_max", at_limit="refuses the buy")
def position_shares(case: Case) -> Finding:
    """Shares held of a symbol, open purchases included, stay within the cap."""
    if case.reduces:
        return REDUCES
    after, cap = shares_after(case), case.limits.position_shares_max
    have = format_shares(after - case.order.quantity)
    words = f"{have} held or ordered + {format_shares(case.order.quantity)} of {cap} shares"
    return within(after <= cap, words, "above the cap per symbol", format_shares(after), f"{cap}")


@rule("Position in per cent", "position_weight_max", at_limit="refuses the buy")
def position_weight(case: Case) -> Finding:
    """A symbol's share of the account, open purchases included, stays within the cap."""
    if case.reduces:
        return REDUCES
    value, notional, held = case.value, case.notional, case.held(case.order.symbol)
    if value is None:
        return refused(f"no price of {', '.join(case.book.unpriced())}: the account has no value")
    if notional is None or held is None:
        return refused(f"there is no price of {case.order.symbol} to weigh it by")
    after = Usd(held + case.ordered(case.order.symbol) + notional)
    most = case.limits.position_weight_max
    return _of_value(after, value, most, f"of {case.order.symbol}")


def _of_value(after: Usd, value: Usd, most: float, what: str) -> Finding:
    cap = Usd(int(max(value, 0) * most))
    share = percent(after / value) if value > 0 else "all"
    words = (
        f"{dollars(after)} USD {what} against {percent(most)} of the account = {dollars(cap)} USD"
    )
    return within(after <= cap, words, "above the cap", share, percent(most))


@rule("Sector", "sector_weight_max", at_limit="refuses the buy")
def sector_weight(case: Case) -> Finding:
    """A sector's share of the account, open purchases included, stays within the cap.

    What has no sector, as a fund, or none that is known here, is held to the other caps alone.
    """
    if case.reduces:
        return REDUCES
    if case.sector is None:
        return passed(f"{case.order.symbol} has no sector known here")
    value, notional = case.value, case.notional
    there = case.exposure(case.of_sector(case.sector))
    if value is None or notional is None or there is None:
        return refused(f"there is no price to weigh {case.sector} by")
    after, most = Usd(there + notional), case.limits.sector_weight_max
    return _of_value(after, value, most, f"of {case.sector}")


@rule("Open positions", "positions_max", at_limit="refuses the buy")
def positions(case: Case) -> Finding:
    """No more symbols are held, those in open purchases included, than allowed."""
    if case.reduces:
        return REDUCES
    after, most = len(case.symbols | {case.order.symbol}), case.limits.positions_max
    words = f"symbols held or ordered would be {after} of {most}"
    fits = after <= most or case.order.symbol in case.symbols
    return within(fits, words, "sell one first", f"{after}", f"{most}")


@rule("All positions", "exposure_max", at_limit="refuses the buy")
def exposure(case: Case) -> Finding:
    """Everything held and ordered, long and short, stays within its share of the account."""
    if case.reduces:
        return REDUCES
    value, notional, there = case.value, case.notional, case.exposure()
    if value is None or notional is None or there is None:
        return refused("there is no price of everything that is held or ordered")
    after, most = Usd(there + notional), case.limits.exposure_max
    return _of_value(after, value, most, "in all positions")

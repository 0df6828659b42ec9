"""How to stop trading without this desk: what to do where, and what to copy for it."""

from dataclasses import dataclass

from qt_trade.desktop.snapshot import Snapshot

COMMAND = "qtrade panic"
"""Reaches the broker itself, without Redis and without the engine."""
ALPACA_PAGE = "https://app.alpaca.markets"


@dataclass(frozen=True, slots=True)
class WayOut:
    """One way: where, what to do there, and the text that is worth copying (empty: none)."""

    title: str
    words: str
    copy: str = ""

    def row(self) -> dict[str, str]:
        """Return it as QML reads it."""
        return {"title": self.title, "words": self.words, "copy": self.copy}


def ways_out(desk: Snapshot) -> list[WayOut]:
    """Return the ways that do not need this desk's line, the quickest first."""
    ways = [
        WayOut(
            "On the server",
            "Reaches the broker itself, without Redis and without the engine, and closes everything.",
            COMMAND,
        )
    ]
    ways += _at_the_broker(desk)
    ways.append(WayOut("At another desk", "Hold Panic there, if its line is up."))
    return ways


def _at_the_broker(desk: Snapshot) -> list[WayOut]:
    account = "" if desk.summary is None else desk.summary.account
    broker = "" if desk.summary is None else desk.summary.broker
    number = [WayOut("Account", "The number that the broker asks for.", account)] if account else []
    if "alpaca" in broker.casefold():
        words = "Sign in, then Close all positions and Cancel all orders."
        return [WayOut("At the broker", words, ALPACA_PAGE), *number]
    if desk.summary is not None and desk.summary.mode == "PAPER":
        words = "The simulated account lives on the server; no broker has a page for it."
        return [WayOut("At the broker", words), *number]
    return [WayOut("At the broker", "Sign in at its own page and close there."), *number]

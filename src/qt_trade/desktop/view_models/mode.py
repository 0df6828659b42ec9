"""Which money is traded with: real as soon as one of the engine's documents says so."""

from qt_trade.desktop.snapshot import Snapshot

LIVE, PAPER = "LIVE", "PAPER"
_WORDS = {PAPER: "simulated money", LIVE: "real money"}


def mode_of(desk: Snapshot) -> str:
    """Return LIVE, PAPER or "" while nothing is known.

    Two documents that differ are a moment apart: real money is what must not be overlooked.
    """
    said = {
        document.mode for document in (desk.summary, desk.trading_status) if document is not None
    }
    if LIVE in said:
        return LIVE
    return PAPER if PAPER in said else ""


def words_of(mode: str) -> str:
    """Return what a mode means."""
    return _WORDS.get(mode, "")

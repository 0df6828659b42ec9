"""What is known of one value: the matter of its age-and-source pop-up."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.desktop.provenance import Provenance


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a value. ``missing``: what is not there, and why. ``at``: its market time.

    ``moves``: it is market data, whose age counts from the exchange and not from its writing.
    """

    provenance: Provenance | None
    origin: str
    how: str
    missing: str = ""
    at: datetime | None = None
    moves: bool = False
    details: tuple[tuple[str, str], ...] = ()

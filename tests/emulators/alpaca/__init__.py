"""Alpaca's trading interface on loopback, with an order book of its own and faults on demand."""

from tests.emulators.alpaca.book import Book
from tests.emulators.alpaca.faults import ANYTHING, Fault, Faults
from tests.emulators.alpaca.parts import Holding, Touch
from tests.emulators.alpaca.server import LIVE_KEY, PAPER_KEY, AlpacaEmulator
from tests.emulators.alpaca.stream import Stream

__all__ = [
    "ANYTHING",
    "LIVE_KEY",
    "PAPER_KEY",
    "AlpacaEmulator",
    "Book",
    "Fault",
    "Faults",
    "Holding",
    "Stream",
    "Touch",
]

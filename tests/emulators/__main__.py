"""Run an emulator by hand: ``python -m tests.emulators finnhub --port 8110 --latency-ms 100``."""

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

from tests.emulators.alpaca import by_hand as alpaca
from tests.emulators.alpaca_data import AlpacaDataEmulator
from tests.emulators.finnhub import FinnhubEmulator
from tests.emulators.fmp import FmpEmulator
from tests.emulators.market import Fault
from tests.emulators.marketstack import MarketstackEmulator
from tests.emulators.provider import KEY, ProviderEmulator
from tests.emulators.twelvedata import TwelveDataEmulator
from tests.emulators.yahoo import YahooEmulator

PROVIDERS: dict[str, type[ProviderEmulator]] = {
    "alpaca-data": AlpacaDataEmulator,
    "finnhub": FinnhubEmulator,
    "fmp": FmpEmulator,
    "marketstack": MarketstackEmulator,
    "yahoo": YahooEmulator,
    "twelvedata": TwelveDataEmulator,
}
"""A provider of market data is one line here."""

OTHERS: dict[str, Callable[[argparse.Namespace], Coroutine[None, None, None]]] = {
    "alpaca": lambda chosen: alpaca.run_by_hand(chosen.port, chosen.follow),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulators")
    parser.add_argument("name", choices=sorted([*PROVIDERS, *OTHERS]))
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--key", default=KEY, help="what it accepts")
    parser.add_argument("--plan", default="free", help="free or paid")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="before every answer")
    parser.add_argument("--fault", choices=list(Fault), type=Fault, help="of every answer")
    parser.add_argument(
        "--follow", type=Path, help="alpaca: data folder of the run whose quotes are its market"
    )
    chosen = parser.parse_args()
    try:
        asyncio.run(_served(chosen))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return


async def _served(chosen: argparse.Namespace) -> None:
    if chosen.name in OTHERS:
        await OTHERS[chosen.name](chosen)
        return
    emulator = PROVIDERS[chosen.name](
        port=chosen.port,
        key=chosen.key,
        plan=chosen.plan,
        latency_s=chosen.latency_ms / 1000,
    )
    emulator.fail_always(chosen.fault)
    await emulator.run_by_hand()


if __name__ == "__main__":
    main()

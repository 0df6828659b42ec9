"""Run emulators by hand: ``python -m tests.emulators finnhub --port 8110 --latency-ms 100``.

Several at once take ports of their own.
"""

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path

from tests.emulators.alpaca import by_hand as alpaca
from tests.emulators.alpaca_data import AlpacaDataEmulator
from tests.emulators.finnhub import FinnhubEmulator
from tests.emulators.fmp import FmpEmulator
from tests.emulators.market import Fault
from tests.emulators.marketstack import MarketstackEmulator
from tests.emulators.provider import KEY, ProviderEmulator
from tests.emulators.twelvedata import TwelveDataEmulator
from tests.emulators.xai import XaiEmulator
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

ENDLESS = 1_000_000_000

OTHERS: dict[str, Callable[[argparse.Namespace], Coroutine[None, None, None]]] = {
    "alpaca": lambda chosen: alpaca.run_by_hand(chosen.port, chosen.follow),
    "xai": lambda chosen: XaiEmulator(port=chosen.port, key=chosen.key).run_by_hand(),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulators")
    parser.add_argument("names", nargs="+", choices=sorted([*PROVIDERS, *OTHERS]))
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--key", default=KEY, help="what it accepts")
    parser.add_argument("--plan", default="free", help="free or paid")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="before every answer")
    parser.add_argument("--fault", choices=list(Fault), type=Fault, help="of every answer")
    parser.add_argument("--symbols", type=int, default=0, help="so many more: S0, S1, …")
    parser.add_argument("--unlimited", action="store_true", help="any number of calls")
    parser.add_argument(
        "--follow", type=Path, help="alpaca: data folder of the run whose quotes are its market"
    )
    chosen = parser.parse_args()
    try:
        asyncio.run(_served(chosen))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return


async def _served(chosen: argparse.Namespace) -> None:
    async with asyncio.TaskGroup() as group:
        for name in chosen.names:
            run = OTHERS[name](chosen) if name in OTHERS else _emulator(name, chosen).run_by_hand()
            group.create_task(run)


def _emulator(name: str, chosen: argparse.Namespace) -> ProviderEmulator:
    emulator = PROVIDERS[name](
        port=chosen.port if len(chosen.names) == 1 else 0,
        key=chosen.key,
        plan=chosen.plan,
        latency_s=chosen.latency_ms / 1000,
    )
    more = (f"S{number}" for number in range(chosen.symbols))
    emulator.market.names |= {name: f"The made-up company {name}" for name in more}
    if chosen.unlimited:
        limits = emulator.meter.limits
        emulator.meter.limits = tuple(replace(limit, count=ENDLESS) for limit in limits)
    emulator.fail_always(chosen.fault)
    return emulator


if __name__ == "__main__":
    main()

"""Run an emulator by hand: ``python -m tests.emulators alpaca [--port 8899] [--follow FOLDER]``."""

import argparse
import asyncio
from pathlib import Path

from tests.emulators import yahoo
from tests.emulators.alpaca import by_hand as alpaca


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulators")
    parser.add_argument("name", choices=["alpaca", "yahoo"])
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument(
        "--follow", type=Path, help="alpaca: data folder of the run whose quotes are its market"
    )
    chosen = parser.parse_args()
    served = (
        yahoo.run_by_hand(chosen.port)
        if chosen.name == "yahoo"
        else alpaca.run_by_hand(chosen.port, chosen.follow)
    )
    try:
        asyncio.run(served)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return


if __name__ == "__main__":
    main()

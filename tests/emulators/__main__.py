"""Run an emulator by hand: ``python -m tests.emulators yahoo [--port 8899]``."""

import argparse
import asyncio

from tests.emulators.yahoo import run_by_hand

EMULATORS = {"yahoo": run_by_hand}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulators")
    parser.add_argument("name", choices=sorted(EMULATORS))
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    chosen = parser.parse_args()
    try:
        asyncio.run(EMULATORS[chosen.name](chosen.port))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()

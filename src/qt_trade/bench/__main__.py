"""``python -m qt_trade.bench NAME [--json]``: measure, print, exit with 1 when a gate is missed."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence

from rich.console import Console

from qt_trade.bench.result import Result


def _pipeline() -> Result:
    from qt_trade.bench.pipeline import measure  # noqa: PLC0415  # Qt, only where it is measured

    return measure()


def _bus() -> Result:
    from qt_trade.bench.bus import measure  # noqa: PLC0415  # as above

    return measure()


def _desktop() -> Result:
    from qt_trade.bench.desktop import measure  # noqa: PLC0415  # as above

    return measure()


def _engine() -> Result:
    from qt_trade.bench.engine import measure  # noqa: PLC0415  # as above

    return measure()


def _marketdata() -> Result:
    from qt_trade.bench.marketdata import measure  # noqa: PLC0415  # as above

    return measure()


def _ml() -> Result:
    from qt_trade.bench.ml import measure  # noqa: PLC0415  # as above

    return measure()


BENCHES: Mapping[str, Callable[[], Result]] = {
    "bus": _bus,
    "desktop": _desktop,
    "engine": _engine,
    "marketdata": _marketdata,
    "ml": _ml,
    "pipeline": _pipeline,
}


def main(arguments: Sequence[str]) -> int:
    """Run one measurement and return the exit code."""
    parser = argparse.ArgumentParser(prog="qtrade bench", description=__doc__)
    parser.add_argument("name", choices=sorted(BENCHES), help="which measurement")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args(arguments)
    result = BENCHES[asked.name]()
    console = Console()
    if asked.json:
        console.out(json.dumps(result.as_object()), highlight=False)
        for note in result.notes:
            Console(stderr=True).print(note)
    else:
        console.print(result.as_table())
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Which function runs which role; each is imported only when it is asked for.

``python -m qt_trade.roles.entries NAME`` runs one without the command line's own imports.
"""

import gc
import sys
from importlib import import_module

MODULES = {
    "engine": "qt_trade.roles.engine.main",
    "streamer": "qt_trade.roles.streamer.main",
    "worker": "qt_trade.roles.worker.worker",
    "beat": "qt_trade.roles.worker.beat",
    "views": "qt_trade.roles.views.main",
}
"""Role and the module whose ``main`` runs it and returns the exit code."""


def run(role: str) -> int:
    """Run a role in this process and return its exit code."""
    # Imports make objects by the hundred thousand, none of which is garbage: looking for some
    # meanwhile takes a seventh of the start, and looking at them again and again later is vain.
    gc.disable()
    module = import_module(MODULES[role])
    gc.freeze()
    gc.enable()
    code: int = module.main()
    return code


if __name__ == "__main__":
    sys.exit(run(sys.argv[1]))

"""``python -m qt_trade.cli.docs``: writes what is made from the code; ``--check`` compares it."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from qt_trade.cli.command_reference import command_page
from qt_trade.cli.provider_reference import providers_page
from qt_trade.cli.rule_reference import rules_page
from qt_trade.contract.exports.files import contract_files, differing, write
from qt_trade.contract.exports.older_system import older_system_page
from qt_trade.contract.exports.page import contract_page
from qt_trade.trading.order_states import order_states_page

FOLDER = Path("docs")


def pages() -> Mapping[str, str]:
    """Return every file's text by its path below the folder."""
    return {
        "reference/contract.md": contract_page(),
        "reference/older-system.md": older_system_page(),
        "reference/commands.md": command_page(),
        "reference/order-states.md": order_states_page(),
        "reference/risk-rules.md": rules_page(),
        "reference/providers.md": providers_page(),
        **{f"contract/{name}": text for name, text in contract_files().items()},
    }


def outdated(folder: Path) -> list[str]:
    """Return the paths of the files that differ from what the code says now."""
    return differing(folder, pages())


def main(arguments: Sequence[str]) -> int:
    """Write (or with --check compare) what is made below a folder; return the exit code."""
    wanted = [argument for argument in arguments if argument != "--check"]
    folder = Path(wanted[0]) if wanted else FOLDER
    if "--check" in arguments:
        old = outdated(folder)
        sys.stdout.writelines(f"{folder / name} is out of date: make docs\n" for name in old)
        return 1 if old else 0
    changed = write(folder, pages(), prune=True)
    sys.stdout.writelines(f"{folder / name}: written anew\n" for name in changed)
    sys.stdout.write(f"{len(pages()) - len(changed)} of {len(pages())} files are unchanged\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

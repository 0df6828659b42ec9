"""``python -m qt_trade.cli.docs``: writes the reference pages; ``--check`` only compares them."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from qt_trade.cli.command_reference import command_page
from qt_trade.cli.reference import contract_page

FOLDER = Path("docs") / "reference"


def pages() -> Mapping[str, str]:
    """Return every page's text by its file name."""
    return {"contract.md": contract_page(), "commands.md": command_page()}


def outdated(folder: Path) -> list[str]:
    """Return the names of the pages that differ from what the code says now."""
    return [
        name
        for name, text in pages().items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]


def main(arguments: Sequence[str]) -> int:
    """Write (or with --check compare) the pages below a folder; return the exit code."""
    wanted = [argument for argument in arguments if argument != "--check"]
    folder = Path(wanted[0]) if wanted else FOLDER
    old = outdated(folder)
    if "--check" in arguments:
        sys.stdout.writelines(f"{folder / name} is out of date: make docs\n" for name in old)
        return 1 if old else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{folder / name}: {'written anew' if name in old else 'unchanged'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

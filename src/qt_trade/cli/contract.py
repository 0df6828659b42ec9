"""``qtrade contract``: the contract, readable, checkable, comparable."""

from pathlib import Path
from typing import Annotated

import typer

from qt_trade.cli.options import AsJson

app = typer.Typer(help="The contract between backend and frontends.", rich_markup_mode=None)

Key = Annotated[str, typer.Argument(metavar="KEY", help="Such as trading_status or quotes:AAPL.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Made when it is not there.")]
Message = Annotated[
    Path, typer.Argument(metavar="FILE", help="The message; - reads it from input.")
]
OldFolder = Annotated[Path, typer.Argument(metavar="OLD_DIR", help="What `export` once wrote.")]


@app.callback()
def _group() -> None:
    """The contract between backend and frontends."""


@app.command("list")
def list_keys(*, as_json: AsJson = False) -> None:
    """List every key with its kind, payload, writers, readers, freshness and retention."""
    from qt_trade.cli import contract_tools  # noqa: PLC0415  # start-up time

    contract_tools.list_keys(as_json=as_json)


@app.command("show")
def show(key: Key, *, as_json: AsJson = False) -> None:
    """Show one key: who writes and reads it, how it travels, its fields; --json: its schema."""
    from qt_trade.cli import contract_tools  # noqa: PLC0415  # start-up time

    contract_tools.show(key, as_json=as_json)


@app.command("export")
def export(folder: Folder, *, as_json: AsJson = False) -> None:
    """Write the JSON Schemas, the AsyncAPI document and the server's users into a folder."""
    from qt_trade.cli import contract_tools  # noqa: PLC0415  # start-up time

    contract_tools.export(folder, as_json=as_json)


@app.command("validate")
def validate(key: Key, file: Message, *, as_json: AsJson = False) -> None:
    """Hold a message against its key; exit code 1 with the first field that is wrong."""
    from qt_trade.cli import contract_tools  # noqa: PLC0415  # start-up time

    contract_tools.validate(key, file, as_json=as_json)


@app.command("diff")
def diff(old_folder: OldFolder, *, as_json: AsJson = False) -> None:
    """Say which changes since an export break readers or writers; exit code 1 when one does."""
    from qt_trade.cli import contract_tools  # noqa: PLC0415  # start-up time

    contract_tools.diff(old_folder, as_json=as_json)

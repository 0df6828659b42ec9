"""The options several commands share."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder of the run; default: the user's data folder."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")]

"""The options several commands share."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder of the run.", show_default="~/.local/share/qtrade"),
]
RedisUrl = Annotated[
    str | None,
    typer.Option("--redis-url", help="Redis of the run, instead of REDIS_URL or --data-dir."),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs instead of a table.")]


class Role(StrEnum):
    """The processes of the backend."""

    ENGINE = "engine"
    STREAMER = "streamer"
    WORKER = "worker"
    BEAT = "beat"


class RedisUser(StrEnum):
    """Who may log in to Redis, but for its admin."""

    VIEWER = "viewer"
    TRADER = "trader"
    BACKEND = "backend"


@dataclass(frozen=True, slots=True)
class Target:
    """Which run a command means: by its Redis, or by its data folder.

    ``viewer``: with the rights of somebody who only looks on, where the data folder leaves the
    choice; a URL names its own user.
    """

    data_dir: Path | None = None
    redis_url: str | None = None
    viewer: bool = False

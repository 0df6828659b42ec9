"""Which Redis and PostgreSQL a run uses: the person's own, or embedded ones."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from qt_trade.contract.exports.acl import User
from qt_trade.roles.supervision.data_dir import DataDir
from qt_trade.roles.supervision.ports import spare_ports
from qt_trade.roles.supervision.postgres import Postgres
from qt_trade.roles.supervision.processes import ProcessSpec
from qt_trade.roles.supervision.users import EVERYBODY
from qt_trade.roles.supervision.valkey import Valkey


@dataclass(frozen=True, slots=True)
class Servers:
    """The two servers of a run. The URLs may hold passwords: never to be logged.

    ``redis_url`` is the roles' own; frontends have ``trader_url``, or ``viewer_url`` where they
    only look on. With a Redis of the person's own all are the given one.
    """

    redis_url: str = field(repr=False)
    trader_url: str = field(repr=False)
    viewer_url: str = field(repr=False)
    database_url: str = field(repr=False)
    valkey: Valkey | None = None
    postgres: Postgres | None = None

    async def processes(self) -> Sequence[ProcessSpec]:
        """Prepare what is embedded and return it; nothing when both servers are given.

        Takes a second or two the first time. Raises ServerError.
        """
        embedded = [server for server in (self.valkey, self.postgres) if server is not None]
        await asyncio.gather(*(asyncio.to_thread(server.prepare) for server in embedded))
        return [server.spec() for server in embedded]


def choose_servers(
    data_dir: DataDir, rng: random.Random, *, redis_url: str | None, database_url: str | None
) -> Servers:
    """Take the given URLs, and an embedded server on a spare port for each that is missing.

    Raises DataDirError, OSError (no free port).
    """
    redis_port, database_port = spare_ports(2, rng)
    valkey = postgres = None
    if redis_url is None:
        passwords = {user: data_dir.secret(_name_of(user)).text for user in EVERYBODY}
        valkey = Valkey(data_dir.path / "valkey", redis_port, passwords)
        redis_url, trader_url, viewer_url = (
            valkey.url_with(data_dir.secret_file(_name_of(user)), user)
            for user in (User.BACKEND, User.TRADER, User.VIEWER)
        )
    else:
        trader_url = viewer_url = redis_url
    if database_url is None:
        secret = data_dir.secret("postgres_password")
        postgres = Postgres(
            data_dir.path / "postgres", database_port, secret.text, password_is_new=secret.created
        )
        database_url = postgres.url
    return Servers(redis_url, trader_url, viewer_url, database_url, valkey, postgres)


def _name_of(user: str) -> str:
    return f"valkey_{user}_password"

"""A server whose users are those of the committed declaration, and clients logged in as each."""

import random
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import redis
from tests.servers import ServerProcess

from qt_trade.contract.exports.acl import User, acl_file
from qt_trade.roles.supervision.ports import spare_ports
from qt_trade.roles.supervision.processes import ProcessSpec
from qt_trade.roles.supervision.valkey import valkey_program

PASSWORDS = {user: f"word-of-{user}" for user in User}
WARDEN = "word-of-warden"
"""The password of a user that exists only here, to ask the server about the others."""

LogIn = Callable[[str], "redis.Redis"]


def hashed(password: str) -> str:
    return f"#{sha256(password.encode()).hexdigest()}"


class WalledValkey:
    """A Valkey that knows its users from an ACL file."""

    def __init__(self, folder: Path) -> None:
        (self.port,) = spare_ports(1, random.SystemRandom())
        self.folder = folder
        self.url = self.url_of("warden")

    def url_of(self, user: str) -> str:
        word = WARDEN if user == "warden" else PASSWORDS[User(user)]
        return f"redis://{user}:{word}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        text = acl_file({user: [hashed(word)] for user, word in PASSWORDS.items()})
        warden = f"user warden on {hashed(WARDEN)} ~* &* +@all\n"
        (self.folder / "users.acl").write_text(text + warden)

    def spec(self) -> ProcessSpec:
        options = {
            "port": self.port, "bind": "127.0.0.1", "dir": self.folder, "save": "",
            "aclfile": self.folder / "users.acl", "notify-keyspace-events": "K$gx",
        }  # fmt: skip
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        return ProcessSpec(
            name="valkey", argv=(str(valkey_program()), *words), answers=self.answers, bare=True
        )

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture(scope="session")
def walled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WalledValkey]:
    folder = tmp_path_factory.mktemp("walled-valkey")
    server = WalledValkey(folder)
    with ServerProcess(server, folder / "valkey.log"):
        yield server


@pytest.fixture
def warden(walled: WalledValkey) -> Iterator["redis.Redis"]:
    """Who may do everything on the emptied server."""
    with redis.Redis.from_url(walled.url) as client:
        client.flushall()
        client.script_flush()
        yield client


@pytest.fixture
def log_in(walled: WalledValkey, warden: "redis.Redis") -> Iterator[LogIn]:
    """Return a client of a user: ``log_in("viewer")``."""
    clients: list[redis.Redis] = []

    def log_in(user: str) -> "redis.Redis":
        clients.append(redis.Redis.from_url(walled.url_of(user), protocol=3))
        return clients[-1]

    yield log_in
    for client in clients:
        client.close()

"""Changes Redis passwords while everything runs: the new one beside the old, then the old away.

The order makes every moment safe. The server takes both passwords before the file holds the new
one; the old one goes when whoever was connected has come back with the new. A server that is
started again in between reads both from its ACL file.
"""

import asyncio
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from qt_trade.contract.target import Target, url_of
from qt_trade.contract.users import RedisUsers, UserConnection
from qt_trade.roles.supervision.errors import SupervisionError
from qt_trade.roles.supervision.private_files import write_private
from qt_trade.roles.supervision.users import ADMIN, hash_of

SECRET_BYTES = 24
BACK_S = 30.0
"""So long may the programs of a user take to come back."""
LOOK_S = 0.2
_PASSWORD = re.compile(r"[#>!<]\S+")

Say = Callable[[str], None]


class RotationError(SupervisionError):
    """A rotation could not be begun or finished; the text says what holds now."""


@dataclass(frozen=True, slots=True)
class RedisPlace:
    """Where a Redis keeps its secrets: the file of each user's password, and its ACL file.

    ``hosts`` is None when no server runs: then the files alone are changed.
    """

    secrets: Path
    file_name: str
    acl: Path
    hosts: tuple[tuple[str, int], ...] | None

    def file_of(self, user: str) -> Path:
        """Return the file with a user's password."""
        return self.secrets / self.file_name.format(user=user)

    def admin_url(self, hosts: tuple[tuple[str, int], ...]) -> str:
        """Return how the admin reaches the server; its password is read from its file."""
        return url_of(Target(hosts=hosts, user=ADMIN, password_file=str(self.file_of(ADMIN))))


async def rotate(place: RedisPlace, user: str, say: Say) -> None:
    """Give a user a new password. Raises RotationError, ContractError, OSError."""
    old = _read(place.file_of(user))
    new = secrets.token_urlsafe(SECRET_BYTES)
    if place.hosts is None:
        _write_users(place.acl, user, [hash_of(new)])
        _replace(place.file_of(user), new)
        say(f"{user}: a new password, from the next start on")
        return
    async with RedisUsers(place.admin_url(place.hosts)) as server:
        both = [hash_of(old), hash_of(new)]
        await server.set_passwords(user, both)
        _write_users(place.acl, user, both)
        _replace(place.file_of(user), new)
        before = await server.connections(user)
        await server.cut(before)
        missing = await _come_back(server, user, before)
        if missing:
            raise RotationError(
                f"{user}: {', '.join(sorted(missing))} did not come back within {BACK_S:g} s. Both "
                "passwords are valid; once nobody needs the old one: "
                f"qtrade secrets rotate {user} --finish"
            )
        await _forget_others(server, place, user)
    say(f"{user}: a new password; {len(before)} connections came back with it")


async def finish(place: RedisPlace, user: str, say: Say) -> None:
    """Let a user in with the password of its file alone. Raises as :func:`rotate` does."""
    if place.hosts is None:
        _write_users(place.acl, user, [hash_of(_read(place.file_of(user)))])
    else:
        async with RedisUsers(place.admin_url(place.hosts)) as server:
            await _forget_others(server, place, user)
    say(f"{user}: only the password of its file is valid")


async def _forget_others(server: RedisUsers, place: RedisPlace, user: str) -> None:
    valid = [hash_of(_read(place.file_of(user)))]
    await server.set_passwords(user, valid)
    _write_users(place.acl, user, valid)


async def _come_back(server: RedisUsers, user: str, before: list[UserConnection]) -> set[str]:
    """Wait until every program that was connected is so again; return those that are not."""
    known = {one.connection_id for one in before}
    awaited = {one.name for one in before}
    loop = asyncio.get_running_loop()
    deadline = loop.time() + BACK_S
    while True:
        now = await server.connections(user)
        missing = awaited - {one.name for one in now if one.connection_id not in known}
        if not missing or loop.time() > deadline:
            return {name or "a program without a name" for name in missing}
        await asyncio.sleep(LOOK_S)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise RotationError(f"{path} is not there: is this the right folder?") from error


def with_passwords(text: str, user: str, hashes: list[str]) -> str:
    """Return an ACL file's text with other passwords for one user; all rules stay.

    Raises RotationError when the user is not in it.
    """
    lines = text.splitlines()
    for number, line in enumerate(lines):
        words = line.split(" ")
        if words[:2] == ["user", user]:
            kept = [word for word in words[2:] if not _PASSWORD.fullmatch(word)]
            lines[number] = " ".join(["user", user, *_behind_reset(kept, hashes)])
            return "\n".join(lines) + "\n"
    raise RotationError(f"the ACL file has no user {user}")


def _behind_reset(rules: list[str], hashes: list[str]) -> list[str]:
    """Put passwords behind ``on`` or ``resetpass``, whichever comes last."""
    place = max((rules.index(word) for word in ("on", "resetpass") if word in rules), default=-1)
    return [*rules[: place + 1], *hashes, *rules[place + 1 :]]


def _write_users(acl: Path, user: str, hashes: list[str]) -> None:
    if acl.exists():  # the first start of an embedded server has not been yet
        _replace(acl, with_passwords(acl.read_text(encoding="utf-8"), user, hashes).rstrip("\n"))


def _replace(path: Path, text: str) -> None:
    """Write a file anew, keeping its owner.

    In the same place where the length allows: a container that was handed this one file keeps
    hold of its inode, and one short write is never seen half.
    """
    data = f"{text}\n".encode()
    try:
        descriptor = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        write_private(path, f"{text}\n")
        return
    try:
        about = os.fstat(descriptor)
        if about.st_size == len(data):
            os.pwrite(descriptor, data, 0)
            os.fsync(descriptor)
            return
    finally:
        os.close(descriptor)
    write_private(path, f"{text}\n")
    os.chown(path, about.st_uid, about.st_gid)

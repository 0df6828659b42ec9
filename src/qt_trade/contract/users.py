"""The users of a running Redis server, changed by its admin: passwords and connections."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

from qt_trade.contract.client import answer_of, make_client


@dataclass(frozen=True, slots=True)
class UserConnection:
    """One connection as the server sees it. ``name``: what its program calls itself, or empty."""

    connection_id: int
    name: str


class RedisUsers:
    """Use as an asynchronous context manager. All methods raise DisconnectedError, RefusedError.

    RefusedError names what is missing when the URL is not an admin's.
    """

    def __init__(self, admin_url: str) -> None:
        self._redis = make_client(admin_url, "qtrade-secrets")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._redis.aclose()

    async def set_passwords(self, user: str, hashes: Sequence[str]) -> None:
        """Let a user in with these passwords and no others; who is in stays in.

        ``hashes``: ``#`` and the SHA-256 of each, as an ACL file holds them.
        """
        command = ("ACL", "SETUSER", user, "resetpass", *hashes)
        await answer_of(self._redis.execute_command(*command))  # type: ignore[no-untyped-call]  # redis-py

    async def connections(self, user: str) -> list[UserConnection]:
        """Return a user's connections."""
        listed = await answer_of(self._redis.client_list())
        return [
            UserConnection(int(one["id"]), str(one["name"]))
            for one in listed
            if one["user"] == user
        ]

    async def cut(self, connections: Collection[UserConnection]) -> None:
        """Close connections; their programs come back by themselves."""
        for one in connections:
            # One that has gone meanwhile is as good as cut.
            command = self._redis.client_kill_filter(_id=str(one.connection_id))
            await answer_of(command)

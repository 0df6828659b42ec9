"""A key ring in memory, for machines that have none."""

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class MemoryKeyRing(KeyringBackend):
    """Holds passwords until it is gone."""

    priority = 1  # type: ignore[assignment]  # keyring has a property of the class here

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self._kept.pop((service, username), None) is None:
            raise PasswordDeleteError("there is none")

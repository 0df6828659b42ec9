"""Passwords that stand in files, read again at every connect: rotated without a restart."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from redis.credentials import CredentialProvider
from redis.exceptions import AuthenticationError

from qt_trade.contract.target import Address, TargetError, address_of

FILE_BYTES_MAX = 10_000
"""What is larger was named by mistake."""
FILE_CHECK_S = 1.0
"""How often a password file is looked at while the server refuses, and only then."""
ROTATION_S = 60.0
"""How long after a file's change the server may take to know the new password."""


class PasswordFile(CredentialProvider):
    """Answers redis-py and kombu with the password that stands in the file now.

    The file holds the password alone, or a whole URL, of which password and user are taken. What
    cannot be read counts as a wrong password: a person mends it.
    """

    def __init__(self, path: str, user: str) -> None:
        self.path = Path(path)
        self._user = user

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """Return the password, or user and password. Raises AuthenticationError."""
        user, password = self._read()
        return (user, password) if user else (password,)

    async def get_credentials_async(self) -> tuple[str] | tuple[str, str]:
        """Return the same; a short file is read faster than a thread is asked."""
        return self.get_credentials()

    def _read(self) -> tuple[str, str]:
        try:
            with self.path.open(encoding="utf-8") as file:
                text = file.read(FILE_BYTES_MAX + 1)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise AuthenticationError(
                f"the password file {self.path} cannot be read: {reason}"
            ) from None
        if len(text) > FILE_BYTES_MAX:
            raise AuthenticationError(f"the file {self.path} is larger than a password may be")
        text = text.strip()
        if "://" not in text:
            user, password = self._user, text
        else:
            try:
                address = address_of(text)
            except TargetError as error:
                raise AuthenticationError(
                    f"the URL in the file {self.path} is not right: {error}"
                ) from None
            user, password = address.target.user or self._user, address.password
        if not password:
            raise AuthenticationError(f"the password file {self.path} holds no password")
        return user, password


def password_now(address: Address) -> str:
    """Return the password that opens an address now; empty for none, or one nobody can read."""
    target = address.target
    if not target.password_file:
        return address.password
    try:
        return PasswordFile(target.password_file, target.user).get_credentials()[-1]
    except AuthenticationError:
        return ""


class Rotation:
    """Whether it is worth trying again after a server refused: a password file has changed.

    A rotation has two halves, the file and the server, in either order; between them a right
    password is refused for a moment. So a young file is worth trying, too.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = tuple(Path(path) for path in paths if path)
        self._stamp = self._now()

    def __bool__(self) -> bool:
        """Whether there is any file to look at."""
        return bool(self._paths)

    def begin(self) -> None:
        """Remember the files as they are: an attempt begins."""
        self._stamp = self._now()

    def worth_trying(self, now: datetime) -> bool:
        """Whether a file is another one since, or has been changed a moment ago."""
        stamp = self._now()
        if stamp != self._stamp:
            return True
        ages = (now.timestamp() - one[0] / 1e9 for one in stamp if one is not None)
        return any(0 <= age < ROTATION_S for age in ages)

    def _now(self) -> tuple[tuple[int, int] | None, ...]:
        return tuple(_stamp(path) for path in self._paths)


def _stamp(path: Path) -> tuple[int, int] | None:
    # Containers put another file in its place, editors write into the same one.
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino

"""Passwords that stand in files, read again at every connect: rotated without a restart."""

from pathlib import Path

from redis.credentials import CredentialProvider
from redis.exceptions import AuthenticationError

from qt_trade.contract.target import TargetError, address_of

FILE_BYTES_MAX = 10_000
"""What is larger was named by mistake."""


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
                text = file.read(FILE_BYTES_MAX).strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise AuthenticationError(
                f"the password file {self.path} cannot be read: {reason}"
            ) from None
        if "://" not in text:
            password = text
            user = self._user
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

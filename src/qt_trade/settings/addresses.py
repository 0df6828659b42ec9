"""Addresses of servers and secrets, as they are given: as text, or in files as containers do."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, SecretStr

from qt_trade.contract.target import TargetError, address_of, target_of, url_of

DATABASE_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
REDIS_EXAMPLE = "redis://:password@127.0.0.1:6379/0"


class SettingsError(Exception):
    """A setting that a program needs is missing or makes no sense; the text names it."""


def _url_of(schemes: tuple[str, ...], example: str) -> Callable[[SecretStr], SecretStr]:
    def check(secret: SecretStr) -> SecretStr:
        # The text may hold a password, also a misspelt one: it is not repeated.
        words = f"it is no URL such as {example}"
        try:
            parts = urlsplit(secret.get_secret_value())
            known = parts.scheme in schemes and (parts.port is None or parts.port > 0)
        except ValueError:
            raise ValueError(words) from None
        if not known:
            raise ValueError(words)
        return secret

    return check


SecretFile = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())] | None
"""A secret that a container is handed as a file."""


def file_field(name: str) -> Any:
    return Field(default=None, validation_alias=AliasChoices(f"QTRADE_{name}", name))


def text_of(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ValueError(f"its file {file} cannot be read: {reason}") from None
    if not text:
        raise ValueError(f"its file {file} is empty")
    return text


def file_in(folder: Path | None, name: str) -> Path | None:
    """Return a file of a folder, None where either is missing."""
    file = None if folder is None else folder / name
    return file if file is not None and file.is_file() else None


def url_in(file: Path, password_file: Path | None) -> str:
    """Return the URL that stands in a file, with a file's name in place of its password."""
    text = text_of(file)
    try:
        address = address_of(text)
    except TargetError:
        return text  # to be refused in full words
    if address.password:
        bare = url_of(address.target, sentinel_password=address.sentinel_password)
        return with_file(bare, file)
    return text if password_file is None else with_file(text, password_file)


def with_file(url: str, file: Path) -> str:
    """Return the URL with the name of the file that has its password, unless it has one."""
    try:
        address = address_of(url)
    except TargetError:
        return url  # as above
    if address.password or address.target.password_file:
        return url
    target = replace(address.target, password_file=str(file))
    return url_of(target, sentinel_password=address.sentinel_password)


def _redis_url(secret: SecretStr) -> SecretStr:
    try:
        target_of(secret.get_secret_value())
    except TargetError as error:
        raise ValueError(f"it is no URL such as {REDIS_EXAMPLE}: {error}") from None
    return secret


RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
DatabaseUrl = Annotated[
    SecretStr,
    AfterValidator(_url_of(DATABASE_SCHEMES, "postgresql://user:password@127.0.0.1/qt_trade")),
]

"""Remembers the connection a person saved: the address in the settings, the password elsewhere."""

from PySide6.QtCore import QSettings

from qt_trade.contract.target import Address, TargetError, address_of, url_of
from qt_trade.desktop.connection import Connection, Origin, kept_by
from qt_trade.desktop.passwords import Kept, Passwords

_URL = "connection/url"


class ConnectionStore:
    """The settings hold a URL without secrets; the password is kept under its place and user."""

    def __init__(self, settings: QSettings, passwords: Passwords) -> None:
        self._settings, self._passwords = settings, passwords

    def save(self, connection: Connection) -> Kept:
        """Remember a connection; return where its password is now."""
        self._settings.setValue(_URL, url_of(connection.target))
        kept = self._passwords.keep(
            connection.place, connection.target.user, connection.address.password
        )
        return kept_by(connection, kept)

    def load(self) -> tuple[Connection, Kept] | None:
        """Return the saved connection; None when there is none, or it can no longer be read."""
        text = self._settings.value(_URL)
        if not isinstance(text, str) or not text:
            return None
        try:
            target = address_of(text).target
        except TargetError:
            return None
        if target.password_file:
            return Connection(Address(target), Origin.SAVED), Kept.FILE
        password, kept = self._passwords.find(target.place, target.user)
        return Connection(Address(target, password), Origin.SAVED), kept

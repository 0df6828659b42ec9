"""Where a desk keeps its password: in the system's key ring, else only for as long as it is open.

Never in a file of ours, in a log, or in the settings.
"""

import contextlib
from enum import StrEnum

SERVICE = "QtTrade"


class Kept(StrEnum):
    """Where the password is, in the words the form shows."""

    NOWHERE = "none"
    KEY_RING = "stored in the system key ring"
    SESSION = "for this session only: no system key ring here"
    RUN = "from this run, not stored"
    FILE = "in a file, read at every connect"


class Passwords:
    """Passwords by place and user; ``session`` holds what no key ring took."""

    def __init__(self) -> None:
        self._session: dict[str, str] = {}

    def keep(self, place: str, user: str, password: str) -> Kept:
        """Keep a password, an empty one for none; return where it is now."""
        import keyring  # noqa: PLC0415  # 0.1 s, and most desks never ask
        from keyring.errors import KeyringError, PasswordDeleteError  # noqa: PLC0415

        name = _name(place, user)
        self._session.pop(name, None)
        try:
            if password:
                keyring.set_password(SERVICE, name, password)
                return Kept.KEY_RING
            with contextlib.suppress(PasswordDeleteError):  # there was none
                keyring.delete_password(SERVICE, name)
        except KeyringError:
            if password:
                self._session[name] = password
                return Kept.SESSION
        return Kept.NOWHERE

    def find(self, place: str, user: str) -> tuple[str, Kept]:
        """Return the password, empty for none, and where it is."""
        import keyring  # noqa: PLC0415  # as above
        from keyring.errors import KeyringError  # noqa: PLC0415

        name = _name(place, user)
        if name in self._session:
            return self._session[name], Kept.SESSION
        try:
            found = keyring.get_password(SERVICE, name)
        except KeyringError:
            return "", Kept.NOWHERE
        return (found, Kept.KEY_RING) if found else ("", Kept.NOWHERE)


def _name(place: str, user: str) -> str:
    return f"{user}@{place}"

"""What may go wrong at the door, named by what the caller does next.

ContractError
├── InvalidMessageError    mend the message: the path and what would be right are in it
├── ForeignWriteError      do not write this key from this role
├── ConflictError          somebody wrote meanwhile: read again, decide again
├── DisconnectedError      the server is away: try again when the link is back
│   └── HeldBackError      our lease is not sure: try again when it is proved
├── RefusedError           the server says no: mend the URL, the password or what is at the key
└── NoReplyError           the deadline passed: the effect is not known; ask with the same id
"""


class ContractError(Exception):
    """Anything the contract or its bus refuses."""


class InvalidMessageError(ContractError):
    """A message that does not fit its payload type."""

    def __init__(self, key: str, path: str, reason: str) -> None:
        super().__init__(f"{key}: {path}: {reason}")
        self.key = key
        self.path = path
        self.reason = reason


class ForeignWriteError(ContractError):
    """A role wrote a key that belongs to others."""


class ConflictError(ContractError):
    """A conditional write came too late.

    ``writer``: the name the other writer gave (``updated_by``, else the session, else the
    program), "" when none is known. ``fields``: what he changed, as paths (``limits.cash``); none
    when the document is gone, is a plain word or does not fit.
    """

    def __init__(
        self, key: str, expected: int, found: int, writer: str = "", fields: tuple[str, ...] = ()
    ) -> None:
        what = f" ({', '.join(fields)})" if fields else ""
        super().__init__(
            f"{key} is at revision {found}, not {expected}: "
            f"{writer or 'somebody'} wrote meanwhile{what}"
        )
        self.key = key
        self.expected = expected
        self.found = found
        self.writer = writer
        self.fields = fields


class DisconnectedError(ContractError):
    """Redis does not answer."""


class HeldBackError(DisconnectedError):
    """This process must not write now: another may have taken its place."""


class RefusedError(ContractError):
    """Redis answers, and says no."""


class NoReplyError(ContractError):
    """Nobody answered a command within its deadline."""

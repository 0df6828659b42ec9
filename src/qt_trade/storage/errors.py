"""What can go wrong with the memory, by what the caller does next.

StorageError
 ├ UnreachableError            nothing was stored: try again later
 │  └ UncertainError           it may have been stored: look before doing it again
 ├ FencedError                 the lease is another's: stop acting
 ├ DuplicateError              it is stored already: nothing was added
 │  ├ DuplicateCommandError    look up the answer that was given
 │  └ DuplicateFillError       drop the fill
 ├ InvalidValueError           PostgreSQL does not take this value, today or tomorrow
 └ SchemaError                 the tables are not those of this version: migrate, or update QtTrade
"""


class StorageError(Exception):
    """Any failure of this room."""


class UnreachableError(StorageError):
    """PostgreSQL did not answer, or refused for now; nothing was stored."""


class UncertainError(UnreachableError):
    """The connection broke after the work had left; whether it was stored is not known."""


class FencedError(StorageError):
    """The lease was lost: someone else holds it, or it was given back."""

    def __init__(self, role: str, token: int) -> None:
        super().__init__(f"the lease {role!r} with token {token} is no longer ours")
        self.role = role
        self.token = token


class DuplicateError(StorageError):
    """The journal holds this already; none of the records handed over was stored."""


class DuplicateCommandError(DuplicateError):
    """A command among the records was answered before."""

    def __init__(self, words: str) -> None:
        super().__init__(f"answered before: {words}")


class DuplicateFillError(DuplicateError):
    """A fill among the records was journalled before."""

    def __init__(self, words: str) -> None:
        super().__init__(f"journalled before: {words}")


class InvalidValueError(StorageError):
    """A value that PostgreSQL cannot hold, such as a text with a NUL character."""


class SchemaError(StorageError):
    """The database's tables do not fit this version of QtTrade."""

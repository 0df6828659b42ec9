"""What can go wrong with the memory, by what the caller does next.

StorageError
 ├ UnreachableError            nothing was stored: try again later
 │  └ UncertainError           it may have been stored: look before doing it again
 ├ FencedError                 the lease is another's: stop acting
 ├ DuplicateError              it is stored already: nothing was added
 │  ├ DuplicateCommandError    look up the answer that was given
 │  └ DuplicateFillError       drop the fill
 ├ NoModelError                no model has this id: look at the list
 ├ ModelStateError             the model's state does not allow it: say so
 ├ DamagedModelError           what is stored of the model is not what was: train anew
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


class NoModelError(StorageError):
    """The registry knows no model by this id."""

    def __init__(self, model_id: str) -> None:
        super().__init__(f"there is no model {model_id!r}")


class ModelStateError(StorageError):
    """What is asked of a model does not go with its state."""


class DamagedModelError(StorageError):
    """A model's content is not what was stored once, or is missing."""

    def __init__(self, model_id: str, words: str) -> None:
        super().__init__(f"{model_id} cannot be used: {words}; train anew")


class InvalidValueError(StorageError):
    """A value that PostgreSQL cannot hold, such as a text with a NUL character."""


class SchemaError(StorageError):
    """The database's tables do not fit this version of QtTrade."""

"""Why a run cannot start, in words for the person who asked for it.

SupervisionError
├── DataDirError      choose another folder, or mend this one's owner or rights
├── AlreadyRunsError  another run holds this folder: attach to it, stop it, or choose another
├── ServerError       an embedded server cannot be had: install it or name one of your own
└── StartError        a process of the run does not come up: its log says why
"""


class SupervisionError(Exception):
    """A run cannot start, or cannot go on."""


class DataDirError(SupervisionError):
    """The data folder cannot be used."""


class AlreadyRunsError(SupervisionError):
    """Another run holds the data folder."""


class ServerError(SupervisionError):
    """An embedded server is not installed or cannot be prepared."""


class StartError(SupervisionError):
    """A process without which the run is nothing does not come up."""

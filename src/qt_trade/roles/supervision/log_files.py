"""One log file per process, rotated when it has grown too long."""

from pathlib import Path

LOG_BYTES_MAX = 10 * 1024 * 1024
OLD_LOGS_MAX = 3


def log_path(folder: Path, name: str) -> Path:
    """Return where a process' output goes."""
    return folder / f"{name}.log"


def rotate(path: Path) -> None:
    """Put a log that is too long aside as ``.1``, the former ``.1`` as ``.2``, drop the oldest."""
    if not path.exists() or path.stat().st_size <= LOG_BYTES_MAX:
        return
    for number in range(OLD_LOGS_MAX, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        newer = path if number == 1 else path.with_name(f"{path.name}.{number - 1}")
        if newer.exists():
            newer.replace(older)


def last_lines(path: Path, count: int = 8) -> str:
    """Return the end of a log, for a message about a process that died."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 8192))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-count:])

"""Becomes another program, tied to the life of its parent and, where asked, with fewer rights.

Run as a file (``python -I -S launch.py key=value … -- program argument …``), so that it starts in
a few milliseconds and imports nothing of QtTrade. A fork hook in the parent would do the same, but
Python code between fork and exec may deadlock in a process that has threads.
"""

import ctypes
import fcntl
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_PARENT_IS_GONE = 125

_libc = ctypes.CDLL(None, use_errno=True)


class _CapHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapData(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _prctl(option: int, *arguments: int) -> None:
    padded = (*arguments, 0, 0, 0, 0)[:4]
    if _libc.prctl(option, *(ctypes.c_ulong(value) for value in padded)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl {option}: {os.strerror(number)}")


def die_with_parent(death_signal: int, parent: int) -> None:
    """Have the kernel send a signal to this process when its parent ends, however it ends."""
    _prctl(_PR_SET_PDEATHSIG, death_signal)
    # The parent may have died before the line above; then the signal never comes.
    if os.getppid() != parent:
        sys.exit(_PARENT_IS_GONE)


def _searching_capability() -> int | None:
    """Return the least capability at hand that opens other people's folders.

    A root of a container has CAP_DAC_OVERRIDE, but often not CAP_DAC_READ_SEARCH.
    """
    data = (_CapData * 2)()
    header = _CapHeader(_CAPABILITY_VERSION_3, 0)
    if _libc.capget(ctypes.byref(header), data) != 0:
        return None
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        if data[0].permitted & (1 << capability):
            return capability
    return None


def _keep_only(capability: int) -> None:
    bit = 1 << capability
    data = (_CapData * 2)(_CapData(bit, bit, bit), _CapData(0, 0, 0))
    header = _CapHeader(_CAPABILITY_VERSION_3, 0)
    if _libc.capset(ctypes.byref(header), data) != 0:
        raise OSError(ctypes.get_errno(), "capset failed")
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability)


def become(uid: int, gid: int) -> None:
    """Leave root for good, keeping at most the right to pass through closed folders.

    A server that refuses to run as root still has to reach its program and its data below
    root's own closed folders. Writing stays bound to what the user owns.
    """
    capability = _searching_capability()
    if capability is not None:
        # Without it setuid drops the capability, and access(2), which PostgreSQL asks about its
        # own program, would not count it (see the kernel's access_override_creds).
        _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if capability is not None:
        _keep_only(capability)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _hold(path: str) -> None:
    """Wait until no earlier process holds the file; the lock lasts as long as the program.

    Two servers on one data folder would destroy it; after a crash the old one may need a moment.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.set_inheritable(descriptor, True)  # noqa: FBT003  # the standard library knows no name for it


def main(arguments: list[str]) -> None:
    """Do what the keys say, then become the program. Does not return."""
    split = arguments.index("--")
    told = dict(argument.split("=", 1) for argument in arguments[:split])
    program = arguments[split + 1 :]
    parent, death_signal = int(told["parent"]), int(told["death_signal"])
    os.umask(0o077)
    die_with_parent(signal.SIGKILL, parent)
    if "lock" in told:
        _hold(told["lock"])
    if "owner" in told:
        uid, gid = told["owner"].split(":")
        try:
            become(int(uid), int(gid))
        except OSError as error:
            sys.exit(
                f"cannot become user {uid} here ({error}), and PostgreSQL does not run as root: "
                "start QtTrade as a plain user, or set DATABASE_URL"
            )
    # Last, for a change of user clears it.
    die_with_parent(death_signal, parent)
    os.execv(program[0], program)  # noqa: S606  # that is what it is for


if __name__ == "__main__":
    main(sys.argv[1:])

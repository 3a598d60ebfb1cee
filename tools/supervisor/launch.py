"""The first lines of every child: die with the parent, give up root if told so, then become the program.

Runs as a script under `python -I -S` before anything else, so it imports the standard library only:

    launch.py --parent PID [--death-signal N] [--user UID:GID] [--pass-through] -- PROGRAM ARG…

`--pass-through` keeps, after root is given up, the one capability that lets a process pass through directories that
are closed to it (CAP_DAC_READ_SEARCH, else CAP_DAC_OVERRIDE): a checkout below a root-only home stays usable without
opening that home to anybody. See capabilities(7), prctl(2) PR_CAP_AMBIENT.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Sets(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def _prctl(*arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    padded = [*arguments, 0, 0, 0, 0][:5]
    if libc.prctl(*(ctypes.c_ulong(value) for value in padded)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _permitted() -> int:
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - pathlib is slow to import here
        line = next(line for line in status if line.startswith("CapPrm:"))
    return int(line.split()[1], 16)


def _keep_only(capability: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    bit = 1 << capability
    header = _Header(CAPABILITY_VERSION_3, 0)
    sets = (_Sets * 2)(_Sets(bit, bit, bit), _Sets(0, 0, 0))
    if libc.capset(ctypes.byref(header), ctypes.byref(sets)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability)


def give_up_root(uid: int, gid: int, *, pass_through: bool) -> None:
    """Become another user for good.

    Raises:
        OSError: this process may not, or has no capability to pass through with.
    """
    keep = None
    if pass_through:
        permitted = _permitted()
        held = [cap for cap in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if permitted >> cap & 1]
        if not held:
            raise PermissionError("no capability to pass through closed directories")
        keep = held[0]
        _prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setregid(gid, gid)
    os.setreuid(uid, uid)
    if keep is not None:
        _keep_only(keep)


def main(arguments: list[str]) -> None:
    """Read the arguments, then become the program; exits 126 with a reason if that fails."""
    split = arguments.index("--")
    options, program = arguments[:split], arguments[split + 1 :]
    values = {name: options[i + 1] for i, name in enumerate(options) if i + 1 < len(options)}
    try:
        if "--user" in values:
            uid, gid = (int(part) for part in values["--user"].split(":"))
            give_up_root(uid, gid, pass_through="--pass-through" in options)
        if "--death-signal" in values and sys.platform == "linux":
            _prctl(PR_SET_PDEATHSIG, int(values["--death-signal"]))
            if os.getppid() != int(values["--parent"]):  # the parent died before the line above
                sys.exit(0)
        os.execv(program[0], program)
    except OSError as exc:
        sys.stderr.write(f"launch: cannot start {program[0]}: {exc}\n")
        sys.exit(126)


if __name__ == "__main__":
    main(sys.argv[1:])

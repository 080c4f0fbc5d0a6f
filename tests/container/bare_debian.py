"""A bare Debian root in which the steps of the container recipe run without a container engine."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

# What makes pip and apt reach their servers from this machine is no part of the recipe.
LENT_FILES = {
    "/etc/resolv.conf": "etc/resolv.conf",
    "/etc/pip.conf": "etc/pip.conf",
    # Debian's own bundle appears, with Debian's certificates alone, once that package is installed.
    "/etc/ssl/certs/ca-certificates.crt": "etc/lent-certificates.crt",
}
LENT_VARIABLES = ("PIP_", "http_proxy", "https_proxy", "no_proxy")
# Private to the commands, so that nothing stays mounted whatever becomes of the test.
ENTER = (
    'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && '
    'exec /usr/sbin/chroot "$0" /bin/sh -eu -c "$1"'
)


def make_root(folder: Path, suite: str) -> None:
    """A root of the packages that Debian itself cannot do without, as a slim image has them.

    Skips the test where that cannot be made.
    """
    if os.geteuid() != 0:
        pytest.skip("a bare Debian root needs the rights of root")
    if missing := [name for name in ("debootstrap", "unshare") if shutil.which(name) is None]:
        pytest.skip(f"no {', '.join(missing)} here; apt-get install debootstrap")
    made = run(["debootstrap", "--variant=minbase", suite, str(folder)])
    if made.returncode != 0:
        pytest.skip(f"debootstrap: {made.stdout.strip().splitlines()[-1]}")
    for name, place in LENT_FILES.items():
        if Path(name).is_file():
            shutil.copy(name, folder / place)
    entered = enter(folder, "true")
    if entered.returncode != 0:
        pytest.skip(f"mounting is not permitted here: {entered.stdout.strip()}")


def run(command: list[str], **options) -> subprocess.CompletedProcess:
    """Run a command; what it says is its stdout."""
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
        **options,
    )


def enter(root: Path, command: str, **environment: str) -> subprocess.CompletedProcess:
    """Run a shell command inside a root, with what this machine lends of its environment."""
    lent = {name: value for name, value in os.environ.items() if name.startswith(LENT_VARIABLES)}
    if "PIP_CERT" in lent:
        lent["PIP_CERT"] = "/etc/lent-certificates.crt"
    return run(
        ["unshare", "--mount", "sh", "-c", ENTER, str(root), command],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", **lent, **environment},
    )

"""Archives of campaigns: one zip whose bytes depend on its files alone, with a checksum of each.

`sha256sum --check SHA256SUMS` checks an unpacked archive without castline.
"""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from castline.base.errors import InputError
from castline.base.files import publishing

SUMS = "SHA256SUMS"
# The first date that a zip can hold: when a file was written is no part of a result.
DATE = (1980, 1, 1, 0, 0, 0)
COMPRESSED = {".gz", ".png", ".zip"}
MAX_BYTES = 50e9


def write_archive(path: Path, files: Mapping[str, Path | bytes]) -> None:
    """Pack files under their names in the archive; it appears whole or not at all.

    Parameters
    ----------
    files : path, or content, by name in the archive.
    """
    sums = []
    with publishing(path) as beside, zipfile.ZipFile(beside, "w") as archive:
        for name in sorted(files):
            content = files[name]
            content = content.read_bytes() if isinstance(content, Path) else content
            sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
            archive.writestr(_entry(name), content)
        archive.writestr(_entry(SUMS), "".join(sums))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, DATE)
    entry.external_attr = 0o644 << 16
    stored = PurePosixPath(name).suffix in COMPRESSED
    entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    return entry


def unpack(path: Path, folder: Path) -> list[str]:
    """Unpack an archive whose every file has its checksum; names of the files but the checksums'.

    Raises
    ------
    InputError
        It is no such archive: one line names the first file that is missing, extra, or other than
        its checksum says.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(path, archive.infolist())
            archive.extractall(folder)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as fault:
        raise InputError(f"{path}: cannot be unpacked: {fault}") from None
    if not (folder / SUMS).is_file():
        raise InputError(f"{path}: has no {SUMS}; it is no archive of castline")
    sums = {}
    for line in (folder / SUMS).read_text("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        sums[name] = digest
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {SUMS}
    for name in sorted(there ^ set(sums)):
        what = "has no checksum" if name in there else "is missing"
        raise InputError(f"{path}: {name}: {what}")
    for name, digest in sums.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            raise InputError(f"{path}: {name}: is not the file that was packed (SHA-256)")
    return sorted(sums)


def _check_entries(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse names that lead out of the folder, and more than a disk would hold."""
    for entry in entries:
        name = PurePosixPath(entry.filename)
        if name.is_absolute() or ".." in name.parts or "\\" in entry.filename:
            raise InputError(f"{path}: {entry.filename}: leads out of the archive")
    total = sum(entry.file_size for entry in entries)
    if total > MAX_BYTES:
        raise InputError(f"{path}: unpacks to {total / 1e9:.0f} GB; at most {MAX_BYTES / 1e9:.0f}")

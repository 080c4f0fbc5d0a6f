"""Outputs of a command: never onto an input or each other, all of them whole or none."""

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from castline.base.errors import InputError
from castline.base.files import publishing, read_json

IMAGES = {".tif", ".tiff", ".png", ".bmp"}


def check_outputs(outputs: dict[str, Path], inputs: Sequence[Path]) -> None:
    """Refuse before any work what would overwrite an input or another output, or cannot be written.

    Parameters
    ----------
    outputs : path by option.
    inputs : files and folders that are read.

    Raises
    ------
    InputError
    """
    seen: dict[Path, str] = {}
    for option, path in outputs.items():
        folder = path.resolve().parent
        if not folder.is_dir():
            raise InputError(f"{path.parent}: no such folder")
        if path.is_dir() or not os.access(folder, os.W_OK):
            raise InputError(f"{path}: cannot be written")
        real = path.resolve()
        if real in seen:
            raise InputError(f"{option} {path}: is the file of {seen[real]} too")
        seen[real] = option
        for source in inputs:
            _check_input(option, path, source)


def _check_input(option, path, source):
    if _is_same(path, source):
        raise InputError(f"{option} {path}: is the input {source}, which would be lost")
    if source.is_dir() and _is_same(path.parent, source):
        inside = any(_is_same(path, file) for file in source.iterdir())
        if inside and path.suffix.lower() in IMAGES:
            raise InputError(f"{option} {path}: is one of the slices, which would be lost")
        if path.suffix.lower() in IMAGES:
            raise InputError(f"{option} {path}: would be read as a slice of {source} next time")


def _is_same(one, other):
    return one.exists() and other.exists() and one.samefile(other)


def check_result(path: Path, images: Sequence[Path], axes: Sequence[str]) -> None:
    """Refuse to replace what is no result of this command, or one that has more axes.

    Raises
    ------
    InputError
    """
    if not path.exists():
        return
    try:
        old = read_json(path)
        known = isinstance(old, dict) and "castline" in old and {"axes", "images"} & set(old)
    except (OSError, ValueError):
        known = False
    if not known:
        raise InputError(
            f"{path}: is there and is no result of castline conductivity; name another with --json"
        )
    same = Path(str(old.get("image", ""))).name in {image.name for image in images}
    lost = [axis for axis in old.get("axes", {}) if axis not in axes]
    if same and lost:
        raise InputError(
            f"{path}: holds the result along {', '.join(lost)}, which would be lost; name another "
            "with --json, or use --axis all"
        )


def publish(outputs: dict[str, Path], writers: dict[str, Callable[[Path], None]]) -> None:
    """Write every output beside its place, then put all into place.

    Parameters
    ----------
    outputs : path by option.
    writers : by option, what writes a file.

    Raises
    ------
    InputError
        If one cannot be written; none is there then.
    """
    with contextlib.ExitStack() as stack:
        for option, write in writers.items():
            path = outputs[option]
            try:
                beside = stack.enter_context(publishing(path))
                write(beside)
            except OSError as error:
                raise InputError(f"{path}: cannot be written: {error.strerror}") from error

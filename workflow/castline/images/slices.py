"""Folders of slices: one file a slice, in the order of the numbers in their names."""

import re

import numpy as np

from castline.base.errors import InputError, printable
from castline.images.volume import Volume, ordered, with_spacing

PILLOW = (".png", ".bmp")
TIFF = (".tif", ".tiff")
SLICES = ("zyx", "slices: files along z, rows y, columns x")


def read_slices(folder, order=None) -> Volume:
    """Read a folder of .tif, .png or .bmp slices of one shape and type.

    Files of other kinds and hidden ones are left alone.

    Raises
    ------
    InputError
        If names differ in more than one number, a number is missing or there twice, kinds are
        mixed, or a slice is damaged, coloured or unlike the first.
    """
    files = in_order(folder)
    slices, spacings = [], []
    for file in files:
        values, spacing = _read_slice(file)
        if values.ndim != 2:
            raise InputError(f"{file}: a slice must be 2-D, this one has shape {values.shape}")
        if slices and (values.shape != slices[0].shape or values.dtype != slices[0].dtype):
            raise InputError(
                f"{file}: a slice must be 2-D of shape {slices[0].shape} and type "
                f"{slices[0].dtype} as the first, got {values.shape}, {values.dtype}"
            )
        slices.append(values)
        spacings.append(spacing)
    volume = ordered(np.stack(slices), folder, order, None, SLICES)
    if any(spacing != spacings[0] for spacing in spacings):
        raise InputError(f"{folder}: its slices declare different pixel sizes")
    if spacings[0] is None:
        return volume
    edges, unit_m, source = spacings[0]
    by_page_row_column = (edges["z"], edges["y"], edges["x"])
    return with_spacing(volume, by_page_row_column, unit_m, source)


def in_order(folder):
    """Slices of a folder by the one number that varies in their names, without gaps.

    Raises
    ------
    InputError
    """
    files = sorted(
        file
        for file in folder.iterdir()
        if file.suffix.lower() in PILLOW + TIFF and not file.name.startswith(".")
    )
    if not files:
        raise InputError(f"{folder}: the folder holds no .tif, .png or .bmp slices")
    kinds = {".tif" if file.suffix.lower() in TIFF else file.suffix.lower() for file in files}
    if len(kinds) > 1:
        raise InputError(f"{folder}: slices of different kinds: {', '.join(sorted(kinds))}")
    if len(files) == 1:
        return files
    by_number = {}
    numbers, column = _numbers(folder, files)
    for file, row in zip(files, numbers, strict=True):
        if row[column] in by_number:
            other = by_number[row[column]].name
            raise InputError(f"{file}: slice {row[column]} is there twice, as {other} too")
        by_number[row[column]] = file
    low, high = min(by_number), max(by_number)
    if high - low >= len(by_number):
        missing = next(number for number in range(low, high) if number not in by_number)
        raise InputError(
            f"{folder}: slice {missing} is missing between {by_number[low].name} and "
            f"{by_number[high].name}"
        )
    return [by_number[number] for number in range(low, high + 1)]


def _numbers(folder, files):
    """Numbers in each name, and which of them counts the slices."""
    texts, numbers = [], []
    for file in files:
        parts = re.split(r"([0-9]+)", file.stem)
        texts.append([part.lower() for part in parts[0::2]])
        numbers.append([int(part) for part in parts[1::2]])
    for file, text in zip(files, texts, strict=True):
        if text != texts[0]:
            raise InputError(
                f"{file}: not named like {files[0].name}; a folder holds the slices of one image, "
                "whose names differ in one number"
            )
    varying = [k for k in range(len(numbers[0])) if len({row[k] for row in numbers}) > 1]
    if len(varying) == 0:
        raise InputError(f"{files[1]}: has the same number as {files[0].name}")
    if len(varying) > 1:
        raise InputError(
            f"{folder}: names of the slices differ in {len(varying)} numbers, such as "
            f"{files[0].name} and {files[-1].name}; they must differ in one"
        )
    return numbers, varying[0]


def _read_slice(path):
    if path.suffix.lower() in TIFF:
        from castline.images.tiff import read_slice

        return read_slice(path)
    return read_picture(path), None


def read_picture(path):
    """Read a grey, bilevel or palette PNG or BMP: array (rows, columns) of its stored numbers.

    Raises
    ------
    InputError
        If it is damaged or coloured.
    """
    from PIL import Image

    try:
        with Image.open(path) as picture:
            picture.verify()  # checksums, which loading it leaves out
        with Image.open(path) as picture:
            mode = picture.mode
            values = np.array(picture)
    except MemoryError:
        raise
    except Exception as error:  # Pillow's plugins raise SyntaxError, struct.error and others
        raise InputError(f"{path}: damaged picture: {printable(str(error), 200)}") from None
    if values.ndim != 2:
        raise InputError(f"{path}: a colour picture ({mode}); save one channel of labels")
    return values

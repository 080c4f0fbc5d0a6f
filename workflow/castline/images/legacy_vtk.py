"""Legacy VTK files (.vtk) of regular images, STRUCTURED_POINTS, read without VTK.

Both encodings and all attributes of versions 1 to 5
(https://docs.vtk.org/en/latest/vtk_file_formats/vtk_legacy_file_format.html).
"""

import math
from functools import partial
from urllib.parse import unquote

import numpy as np

from castline.images.vti import DamagedError, Grid, numbers

TYPES = {
    **{"unsigned_char": "u1", "char": "i1", "vtktypeuint8": "u1", "vtktypeint8": "i1"},
    **{"unsigned_short": "u2", "short": "i2", "vtktypeuint16": "u2", "vtktypeint16": "i2"},
    **{"unsigned_int": "u4", "int": "i4", "vtktypeuint32": "u4", "vtktypeint32": "i4"},
    **{"unsigned_long": "u8", "long": "i8", "vtktypeuint64": "u8", "vtktypeint64": "i8"},
    **{"float": "f4", "double": "f8", "vtkidtype": "i4"},
}
# Attributes with so many numbers for each point or cell.
FIXED = {"VECTORS": 3, "NORMALS": 3, "TENSORS": 9, "TENSORS6": 6}
SINGLE = ("GLOBAL_IDS", "PEDIGREE_IDS", "EDGE_FLAGS")


def read_grid(content: bytes) -> Grid:
    """The image in a .vtk file.

    Raises
    ------
    DamagedError
        The content is no such file, or not as long as it says.
    """
    return _Reader(content).grid()


class _Reader:
    def __init__(self, content):
        self.content, self.at = content, 0
        self._line(), self._line()  # version, and a title
        encoding = self._line().upper()
        if encoding not in ("ASCII", "BINARY"):
            raise DamagedError("neither ASCII nor BINARY")
        self.binary = encoding == "BINARY"

    def grid(self):
        image = {"ORIGIN": (0.0,) * 3, "SPACING": (1.0,) * 3}
        data = {"FIELDS": {}, "CELL_DATA": {}, "POINT_DATA": {}}
        section, count = "FIELDS", None
        while (line := self._next_line()) is not None:
            key, *words = line.split()
            key = key.upper()
            if key == "DATASET":
                continue
            if key == "DIMENSIONS":
                image[key] = numbers(" ".join(words), 3, int, key)
            elif key in ("ORIGIN", "SPACING", "ASPECT_RATIO"):
                key = "SPACING" if key == "ASPECT_RATIO" else key
                image[key] = numbers(" ".join(words), 3, float, key)
            elif key in ("CELL_DATA", "POINT_DATA"):
                section, (count,) = key, numbers(" ".join(words), 1, int, key)
                if "DIMENSIONS" not in image or count != _count(image["DIMENSIONS"], key):
                    raise DamagedError(f"{key} of {count} does not fit to its dimensions")
            elif key == "METADATA":
                self._skip_metadata()
            elif key == "LOOKUP_TABLE":
                (size,) = numbers(" ".join(words[1:]), 1, int, key)
                self._array("unsigned_char" if self.binary else "float", size, 4)
            else:
                data[section] |= self._attribute(key, words, count)
        if "DIMENSIONS" not in image:
            raise DamagedError("it has no DIMENSIONS")
        return Grid(
            extent=tuple(end for n in image["DIMENSIONS"] for end in (0, n - 1)),
            spacing=image["SPACING"],
            origin=image["ORIGIN"],
            direction=np.eye(3),
            cells={name: partial(_same, a) for name, a in data["CELL_DATA"].items()},
            points={name: partial(_same, a) for name, a in data["POINT_DATA"].items()},
            fields={name: partial(_same, a) for name, a in data["FIELDS"].items()},
        )

    def _attribute(self, key, words, count):
        if key == "FIELD" and len(words) == 2:
            return self._field_arrays(words[1], count)
        if count is None or not words:
            raise DamagedError(f"{key[:30]!r} where the data of points or cells should be")
        name = unquote(words[0])
        if key == "SCALARS" and len(words) in (2, 3):
            (components,) = numbers(words[2] if words[2:] else "1", 1, int, key)
            before = self.at
            if not (self._next_line() or "").upper().startswith("LOOKUP_TABLE"):
                self.at = before
            return {name: self._array(words[1], count, components)}
        if key == "COLOR_SCALARS" and len(words) == 2:
            (components,) = numbers(words[1], 1, int, key)
            if self.binary:
                return {name: self._array("unsigned_char", count, components)}
            # bytes too, but written as shares of 255
            return {name: np.rint(255 * self._array("float", count, components)).astype(np.uint8)}
        if key in FIXED and len(words) == 2:
            return {name: self._array(words[1], count, FIXED[key])}
        if key in SINGLE and len(words) == 2:
            return {name: self._array(words[1], count, 1)}
        if key == "TEXTURE_COORDINATES" and len(words) == 3:
            (components,) = numbers(words[1], 1, int, key)
            return {name: self._array(words[2], count, components)}
        raise DamagedError(f"{key[:30]!r} where the data of points or cells should be")

    def _field_arrays(self, number, count):
        arrays = {}
        (number,) = numbers(number, 1, int, "FIELD")
        for _ in range(number):
            words = (self._next_line() or "").split()
            if words and words[0].upper() == "METADATA":
                self._skip_metadata()
                words = (self._next_line() or "").split()
            if len(words) != 4:
                raise DamagedError("a FIELD has fewer arrays than it says")
            components, tuples = numbers(" ".join(words[1:3]), 2, int, "FIELD")
            if count is not None and tuples != count:
                raise DamagedError(f"a FIELD of {tuples} among data of {count}")
            arrays[unquote(words[0])] = self._array(words[3], tuples, components)
        return arrays

    def _array(self, kind, tuples, components):
        if tuples < 0 or components < 1:
            raise DamagedError("an array has less than no numbers")
        values = self._numbers(kind.lower(), tuples * components)
        return values if components == 1 else values.reshape(tuples, components)

    def _numbers(self, kind, count):
        if kind == "bit":
            return self._bits(count)
        if kind not in TYPES:
            raise DamagedError(f"numbers of type {kind[:30]!r}")
        dtype = np.dtype(TYPES[kind])
        if self.binary:
            content = self._bytes(count * dtype.itemsize)
            return np.frombuffer(content, dtype.newbyteorder(">")).astype(dtype)
        return self._words(count, dtype)

    def _bits(self, count):
        if not self.binary:
            return self._words(count, np.dtype("u1"))
        return np.unpackbits(np.frombuffer(self._bytes(-(-count // 8)), np.uint8), count=count)

    def _words(self, count, dtype):
        *words, rest = [*self.content[self.at :].split(None, count), b""][: count + 1]
        if len(words) < count:
            raise DamagedError("its data end too early")
        self.at = len(self.content) - len(rest)
        try:
            return np.array([word.decode("ascii") for word in words], dtype)
        except (ValueError, OverflowError):
            raise DamagedError("a word where numbers should be") from None

    def _bytes(self, size):
        content = self.content[self.at : self.at + size]
        self.at += size
        # any bytes can be numbers: where they end shows whether some are missing or too many
        if len(content) < size or self.content[self.at : self.at + 1] not in (b"\n", b""):
            raise DamagedError("its data are not as long as it says")
        return content

    def _skip_metadata(self):
        while self.at < len(self.content) and self._line():
            pass

    def _next_line(self):
        """The next line that is not empty, None at the end."""
        while self.at < len(self.content):
            if line := self._line():
                return line
        return None

    def _line(self):
        end = self.content.find(b"\n", self.at)
        end = len(self.content) if end < 0 else end
        line = self.content[self.at : end]
        self.at = end + 1
        return line.decode("latin-1").strip()


def _same(array):
    return array


def _count(dimensions, section):
    return math.prod(n if section == "POINT_DATA" else max(n - 1, 1) for n in dimensions)

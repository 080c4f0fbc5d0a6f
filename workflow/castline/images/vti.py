"""VTK image files in XML (.vti), read and written without VTK.

All that VTK writes of an image: numbers in ASCII, base64 or raw, as they are or compressed by zlib,
LZ4 or LZMA, of either byte order, in one piece or several (VTK XML formats,
https://docs.vtk.org/en/latest/vtk_file_formats/vtkxml_file_format.html).
"""

import base64
import binascii
import lzma
import math
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import numpy as np

TYPES = {
    **{f"Int{8 * n}": np.dtype(f"i{n}") for n in (1, 2, 4, 8)},
    **{f"UInt{8 * n}": np.dtype(f"u{n}") for n in (1, 2, 4, 8)},
    **{f"Float{8 * n}": np.dtype(f"f{n}") for n in (4, 8)},
}
NAMES = {dtype: name for name, dtype in TYPES.items()} | {np.dtype(bool): "UInt8"}
BLOCK_BYTES = 32768


class DamagedError(ValueError):
    """The file is not what it says; the message says why."""


@dataclass(frozen=True)
class Grid:
    """An image of VTK.

    Attributes
    ----------
    extent : first and last point along x, y and z.
    spacing, origin : (3,), in the unit of the file.
    direction : (3, 3), columns are the directions of x, y and z in space.
    cells, points : read the data of a name, (n,) or (n, components), the first axis fastest.
    fields : the same of data that belong to the whole image.
    """

    extent: tuple[int, ...]
    spacing: tuple[float, ...]
    origin: tuple[float, ...]
    direction: np.ndarray
    cells: Mapping[str, Callable[[], np.ndarray]]
    points: Mapping[str, Callable[[], np.ndarray]]
    fields: Mapping[str, Callable[[], np.ndarray]] = field(default_factory=dict)

    @property
    def dimensions(self) -> tuple[int, ...]:
        """Points along x, y and z."""
        return _points(self.extent)

    @property
    def cell_shape(self) -> tuple[int, ...]:
        """Cells along x, y and z; an image of one layer of points has one layer of cells."""
        return tuple(max(n - 1, 1) for n in self.dimensions)


def _points(extent):
    return tuple(high - low + 1 for low, high in zip(extent[::2], extent[1::2], strict=True))


def numbers(text: str | None, count: int, kind: type, what: str) -> tuple:
    """So many finite numbers of an attribute.

    Raises
    ------
    DamagedError
        The text does not hold them.
    """
    try:
        values = tuple(kind(word) for word in (text or "").split())
    except ValueError:
        values = ()
    if len(values) != count or not all(map(math.isfinite, values)):
        raise DamagedError(f"{what} is not {count} numbers")
    return values


def read_grid(content: bytes) -> Grid:
    """The image in a .vti file; its data are read when they are asked for.

    Raises
    ------
    DamagedError
        The content is no such file.
    """
    head, mark, tail = content.partition(b"<AppendedData")
    if b"<!DOCTYPE" in head:
        raise DamagedError("it defines XML entities of its own")
    try:
        root = ElementTree.fromstring(head + b"</VTKFile>" if mark else head)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise DamagedError(f"no XML: {error}") from None
    image = root.find("ImageData")
    if root.tag != "VTKFile" or image is None:
        raise DamagedError("no image of equal voxels")
    source = _Source(root, tail)
    extent = numbers(image.get("WholeExtent"), 6, int, "WholeExtent")
    direction = image.get("Direction", "1 0 0 0 1 0 0 0 1")
    pieces = image.findall("Piece")
    return Grid(
        extent,
        numbers(image.get("Spacing"), 3, float, "Spacing"),
        numbers(image.get("Origin"), 3, float, "Origin"),
        np.array(numbers(direction, 9, float, "Direction")).reshape(3, 3),
        cells=_data(pieces, "CellData", extent, 0, source),
        points=_data(pieces, "PointData", extent, 1, source),
        fields={
            name: partial(source.array, element, None)
            for name, element in _arrays(image.find("FieldData")).items()
        },
    )


def _arrays(section):
    """Arrays of numbers in a section, by name."""
    found = () if section is None else section.findall("DataArray")
    return {array.get("Name", ""): array for array in found if array.get("type") in TYPES}


def _data(pieces, section, whole, points, source):
    """How to read each array that all pieces of an image have; with `points` one more each way."""
    sections = [_arrays(piece.find(section)) for piece in pieces]
    if not sections:
        return {}
    extents = [numbers(p.get("Extent"), 6, int, "the Extent of a piece") for p in pieces]
    return {
        name: partial(_assembled, [s[name] for s in sections], extents, whole, points, source)
        for name in sections[0]
        if all(name in section for section in sections)
    }


def _assembled(arrays, extents, whole, points, source):
    def shape_of(extent):
        return tuple(n if points else max(n - 1, 1) for n in _points(extent))

    parts = [source.array(a, math.prod(shape_of(e))) for a, e in zip(arrays, extents, strict=True)]
    if extents == [whole]:
        return parts[0]
    result = np.zeros((*shape_of(whole), *parts[0].shape[1:]), parts[0].dtype)
    missing = np.ones(shape_of(whole), bool)
    for part, extent in zip(parts, extents, strict=True):
        shape = shape_of(extent)
        starts = [low - first for low, first in zip(extent[::2], whole[::2], strict=True)]
        if min(starts) < 0 or part.shape[1:] != parts[0].shape[1:]:
            raise DamagedError("a piece does not fit into the image")
        place = tuple(slice(s, s + n) for s, n in zip(starts, shape, strict=True))
        if result[place].shape[:3] != shape:
            raise DamagedError("a piece does not fit into the image")
        result[place] = part.reshape(*shape, *part.shape[1:], order="F")
        missing[place] = False
    if missing.any():
        raise DamagedError("its pieces do not fill the image")
    return result.reshape(-1, *result.shape[3:], order="F")


class _Source:
    """Where the numbers of a file stand, and how they are written."""

    def __init__(self, root, tail):
        order = {"LittleEndian": "<", "BigEndian": ">"}.get(root.get("byte_order"))
        header = {"UInt32": "u4", "UInt64": "u8"}.get(root.get("header_type", "UInt32"))
        if order is None or header is None:
            raise DamagedError("its byte order or its header type is not known")
        self.order, self.header = order, np.dtype(order + header)
        compressor = root.get("compressor")
        if compressor and compressor not in DECOMPRESSORS:
            raise DamagedError(f"{compressor[:60]} is no compression of VTK")
        self.decompress = DECOMPRESSORS[compressor] if compressor else None
        tag, _, rest = tail.partition(b">")
        self.raw = b'"raw"' in tag or b"'raw'" in tag
        # the data begin after an underscore, and end before the last tags
        self.appended = rest.partition(b"_")[2]
        self.appended = self.appended[: max(self.appended.rfind(b"</AppendedData>"), 0)]

    def array(self, element, tuples):
        """Numbers of an array: (tuples,), or (tuples, components) where each has several."""
        dtype = TYPES[element.get("type")]
        (components,) = numbers(element.get("NumberOfComponents", "1"), 1, int, "a number")
        if tuples is None:
            (tuples,) = numbers(element.get("NumberOfTuples", "1"), 1, int, "a number")
        if components < 1 or tuples < 0:
            raise DamagedError("an array has less than no numbers")
        form = element.get("format")
        if form == "ascii":
            values = self._ascii(element.text or "", dtype)
        elif form == "binary":
            text = "".join((element.text or "").split()).encode("ascii", "replace")
            values = self._decoded(_base64, text, tuples * components, dtype)
        elif form == "appended":
            (offset,) = numbers(element.get("offset"), 1, int, "an offset")
            if not 0 <= offset < len(self.appended):
                raise DamagedError("an offset lies behind the data")
            take = _plain if self.raw else _base64
            values = self._decoded(take, self.appended[offset:], tuples * components, dtype)
        else:
            raise DamagedError("an array is neither ascii, binary nor appended")
        if values.size != tuples * components:
            raise DamagedError(f"{tuples * components} numbers promised, {values.size} found")
        return values if components == 1 else values.reshape(tuples, components)

    @staticmethod
    def _ascii(text, dtype):
        try:
            return np.array(text.split(), dtype)
        except (ValueError, OverflowError):
            raise DamagedError("a word where numbers should be") from None

    def _decoded(self, take, data, count, dtype):
        """Numbers of encoded data; `take` gives the first bytes of it, and what is left."""
        size = count * dtype.itemsize
        width = self.header.itemsize
        if self.decompress is None:
            # the length and the data are encoded in one
            content, _ = take(data, width + size)
            (length,) = np.frombuffer(content[:width], self.header)
            if length != size:
                raise DamagedError(f"{size} bytes promised, {length} found")
            content = content[width:]
        else:
            content = self._decompressed(take, data, size, width)
        return np.frombuffer(content, dtype.newbyteorder(self.order)).astype(dtype)

    def _decompressed(self, take, data, size, width):
        first, _ = take(data, 3 * width)
        blocks, block, last = (int(n) for n in np.frombuffer(first, self.header))
        if blocks == 0 and size == 0:
            return b""
        whole = blocks - 1 if last else blocks
        if blocks < 1 or whole * block + last != size:
            raise DamagedError("its blocks are not as long as its numbers")
        header, data = take(data, (3 + blocks) * width)
        lengths = np.frombuffer(header, self.header)[3:].astype(object)
        packed, _ = take(data, sum(lengths))
        parts, at = [], 0
        for k, length in enumerate(lengths):
            wanted = last if last and k == blocks - 1 else block
            part = self.decompress(packed[at : at + length], wanted)
            if len(part) != wanted:
                raise DamagedError("a block is not as long as it says")
            parts.append(part)
            at += length
        return b"".join(parts)


def _plain(data, size):
    if size > len(data):
        raise DamagedError("its data end too early")
    return data[:size], data[size:]


def _base64(data, size):
    width = 4 * -(-size // 3)
    if width > len(data):
        raise DamagedError("its data end too early")
    try:
        return base64.b64decode(data[:width], validate=True)[:size], data[width:]
    except binascii.Error:
        raise DamagedError("its data are not base64") from None


def _zlib(block, size):
    try:
        unpack = zlib.decompressobj()
        part = unpack.decompress(block, size)
        if not unpack.eof and unpack.decompress(unpack.unconsumed_tail, 1):
            raise DamagedError("a block is longer than it says")
    except zlib.error as error:
        raise DamagedError(f"zlib: {error}") from None
    if not unpack.eof:
        raise DamagedError("a block is cut short")
    return part


def _lzma(block, size):
    try:
        unpack = lzma.LZMADecompressor()
        part = unpack.decompress(block, size)
    except lzma.LZMAError as error:
        raise DamagedError(f"LZMA: {error}") from None
    return part


def _lz4(block, size):
    import imagecodecs  # slow to import, seldom needed

    try:
        return bytes(imagecodecs.lz4_decode(block, out=size))
    except (imagecodecs.Lz4Error, ValueError) as error:
        raise DamagedError(f"LZ4: {error}") from None


DECOMPRESSORS = {
    "vtkZLibDataCompressor": _zlib,
    "vtkLZMADataCompressor": _lzma,
    "vtkLZ4DataCompressor": _lz4,
}


def vti_content(grid: Grid) -> bytes:
    """The content of a .vti file: raw, compressed by zlib, in one piece."""
    extent = " ".join(map(str, grid.extent))
    appended: list[bytes] = []

    def section(tag, arrays):
        lines, scalars = [], ""
        for name, read in arrays.items():
            values = np.asarray(read())
            kind = NAMES[values.dtype]
            components = 1 if values.ndim == 1 else values.shape[1]
            count = f'NumberOfComponents="{components}"'
            if tag == "FieldData":
                count += f' NumberOfTuples="{len(values)}"'
            elif components == 1 and not scalars:
                scalars = f" Scalars={quoteattr(name)}"
            lines.append(
                f'<DataArray type="{kind}" Name={quoteattr(name)} {count}'
                f' format="appended" offset="{sum(map(len, appended))}"/>'
            )
            appended.append(_packed(values.astype(TYPES[kind].newbyteorder("<"), copy=False)))
        return "\n".join([f"<{tag}{scalars}>", *lines, f"</{tag}>"]) if arrays else ""

    def attribute(name, values):
        return f'{name}="{" ".join(repr(float(v)) for v in np.ravel(values))}"'

    lines = [
        '<?xml version="1.0"?>',
        '<VTKFile type="ImageData" version="1.0" byte_order="LittleEndian" header_type="UInt64"'
        ' compressor="vtkZLibDataCompressor">',
        f'<ImageData WholeExtent="{extent}" {attribute("Origin", grid.origin)}'
        f" {attribute('Spacing', grid.spacing)} {attribute('Direction', grid.direction)}>",
        section("FieldData", grid.fields),
        f'<Piece Extent="{extent}">',
        section("PointData", grid.points),
        section("CellData", grid.cells),
        "</Piece>",
        "</ImageData>",
        '<AppendedData encoding="raw">',
        "_",
    ]
    head = "\n".join(line for line in lines if line).encode()
    return b"".join([head, *appended, b"\n</AppendedData>\n</VTKFile>\n"])


def _packed(values):
    content = values.tobytes()
    starts = range(0, len(content), BLOCK_BYTES)
    blocks = [zlib.compress(content[at : at + BLOCK_BYTES]) for at in starts]
    header = (len(blocks), BLOCK_BYTES, len(content) % BLOCK_BYTES, *map(len, blocks))
    return struct.pack(f"<{len(header)}Q", *header) + b"".join(blocks)

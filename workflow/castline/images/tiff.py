"""TIFF files: every page is read, along the axes and with the voxel size that the file declares."""

import contextlib
import logging
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np

from castline.base.errors import InputError, printable
from castline.images.volume import Volume, ordered, unit_in_metres, with_spacing

# Labels do not survive them.
LOSSY = {"JPEG", "OJPEG", "JPEG_LOSSY", "ALT_JPEG", "WEBP", "JPEGXR", "JPEGXR_NDPI", "LERC"}
# Kinds of series that come of appending pages to a file, not of images that are told apart in it.
APPENDED = {"shaped", "uniform", "generic"}
AXIS_NAMES = {"C": "channels", "T": "time frames", "S": "colour samples"}
PAGES = ("zyx", "TIFF: pages along z, rows y, columns x")


def read_tiff(path, order=None) -> Volume:
    """Read a TIFF stack.

    Series of pages that are alike are joined along z. Axes and voxel size are those of ImageJ,
    OME-XML or tifffile; pages without declared axes lie along z. The resolution tags of other TIFF
    files are a print size and are not used.

    Raises
    ------
    InputError
        If pages are missing, broken or of different kinds, if they are colours, channels or time
        frames, or if they are compressed in a way that changes labels.
    """
    with opened(path) as file:
        pages = list(file.pages)
        for page in pages:
            _check_page(path, page, pages[0])
        _check_tail(path, file, pages)
        values, axes, count = _joined(path, file, pages)
        spacing = _declared_spacing(file)
    values, axes = _without_single(values, axes)
    volume = _placed(path, values, axes, order)
    if count > 1:
        volume = replace(volume, notes=(f"{count} series of pages joined along z",))
    if spacing is None or values.ndim != 3:
        return volume
    edges, unit_m, source = spacing
    return with_spacing(volume, [edges[axis] for axis in volume.axes], unit_m, source)


def read_slice(path):
    """Read a TIFF file of one page: array (rows, columns), and its spacing as `read_tiff` finds it.

    Raises
    ------
    InputError
        As `read_tiff`, and if there is more than one page.
    """
    with opened(path) as file:
        pages = list(file.pages)
        for page in pages:
            _check_page(path, page, pages[0])
        _check_tail(path, file, pages)
        if len(pages) != 1:
            raise InputError(f"{path}: a slice must have one page, this file has {len(pages)}")
        values = _upright(pages[0].asarray(), pages[0])
        return values, _declared_spacing(file)


@contextlib.contextmanager
def opened(path):
    """An open TiffFile; what tifffile only logs, such as a broken chain of pages, is an error."""
    import tifffile

    logger, messages = tifffile.logger(), []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())
    before = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        with tifffile.TiffFile(path, _multifile=False) as file:
            yield file
    except (InputError, MemoryError):
        raise
    except (
        Exception
    ) as error:  # of tifffile, its codecs, struct, zlib: whatever a damaged file hits
        reason = messages[0] if messages else error
        raise InputError(f"{path}: damaged TIFF file: {printable(str(reason), 200)}") from None
    finally:
        logger.removeHandler(handler)
        logger.propagate = before
    if messages:
        raise InputError(f"{path}: damaged TIFF file: {printable(messages[0], 200)}")


def _check_page(path, page, first):
    name = f"{path}: page {page.index}"
    if page.is_reduced or page.is_mask:
        raise InputError(f"{name} is a smaller copy or a mask of another page; keep the stack only")
    if page.shape != first.shape or page.dtype != first.dtype:
        raise InputError(
            f"{name} is {page.shape} of {page.dtype}, the first {first.shape} of {first.dtype}; "
            "all pages must be alike"
        )
    if page.tags.valueof("Orientation", 1) not in (1, 2, 3, 4):
        raise InputError(f"{name} is stored turned by 90 degrees (orientation); save it upright")
    if page.compression.name in LOSSY:
        raise InputError(f"{name} is compressed with {page.compression.name}, which changes labels")
    if page.photometric.name == "MINISWHITE" and page.bitspersample != 1:
        raise InputError(
            f"{name} is stored as white-is-zero, which programs read in two ways; save it as "
            "black-is-zero"
        )
    size = page.parent.filehandle.size
    for offset, length in zip(page.dataoffsets, page.databytecounts, strict=True):
        if length == 0 or offset + length > size:
            raise InputError(f"{name} is cut short: the file ends at byte {size}")


def _check_tail(path, file, pages):
    """Refuse whole pages at the end of the file that the chain of pages does not reach."""
    end, size = 0, file.filehandle.size
    for page in [*pages, *(smaller for one in pages for smaller in one.pages or ())]:
        ends = [o + n for o, n in zip(page.dataoffsets, page.databytecounts, strict=True)]
        tags = [tag.valueoffset + tag.valuebytecount for tag in page.tags]
        directory = page.offset + 8 + 20 * (1 + len(page.tags))
        end = max([end, directory, *ends, *tags])
    if file.series and file.series[0].dataoffset is not None:
        end = max(end, *(s.dataoffset + s.nbytes for s in file.series if s.dataoffset is not None))
    if size - end > sum(pages[0].databytecounts) + 12 * len(pages[0].tags):
        raise InputError(
            f"{path}: the chain of pages ends after {len(pages)}, {size - end} bytes before the "
            "file does; pages are missing from it"
        )


def _joined(path, file, pages):
    """Values of all series, joined along their first axis; axes; the number of series."""
    series = file.series
    covered = sum(len(one.pages) for one in series)
    if covered != len(pages):
        raise InputError(
            f"{path}: its metadata describe images of {covered} pages, the file has {len(pages)}"
        )
    axes = series[0].axes
    if len(series) == 1:
        return _upright(series[0].asarray(), pages[0]), axes, 1
    plane = axes[-2:]
    if not {one.kind for one in series} <= APPENDED:
        raise InputError(
            f"{path}: holds {len(series)} images ({series[0].kind}); keep the one that is wanted"
        )
    if any(one.axes[-2:] != plane or one.ndim > 3 for one in series):
        shapes = ", ".join(f"{one.axes} {one.shape}" for one in series)
        raise InputError(f"{path}: its series of pages are not alike: {shapes}")
    parts = [_upright(one.asarray(), pages[0]) for one in series]
    parts = [part.reshape(-1, *part.shape[-2:]) for part in parts]
    first = axes[0] if len(axes) == 3 else "Q"
    return np.concatenate(parts), first + plane, len(series)


def _upright(values, page):
    """White is 1 in a bilevel page, however it is stored."""
    if page.photometric.name == "MINISWHITE":
        return ~values if values.dtype == np.bool_ else 1 - values
    return values


def _without_single(values, axes):
    """Drop axes of one entry other than x, y, z where there are more than three axes."""
    keep = list(range(values.ndim))
    for axis in range(values.ndim):
        if len(keep) > 3 and values.shape[axis] == 1 and axes[axis] not in "XYZ":
            keep.remove(axis)
    return values.reshape([values.shape[axis] for axis in keep]), "".join(axes[k] for k in keep)


def _placed(path, values, axes, order):
    declared = None
    if sorted(axes) == ["X", "Y", "Z"]:
        declared = axes.lower()
    elif "S" in axes:
        samples = values.shape[axes.index("S")]
        raise InputError(
            f"{path}: a colour image of {samples} samples a pixel, shape {values.shape}; save one "
            "channel of labels"
        )
    elif values.ndim == 3 and axes[0] in AXIS_NAMES and not order:
        raise InputError(
            f"{path}: declares {values.shape[0]} {AXIS_NAMES[axes[0]]}, no slices along z; "
            "--order zyx takes them as slices"
        )
    elif values.ndim > 3:
        raise InputError(
            f"{path}: a 3-D label image is needed, this one has axes {axes}, shape {values.shape}"
        )
    return ordered(values, path, order, declared, PAGES)


def _declared_spacing(file):
    """Edge lengths by axis, metres in a unit, and their source; None if nothing is declared."""
    if file.is_imagej:
        return _imagej_spacing(file)
    if file.is_ome:
        return _ome_spacing(file)
    return None


def _imagej_spacing(file):
    metadata = file.imagej_metadata or {}
    unit = str(metadata.get("unit", "")).encode("latin-1", "replace")
    unit_m = unit_in_metres(unit.decode("unicode_escape", "replace"))
    if unit_m is None:
        return None
    tags = file.pages[0].tags
    edges = {"z": metadata.get("spacing")}
    for axis, name in (("x", "XResolution"), ("y", "YResolution")):
        if name in tags:
            pixels, units = tags[name].value
            edges[axis] = units / pixels if pixels else float("inf")
        else:
            edges[axis] = None
    return edges, unit_m, "ImageJ"


def _ome_spacing(file):
    found = []
    for element in ElementTree.fromstring(file.ome_metadata).iter():
        if element.tag.rpartition("}")[2] != "Pixels":
            continue
        edges, units = {}, set()
        for axis in "xyz":
            size = element.get(f"PhysicalSize{axis.upper()}")
            unit = unit_in_metres(element.get(f"PhysicalSize{axis.upper()}Unit", "µm"))
            edges[axis] = None if size is None else float(size) * (unit or 1.0)
            if size is not None:
                units.add(unit)
        if units:
            found.append((edges, None if None in units else 1.0, "OME-XML"))
    if any(one != found[0] for one in found):
        raise InputError("its images have different voxel sizes")
    return found[0] if found else None

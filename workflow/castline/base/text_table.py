"""Tables of plain text."""

from collections.abc import Collection, Sequence


def aligned(
    header: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = ()
) -> list[str]:
    """Lines of a table: its header, a line of dashes, its rows.

    Parameters
    ----------
    right : columns that end at a common edge, such as numbers; all others start at one.
    """
    widths = [max(len(row[k]) for row in [header, *rows]) for k in range(len(header))]
    dashes = ["-" * width for width in widths]
    return [
        "  ".join(
            cell.rjust(width) if k in right else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [header, dashes, *rows]
    ]

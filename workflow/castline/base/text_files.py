"""Text files of instruments: their encoding, and what a user may say of how they are written."""

from typing import Literal

from pydantic import Field, field_validator

from castline.base.errors import InputError
from castline.base.files import read_bytes
from castline.base.sections import Section

MAX_BYTES = 100_000_000
ENCODINGS = ("utf-8", "utf-16", "latin-1", "cp1252", "mac-roman")
MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


class DelimitedText(Section):
    """How a text file is written; what is not given is guessed where it can be only one thing."""

    delimiter: Literal["comma", "semicolon", "tab", "space"] | None = Field(
        default=None, description="what parts the columns of a text file; guessed"
    )
    decimal: Literal["point", "comma"] | None = Field(
        default=None, description="decimal mark of a text file; guessed"
    )
    encoding: Literal[ENCODINGS] | None = Field(
        default=None, description="encoding of a text file; guessed: UTF-16, UTF-8, else latin-1"
    )
    comment: str = Field(
        default="#", min_length=1, max_length=4, description="begins lines that are no data"
    )
    table: int | list[int] | None = Field(
        default=None,
        description="which table of a text file with several, counted from 1 over those that have "
        "the columns; a list joins them",
    )

    @field_validator("table")
    @classmethod
    def counted_from_one(cls, value):
        if any(number < 1 for number in ([value] if isinstance(value, int) else value or [])):
            raise ValueError("tables are counted from 1")
        return value

    @property
    def wanted_tables(self) -> list[int]:
        """Tables that the user chose; empty where there was no choice."""
        return [self.table] if isinstance(self.table, int) else list(self.table or [])


PLAIN = DelimitedText()


def read_lines(path, encoding: str | None = None) -> list[str]:
    """Lines of a text file in the given encoding, or in what its first bytes tell.

    UTF-16 is known by its mark or by its zero bytes; else it is UTF-8, or Latin-1 as instruments
    still write it.

    Raises
    ------
    InputError
        The file is missing, cannot be read, is larger than `MAX_BYTES`, or is no text.
    """
    content = read_bytes(path, MAX_BYTES)
    if encoding is None:
        encoding = _encoding(content)
    elif encoding == "utf-8":
        encoding = "utf-8-sig"
    elif encoding == "utf-16" and content[:2] not in MARKS:
        encoding = _without_mark(content) or encoding
    try:
        text = content.decode(encoding)
    except UnicodeError as error:
        raise InputError(
            f"{path}: not text in {encoding} (byte {getattr(error, 'start', 0)}): give its encoding"
        ) from None
    if "\0" in text:
        raise InputError(f"{path}: not a text file: it has zero bytes; export it as text")
    # Not splitlines: a form feed or a Unicode separator within a field ends no line.
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


def _encoding(content: bytes) -> str:
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            return encoding
    if b"\0" in content[:1000] and (encoding := _without_mark(content)):
        return encoding
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _without_mark(content: bytes) -> str | None:
    """UTF-16 of mostly Western letters has a zero in every second byte."""
    start = content[:1000]
    half = max(1, len(start) // 2)
    if start[1::2].count(0) > 0.8 * half and start[0::2].count(0) == 0:
        return "utf-16-le"
    if start[0::2].count(0) > 0.8 * half and start[1::2].count(0) == 0:
        return "utf-16-be"
    return None

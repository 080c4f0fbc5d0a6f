"""What all YAML files of castline share: sections that refuse unknown keys, and field types."""

import typing
from pathlib import PurePath
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from castline.base.paths import SHIPPED

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
# Names become folders; labels stand in tables, where a spreadsheet would run a leading =.
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=40)]
Label = Annotated[str, Field(pattern=r"^[\w(][\w .,:/()+%-]*$", max_length=60)]


def _plain_path(value: str) -> str:
    if not value.strip() == value != "" or not value.isprintable() or set(value) & set("{}"):
        raise ValueError("must be a path without braces, control characters or outer blanks")
    shipped = PurePath(value.removeprefix(SHIPPED))
    if value.startswith(SHIPPED) and (shipped.is_absolute() or ".." in shipped.parts):
        raise ValueError(f"{SHIPPED} stands before the path of a file that castline ships")
    return value


# Paths become inputs of rules, where braces would be wildcards.
FilePath = Annotated[str, AfterValidator(_plain_path)]


class Section(BaseModel):
    """A section of a YAML file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def no_switch_for_a_number(cls, value, info):
        """YAML reads yes, no, on and off as switches, which would pass for 1 and 0."""
        if bool not in _types(cls.model_fields[info.field_name].annotation):
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, bool):
                    raise ValueError("yes, no, on, off, true and false are not allowed here")
        return value

    @classmethod
    def allowed_keys(cls, location: tuple) -> list[str]:
        """Keys of the section in which `location`, the path to a value, ends."""
        found: type[Section] = cls
        for part in location[:-1]:
            field = found.model_fields.get(part)
            inner = [t for t in _types(field.annotation) if _is_section(t)] if field else []
            found = inner[0] if inner else found
        return list(found.model_fields)


def _types(annotation) -> set:
    """All types that an annotation is made of."""
    inner = [_types(argument) for argument in typing.get_args(annotation)]
    return {annotation}.union(*inner)


def _is_section(kind) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)

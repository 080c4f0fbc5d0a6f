"""What all YAML files of castline share: sections that refuse unknown keys, and number types."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, lt=1)]


class Section(BaseModel):
    """A section of a YAML file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

"""Who made a campaign and on what terms others may use it, as repositories and citers read it.

Zenodo takes `.zenodo.json`, readers and reference managers `CITATION.cff` (Citation File Format
1.2.0).
"""

from typing import Annotated

import yaml
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from pydantic import Field, field_validator, model_validator

from castline import __version__
from castline.base.sections import Section

SPDX = "https://spdx.org/licenses/"
ORCID = "https://orcid.org/"
METHOD_DOI = "10.1002/batt.202400709"
Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^\S(.*\S)?$")]


class Creator(Section):
    """Who made the campaign: a person by both names, or a group by its one."""

    family_names: Line | None = Field(default=None, description="family names of a person")
    given_names: Line | None = Field(default=None, description="given names of a person")
    group: Line | None = Field(default=None, description="name of a group or an organisation")
    affiliation: Line | None = Field(default=None, description="where the person works")
    orcid: Annotated[str, Field(pattern=r"^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")] | None = Field(
        default=None, description="ORCID identifier, such as 0000-0002-1825-0097"
    )

    @model_validator(mode="after")
    def one_kind(self) -> "Creator":
        person = (self.family_names is not None, self.given_names is not None)
        if person[0] != person[1] or person[0] == (self.group is not None):
            raise ValueError("needs family_names and given_names, or group")
        return self

    @property
    def name(self) -> str:
        """As repositories sort names."""
        return self.group or f"{self.family_names}, {self.given_names}"


class PublicationConfig(Section):
    """What an archive of the campaign says about itself; `make archive` needs it."""

    title: Line = Field(description="title of the data set")
    description: Annotated[str, Field(min_length=1, max_length=5000)] = Field(
        description="what the campaign was made for"
    )
    creators: list[Creator] = Field(min_length=1, description="who made it, in this order")
    license: str = Field(description="licence of the data, an SPDX identifier such as CC-BY-4.0")
    keywords: list[Line] = Field(
        default=["battery", "solid-state", "cathode", "simulation"], description="keywords"
    )

    @field_validator("license")
    @classmethod
    def known(cls, value: str) -> str:
        try:
            known = canonicalize_license_expression(value)
        except InvalidLicenseExpression:
            known = None
        if known != value or " " in value or value.startswith("LicenseRef-"):
            raise ValueError(f"must be one identifier as {SPDX} lists it, such as CC-BY-4.0")
        return value

    @property
    def license_url(self) -> str:
        return f"{SPDX}{self.license}"


def zenodo(publication: PublicationConfig) -> dict:
    """Metadata of a data set as Zenodo reads them (`.zenodo.json`)."""
    return {
        "upload_type": "dataset",
        "title": publication.title,
        "description": publication.description,
        "creators": [
            {"name": creator.name, **_given(creator, affiliation="affiliation", orcid="orcid")}
            for creator in publication.creators
        ],
        "access_right": "open",
        "license": publication.license,
        "keywords": publication.keywords,
        "related_identifiers": [
            {"identifier": METHOD_DOI, "relation": "references", "scheme": "doi"}
        ],
        "notes": f"Made with castline {__version__}.",
    }


def citation(publication: PublicationConfig) -> str:
    """`CITATION.cff` of a data set, YAML."""
    authors = []
    for creator in publication.creators:
        names = {"family_names": "family-names", "given_names": "given-names", "group": "name"}
        author = _given(creator, **names, affiliation="affiliation")
        authors.append(author | ({"orcid": f"{ORCID}{creator.orcid}"} if creator.orcid else {}))
    content = {
        "cff-version": "1.2.0",
        "message": "If you use these data, please cite them.",
        "type": "dataset",
        "title": publication.title,
        "abstract": publication.description,
        "authors": authors,
        "license": publication.license,
        "keywords": publication.keywords,
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _given(creator: Creator, **names: str) -> dict[str, str]:
    """Those of a creator's values that are there, by the name they shall have."""
    values = {shown: getattr(creator, name) for name, shown in names.items()}
    return {shown: value for shown, value in values.items() if value is not None}

"""RO-Crate metadata (researchobject.org) of a campaign: what every file is and what made it."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from castline import __version__
from castline.results.publication import ORCID, PublicationConfig
from castline.results.schema import Table

METHOD = "https://doi.org/10.1002/batt.202400709"
# By ending, or by name where the ending does not tell.
KINDS = {
    ".csv": ("text/csv", "table"),
    ".json": ("application/json", "parameters, seed, versions and results of a stage"),
    ".gz": ("application/gzip", "particle state, LAMMPS text dump (um, pg)"),
    ".vti": ("application/xml", "label image (0 pore, 1 AM, 2 SE, 3 CBD), VTK image data"),
    ".data": ("text/plain", "particle state, LAMMPS data file (units micro)"),
    ".md": ("text/markdown", "what the columns of the tables mean"),
    "datapackage.json": (
        "application/json",
        "what the columns of the tables mean, for programs (Frictionless Data Package)",
    ),
    ".txt": ("text/plain", "summary beside the values that the study states"),
}


def crate_metadata(
    campaign: str,
    root: str | Path,
    files: list[str],
    programs: dict[str, str],
    tables: Mapping[str, Table],
    publication: PublicationConfig | None = None,
) -> dict:
    """JSON-LD of the campaign folder, to be written there as ro-crate-metadata.json.

    Parameters
    ----------
    campaign : name.
    root : the campaign's folder.
    files : paths below `root`.
    programs : version by name of the programs beside castline that made the files.
    tables : declarations by name.
    publication : title, creators and licence, where the campaign states them.
    """
    root = Path(root)
    crate = ROCrate()
    crate.name = f"castline campaign {campaign}"
    crate.description = (
        "Simulated manufacturing of solid-state battery composite cathodes: slurry, drying, "
        "calendering, effective conductivities."
    )
    crate.metadata.extra_terms = {"sha256": "https://schema.org/sha256"}
    method = crate.add(
        ContextEntity(crate, METHOD, properties={"@type": "ScholarlyArticle", "name": "method"})
    )
    crate.root_dataset["citation"] = method
    if publication is not None:
        _publish(crate, publication)
    parts = []
    for path in sorted(Path(file) for file in files):
        media_type, description = KINDS.get(path.name) or KINDS[path.suffix]
        if path.suffix == ".csv" and path.stem in tables:
            description = f"table, one row: {tables[path.stem].row}"
        properties = {
            "name": str(path.relative_to(root)),
            "description": description,
            "encodingFormat": media_type,
            "contentSize": str(path.stat().st_size),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        parts.append(crate.add_file(path, path.relative_to(root), properties=properties))
    made_by = [
        crate.add(
            ContextEntity(
                crate,
                f"#{name.lower()}",
                properties={
                    "@type": "SoftwareApplication",
                    "name": name,
                    "softwareVersion": version,
                },
            )
        )
        for name, version in {"castline": __version__, **programs}.items()
    ]
    crate.add_action(
        made_by, identifier="#campaign", result=parts, properties={"name": "campaign run"}
    )
    return crate.metadata.generate()


def _publish(crate: ROCrate, publication: PublicationConfig) -> None:
    """Title, description, creators and licence of the whole crate."""
    crate.name = publication.title
    crate.description = publication.description
    crate.keywords = publication.keywords
    crate.root_dataset["license"] = crate.add(
        ContextEntity(
            crate,
            publication.license_url,
            properties={"@type": "CreativeWork", "name": publication.license},
        )
    )
    creators = []
    for number, creator in enumerate(publication.creators, 1):
        identifier = f"{ORCID}{creator.orcid}" if creator.orcid else f"#creator-{number}"
        properties = {"@type": "Organization" if creator.group else "Person", "name": creator.name}
        if creator.affiliation is not None:
            properties["affiliation"] = creator.affiliation
        creators.append(crate.add(ContextEntity(crate, identifier, properties=properties)))
    crate.root_dataset["author"] = creators

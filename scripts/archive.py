"""One zip of the campaign, ready for a repository, with the files it was given."""

import json
from pathlib import Path

from castline.campaign.config import Campaign
from castline.campaign.given import given_files
from castline.campaign.script import run_script
from castline.exchange.archive import write_archive
from castline.results.publication import citation, zenodo


def main(report):
    target = Path(snakemake.output[0])
    campaign = Campaign.model_validate(snakemake.params.settings)
    results = map(Path, snakemake.input)
    files = {path.relative_to(target.parent).as_posix(): path for path in results}
    files |= given_files(campaign)
    files["CITATION.cff"] = citation(campaign.publication).encode()
    files[".zenodo.json"] = (json.dumps(zenodo(campaign.publication), indent=2) + "\n").encode()
    write_archive(target, files)
    report(f"{len(files)} files, {target.stat().st_size / 1e6:.1f} MB", show=True)


run_script(snakemake, main)

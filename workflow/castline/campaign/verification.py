"""Whether an archive's results follow from its particle states: made again, and compared.

Three steps, each from what the archive holds: recipes; images, structure and conductivities from
the states; tables, figures and descriptions from all of these. Simulations are not repeated.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from castline.base.errors import InputError
from castline.base.files import read_json
from castline.base.paths import PROJECT, WORKFLOW
from castline.campaign.config import Campaign
from castline.campaign.decided import ROUNDS
from castline.campaign.given import INPUTS, OURS, simulated_files
from castline.exchange.archive import unpack
from castline.line.order import LINE
from castline.results.publication import citation, zenodo

SETTINGS = "campaign.json"
# What differs from run to run and is no result: computing time and memory, and the day.
OF_THE_RUN = ("cost", "datePublished")
RECIPE = "recipe.json"


@dataclass
class Verdict:
    """Names of an archive's files by what their second making gave.

    Attributes
    ----------
    same : equal to the byte.
    same_result : equal but for computing time, memory and date.
    different : another content.
    not_made : the workflow ended without it.
    kept : not made again: simulated, or given.
    failures : last lines of the workflow where it failed.
    """

    same: list[str] = field(default_factory=list)
    same_result: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    not_made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Nothing differs and nothing is lacking."""
        return not (self.different or self.not_made or self.failures)


def verify(
    archive: Path, folder: Path, cores: int, report: Callable[[str], None] = lambda line: None
) -> Verdict:
    """Check an archive's checksums and make again in `folder`, which is empty, what can be.

    `report` is called with a line before each step.

    Raises
    ------
    InputError
        It is no archive of a campaign, or damaged.
    """
    packed = folder / "packed"
    names = unpack(archive, packed)
    if SETTINGS not in names:
        raise InputError(f"{archive}: has no {SETTINGS}; it holds no campaign")
    try:
        campaign = Campaign.model_validate(read_json(packed / SETTINGS))
    except ValueError as error:  # pydantic's, too
        first = str(error).splitlines()[0]
        raise InputError(
            f"{archive}: {SETTINGS}: is no campaign of this castline: {first}"
        ) from None
    root = folder / "results" / campaign.campaign
    verdict = Verdict()
    _compare_given(campaign, packed, names, verdict)
    now = time.time()
    given = [name for name in names if name.startswith(f"{INPUTS}/")]
    for name in given:
        if not name.startswith(f"{OURS}/"):
            _copy(packed / name, folder / name.removeprefix(f"{INPUTS}/"), now)
    electrodes = [name for name in names if name.split("/")[0] in campaign.matrix.psds]
    simulated = [name for name in electrodes if Path(name).name in simulated_files(LINE)]
    recipes = [name for name in electrodes if Path(name).name == RECIPE]
    rounds = [name for name in names if name.startswith(f"{ROUNDS}/")]
    verdict.kept += [*simulated, *rounds]
    for name in (*simulated, *rounds):
        _copy(packed / name, root / name, now)
    described = {*given, *electrodes, *rounds, *_terms(campaign)}
    for step in (
        recipes,
        [name for name in electrodes if name not in {*simulated, *recipes}],
        [name for name in names if name not in described],
    ):
        report(f"{len(step)} files are made again, the first of them {step[0] if step else '-'}")
        _make_again(step, packed, root, cores, verdict)
        for name in step:  # a difference is told once: the next step starts from the archive's own
            _copy(packed / name, root / name, now)
    return verdict


def _copy(source: Path, target: Path, date: float) -> None:
    """A copy of one date for all: Snakemake then finds no file older than what it is made from."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    os.utime(target, (date, date))


def _terms(campaign: Campaign) -> dict[str, bytes]:
    """Files that say whose the archive is, made again."""
    if campaign.publication is None:
        return {}
    metadata = json.dumps(zenodo(campaign.publication), indent=2) + "\n"
    return {
        "CITATION.cff": citation(campaign.publication).encode(),
        ".zenodo.json": metadata.encode(),
    }


def _compare_given(campaign: Campaign, packed: Path, names: list[str], verdict: Verdict) -> None:
    """What the archive was given, and says about itself, beside what this castline has."""
    ours = {
        name: PROJECT / name.removeprefix(f"{OURS}/") for name in names if name.startswith(OURS)
    }
    made = {name: path.read_bytes() for name, path in ours.items() if path.is_file()}
    made |= {name: content for name, content in _terms(campaign).items() if name in names}
    for name, content in made.items():
        same = (packed / name).read_bytes() == content
        (verdict.same if same else verdict.different).append(name)
    verdict.not_made += sorted(set(ours) - set(made))
    verdict.kept += [n for n in names if n.startswith(f"{INPUTS}/") and n not in ours]


def _make_again(names: list[str], packed: Path, root: Path, cores: int, verdict: Verdict) -> None:
    """Let the workflow make files of a campaign, and sort them by how they compare."""
    if not names:
        return  # Snakemake would make everything
    folder = root.parents[1]
    command = [
        sys.executable,
        "-m",
        "snakemake",
        *(f"{root.relative_to(folder)}/{n}" for n in names),
    ]
    command += ["--snakefile", str(WORKFLOW / "Snakefile"), "--configfile", str(packed / SETTINGS)]
    command += ["--cores", str(cores), "--rerun-triggers", "mtime", "--workflow-profile", "none"]
    command += ["--keep-going", "--nolock", "--quiet", "rules", "reason"]
    # An archive may come from anybody: no Python file that it was given is to be imported.
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).splitlines()
        told = [line for line in lines if " ERROR " in line or "Error" in line]
        verdict.failures += told or lines[-5:]
    for name in names:
        if not (root / name).is_file():
            verdict.not_made.append(name)
        else:
            _sort(name, (packed / name).read_bytes(), (root / name).read_bytes(), verdict)


def _sort(name: str, old: bytes, new: bytes, verdict: Verdict) -> None:
    if old == new:
        verdict.same.append(name)
    elif name.endswith(".json") and _result(json.loads(old)) == _result(json.loads(new)):
        verdict.same_result.append(name)
    else:
        verdict.different.append(name)


def _result(content):
    """A JSON content without what belongs to the run alone."""
    if isinstance(content, dict):
        return {key: _result(value) for key, value in content.items() if key not in OF_THE_RUN}
    if isinstance(content, list):
        return [_result(value) for value in content]
    return content


def verdict_lines(verdict: Verdict, many: int = 20) -> Iterable[str]:
    """The verdict as printed: a count a line, then the names of what does not agree.

    Parameters
    ----------
    many : names listed at most of each kind.
    """
    yield f"made again, equal to the byte                {len(verdict.same)} files"
    yield f"equal but for computing time and date        {len(verdict.same_result)} files"
    yield f"different                                    {len(verdict.different)} files"
    yield f"not made again: the workflow ended before    {len(verdict.not_made)} files"
    yield f"simulated or given, checksums hold           {len(verdict.kept)} files"
    for label, names in (("different", verdict.different), ("not made", verdict.not_made)):
        yield from (f"{label}: {name}" for name in names[:many])
        if len(names) > many:
            yield f"{label}: and {len(names) - many} more"
    yield from dict.fromkeys(verdict.failures)

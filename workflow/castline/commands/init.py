"""``castline init``: a folder for one's own campaign, on the castline that is installed."""

import re
import tempfile
from pathlib import Path

from castline import __version__
from castline.base.errors import InputError
from castline.base.paths import PROJECT, WORKFLOW

TEMPLATES = WORKFLOW / "init"
PROFILES = ("default", "slurm")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
CAMPAIGN = re.compile(r"^campaign: .*$", re.MULTILINE)
# The command line's --configfile replaces that of a profile; a Snakefile's own would be merged.
CONFIGFILE = "configfile:\n  - config/config.yaml\n"


def add(commands):
    """Add the sub-command to the parser's."""
    parser = commands.add_parser(
        "init",
        help="make a folder for a campaign of one's own",
        description="Make a folder with a commented campaign file, a Snakefile that loads the "
        "installed workflow, profiles and a README. In it, `snakemake` runs the campaign.",
    )
    parser.add_argument("folder", type=Path, help="folder to make; its name names the campaign")
    parser.add_argument(
        "--like",
        default="config",
        choices=sorted(path.stem for path in (PROJECT / "config").glob("*.yaml")),
        help="shipped campaign to start from; default: config, the demo with comments",
    )
    parser.set_defaults(run=_init)


def _init(arguments):
    folder = arguments.folder.absolute()
    write_folder(folder, campaign_files(folder.name, arguments.like))
    print(f"{arguments.folder}: edit config/config.yaml, then run snakemake there")


def campaign_files(campaign: str, like: str) -> dict[str, str]:
    """Texts of a campaign's folder by path in it.

    Raises
    ------
    InputError
        The campaign cannot be called so.
    """
    if not NAME.fullmatch(campaign):
        raise InputError(
            f"init: {campaign!r} names the campaign; allowed is a letter, then up to 39 letters, "
            "digits and _"
        )
    config = (PROJECT / "config" / f"{like}.yaml").read_text("utf-8")
    readme = (TEMPLATES / "README.md").read_text("utf-8")
    return {
        "Snakefile": (TEMPLATES / "Snakefile").read_text("utf-8"),
        "config/config.yaml": CAMPAIGN.sub(f"campaign: {campaign}", config, count=1),
        "README.md": readme.format(campaign=campaign, version=__version__),
        ".gitignore": (TEMPLATES / "gitignore").read_text("utf-8"),
        **{f"profiles/{name}/profile.yaml": _profile(name) for name in PROFILES},
    }


def _profile(name: str) -> str:
    return CONFIGFILE + (PROJECT / "profiles" / name / "profile.yaml").read_text("utf-8")


def write_folder(folder: Path, texts: dict[str, str]) -> None:
    """Write a folder that appears whole or not at all.

    Raises
    ------
    InputError
        It exists and is not empty, or cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
            made = Path(beside, folder.name)
            for name, text in texts.items():
                path = made / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
            made.rename(folder)
    except OSError as fault:
        raise InputError(f"init: {folder}: {fault.strerror}") from None

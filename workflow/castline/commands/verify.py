"""``castline verify``: an archive's results made again from its particle states, and compared."""

import os
import sys
import tempfile
from pathlib import Path

from castline.commands.parsing import count


def add(commands):
    """Add the sub-command to the parser's."""
    parser = commands.add_parser(
        "verify",
        help="make the results of an archive again and compare them",
        description="Check the checksums of an archive of a campaign, make again what follows from "
        "its particle states (images, conductivities, tables, figures), and say what agrees to the "
        "byte. Ends with status 1 where anything differs.",
    )
    parser.add_argument("archive", type=Path, help="zip that `make archive` wrote")
    parser.add_argument(
        "--cores", type=count, default=os.cpu_count(), help="cores to use; default: all"
    )
    parser.set_defaults(run=_verify)


def _verify(arguments):
    from castline.campaign.verification import verdict_lines, verify

    with tempfile.TemporaryDirectory(prefix="castline-verify-") as folder:
        verdict = verify(arguments.archive, Path(folder), arguments.cores, _report)
    print("\n".join(verdict_lines(verdict)))
    return 0 if verdict.holds else 1


def _report(line):
    print(line, file=sys.stderr, flush=True)

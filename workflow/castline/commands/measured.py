"""``castline impedance``, ``rheology`` and ``psd``: measured files without a campaign."""

from pathlib import Path

# What a file of particle sizes may leave open, and what is allowed; None for any text.
PSD_READING = {
    "diameter": ["mean", "lower", "upper"],
    "amount": ["fraction", "undersize", "oversize"],
    "basis": ["volume", "number"],
    "diameter_unit": None,
    "diameter_column": None,
    "fraction_column": None,
    "delimiter": ["comma", "semicolon", "tab", "space"],
    "decimal": ["point", "comma"],
    "encoding": ["utf-8", "utf-16", "latin-1", "cp1252", "mac-roman"],
}


def add(commands):
    """The commands on measured files, which need no campaign."""
    impedance = commands.add_parser(
        "impedance",
        help="fit the cells of a measurements.yaml",
        description="Fit the impedance spectra and DC polarization of the cells that a "
        "measurements.yaml lists. Prints a table. Ends with 1 if a cell failed.",
    )
    rheology = commands.add_parser(
        "rheology",
        help="average the flow curves of a measurements.yaml",
        description="Average the rheometer files of the slurries that a measurements.yaml lists, "
        "each branch of a sweep on its own. Prints a table. Ends with 1 if a sample failed.",
    )
    psd = commands.add_parser(
        "psd",
        help="read a particle size distribution",
        description="Read a particle size distribution as an instrument exports it. Prints its "
        "percentiles; --csv writes it as a campaign reads it.",
    )
    for parser in (impedance, rheology):
        parser.add_argument("file", type=Path, metavar="measurements.yaml")
    psd.add_argument("file", type=Path, help="delimited text")
    for name, choices in PSD_READING.items():
        psd.add_argument(
            f"--{name.replace('_', '-')}",
            choices=choices,
            help=f"as {name} of a campaign's reading",
        )
    psd.add_argument("--table", type=int, help="which table of a file with several")
    for parser, run in ((impedance, _impedance), (rheology, _rheology), (psd, _psd)):
        for what, text in (("csv", "CSV"), ("json", "JSON"), ("figure", ".svg, .pdf or .png")):
            parser.add_argument(f"--{what}", type=Path, metavar="FILE", help=f"write {text}")
        parser.set_defaults(run=run)


def _outputs(arguments):
    from castline.commands.analysis import Outputs

    return Outputs(arguments.csv, arguments.json, arguments.figure)


def _impedance(arguments):
    from castline.commands.analysis import analyse_cells

    return int(analyse_cells(arguments.file, _outputs(arguments), print) > 0)


def _rheology(arguments):
    from castline.commands.analysis import analyse_slurries

    return int(analyse_slurries(arguments.file, _outputs(arguments), print) > 0)


def _psd(arguments):
    from castline.commands.analysis import describe_sizes
    from castline.recipe.psd_files import PsdReading

    given = {name: getattr(arguments, name) for name in (*PSD_READING, "table")}
    describe_sizes(arguments.file, PsdReading(**given), _outputs(arguments), print)

"""Named errors: each carries one line that says what is wrong, where, and what would be right."""


class CastlineError(Exception):
    """Base of every error raised on purpose; scripts and the CLI print it without traceback."""


class ConfigError(CastlineError):
    """A configuration file is missing, malformed, or asks for something impossible."""


class InputError(CastlineError):
    """A data file or array given to castline cannot be used."""


class SimulationError(CastlineError):
    """A LAMMPS run failed, went unstable, or did not reach the state it was asked for."""


class WalltimeError(SimulationError):
    """A job stopped itself before its walltime; a later run of it goes on from there."""


class ConvergenceError(CastlineError):
    """An iterative solver did not converge."""


def first_lines(error, prefix: str) -> str:
    """One line per fault of a pydantic ValidationError: key, what is wrong, the value given."""
    lines = []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"]) or "(top level)"
        given = "" if fault["type"] == "missing" else f"; given {fault['input']!r}"
        lines.append(f"{prefix}{key}: {fault['msg']}{given}")
    return "\n".join(lines)

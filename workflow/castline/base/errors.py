"""Named errors: each carries one line that says what is wrong, where, and what would be right."""

import reprlib


class CastlineError(Exception):
    """Base of every error raised on purpose; scripts and the CLI print it without traceback."""


class ConfigError(CastlineError):
    """A configuration file is missing, malformed, or asks for something impossible."""


class InputError(CastlineError):
    """A data file or array given to castline cannot be used."""


class SimulationError(CastlineError):
    """A LAMMPS run failed, went unstable, or did not reach the state it was asked for."""


class UnstableError(SimulationError):
    """A LAMMPS run left its bounds on motion, overlap or agitation and stopped itself."""


class WalltimeError(SimulationError):
    """A job stopped itself before its walltime; a later run of it goes on from there."""


class ConvergenceError(CastlineError):
    """An iterative solver did not converge."""


def first_lines(error, prefix: str, model=None) -> str:
    """One line per fault of a pydantic ValidationError: key, what is wrong, the value given.

    With the `model`, a castline Section, an unknown key is answered by the allowed ones.
    """
    return "\n".join(prefix + fault_line(fault, model) for fault in error.errors())


def fault_line(fault: dict, model=None) -> str:
    """One fault of a pydantic ValidationError; long or unprintable values are shortened."""
    key = ".".join(printable(str(part)) for part in fault["loc"]) or "(top level)"
    if fault["type"] == "extra_forbidden":
        allowed = f"; allowed: {', '.join(model.allowed_keys(fault['loc']))}" if model else ""
        return f"{key}: unknown key{allowed}"
    given = "" if fault["type"] == "missing" else f"; given {_SHORT.repr(fault['input'])}"
    return f"{key}: {printable(fault['msg'], 200)}{given}"


def printable(text: str, length: int = 60) -> str:
    """A text from a file, fit for one line of a message."""
    plain = text if text.isprintable() else repr(text)
    return plain if len(plain) <= length else f"{plain[:length]}..."


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80

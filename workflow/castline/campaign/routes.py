"""What the route of a campaign decides about its other keys, before any of them is read."""

from castline.line.calendering import STOPS
from castline.line.order import ROUTES, STAGES
from castline.recipe.settings import ALL_SOLIDS

# What only the slurry route has, beside its stages, and why.
OF_SLURRIES = {
    "force_fields.slurry": "a powder has no slurry",
    "matrix.solid_content_percent": "a powder is all solids",
    "matrix.drying_rates": "a powder has no solvent that dries",
    "recipe.solvent_density_g_per_cm3": "a powder has no solvent",
    "calibration": "force fields are searched on slurries and the films cast from them",
    "decide": "the study's statements are about films cast from slurries",
    "size_effects": "only films cast from slurries are made in other sizes",
    "cell": "half-cells are of films cast from slurries",
    "measurements": "measured cells are named by the solid content of their slurry",
}


def for_route(config: dict) -> tuple[dict, list[str]]:
    """A campaign's data as its route reads it, and one line for each key that does not fit.

    Foreign keys are left out of the data returned, so that nothing else is said of them. Powders
    get the solid content that they have.
    """
    route = config.get("route", "slurry")
    if route not in ROUTES:  # the model refuses it
        return config, []
    faults = []
    config = dict(config)
    for stage in STAGES:
        if stage not in ROUTES[route] and config.pop(stage.name, None) is not None:
            names = ", ".join(other.name for other in ROUTES[route])
            faults.append(
                f"config: {stage.name}: no section of route: {route}, whose stages are {names}"
            )
    matrix = config.get("matrix")
    if route == "powder":
        faults += [
            f"config: {path}: not with route: powder; {why}"
            for path, why in OF_SLURRIES.items()
            if _taken_out(config, path)
        ]
        if isinstance(config.get("matrix"), dict):
            config["matrix"] = {**config["matrix"], "solid_content_percent": [ALL_SOLIDS]}
            faults += _two_stops(config["matrix"], config.get("calendering"))
    elif isinstance(matrix, dict):
        if matrix.get("press_pressure_mpa"):
            faults.append(
                "config: matrix.press_pressure_mpa: only with route: powder; films cast from a "
                "slurry are pressed at calendering.pressure_mpa"
            )
        contents = matrix.get("solid_content_percent")
        if contents is None or contents == []:
            faults.append("config: matrix.solid_content_percent: needs at least one solid content")
        elif isinstance(contents, list) and ALL_SOLIDS in contents:
            faults.append(
                f"config: matrix.solid_content_percent: {ALL_SOLIDS} % is no slurry; allowed: 1 to "
                "99, or route: powder"
            )
    faults += [
        f"config: {stage.name}: Field required"
        for stage in ROUTES[route]
        if config.get(stage.name) is None and _is_needed(stage)
    ]
    return config, faults


def as_in_its_file(settings: dict) -> dict:
    """All settings of a campaign as a file could give them: without what its route has not."""
    route, given = settings["route"], dict(settings)
    for stage in STAGES:
        if stage not in ROUTES[route]:
            del given[stage.name]
    if route == "powder":
        for path in OF_SLURRIES:
            _taken_out(given, path)
    if given["matrix"].get("press_pressure_mpa"):
        for stop in STOPS:
            _taken_out(given, f"calendering.{stop}")
    return given


def _two_stops(matrix: dict, calendering: object) -> list[str]:
    """A line for each stop of the press that stands beside pressures in the matrix."""
    if not matrix.get("press_pressure_mpa") or not isinstance(calendering, dict):
        return []
    return [
        f"config: calendering.{stop}: the press ends at each of matrix.press_pressure_mpa; give one"
        for stop in STOPS
        if calendering.get(stop) is not None
    ]


def _taken_out(config: dict, path: str) -> bool:
    """Whether a key was given; it is taken out of its section, which is copied for that."""
    *parents, last = path.split(".")
    for name in parents:
        if not isinstance(config.get(name), dict):
            return False
        config[name] = dict(config[name])
        config = config[name]
    return config.pop(last, None) is not None


def _is_needed(stage) -> bool:
    """Whether a stage's section has keys without default."""
    return any(field.is_required() for field in stage.section.model_fields.values())

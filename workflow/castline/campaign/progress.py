"""An estimate of the time a campaign still needs, from the stages it has finished."""

import json
from pathlib import Path


def time_left(plan: Path) -> str:
    """Text such as ', 7 of 24 simulations done, about 6 min left'; empty without a plan.

    `plan` is a JSON file with `root` (folder of the campaign), `runs` (by simulation stage) and
    `cores`. The estimate takes the mean cost of the finished runs of each simulation stage; stages
    without a finished run are not yet counted, which the text says.
    """
    if not plan.is_file():
        return ""
    facts = json.loads(plan.read_text())
    done, total, seconds, unknown = 0, 0, 0.0, []
    for stage, runs in facts["runs"].items():
        costs = []
        for sidecar in Path(facts["root"]).glob(f"*/sc*/r*/{stage}.json"):
            try:
                costs.append(json.loads(sidecar.read_text())["cost"]["core_seconds"])
            except (ValueError, KeyError, OSError):
                continue
        done, total = done + len(costs), total + runs
        if costs:
            seconds += sum(costs) / len(costs) * max(runs - len(costs), 0)
        else:
            unknown.append(stage)
    minutes = seconds / 60 / max(facts["cores"], 1)
    text = f", {done} of {total} simulations done, about {minutes:.1f} min left"
    return text + (f" before {', '.join(unknown)}" if unknown else "")

# Which replicates the rounds of decide.smk look at.
def after_round(number):
    """Counts after a round; after none, those of the config."""
    if number == 0:
        return IN_CONFIG
    path = checkpoints.decide_round.get(round=number).output[0]
    return counts({**SETTINGS["matrix"], "decided": read_json(path)["replicates"]})


def judged(pattern, stage="drying", **others):
    """Files of the replicates that a round looks at."""

    def files(wildcards):
        there = after_round(int(wildcards.round) - 1)
        return replicates(pattern, stage, of=there, **others)

    return files


def judged_costs(wildcards):
    return costed_files(after_round(int(wildcards.round) - 1))


def last_round(wildcards):
    number = 1
    while read_json(checkpoints.decide_round.get(round=number).output[0])["goes_on"]:
        number += 1
    return round_file(ROOT, number)

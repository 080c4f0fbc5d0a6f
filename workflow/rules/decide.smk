# Rounds of replicates. Each is a checkpoint: what it adds is known when it has been judged.
if CAMPAIGN.decide is not None:

    def after_round(number):
        """Counts after a round; after none, those of the config."""
        if number == 0:
            return counts(SETTINGS["matrix"])
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

    checkpoint decide_round:
        input:
            viscosity=judged(f"{CELL}/viscosity.csv", "viscosity"),
            viscosity_sidecars=judged(f"{CELL}/viscosity.json", "viscosity"),
            structure=judged(f"{CELL}/structure.csv"),
            transport=judged(f"{CELL}/transport_{{state}}.json", state=FILMS),
            costed=judged_costs,
        output:
            round_file(ROOT, "{round}"),
        log:
            f"{LOGS}/decide_round/{{round}}.log",
        localrule: True
        conda:
            "../../envs/castline.yaml"
        params:
            campaign=SETTINGS,
        script:
            "../../scripts/decide_round.py"

    rule decide:
        input:
            last_round,
        output:
            f"{ROOT}/decide/decided.txt",
        log:
            f"{LOGS}/decide/decide.log",
        localrule: True
        conda:
            "../../envs/castline.yaml"
        script:
            "../../scripts/decide.py"

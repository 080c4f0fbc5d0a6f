# Rounds of replicates. Each is a checkpoint: what it adds is known when it has been judged.
include: "decide_inputs.smk"


if CAMPAIGN.decide is not None:

    checkpoint decide_round:
        input:
            viscosity=judged(f"{CELL}/viscosity.csv", "viscosity"),
            viscosity_sidecars=judged(f"{CELL}/viscosity.json", "viscosity"),
            structure=judged(f"{CELL}/structure.csv"),
            transport=judged(f"{CELL}/transport_{{state}}.json", state=LINE.films),
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

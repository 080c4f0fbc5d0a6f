rule transport:
    input:
        image=f"{CELL}/{{state}}.vti",
    output:
        sidecar=f"{CELL}/transport_{{state}}.json",
    log:
        f"{LOGS}/transport/{{psd}}_sc{{sc}}_r{{rep}}_{{state}}.log",
    benchmark:
        f"{LOGS}/transport/{{psd}}_sc{{sc}}_r{{rep}}_{{state}}.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        settings=SETTINGS["transport"],
    script:
        "../../scripts/transport.py"

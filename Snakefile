"""castline: from a slurry recipe to effective conductivities and figures (workflow/Snakefile)."""


include: "workflow/Snakefile"


workflow.default_target = "all"  # an included file sets none

def psd_files(wildcards):
    """The CSVs that a recipe reads, where its distributions are given that way."""
    sources = [CAMPAIGN.matrix.psds[wildcards.psd], CAMPAIGN.recipe.solid_electrolyte_psd]
    return [source.csv for source in sources if source.csv is not None]


def measured_files():
    """The data files that the campaign's measurements name."""
    if CAMPAIGN.measurements is None:
        return []
    from castline.measurements import measurement_files

    return measurement_files(CAMPAIGN.measurements)

"""Faults of a composites section that show before anything runs."""

from collections.abc import Iterator

import pandas as pd

from castline.base.errors import CastlineError
from castline.base.paths import located
from castline.composites.recipes import recipe_of
from castline.composites.settings import CompositesConfig, CompositeSetConfig
from castline.line.settings import LineSettings
from castline.results.composites import PURE, measured_ratio
from castline.results.published import COMPOSITES
from castline.results.tables import read_table


def composite_faults(campaign: LineSettings) -> list[str]:
    """One line per fault, each with its key, without the name of the section.

    Parameters
    ----------
    campaign : with a section `composites`.
    """
    settings: CompositesConfig = campaign.composites
    if campaign.route != "powder":
        return [f"route: {campaign.route} in this campaign; composites are pressed: route: powder"]
    try:
        published = read_table(located(settings.table), COMPOSITES)
    except CastlineError as error:
        return [f"table: {error}"]
    return [
        f"sets.{name}.{line}"
        for name, given in settings.sets.items()
        for line in _set_faults(given, settings.sets[settings.pure_set(name)], published)
    ]


def _set_faults(
    given: CompositeSetConfig, with_pure: CompositeSetConfig, published: pd.DataFrame
) -> Iterator[str]:
    known = sorted(published["set"].unique())
    if given.published not in known:
        yield f"published: {given.published} is not in the table; it has {', '.join(known)}"
        return
    carriers = set()
    for name, sample in given.samples.items():
        try:
            recipe_of(sample, given)
            found = {
                carrier
                for carrier in PURE
                if measured_ratio(published, given.published, given.published_name(name), carrier)
            }
        except CastlineError as error:
            yield f"samples.{name}: {error}"
            continue
        carriers |= found
        if not found and name not in PURE.values():
            samples = published.loc[published["set"] == given.published, "sample"].unique()
            yield (
                f"samples.{name}: no conductivity of {given.published_name(name)} is published in "
                f"set {given.published}; it has {', '.join(samples)}"
            )
    for carrier in sorted(carriers):
        if PURE[carrier] not in with_pure.samples:
            yield (
                f"samples: needs {PURE[carrier]}, over whose conductivity the {carrier} one of the "
                "composites is predicted"
            )

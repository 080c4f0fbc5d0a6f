"""Statistics over the replicates of a campaign."""

import numpy as np
import pandas as pd
from scipy.special import stdtrit


def over_replicates(table: pd.DataFrame, column: str, by: list[str]) -> pd.DataFrame:
    """Mean, half width of the 95 % interval (NaN for one replicate) and count per group."""
    groups = table.groupby(by, sort=True)[column]
    result = groups.agg(["mean", "std", "count"]).reset_index()
    n = result["count"].to_numpy()
    quantile = np.where(n > 1, stdtrit(np.maximum(n - 1, 1), 0.975), np.nan)
    result["half_width"] = quantile * result["std"] / np.sqrt(n)
    return result

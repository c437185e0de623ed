"""Tables of the page on what can be seen."""

from __future__ import annotations

from functools import partial

from lensym.evaluation.wording import share, share_range
from lensym.study.figures import TITLES
from pages.markdown import Measured, Tables, table


def sensitivity(measured: Measured, study: str) -> str:
    """What each point of a study reaches."""
    rows = [
        [
            f"{TITLES[row['axis']]} x {row['factor']:g}",
            row["value"],
            *(
                f"{share(row[of]['macro_auc'])} ({share_range(row[of]['macro_auc_ci'])})"
                for of in ("network", "baseline")
            ),
        ]
        for row in measured[study]
    ]
    return table(["", "value", "network: macro AUC (95 %)", "radial profile: macro AUC (95 %)"], rows)


TABLES: Tables = {study: partial(sensitivity, study=study) for study in ("sensitivity", "sensitivity_physical")}

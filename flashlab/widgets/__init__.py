"""Sliders and pictures: each a pure state -> picture function and a thin view of it."""

from __future__ import annotations

import os

from flashlab.errors import FlashlabError
from flashlab.traffic import Traffic


def being_graded() -> bool:
    """True while nbgrader runs the notebook: then one sentence is enough."""
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def traffic_of(run, picture: str) -> Traffic:
    """What a meter recorded: a Traffic, or anything that holds one."""
    traffic = getattr(run, "traffic", run)
    if not isinstance(traffic, Traffic):
        raise FlashlabError(
            f"{picture} what a meter recorded, such as flashlab.measure(...); "
            f"got {type(run).__name__}"
        )
    return traffic


def nothing_moved(traffics) -> bool:
    """True, and one line printed, where a run among them stopped before its first trip."""
    if all(traffic.trips for traffic in traffics):
        return False
    print("Nothing has moved yet: finish the code above, run its cell, then run this one again.")
    return True

"""What a workflow consists of: nodes that run in order, and passes that take steps.

An init picture shortens the base pass, and a refiner stage adds one. `overall_percent` counts
nodes, `current_percent` the steps of a pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.swarmui.frames import Frame, progress
from bot.sandbox.swarmui.params import enlarges, refines

_TILES: Final = 4


@dataclass(frozen=True, slots=True)
class Pass:
    """A node that takes steps; only a sampler sends previews."""

    node: int
    steps: int
    sampler: bool = True


@dataclass(frozen=True, slots=True)
class Workflow:
    """The nodes of one picture, `base_steps` of them steps of the base pass."""

    nodes: int
    passes: tuple[Pass, ...]
    base_steps: int

    @property
    def samples(self) -> bool:
        return any(one.sampler for one in self.passes)

    def before(self, index: str, request: str, told: str) -> Iterator[Frame]:
        """Frames up to the first pass; the first one carries the metadata."""
        last = self.passes[0].node if self.passes else self.nodes - 2
        for node in range(last + 1):
            yield progress(index, request, node / self.nodes, 0.0, told=told if node == 0 else None)

    def step(self, index: str, request: str, one: Pass, share: float) -> Frame:
        return progress(index, request, (one.node + share) / self.nodes, share)

    def preview(self, index: str, request: str, one: Pass, share: float, picture: str) -> Frame:
        """Return a preview frame, one node behind a step, as the real server does."""
        overall = (one.node + share) / (self.nodes - 1)
        return progress(index, request, overall, share, picture=picture)

    def after(self, index: str, request: str) -> Iterator[Frame]:
        """Frames from the last pass to the end."""
        if self.passes:
            for node in range(self.passes[-1].node + 1, self.nodes - (0 if self.samples else 1)):
                yield progress(index, request, node / self.nodes, 0.0)
        end = 1.0 if self.samples else (self.nodes - 1) / self.nodes
        yield progress(index, request, end, 1.0)


def plan(params: dict[str, Any]) -> Workflow:
    """Return the workflow that SwarmUI makes of these parameters."""
    steps = int(params.get("steps", 20))
    start, end = 0, steps
    if params.get("initimage") and "initimagecreativity" in params:
        start = round(steps * (1 - float(params["initimagecreativity"])))
    stage = refines(params)
    share = float(params.get("refinercontrolpercentage", 0)) if stage else 0.0
    if params.get("refinermethod") == "StepSwap" and stage:
        end = round(steps * (1 - share))
    if "endstepsearly" in params:
        end = int(steps * (1 - float(params["endstepsearly"])))
    base = max(0, end - start)
    again = int(params.get("refinersteps", steps))
    refined = again - round(again * (1 - share)) if stage else 0
    by_model = enlarges(params) and str(params["refinerupscalemethod"]).startswith("model-")
    extra = len(params.get("loras", []))
    if base and refined:
        return Workflow(10 + extra, (Pass(6 + extra, base), Pass(7 + extra, refined)), base)
    if refined:
        return Workflow(10 + extra, (Pass(7 + extra, refined),), 0)
    if base:
        return Workflow(8 + extra, (Pass(5 + extra, base),), base)
    if by_model:
        return Workflow(7 + extra, (Pass(3 + extra, _TILES, sampler=False),), 0)
    return Workflow((5 if enlarges(params) else 4) + extra, (), 0)

"""SwarmUI's model classes and their families, from `classes.tsv` and `families.tsv`.

A class says what a file is, its family which other files fit to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from bot.sandbox.swarmui.tables import read_table

_FLAGS: Final = (
    "loras_target_text_enc",
    "is_text2video",
    "is_image2video",
    "is_audio_model",
    "has_joint_av_latents",
)


@dataclass(frozen=True, slots=True)
class ModelClass:
    """A class of models with the size that it draws at."""

    id: str
    name: str
    family: str
    width: int
    height: int


@lru_cache(maxsize=1)
def table() -> dict[str, ModelClass]:
    """Every class by its id in lower case, as SwarmUI looks it up."""
    return {
        row["id"].lower(): ModelClass(
            row["id"], row["name"], row["family"], int(row["width"]), int(row["height"])
        )
        for row in read_table("classes.tsv")
    }


def class_of(architecture: str | None) -> ModelClass | None:
    return table().get((architecture or "").lower())


def listed() -> dict[str, Any]:
    """Return the classes as ListT2IParams shows them."""
    return {
        one.id: {
            "id": one.id,
            "name": one.name,
            "compat_class": one.family,
            "standard_width": one.width,
            "standard_height": one.height,
        }
        for one in table().values()
    }


@lru_cache(maxsize=1)
def families() -> dict[str, Any]:
    """Return the families as ListT2IParams shows them."""
    return {row["id"]: _family(row) for row in read_table("families.tsv")}


def _family(row: dict[str, str]) -> dict[str, Any]:
    flags = row["flags"].split(",")
    told: dict[str, Any] = {"id": row["id"], "short_code": row["short"]}
    told |= {flag: flag in flags for flag in _FLAGS}
    return told | {
        "resolution_precision": int(row["precision"]),
        "vae_family": row["vae"] or None,
    }

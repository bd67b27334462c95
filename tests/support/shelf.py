"""A server's shelf for tests: a few of everything, with the names that make trouble."""

from __future__ import annotations

from typing import Any, Final

from bot.core.drawing.advanced import USUAL
from bot.core.drawing.catalog import Lora, Param, Preset, Shelf
from bot.core.drawing.order import order_from
from bot.core.drawing.prompt_tags import TAGS
from bot.core.drawing.request import Asker, Bounds, Order, Wish
from tests.unit.core.make import MIA, MODELS

XL: Final = "stable-diffusion-xl-v1"
SHELF: Final = Shelf(
    models=MODELS,
    loras=(
        Lora("detail/add_detail", "Add Detail", XL, 0.7),
        Lora("pixel.safetensors", "Pixel Art, fine", XL),
        Lora("flux/Grain", "Film: grain", "flux-1"),
        Lora("odd, name", "Odd"),
        Lora("a/twin", "Twin A"),
        Lora("b/twin", "Twin B"),
        Lora("loud", "Loud", "", 9.0),
    ),
    vaes=("sdxl_vae",),
    presets=(
        Preset(
            "Oil",
            parameters=(
                ("prompt", "oil painting of {value}, <lora:add_detail:0.5> <random:warm|cold>"),
                ("negativeprompt", "photo"),
                ("steps", "400"),
                ("cfgscale", "5"),
                ("aspectratio", "3:4"),
                ("sampler", "DPM_2"),
                ("overrideoutpathformat", "raw/<x>"),
                ("donotsave", "true"),
                ("batchsize", "9"),
                ("seed", "1"),
                ("initimage", "raw/x.png"),
                ("webhooks", "Manual"),
                ("images", "7"),
                ("scheduler", "no such"),
            ),
        ),
        Preset("Plain", parameters=(("prompt", "line art <param[steps]:9>"), ("width", "1536"))),
        Preset("Grainy", parameters=(("loras", "flux/Grain"), ("loraweights", "0.4"))),
        Preset("Big", parameters=(("refinerupscale", "4"), ("model", "flux dev"))),
        Preset("Nude", parameters=(("prompt", "{value}, nude"),)),
    ),
    params=(
        Param("sampler", "Sampler", "dropdown", default="euler", choices=("euler", "dpm_2")),
        Param("scheduler", "Scheduler", "dropdown", default="normal", choices=("normal", "karras")),
        Param("vae", "VAE", "model", "VAE", "None", choices=("Automatic", "None", "sdxl_vae.ckpt")),
        Param("clipstopatlayer", "CLIP Stop At Layer", "integer", "", "-1", -24, -1, toggles=True),
        Param("sigmashift", "Sigma Shift", "decimal", "", "3", 0, 100, toggles=True),
        Param("zeronegative", "Zero Negative", "boolean", default="false"),
        Param("fluxguidancescale", "Flux Guidance Scale", "decimal", "", "3.5", 0, 100),
        Param("refinersteps", "Refiner Steps", "integer", "", "40", 1, 200, toggles=True),
        Param("donotsave", "Do Not Save", "boolean", default="false"),
        Param("unsamplerprompt", "Unsampler Prompt", "text"),
        Param("batchsize", "Batch Size", "integer", default="1", least=1, most=100),
    ),
    wildcards=("animals", "places/Cities"),
    features=frozenset(("comfyui", "refiners", "variation_seed")),
)
HOST: Final = Bounds(advanced=(*USUAL, "refinersteps"), advanced_roles=None)
TRUSTED: Final = Bounds(advanced=USUAL, tags=tuple((name, (77,)) for name in TAGS))
ARTIST: Final = Asker(user=2, name="ada", guild=10, channel=100, roles=(5, 77))


def ordered(
    prompt: str = "a red fox",
    *,
    bounds: Bounds = HOST,
    asker: Asker = MIA,
    shelf: Shelf = SHELF,
    **fields: Any,
) -> Order:
    """The order that a wish makes at this shelf."""
    return order_from(Wish("interaction:1", prompt, **fields), asker, shelf, bounds, 7)

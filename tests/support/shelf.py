"""A server's shelf for tests: a few of everything, with the names that make trouble."""

from __future__ import annotations

from typing import Any, Final

from bot.core.drawing.advanced import DEFAULT_PARAMETERS
from bot.core.drawing.catalog import CatalogSnapshot, Lora, ParameterInfo, Preset
from bot.core.drawing.order import build_generation_params
from bot.core.drawing.prompt_tags import TAG_NAMES
from bot.core.drawing.request import DrawingBounds, DrawRequest, GenerationParams, RequestContext
from tests.unit.core.make import MIA, MODELS

XL: Final = "stable-diffusion-xl-v1"
SHELF: Final = CatalogSnapshot(
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
        ParameterInfo("sampler", "Sampler", "dropdown", choices=("euler", "dpm_2")),
        ParameterInfo("scheduler", "Scheduler", "dropdown", choices=("normal", "karras")),
        ParameterInfo("vae", "VAE", "model", "VAE", choices=("Automatic", "None", "sdxl_vae.ckpt")),
        ParameterInfo("clipstopatlayer", "CLIP Stop At Layer", "integer", "", -24, -1),
        ParameterInfo("sigmashift", "Sigma Shift", "decimal", "", 0, 100),
        ParameterInfo("zeronegative", "Zero Negative", "boolean"),
        ParameterInfo("fluxguidancescale", "Flux Guidance Scale", "decimal", "", 0, 100),
        ParameterInfo("refinersteps", "Refiner Steps", "integer", "", 1, 200),
        ParameterInfo("donotsave", "Do Not Save", "boolean"),
        ParameterInfo("unsamplerprompt", "Unsampler Prompt", "text"),
        ParameterInfo("batchsize", "Batch Size", "integer", least=1, most=100),
    ),
    wildcards=("animals", "places/Cities"),
    features=frozenset(("comfyui", "refiners", "variation_seed")),
)
HOST: Final = DrawingBounds(advanced=(*DEFAULT_PARAMETERS, "refinersteps"), advanced_roles=None)
TRUSTED: Final = DrawingBounds(
    advanced=DEFAULT_PARAMETERS, tags=tuple((name, (77,)) for name in TAG_NAMES)
)
ARTIST: Final = RequestContext(user=2, name="ada", guild=10, channel=100, roles=(5, 77))


def ordered(
    prompt: str = "a red fox",
    *,
    bounds: DrawingBounds = HOST,
    asker: RequestContext = MIA,
    shelf: CatalogSnapshot = SHELF,
    **fields: Any,
) -> GenerationParams:
    """The order that a wish makes at this shelf."""
    return build_generation_params(
        DrawRequest("interaction:1", prompt, **fields), asker, shelf, bounds, 7
    )

"""A landscape for every prompt: sky, light, land or water, and what the words name.

Large areas are drawn small and enlarged, edges are drawn at full size: a megapixel takes about a
tenth of a second.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageOps

Colour = tuple[int, int, int]

# Each palette: sky above, sky at the horizon, far land, near land, the light.
_PALETTES: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "dawn": ("#3b4a8c", "#f7b79a", "#a87ba0", "#2c2547", "#ffe3b0"),
    "noon": ("#3f8fd6", "#dff1f6", "#8fb9c4", "#23553f", "#fff9dc"),
    "dusk": ("#432a5f", "#f0805a", "#8c4a6b", "#22152f", "#ffd27a"),
    "night": ("#070b20", "#27406b", "#24355c", "#070a16", "#f2f1da"),
    "snow": ("#6f9cc6", "#eef4fa", "#c3d4e4", "#5d7896", "#ffffff"),
    "meadow": ("#62b3e0", "#f2f4c9", "#9cc98a", "#1f5b2e", "#fffbd0"),
    "desert": ("#4d8fb8", "#f9dfb0", "#d9a066", "#7a3d22", "#fff3c4"),
    "sea": ("#2f6fae", "#c9e8ee", "#6fb0c2", "#0f3f5c", "#fff6d8"),
    "pastel": ("#a7b8e8", "#fbdde6", "#c9c3ea", "#7d86b8", "#fff5e6"),
    "ember": ("#2b0f1c", "#c8432f", "#6f2231", "#16070d", "#ffb347"),
}

_WORDS: Final = {
    "dawn": "dawn sunrise morning pink fox",
    "noon": "noon day sky blue summer bird city",
    "dusk": "dusk sunset evening orange purple autumn",
    "night": "night moon star stars dark space galaxy midnight black owl wolf",
    "snow": "snow winter ice cold frost white penguin",
    "meadow": "meadow green forest tree spring garden grass flower flowers dragon",
    "desert": "desert sand dune gold yellow pyramid camel brown",
    "sea": "sea ocean lake water boat ship beach river fish island",
    "pastel": "pastel soft dream cute watercolour watercolor rain unicorn kitten",
    "ember": "fire lava volcano ember red hell devil phoenix",
}

_BEASTS: Final = {
    "fox": "#c8552b",
    "cat": "#3a3340",
    "kitten": "#8a7a70",
    "dog": "#6b4a33",
    "wolf": "#454b59",
    "rabbit": "#b9a796",
    "bear": "#4a3427",
}


def dice(key: str) -> random.Random:
    return random.Random(key)  # noqa: S311 -- the same words must give the same picture


def _rgb(text: str) -> Colour:
    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue


def _mix(one: Colour, two: Colour, share: float) -> Colour:
    mixed = [round(a + (b - a) * share) for a, b in zip(one, two, strict=True)]
    return mixed[0], mixed[1], mixed[2]


class Scene:
    """One picture to be painted; everything about it is decided by prompt and seed."""

    def __init__(self, prompt: str, seed: int, size: tuple[int, int]) -> None:
        self.words = set(re.findall(r"\w+", prompt.lower()))
        self.rng = dice(f"{seed}|{prompt}")
        self.width, self.height = size
        fitting = [name for name, words in _WORDS.items() if self.words & set(words.split())]
        self.mood = self.rng.choice(fitting or sorted(_PALETTES))
        shift = self.rng.uniform(-0.06, 0.06)
        above, horizon, far, near, light = (_rgb(text) for text in _PALETTES[self.mood])
        self.above = _mix(above, far, 0.1 + shift)
        self.horizon = _mix(horizon, light, 0.15 + shift)
        self.far, self.near, self.light = far, near, light
        self.skyline = self.height * self.rng.uniform(0.48, 0.62)
        self.lit = (
            self.width * self.rng.uniform(0.18, 0.82),
            self.skyline * self.rng.uniform(0.35, 0.9),
        )
        self.wet = self.mood == "sea" or bool(self.words & {"lake", "river", "water"})

    def paint(self) -> Image.Image:
        picture = self._sky()
        if self.mood == "night":
            self._stars(picture)
        self._sun(picture)
        self._clouds(picture)
        if self.wet:
            picture = self._land(picture, layers=2)
            self._water(picture)
            self._boat(picture)
        else:
            picture = self._land(picture, layers=5)
        self._beast(picture)
        if self.mood == "snow" or self.words & {"rain", "snow"}:
            self._flakes(picture)
        return picture

    def _sky(self) -> Image.Image:
        ramp = Image.linear_gradient("L").resize((8, self.height))
        top = ramp.point([min(255, round(v * self.height / self.skyline)) for v in range(256)])
        middle = _mix(self.above, self.horizon, 0.45)
        sky = ImageOps.colorize(top, self.above, self.horizon, mid=middle, midpoint=140)
        return sky.resize((self.width, self.height))

    def _stars(self, picture: Image.Image) -> None:
        pen = ImageDraw.Draw(picture)
        for _ in range(160):
            x, y = self.rng.uniform(0, self.width), self.rng.uniform(0, self.skyline)
            glow = self.rng.uniform(0.2, 1.0) * (1 - y / self.skyline * 0.7)
            r = max(0.6, min(self.width, self.height) / 900 * self.rng.uniform(0.5, 1.8))
            pen.ellipse((x - r, y - r, x + r, y + r), fill=_mix(self.horizon, self.light, glow))

    def _sun(self, picture: Image.Image) -> None:
        x, y = self.lit
        short = min(self.width, self.height)
        for reach, strength in ((0.95, 120), (0.4, 150)):
            side = round(short * reach)
            glow = ImageOps.invert(Image.radial_gradient("L")).resize((side, side))
            # Pillow's gradient has 74 left at its edge, which would make the glow a square.
            shares = [max(0.0, v - 76) / 179 for v in range(256)]
            mask = glow.point([round(share**1.7 * strength) for share in shares])
            picture.paste(self.light, (round(x - side / 2), round(y - side / 2)), mask)
        r = short * (0.05 if self.mood == "night" else 0.065)
        side = round(r * 2) + 4
        disc = Image.new("L", (side * 4, side * 4))
        ImageDraw.Draw(disc).ellipse((8, 8, side * 4 - 8, side * 4 - 8), fill=255)
        if self.mood == "night":
            bite = side * 1.1
            ImageDraw.Draw(disc).ellipse((bite, -bite, bite + side * 4, side * 4 - bite), fill=0)
        disc = disc.resize((side, side), Image.Resampling.BOX)
        picture.paste(
            _mix(self.light, (255, 255, 255), 0.4),
            (round(x - side / 2), round(y - side / 2)),
            disc,
        )

    def _clouds(self, picture: Image.Image) -> None:
        small = Image.new("L", (160, 160))
        pen = ImageDraw.Draw(small)
        for _ in range(self.rng.randint(2, 5)):
            x, y = self.rng.uniform(0, 160), self.rng.uniform(10, 70)
            for _ in range(7):
                w, h = self.rng.uniform(8, 26), self.rng.uniform(1.5, 4)
                dx, dy = self.rng.uniform(-24, 24), self.rng.uniform(-3, 3)
                pen.ellipse((x + dx - w, y + dy - h, x + dx + w, y + dy + h), fill=110)
        veil = small.filter(ImageFilter.GaussianBlur(2.2)).resize(
            (self.width, self.height), Image.Resampling.BICUBIC
        )
        picture.paste(_mix(self.horizon, (255, 255, 255), 0.5), (0, 0), veil)

    def _ridge(self, base: float, rough: float) -> list[tuple[float, float]]:
        waves = [
            (self.rng.uniform(0.6, 1.0) * rough / f**0.9, f * self.rng.uniform(0.7, 1.3), phase)
            for f in (1, 2, 3, 6, 11)
            for phase in (self.rng.uniform(0, math.tau),)
        ]
        points: list[tuple[float, float]] = []
        for i in range(129):
            at = i / 128
            y = base - sum(a * math.sin(math.tau * f * at + p) for a, f, p in waves)
            points.append((at * self.width, y))
        return points

    def _land(self, picture: Image.Image, *, layers: int) -> Image.Image:
        span = self.height - self.skyline
        for layer in range(layers):
            share = layer / max(1, layers - 1) if layers > 2 else layer * 0.35
            base = self.skyline + span * 0.72 * share**1.3 + (0 if self.wet else span * 0.05)
            rough = self.height * (0.05 + 0.035 * (1 - share))
            ridge = self._ridge(min(base, self.skyline) if self.wet else base, rough)
            hue = _mix(_mix(self.far, self.horizon, 0.25), self.near, share**0.9)
            mask = self._mask([*ridge, (self.width, self.height), (0, self.height)])
            shade = Image.linear_gradient("L").resize((8, self.height))
            lit = ImageOps.colorize(
                shade, _mix(hue, self.light, 0.22), _mix(hue, self.near, 0.45), midpoint=150
            ).resize((self.width, self.height))
            picture.paste(lit, (0, 0), mask)
            if layer == layers - 2 and not self.wet:
                self._growth(picture, ridge, _mix(hue, self.near, 0.55))
        return picture

    def _mask(self, outline: Sequence[tuple[float, float]]) -> Image.Image:
        mask = Image.new("L", (self.width, self.height))
        ImageDraw.Draw(mask).polygon(list(outline), fill=255)
        return mask.filter(ImageFilter.BoxBlur(0.7))

    def _growth(
        self, picture: Image.Image, ridge: Sequence[tuple[float, float]], hue: Colour
    ) -> None:
        pen = ImageDraw.Draw(picture)
        short = min(self.width, self.height)
        if self.words & {"castle", "city", "tower", "house", "village"}:
            middle = self.rng.randint(20, 90)
            for i in range(9):
                x, y = ridge[min(128, middle + i * 3)]
                w, h = short * 0.022, short * self.rng.uniform(0.06, 0.2)
                pen.rectangle((x - w, y - h, x + w, y + short * 0.05), fill=hue)
                if "city" not in self.words:
                    roof = [(x - w * 1.2, y - h), (x, y - h * 1.35), (x + w * 1.2, y - h)]
                    pen.polygon(roof, fill=hue)
                pen.rectangle((x - w / 4, y - h * 0.7, x + w / 4, y - h * 0.55), fill=self.light)
            return
        if self.words & {"flower", "flowers", "garden", "meadow"}:
            for _ in range(140):
                x, y = self.rng.choice(ridge)
                x += self.rng.uniform(-20, 20)
                y += self.rng.uniform(0, short * 0.2)
                r = short * self.rng.uniform(0.003, 0.009)
                petal = self.rng.choice(("#f6c945", "#e8577a", "#ffffff", "#b981e0"))
                pen.ellipse((x - r, y - r, x + r, y + r), fill=petal)
            return
        for _ in range(60 if self.words & {"forest", "tree", "trees", "wood"} else 18):
            x, y = self.rng.choice(ridge)
            x += self.rng.uniform(-12, 12)
            tall = short * self.rng.uniform(0.035, 0.1)
            for tier in range(3):
                low = y + short * 0.012 - tall * tier * 0.3
                wide = tall * 0.24 * (1 - tier * 0.25)
                pen.polygon([(x - wide, low), (x, low - tall * 0.5), (x + wide, low)], fill=hue)

    def _water(self, picture: Image.Image) -> None:
        top = round(self.skyline)
        band = self.height - top
        mirrored = picture.crop((0, max(0, top - band), self.width, top))
        mirrored = ImageOps.flip(mirrored).resize((self.width, band))
        deep = Image.new("RGB", mirrored.size, self.near)
        ramp = (
            Image.linear_gradient("L")
            .resize(mirrored.size)
            .point([v // 2 + 60 for v in range(256)])
        )
        picture.paste(Image.composite(deep, mirrored, ramp), (0, top))
        pen = ImageDraw.Draw(picture)
        for _ in range(150):
            y = top + band * self.rng.random() ** 1.6
            near = (y - top) / band
            x = self.lit[0] + self.rng.gauss(0, self.width * (0.03 + near * 0.14))
            half = self.width * (0.006 + near * 0.03) * self.rng.uniform(0.4, 1.2)
            glint = _mix(self.near, self.light, self.rng.uniform(0.4, 0.85))
            pen.line((x - half, y, x + half, y), fill=glint, width=max(1, round(near * 3)))

    def _boat(self, picture: Image.Image) -> None:
        if not self.words & {"boat", "ship", "sailing", "sail"}:
            return
        pen = ImageDraw.Draw(picture)
        s = min(self.width, self.height) * 0.1
        x, y = self.width - self.lit[0], self.skyline + (self.height - self.skyline) * 0.3
        hull = [(x - s, y), (x + s, y), (x + s * 0.65, y + s * 0.35), (x - s * 0.7, y + s * 0.35)]
        pen.polygon(hull, fill=_mix(self.near, (60, 30, 20), 0.6))
        pen.polygon([(x, y - s * 1.9), (x, y - 4), (x + s * 0.9, y - 4)], fill="#f6f1e4")
        pen.polygon([(x - 4, y - s * 1.5), (x - 4, y - 4), (x - s * 0.6, y - 4)], fill="#e6dcc6")

    def _beast(self, picture: Image.Image) -> None:
        found = sorted(self.words & set(_BEASTS))
        if not found:
            return
        fur = _rgb(_BEASTS[found[0]])
        s = min(self.width, self.height) * 0.13
        x, y = self.width * self.rng.uniform(0.28, 0.72), self.height * 0.86
        box = (round(x - 2.4 * s), round(y - 2.8 * s), round(x + 2.4 * s), round(y + 0.4 * s))
        layer = Image.new("RGBA", ((box[2] - box[0]) * 2, (box[3] - box[1]) * 2))
        pen = ImageDraw.Draw(layer)
        k, ox, oy = 2 * s, 2.4 * s * 2, 2.8 * s * 2
        dark, pale = _mix(fur, self.near, 0.5), _mix(fur, (255, 255, 255), 0.75)

        def spot(cx: float, cy: float, rx: float, ry: float, fill: Colour) -> None:
            pen.ellipse(
                (ox + (cx - rx) * k, oy + (cy - ry) * k, ox + (cx + rx) * k, oy + (cy + ry) * k),
                fill=fill,
            )

        def wedge(points: Sequence[tuple[float, float]], fill: Colour) -> None:
            pen.polygon([(ox + px * k, oy + py * k) for px, py in points], fill=fill)

        spot(0.0, 0.02, 1.0, 0.12, _mix(self.near, (0, 0, 0), 0.4))
        for i in range(9):
            turn = i / 8
            spot(0.5 + 0.6 * turn, -0.15 - 0.8 * turn**2, 0.2 + 0.08 * math.sin(turn * 3), 0.2, fur)
        spot(1.12, -1.0, 0.16, 0.17, pale)
        spot(0.0, -0.55, 0.52, 0.62, fur)
        spot(-0.12, -0.5, 0.26, 0.48, pale)
        spot(-0.15, -1.32, 0.46, 0.4, fur)
        tall = 0.75 if found[0] == "rabbit" else 0.42
        for side in (-1, 1):
            ear = -0.15 + side * 0.27
            wedge([(ear - 0.18, -1.5), (ear + side * 0.1, -1.6 - tall), (ear + 0.18, -1.5)], fur)
            wedge(
                [(ear - 0.09, -1.56), (ear + side * 0.08, -1.52 - tall * 0.8), (ear + 0.09, -1.56)],
                dark,
            )
            spot(-0.15 + side * 0.18, -1.36, 0.05, 0.065, (25, 20, 22))
            spot(-0.15 + side * 0.17 + 0.015, -1.38, 0.016, 0.02, (255, 255, 255))
        spot(-0.15, -1.13, 0.24, 0.17, pale)
        spot(-0.15, -1.17, 0.06, 0.045, (25, 20, 22))
        for paw in (-0.24, 0.02):
            spot(paw, -0.02, 0.14, 0.1, dark)
        layer = layer.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BOX)
        picture.paste(layer.convert("RGB"), box[:2], layer.getchannel("A"))

    def _flakes(self, picture: Image.Image) -> None:
        veil = Image.new("L", (self.width, self.height))
        pen = ImageDraw.Draw(veil)
        short = min(self.width, self.height)
        wet = "rain" in self.words
        for _ in range(260):
            x, y = self.rng.uniform(0, self.width), self.rng.uniform(0, self.height)
            r = short * self.rng.uniform(0.001, 0.006)
            if wet:
                pen.line((x, y, x - r * 4, y + r * 14), fill=90, width=1)
            else:
                pen.ellipse((x - r, y - r, x + r, y + r), fill=self.rng.randint(120, 230))
        veil = ImageChops.multiply(veil, veil.filter(ImageFilter.BoxBlur(1)))
        picture.paste((255, 255, 255), (0, 0), veil)

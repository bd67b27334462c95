"""Words that are not drawn. Judged on what the words mean to a reader, not on how they are spelt.

A text is folded first (compatibility forms, case, accents, unseen characters, look-alike letters,
digits for letters, letters spaced apart or repeated), then whole words are compared: "Essex" holds
no sex. One rule cannot be lifted: nothing sexual with anybody who is or looks under age. It takes
a word of each kind, or a child in the picture and clothing left out of it; harmless expressions
that hold such a word are set aside before.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that a text breaks. `name` is for the log; `may_reword` offers another try."""

    name: str
    sentence: str
    may_reword: bool = True


MINORS: Final = Rule(
    "words.minors",
    "I don't draw anything sexual with children or anyone who looks like one, anywhere. "
    "Nothing was charged.",
    may_reword=False,
)
WORD_LIST: Final = Rule(
    "words.list",
    "I can't draw that here (this server's word list). Nothing was charged. "
    "Reword it, or ask a moderator.",
)
ADULT: Final = Rule(
    "words.adult",
    "I draw that only in age-restricted channels. Nothing was charged. Reword it, or ask there.",
)


def judge(
    text: str, banned: tuple[str, ...] = (), *, negative: str = "", adult_ok: bool = True
) -> Rule | None:
    """The first rule that `text` breaks, or None.

    `banned` is the host's list of words and phrases. `negative` is what must not be in the
    picture: whoever wants adults out of a sexual picture asks for something else, and so does
    whoever wants the clothes off a child. `adult_ok` is whether the place is age-restricted.
    """
    views = _views(text)
    minor = any(_MINOR.search(view) for view in views) or _in_script(text, _MINOR_SCRIPTS)
    sexual = any(_SEXUAL.search(view) for view in views) or _in_script(text, _SEXUAL_SCRIPTS)
    left_out = _views(negative) if minor or sexual else ()
    young = minor or any(_GROWN_UP.search(view) for view in left_out)
    bare = sexual or (minor and _is_clothing(negative, left_out))
    if any(_ALWAYS.search(view) for view in views) or (young and bare):
        return MINORS
    if banned and any(_list_of(banned).search(view) for view in views):
        return WORD_LIST
    if not adult_ok and any(_EXPLICIT.search(view) for view in views):
        return ADULT
    return None


def _is_clothing(text: str, views: tuple[str, ...]) -> bool:
    return any(_CLOTHING.search(view) for view in views) or _in_script(text, _CLOTHING_SCRIPTS)


# --- folding -------------------------------------------------------------------------------------

# Cyrillic and Greek letters, and a few others, that are read as Latin ones.
_ALIKE: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u051b\u0432\u043d"
    "\u043a\u043c\u0442\u03b1\u03b5\u03bf\u03c1\u03bd\u03b9\u03ba\u03c5\u03c7\u0131\u0142\u00f8",
    "aeopcyxijsdhqbhkmtaeopvikuxilo",
)
_LEET: Final = str.maketrans("013457@$", "oieastas")
_LEET_INSIDE: Final = re.compile(r"(?<=\w)[!|](?=\w)")
_SPACED: Final = re.compile(r"(?<![^\W_])(?:[^\W_][\W_]{1,3}){2,}[^\W_](?![^\W_])")
# Where letters were spaced apart, nobody knows where a word ends: these are looked for inside.
_INSIDE: Final = re.compile(
    r"(nude|naked|nsfw|sexy?|porn|child|kid|teen|toddler|loli|adult"
    r"|cloth(?:es|ed|ing)?|(?<!un)dress(?:ed)?|swim(?:suit|wear)|bikini|underwear)"
)
# What is put between angle signs, to cut a word in two.
_HOLE: Final = re.compile(
    "[<\u2039\u2329\u27e8\u3008][^<>\u2039\u203a\u2329\u232a\u27e8\u27e9\u3008\u3009]*"
    "[>\u203a\u232a\u27e9\u3009]|[<>]"
)
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_GAPS: Final = re.compile(r"[\W_]+")

# Expressions that hold a word of one of the lists and mean nothing of it.
_HARMLESS: Final = re.compile(
    r"\b(?:"
    r"teenage mutant ninja turtles?|baby (?:blue|pink|yoda|groot|shark|grand|dolls?|oil|s breath)"
    r"|inner child"
    r"|billy the kid|karate kid|child s play|children of the corn|sex and the city|destiny s child"
    r"|nude (?:colou?r(?:ed|s)?|beige|pink|tones?|shades?|palette|lipsticks?|makeup|heels?|pumps?"
    r"|nails?|dress|dresses|shoes?)|naked (?:eye|mole rats?|trees?|branches|flame|cakes?)"
    r"|(?:chicken|turkey|duck) breasts?|breast (?:plate|stroke|cancer|feeding)"
    r"|(?:great|blue|coal|marsh|willow|crested) tits?|pussy (?:cats?|willows?)|moby dick"
    r"|dick (?:tracy|grayson|van dyke|whittington)|sex pistols|(?:same|opposite) sex (?:parents|"
    r"couples?)|strip (?:of|mall|mine|light(?:s|ing)?|map)|comic strips?|erotic(?:a)? thriller"
    r"|thong sandals|explicit lyrics"
    r"|cum laude|cock a doodle(?: doo)?|kinky (?:curly|coily|curls|hair)"
    r")\b"
)


def _views(text: str) -> tuple[str, ...]:
    """The text as a reader may take it, each view words with single blanks between."""
    bare = _bare(text)
    views: dict[str, None] = {}
    whole = dict.fromkeys((bare, _HOLE.sub("", bare)))
    for view in dict.fromkeys(reading for text in whole for reading in _readings(text)):
        for stretched in (view, _STRETCHED.sub(r"\1", view), _STRETCHED.sub(r"\1\1", view)):
            words = " ".join(_GAPS.sub(" ", stretched).split())
            views[_HARMLESS.sub(" ", words)] = None
    return tuple(views)


def _readings(bare: str) -> tuple[str, ...]:
    tight = _SPACED.sub(lambda found: _apart(_GAPS.sub("", found[0])), bare)
    return bare, tight, _unleet(bare), _unleet(tight)


def _unleet(text: str) -> str:
    return _LEET_INSIDE.sub("i", text).translate(_LEET)


def _apart(run: str) -> str:
    """A run of single letters, joined, and once more with the words that are in it set apart."""
    return run + " " + _INSIDE.sub(r" \1 ", run)


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    seen = (char for char in folded if unicodedata.category(char) not in ("Mn", "Me", "Cf"))
    return "".join(" " if char < " " else char for char in seen).translate(_ALIKE)


def _in_script(text: str, words: Iterable[str]) -> bool:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return any(word in folded for word in words)


# --- the lists -----------------------------------------------------------------------------------


def _any_of(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words.split('/'))})\b")


# Fires alone: these words have no other use in a request for a picture.
_ALWAYS: Final = _any_of(
    "loli/lolis/lolicon/shotacon/toddlercon/p(?:a)?edophil(?:e|es|ia|ic)/p(?:a)?edo/jailbait/cunny"
    "/(?:child|kid|kiddie|kiddy|kinder|teen|preteen|minor) ?porn(?:o|ography)?/csam"
)

_NUMBERS: Final = (
    "(?:[0-9]|1[0-7]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen"
    "|fourteen|fifteen|sixteen|seventeen)"
)
_MINOR: Final = _any_of(
    "child/children/childs/childlike/kid/kids/kiddo/toddlers?/infants?/babies/baby/newborns?"
    "/preteens?/pre teens?/tweens?/teens?/teenaged?/teenagers?/adolescents?/juveniles?/youngsters?"
    "/minors/underaged?/under age/under aged/prepubescent/pubescent/lolita/shota/shotas"
    "/schoolgirls?/schoolboys?/school ?(?:girls?|boys?|kids?|child|children)"
    "/(?:little|young|small|tiny|wee) (?:(?!adult)[a-z]+ )?(?:girls?|boys?|sister|brother"
    "|daughter|son)"
    "/(?:elementary|primary|middle|junior high|high) school(?:er|ers)?/kindergart[a-z]+"
    "/preschool(?:er|ers)?/(?:first|second|third|fourth|fifth|sixth|seventh|eighth) graders?"
    f"/{_NUMBERS} ?(?:yo|y o|yrs? old|years? old|year olds?)/(?:aged?|age of) {_NUMBERS}"
    "/nin[oa] pequen[oa]/fillettes?/enfants?/kleines? (?:madchen|junge)/minderjahrige?"
)
_SEXUAL: Final = _any_of(
    "nude/nudes/nudity/nudist/naked/nakedness/nsfw/sex/sexy/sexual/sexually/sexuali[sz]ed/porn"
    "/porno/pornographic/pornography/hentai/ecchi/ahegao/erotic/erotica/erotically/lewd/lewds"
    "/topless/bottomless/undress(?:ed|ing)?/unclothed/lingerie/panties/thong/upskirt/stripping"
    "/stripper/striptease/penis/penises/vagina/vaginal/vulva/genitals?/genitalia/pussy/pussies"
    "/clitoris/boobs?/breasts?/tits/titties/nipples?/areolae?/buttocks/cum/cumshot/creampie/semen"
    "/orgasms?/masturbat(?:e|es|ed|ing|ion)/fuck/fucks/fucked/fucking/blowjobs?/handjobs?/dick"
    "/cock/deepthroat/bukkake/gangbang/bdsm/bondage/fetish/fetishes/seductive(?:ly)?/sensual(?:ly)?"
    "/aroused/horny/kinky/futanari/futa/onlyfans/xxx/r18/r 18/rule ?34/molest(?:ed|ing)?"
    "/rape/raped/raping/incest/grop(?:ed|ing)/fondl(?:ed|ing)/spread(?:ing)? legs/legs spread"
    "/(?:no|without|taking off|took off|removing) (?:any )?(?:clothes|clothing|pants|underwear)"
    "/wearing nothing/barely (?:clothed|dressed)/explicit/uncensored/nackt/desnud[oa]s?"
)
# What no reader takes for anything else: kept to age-restricted places.
_EXPLICIT: Final = _any_of(
    "nsfw/porn/porno/pornographic/pornography/hentai/ahegao/cumshot/creampie/blowjobs?/handjobs?"
    "/deepthroat/bukkake/gangbang/futanari/masturbat(?:e|es|ed|ing|ion)/penis/vagina/pussies"
    "/fully nude/full nudity/completely naked/sex scene/having sex/rule ?34/xxx"
)
_GROWN_UP: Final = _any_of("adults?/grown ?ups?/grown (?:man|men|woman|women)/over 18")
# What covers a body. A coat, a hat or shoes left out undress nobody.
_CLOTHING: Final = _any_of(
    "cloth(?:es|ed|ing)?/clad/dress(?:es|ed)?/attire/apparel/garments?/outfits?"
    "/wearing (?:any|some)thing/swim ?(?:suits?|wear|trunks?)/(?:swimming|bathing) (?:suits?"
    "|trunks?)/bikinis?/under ?(?:wear|pants|garments?)/panties/bras?/lingerie/diapers?/nappies"
    "/pants/trousers/jeans/shorts/leggings/tights/skirts?/(?:t ?)?shirts?/blouses?"
    "/(?:tank|crop) tops?/pyjamas/pajamas"
    "/kleid(?:er|ung)?/badeanzug/ropa/vestidos?/vetements?/maillots?"
)

_MINOR_SCRIPTS: Final = (
    "\u5e7c\u5973",  # little girl
    "\u30ed\u30ea",  # loli
    "\u841d\u8389",
    "\u863f\u8389",
    "\u30b7\u30e7\u30bf",  # shota
    "\u5c0f\u5b66\u751f",  # schoolchild
    "\u5b50\u4f9b",  # child
    "\u513f\u7ae5",
    "\u0440\u0435\u0431\u0451\u043d",  # child
    "\u0434\u0435\u0432\u043e\u0447\u043a",  # little girl
)
_SEXUAL_SCRIPTS: Final = (
    "\u88f8",  # naked
    "\u30a8\u30ed",  # ero
    "\u30bb\u30c3\u30af\u30b9",  # sex
    "\u30cc\u30fc\u30c9",  # nude
    "\u8272\u60c5",  # pornographic
    "\u0433\u043e\u043b\u0430\u044f",  # naked
    "\u043e\u0431\u043d\u0430\u0436\u0435\u043d",
    "\u043f\u043e\u0440\u043d\u043e",  # porn
    "\u0441\u0435\u043a\u0441",  # sex
)
_CLOTHING_SCRIPTS: Final = (
    "\u670d",  # clothes
    "\u6c34\u7740",  # swimsuit
    "\u4e0b\u7740",  # underwear
    "\u043e\u0434\u0435\u0436\u0434",  # clothes
    "\u043a\u0443\u043f\u0430\u043b\u044c\u043d\u0438\u043a",  # swimsuit
)


@lru_cache(maxsize=64)
def _list_of(banned: tuple[str, ...]) -> re.Pattern[str]:
    """The host's list as one pattern of whole words, folded like the texts."""
    folded = {" ".join(_GAPS.sub(" ", _bare(word)).split()) for word in banned} - {""}
    if not folded:
        return re.compile(r"(?!)")  # matches nothing
    longest_first = sorted(folded, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")

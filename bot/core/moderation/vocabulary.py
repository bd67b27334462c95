"""Built-in words, matched against folded texts in lower case with single blanks."""

from __future__ import annotations

import re
from typing import Final

# Expressions that hold a word of one of the lists and mean nothing of it.
HARMLESS: Final = re.compile(
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


def _compile_words(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words.split('/'))})\b")


# Fires alone: these words have no other use in a request for a picture.
ALWAYS_FORBIDDEN: Final = _compile_words(
    "loli/lolis/lolicon/shotacon/toddlercon/p(?:a)?edophil(?:e|es|ia|ic)/p(?:a)?edo/jailbait/cunny"
    "/(?:child|kid|kiddie|kiddy|kinder|teen|preteen|minor) ?porn(?:o|ography)?/csam"
)

_NUMBERS: Final = (
    "(?:[0-9]|1[0-7]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen"
    "|fourteen|fifteen|sixteen|seventeen)"
)
MINOR: Final = _compile_words(
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
SEXUAL: Final = _compile_words(
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
EXPLICIT: Final = _compile_words(
    "nsfw/porn/porno/pornographic/pornography/hentai/ahegao/cumshot/creampie/blowjobs?/handjobs?"
    "/deepthroat/bukkake/gangbang/futanari/masturbat(?:e|es|ed|ing|ion)/penis/vagina/pussies"
    "/fully nude/full nudity/completely naked/sex scene/having sex/rule ?34/xxx"
)
GROWN_UP: Final = _compile_words("adults?/grown ?ups?/grown (?:man|men|woman|women)/over 18")
# What covers a body. A coat, a hat or shoes left out undress nobody.
CLOTHING: Final = _compile_words(
    "cloth(?:es|ed|ing)?/clad/dress(?:es|ed)?/attire/apparel/garments?/outfits?"
    "/wearing (?:any|some)thing/swim ?(?:suits?|wear|trunks?)/(?:swimming|bathing) (?:suits?"
    "|trunks?)/bikinis?/under ?(?:wear|pants|garments?)/panties/bras?/lingerie/diapers?/nappies"
    "/pants/trousers/jeans/shorts/leggings/tights/skirts?/(?:t ?)?shirts?/blouses?"
    "/(?:tank|crop) tops?/pyjamas/pajamas"
    "/kleid(?:er|ung)?/badeanzug/ropa/vestidos?/vetements?/maillots?"
)

MINOR_SCRIPTS: Final = (
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
SEXUAL_SCRIPTS: Final = (
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
CLOTHING_SCRIPTS: Final = (
    "\u670d",  # clothes
    "\u6c34\u7740",  # swimsuit
    "\u4e0b\u7740",  # underwear
    "\u043e\u0434\u0435\u0436\u0434",  # clothes
    "\u043a\u0443\u043f\u0430\u043b\u044c\u043d\u0438\u043a",  # swimsuit
)

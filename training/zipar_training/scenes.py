"""The compositional grammar: what a scene can hold, and the captions that describe it.

A `Scene` says everything that a caption may mention; what it leaves open (exact places, ridge
lines, star positions) is drawn from the picture's own seed by the renderer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from random import Random

TIMES = ("dawn", "day", "dusk", "night")
TERRAINS = ("mountains", "hills", "dunes", "sea", "lake", "snow", "city")
PLACES = ("left", "center", "right")
BODIES = ("none", "sun", "crescent", "full")
WONDERS = ("none", "aurora", "rainbow")

BODY_COLOURS = {"sun": ("yellow", "orange", "red"), "crescent": ("white", "yellow"), "full": ("white", "yellow")}
TERRAIN_COLOURS = {"mountains": ("blue", "purple"), "hills": ("green", "yellow"), "dunes": ("yellow", "red")}
THING_COLOURS = {
    "pine": (),
    "pines": (),
    "boat": ("red", "yellow", "white", "blue"),
    "house": ("red", "yellow", "white", "blue"),
    "lighthouse": ("red", "blue"),
    "balloon": ("red", "yellow", "blue", "green", "purple"),
    "birds": (),
}
KINDS = tuple(THING_COLOURS)
IN_THE_SKY = frozenset({"balloon", "birds"})
LAND_THINGS = ("pine", "pines", "house", "balloon", "birds")
THINGS_OF = {
    "mountains": LAND_THINGS,
    "hills": LAND_THINGS,
    "dunes": ("pine", "house", "balloon", "birds"),
    "sea": ("boat", "boat", "lighthouse", "lighthouse", "house", "balloon", "birds"),
    "lake": ("boat", "boat", "lighthouse", "pines", "pine", "house", "balloon", "birds"),
    "snow": LAND_THINGS,
    "city": ("pine", "balloon", "birds", "pines", "house"),
}


@dataclass(frozen=True)
class Thing:
    """A foreground thing; `colour` is "" for kinds that have only one look."""

    kind: str
    colour: str
    place: str


@dataclass(frozen=True)
class Scene:
    time: str
    terrain: str
    terrain_colour: str
    body: str
    body_colour: str
    body_place: str
    stars: bool
    clouds: bool
    wonder: str
    things: tuple[Thing, ...]


def random_scene(rng: Random) -> Scene:
    """Draws a scene in which nothing hides anything that a caption mentions."""
    time = rng.choice(TIMES)
    terrain = rng.choice(TERRAINS)
    body = _random_body(rng, time)
    body_place = rng.choice(PLACES) if body != "none" else ""
    scene = Scene(
        time=time,
        terrain=terrain,
        terrain_colour=_choice_or_blank(rng, TERRAIN_COLOURS.get(terrain, ())),
        body=body,
        body_colour=_choice_or_blank(rng, BODY_COLOURS.get(body, ())),
        body_place=body_place,
        stars=time == "night" and rng.random() < 0.6,
        clouds=rng.random() < (0.2 if time == "night" else 0.4),
        wonder=_random_wonder(rng, time),
        things=_random_things(rng, terrain, body_place),
    )
    return scene if len(sky_places(scene)) < 3 else replace(scene, clouds=False)


def sky_places(scene: Scene) -> set[str]:
    """The places whose sky is taken by sun, moon, balloon or birds."""
    taken = {thing.place for thing in scene.things if thing.kind in IN_THE_SKY}
    return taken | {scene.body_place} - {""}


def _choice_or_blank(rng: Random, options: tuple[str, ...]) -> str:
    return rng.choice(options) if options else ""


def _random_body(rng: Random, time: str) -> str:
    if time == "night":
        return rng.choice(("crescent", "crescent", "full", "full", "none"))
    if time == "dusk":
        return rng.choice(("sun", "sun", "sun", "sun", "crescent", "full", "none", "none"))
    return rng.choice(("sun", "sun", "sun", "none"))


def _random_wonder(rng: Random, time: str) -> str:
    if time == "night" and rng.random() < 0.22:
        return "aurora"
    if time == "day" and rng.random() < 0.18:
        return "rainbow"
    return "none"


def _random_things(rng: Random, terrain: str, body_place: str) -> tuple[Thing, ...]:
    """None, one or two things of different kinds at different places, those in the sky clear of sun and moon."""
    count = rng.choices((0, 1, 2), (0.16, 0.44, 0.40))[0]
    things: list[Thing] = []
    options = list(THINGS_OF[terrain])
    for _ in range(count):
        kind = rng.choice([k for k in options if k not in {t.kind for t in things}])
        taken = {t.place for t in things} | ({body_place} if kind in IN_THE_SKY else set())
        if {kind, *(t.kind for t in things)} >= {"pine", "pines"}:
            continue
        place = rng.choice([p for p in PLACES if p not in taken])
        things.append(Thing(kind, _choice_or_blank(rng, THING_COLOURS[kind]), place))
    return tuple(things)


def is_held_out(scene: Scene) -> bool:
    """True for the tenth of (time, terrain, body, kinds) combinations that training never sees."""
    key = "|".join((scene.time, scene.terrain, scene.body, *sorted(t.kind for t in scene.things)))
    return hashlib.sha256(key.encode()).digest()[0] * 10 < 256


def scene_of(seed: int, held_out: bool) -> Scene:
    """The scene of a seed: the first one drawn that lies on the wanted side of the split."""
    rng = Random(seed)
    while True:
        scene = random_scene(rng)
        if is_held_out(scene) == held_out:
            return scene


def mirrored(scene: Scene) -> Scene:
    """The scene in a looking glass, for horizontally flipped pictures."""
    swap = {"left": "right", "right": "left"}
    turned = tuple(replace(t, place=swap.get(t.place, t.place)) for t in scene.things)
    return replace(scene, body_place=swap.get(scene.body_place, scene.body_place), things=turned)


# --- captions ---------------------------------------------------------------------------------


def sentence(scene: Scene) -> str:
    """Every attribute as people would ask for it: "purple mountains at dusk with an orange sun on the right and clouds, ..."."""
    land = f"{scene.terrain_colour} {scene.terrain}".strip()
    opening = f"{land} by day" if scene.time == "day" else f"{land} at {scene.time}"
    sky = []
    if scene.body != "none":
        noun = "sun" if scene.body == "sun" else f"{scene.body} moon"
        sky.append(f"{_article(scene.body_colour)} {noun} {_on(scene.body_place)}")
    sky += ["stars"] * scene.stars + ["clouds"] * scene.clouds + ([scene.wonder] if scene.wonder != "none" else [])
    things = [f"{t.kind} {_on(t.place)}" if t.kind in ("pines", "birds") else f"{_article(f'{t.colour} {t.kind}'.strip())} {_on(t.place)}" for t in scene.things]
    parts = [f"{opening} with {' and '.join(sky)}" if sky else opening, *things]
    return ", ".join(parts)


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _on(place: str) -> str:
    return "in the center" if place == "center" else f"on the {place}"


def random_caption(scene: Scene, rng: Random) -> list[str]:
    """A caption as people write them: land and light first or in any order, some of the attributes left out."""
    style = rng.random()
    keep = 1.0 if style < 0.5 else 0.75
    clauses = _clauses(scene, rng, keep)
    if style > 0.65:  # most people type three things at most
        clauses = rng.sample(clauses, min(len(clauses), rng.choice((1, 2, 2, 3, 3))))
    if rng.random() < 0.6:
        return [word for clause in clauses for word in clause][:20]
    return _arranged(clauses, rng)


def telling_caption(scene: Scene, rng: Random) -> list[str]:
    """A caption that names every thing of the scene with its place, and in two of three cases everything else, too.

    What such a caption does not name is most likely not there: a model that learns from them adds nothing on its own.
    Colours may be left out, and short captions say one to three words on land, hour and sky.
    """
    style = rng.random()
    everything = style < 0.65
    things = [([thing.colour] if thing.colour and (everything or rng.random() < 0.75) else []) + [thing.kind, thing.place] for thing in scene.things]
    others = _clauses(replace(scene, things=()), rng, 1.0 if everything else 0.85)
    if style > 0.8:
        others = rng.sample(others, min(len(others), rng.choice((1, 2, 2, 3))))
    clauses = others + things
    if rng.random() < 0.6:
        return [word for clause in clauses for word in clause][:20]
    return _arranged(clauses, rng)


def _clauses(scene: Scene, rng: Random, keep: float) -> list[list[str]]:
    """Groups of words that belong together; each attribute stays with probability `keep`."""

    def kept(word: str, odds: float = keep) -> list[str]:
        return [word] if word and rng.random() < odds else []

    important = 1 - (1 - keep) * 0.4
    clauses = [kept(scene.terrain_colour) + kept(scene.terrain, important), kept(scene.time, important)]
    if scene.body != "none" and rng.random() < important:
        moon = [] if scene.body == "sun" else kept(scene.body, important)
        noun = "sun" if scene.body == "sun" else "moon"
        clauses.append(kept(scene.body_colour) + moon + [noun] + kept(scene.body_place))
    if scene.stars:
        clauses.append(kept("stars"))
    if scene.clouds:
        clauses.append(kept("clouds"))
    elif rng.random() < 0.3:
        clauses.append(kept("clear"))
    if scene.wonder != "none":
        clauses.append(kept(scene.wonder, important))
    for thing in scene.things:
        if rng.random() < important:
            clauses.append(kept(thing.colour) + [thing.kind] + kept(thing.place))
    return [clause for clause in clauses if clause] or [[scene.time]]


def _arranged(clauses: list[list[str]], rng: Random) -> list[str]:
    """Joins clauses; places follow their noun, unless the caption begins with a place ("left red house")."""
    clauses = [list(clause) for clause in clauses]
    rng.shuffle(clauses)
    if rng.random() < 0.5:  # things first, as most people write
        clauses.sort(key=lambda clause: not any(word in THING_COLOURS for word in clause))
    if clauses[0][-1] in PLACES and rng.random() < 0.3:
        clauses = [[c[-1], *c[:-1]] if c[-1] in PLACES and len(c) > 1 else c for c in clauses]
    return [word for clause in clauses for word in clause][:20]

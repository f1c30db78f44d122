"""What a picture should show for its prompt, in the judge's terms; and the prompts that ship for `zipar eval`."""

from __future__ import annotations

import json
from pathlib import Path

from .judge import attributes_of
from .pictures import scene_at
from .scenes import KINDS, Scene, sentence

PROMPTS = 300
"""Prompts per split that ship."""

Condition = tuple[str, str, str]
"""(attribute of the judge, "is" or "is not", class)."""


def expectations(scene: Scene) -> list[tuple[str, list[Condition]]]:
    """(name of a rate, conditions that must all hold) for everything that `sentence` says about a scene.

    "nothing extra": no thing of a kind that the prompt does not name.
    """
    wanted = attributes_of(scene)

    def same(name: str) -> Condition:
        return (name, "is", wanted[name])

    names = ["time", "terrain", "body", "clouds", "wonder", *(["stars"] if scene.time == "night" else [])]
    names += [name for name in ("terrain colour", "body colour", "body place") if wanted[name] != "none"]
    found = [(name, [same(name)]) for name in names]
    for thing in scene.things:
        found.append(("thing present", [(f"{thing.kind} place", "is not", "none")]))
        found.append(("thing place", [same(f"{thing.kind} place")]))
        if thing.colour:
            found.append(("thing colour", [same(f"{thing.kind} colour")]))
    named = {thing.kind for thing in scene.things}
    found.append(("nothing extra", [(f"{kind} place", "is", "none") for kind in KINDS if kind not in named]))
    return found


def holds(conditions: list[Condition], seen: dict[str, str]) -> bool:
    return all((seen[attribute] == value) == (relation == "is") for attribute, relation, value in conditions)


def export_prompts(target: Path) -> None:
    """Prompts of validation scenes, known and held-out combinations in turn, so that any number from the start is balanced."""
    scenes = [(split, scene_at(split, index)) for index in range(PROMPTS) for split in ("seen", "held-out")]
    prompts = [
        {"prompt": sentence(scene), "group": split, "expect": [{"rate": rate, "all": conditions} for rate, conditions in expectations(scene)]}
        for split, scene in scenes
    ]
    lines = ",\n".join(json.dumps(prompt, separators=(",", ":")) for prompt in prompts)
    temporary = target.with_suffix(".part")
    temporary.write_text(f'{{"format": "zipar-prompts", "version": 1, "prompts": [\n{lines}\n]}}\n')
    temporary.rename(target)

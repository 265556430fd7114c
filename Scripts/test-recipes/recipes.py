"""The code blocks of a page in Markdown that are to be run.

A block that begins with ```sh recipe=NAME or ```python recipe=NAME is a recipe. `not-run` instead
of `recipe=NAME` excuses a block. A block of shell or Python with neither is a mistake, and so is an
indented line that begins with the program's name.
"""

import dataclasses
import re

LANGUAGES = {"sh", "python"}
# Blocks of these are no commands to copy.
TRANSCRIPTS = {"console"}


@dataclasses.dataclass
class Recipe:
    name: str
    language: str
    line: int
    text: str

    @property
    def commands(self):
        """The commands of a recipe in shell, one a line; the whole text of one in Python."""
        if self.language == "python":
            return [self.text]
        joined = self.text.replace("\\\n", "")
        return [line for line in joined.splitlines() if line.strip()]


def read(text):
    """The recipes of a page, in their order, and what is wrong with the page, in words."""
    recipes, mistakes = [], []
    opened, lines = None, []
    for number, line in enumerate(text.splitlines(), 1):
        if opened is None and line.startswith("```"):
            opened, lines = (number, line[3:].split()), []
        elif opened is None:
            if re.match(r" {4,}(\$ )?alexnet ", line):
                mistakes.append(f"line {number}: a command outside of a marked block")
        elif line != "```":
            lines.append(line)
        else:
            start, (language, *marks) = opened[0], opened[1] or [""]
            opened = None
            names = [mark.removeprefix("recipe=") for mark in marks if mark.startswith("recipe=")]
            if language in TRANSCRIPTS or marks == ["not-run"]:
                continue
            if language not in LANGUAGES or len(names) != 1 or len(marks) != 1:
                mistakes.append(f"line {start}: a block that is neither a recipe nor not-run")
                continue
            recipes.append(Recipe(names[0], language, start, "\n".join(lines) + "\n"))
    if opened:
        mistakes.append(f"line {opened[0]}: a block without an end")
    names = [recipe.name for recipe in recipes]
    for name in sorted({name for name in names if names.count(name) > 1}):
        mistakes.append(f"two recipes are called {name}")
    return recipes, mistakes

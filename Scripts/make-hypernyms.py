#!/usr/bin/env python3
"""Writes the hypernyms of ImageNet's classes, with which a class is put into a group.

    Scripts/make-hypernyms.py WORDNET > Sources/CStarterModel/imagenet_hypernyms.tsv

WORDNET is the folder of the noun file of WordNet 3.0 (`data.noun`), which Debian's package
wordnet-base has in /usr/share/wordnet. A line of the result is a WordNet id, the ids of the more
general synsets above it, with commas between them, and its first word. Every synset above one of
the classes has a line. The licence at the head of data.noun, without its line numbers, is
Sources/CStarterModel/WORDNET-LICENSE.txt. Needs nothing but Python 3.
"""

import pathlib
import sys

CLASSES = pathlib.Path("Sources/CStarterModel/imagenet_classes.tsv")
ABOVE = ("@", "@i")  # pointers to a hypernym, and to the class of an instance


def synset(line):
    """The id, the ids above and the first word of a line of data.noun (wndb(5WN))."""
    fields = line.split(" | ")[0].split()
    words = int(fields[3], 16)
    pointers = fields[4 + 2 * words :]
    above = [
        "n" + pointers[i + 1]
        for i in range(1, 1 + 4 * int(pointers[0]), 4)
        if pointers[i] in ABOVE
    ]
    return "n" + fields[0], above, fields[4].replace("_", " ")


def main():
    synsets = {}
    with open(pathlib.Path(sys.argv[1]) / "data.noun", encoding="utf-8") as file:
        for line in file:
            if not line.startswith(" "):
                name, above, word = synset(line)
                synsets[name] = (above, word)
    waiting = [line.split("\t")[0] for line in CLASSES.read_text(encoding="utf-8").splitlines()]
    found = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += synsets[name][0]
    for name in sorted(found):
        above, word = synsets[name]
        print(name, ",".join(above), word, sep="\t")


if __name__ == "__main__":
    main()

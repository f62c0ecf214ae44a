#!/usr/bin/env python3
"""tools/map.py [HEADER]: what leans on what. A row per chapter of lstmfc.h: `+` where its code calls functions of the chapter of the
column, `#` where more than five (macros and types are not counted); then the shortest drawing with the same paths. --counts: numbers.

tools/map.py --write puts it between the marks of MAINTAINERS.md, --check says by its exit code whether it is there already.
"""
import os
import sys

from header import Header

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def calls(header):
    """{(caller, called): {names}} over chapters, from the code alone."""
    begin = header.text.index("#endif /* LSTMFC_H */")
    found = {}
    for name in header.names.values():
        if name.kind != "function" or name.defined is None:
            continue
        home = header.chapter_at(name.defined)
        for at in name.places:
            if at > begin and header.chapter_at(at) != home:
                found.setdefault((header.chapter_at(at), home), set()).add(name.name)
    return found


def reduced(edges, numbers):
    """The edges without those that a longer way replaces."""
    needs = {number: {b for a, b in edges if a == number} for number in numbers}
    reach = {}
    for number in numbers:                              # a chapter uses only earlier ones
        reach[number] = set(needs[number])
        for other in needs[number]:
            reach[number] |= reach[other]
    return {number: {b for b in needs[number] if not any(b in reach[other] for other in needs[number] if other != b)} for number in numbers}


def mark(count):
    if "--counts" in sys.argv:
        return count or "."
    return "#" if count > 5 else "+" if count else "."


def drawing(header):
    found = calls(header)
    numbers = [chapter.number for chapter in header.chapters[1:]]
    later = sorted(pair for pair in found if pair[0] < pair[1])
    if later:
        sys.exit("a chapter calls a later one: %s" % ", ".join("%d calls %d (%s)" % (pair + (sorted(found[pair])[0],)) for pair in later))
    lines = ["chapter" + " " * 10 + "".join("%4d" % number for number in numbers[:-1])]
    for chapter in header.chapters[1:]:
        cells = "".join("%4s" % mark(len(found.get((chapter.number, other), ()))) for other in numbers if other < chapter.number)
        lines.append(("%2d %-14s" % (chapter.number, chapter.name) + cells).rstrip())
    names = {chapter.number: chapter.name for chapter in header.chapters}
    needs = reduced(found, numbers)
    level = {}
    for number in numbers:
        level[number] = 1 + max([level[other] for other in needs[number]], default=-1)
    lines.append("")
    for height in range(max(level.values()), -1, -1):
        row = ["%s (on %s)" % (names[number], ", ".join(names[other] for other in sorted(needs[number]))) if needs[number] else names[number]
               for number in numbers if level[number] == height]
        lines.append("    " + "   ".join(row))
    return "\n".join(lines)


def main():
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    text = drawing(Header(arguments[0] if arguments else os.path.join(ROOT, "lstmfc.h")))
    path = os.path.join(ROOT, "MAINTAINERS.md")
    if "--write" not in sys.argv and "--check" not in sys.argv:
        return print(text)
    with open(path, encoding="utf-8") as file:
        old = file.read()
    before, _, rest = old.partition("<!-- map -->\n")
    new = "%s<!-- map -->\n```\n%s\n```\n%s" % (before, text, rest[rest.index("<!-- /map -->"):])
    if "--check" in sys.argv:
        sys.exit(new != old)
    with open(path, "w", encoding="utf-8") as file:
        file.write(new)
    return None


if __name__ == "__main__":
    main()

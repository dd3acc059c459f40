#!/usr/bin/env python3
"""Checks the catalogue of the server's texts (src/hub/text.c).

usage: check_texts.py <source folder>

Every text that the hub gives as an answer must be in it, with the same conversions in all languages,
and nothing that the hub does not say any more.
"""
import pathlib
import re
import sys

LITERAL = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
# Where answers get their texts: see reply.h and numeric.h.
PLACES = (
    r"reply_(?:format|about)\(\s*call,[^\";]*?" + LITERAL,
    r"reply_notice_format\(\s*call,\s*" + LITERAL,
    r"\.text\s*=\s*(?:[^;,\"]*?\?\s*)?STR\(\s*" + LITERAL,
    r"\bfailure_text\s*=\s*STR\(\s*" + LITERAL,
    # The last argument of a file's own refusals.
    r"\b(?:fail|refuse_message|fail_permission)\(\s*call,[^;]*?" + LITERAL + r"\)?\);",
    r"reply_text\(\s*[^;\"]*?ERR_\w+[^;\"]*?STR\(\s*" + LITERAL + r"\)\s*\)",
)


def joined(literals: str) -> str:
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))


def conversions(text: str) -> list[str]:
    return re.findall(r"%(?:\.\*|[0-9]+)?(?:ll|z)?[a-zA-Z%]", text)


def main() -> int:
    hub = pathlib.Path(sys.argv[1]) / "src" / "hub"
    sources = {path.name: path.read_text() for path in sorted(hub.glob("*.[ch]"))
               if path.name != "text.c"}
    catalogue = {}
    for english, chinese in re.findall(r"\{STR_INIT\(\s*" + LITERAL + r"\),\s*STR_INIT\(\s*" +
                                       LITERAL + r"\)\}", (hub / "text.c").read_text()):
        catalogue[joined(english)] = joined(chinese)
    needed = {}
    for name, source in sources.items():
        for place in PLACES:
            for match in re.finditer(place, source):
                needed.setdefault(joined(match.group(1)), name)
    for match in re.finditer(r"X\(\w+, \d+,\s*" + LITERAL, sources["numeric.h"]):
        needed.setdefault(joined(match.group(1)), "numeric.h")
    needed.pop("", None)
    said = "\n".join(re.sub(r'"\s*(?:\\\n\s*)?"', "", source) for source in sources.values())

    problems = [f"{name}: not in text.c: {text}" for text, name in needed.items()
                if text not in catalogue]
    for english, chinese in catalogue.items():
        if f'"{english}"' not in said:
            problems.append(f"text.c: nobody says this: {english}")
        if conversions(english) != conversions(chinese):
            problems.append(f"text.c: other conversions than: {english}")
    for problem in problems:
        print(problem)
    print(f"{len(catalogue)} texts; {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

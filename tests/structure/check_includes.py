"""Checks that each floor includes what is below it, and nothing else.

usage: check_includes.py root

The floors are those of the picture in docs/architecture.md, so that picture and code can't drift apart:
the first part of it is the wings at the top, which don't include one another; then the floors, highest
first; then the wings at the ground, which include base/ only and serve server/ and the wings at the top.
"""
import pathlib
import re
import sys

RULE = re.compile(r"^ ─+$", re.M)
GROUND_USERS_FROM = "server"


def floors(root: pathlib.Path) -> dict[str, set[str]]:
    """For each folder of src/ those that it may include besides itself."""
    text = (root / "docs/architecture.md").read_text(encoding="utf-8")
    picture = re.search(r"## Floors\n.*?```\n(.*?)```", text, re.S)[1]
    top, stack, ground = RULE.split(picture)
    wings = re.findall(r"\b(\w+)/ ", top)
    order = re.findall(r"^ (\w+)/", stack, re.M)[::-1]
    basement = re.findall(r"^ (\w+)/", ground, re.M)
    allowed = {floor: set(order[:i]) for i, floor in enumerate(order)}
    allowed |= {wing: {order[0]} for wing in basement}
    for floor in order[order.index(GROUND_USERS_FROM):]:
        allowed[floor] |= set(basement)
    allowed |= {wing: set(order) | set(basement) for wing in wings}
    return allowed


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    allowed = floors(root)
    problems = []
    files = sorted(path for suffix in ("*.c", "*.h") for path in (root / "src").rglob(suffix))
    for path in files:
        name = path.relative_to(root / "src").as_posix()
        floor = name.split("/")[0]
        if floor == "main.c":
            continue
        if floor not in allowed:
            problems.append(f"src/{name}: docs/architecture.md shows no floor {floor}/")
            continue
        includes = re.findall(r'^#include "([^"]+)"', path.read_text(encoding="utf-8"), re.M)
        for include in includes:
            below = include.split("/")[0]
            if below != floor and below not in allowed[floor]:
                problems.append(f"src/{name}: includes {include}, which is not below {floor}/")
        own = name[:-2] + ".h"
        if name.endswith(".c") and (root / "src" / own).exists() and includes[0] != own:
            problems.append(f"src/{name}: includes {includes[0]} before its own header")
    print("\n".join(problems) or f"{len(files)} files, {len(allowed)} floors")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

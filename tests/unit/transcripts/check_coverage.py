#!/usr/bin/env python3
"""Checks that the transcripts show all that the hub can say.

usage: check_coverage.py <source folder>

Every command of the table must be sent, every numeric that the code uses must be received, and so
must every code of a standard reply. Exceptions are listed here, with their reasons.
"""
import pathlib
import re
import sys

# Numerics that the hub uses but that no transcript can show, and why.
NUMERIC_EXCEPTIONS = {}
# Commands of the table that are not sent, and why.
COMMAND_EXCEPTIONS = {}


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    hub = root / "src" / "hub"
    sources = "\n".join(
        path.read_text() for path in sorted(hub.glob("*.c")) if path.name not in ("numeric.c", "reply_help.c"))
    transcripts = "\n".join(
        path.read_text() for path in sorted((root / "tests/unit/transcripts").glob("*.txt")))
    sent = set(re.findall(r"^(?:quiet )?\w+> (?:@\S* )?(?::\S+ )?([A-Za-z]+)", transcripts, re.M))
    sent = {word.upper() for word in sent}
    received = re.findall(r"^\w+< (?:@\S* )?:\S+ (\S+)(.*)", transcripts, re.M)
    numerics = {word for word, _ in received if re.fullmatch(r"\d{3}", word)}
    replies = {rest.split()[1] for word, rest in received if word in ("FAIL", "WARN", "NOTE")}

    missing = []
    table = (hub / "numeric.h").read_text()
    for name, code in re.findall(r"X\((\w+), (\d+),", table):
        is_used = re.search(rf"\b{name}\b", sources) is not None
        if is_used and name not in NUMERIC_EXCEPTIONS and f"{int(code):03}" not in numerics:
            missing.append(f"{int(code):03} {name} is used and never received")
    for name in re.findall(r'ROW\("(\w+)"', (hub / "command.c").read_text()):
        if name not in COMMAND_EXCEPTIONS and name not in sent:
            missing.append(f"{name} is never sent")
    codes = set(re.findall(r'\bSTR\("([A-Z]+(?:_[A-Z]+)+)"\)', sources))
    for code in sorted(codes - replies):
        missing.append(f"the standard reply {code} is never received")
    for line in missing:
        print(line)
    print(f"{len(numerics)} numerics, {len(sent)} commands and {len(replies)} standard replies are "
          f"shown; {len(missing)} are missing")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

"""Checks what the hub calls: no I/O, no clock, no randomness, no threads, no environment.

usage: check_symbols.py libhub.a libwire.a libbase.a

Follows the undefined symbols of libhub.a through the lower floors. What is left is the C library's, and
must be on the list below: functions whose result depends on their arguments only.
"""
import collections
import pathlib
import re
import subprocess
import sys

ALLOWED = {
    "memchr", "memcmp", "memcpy", "memmem", "memmove", "memrchr", "memset", "strchr", "strcmp",
    "strlen", "strncmp", "strnlen", "qsort", "bsearch", "explicit_bzero", "vsnprintf",
    "inet_ntop", "inet_pton",
    "malloc", "calloc", "realloc", "free", "abort", "__assert_fail",
}
# Hashing, encoding, folding of characters, look-alike names and patterns: tables and arithmetic.
OF_LIBRARIES = re.compile(
    r"(?!\w*keygen)crypto_(shorthash|generichash|auth|hash)(_\w+)?|(utf8proc|uspoof|pcre2)_\w+"
    r"|sodium_(memcmp|memzero|bin2base64|base642bin)|oath_(totp_generate2|base32_encode)")
# What base/alloc.c says before it aborts; where uthash would end, which allocates by base/alloc.c.
ALLOWED_IN = {"base/alloc.c": {"write"}, "base/map.c": {"exit"}}
# What compilers put in: stack protector, fortified functions (their plain names are looked up).
OF_COMPILERS = re.compile(
    r"_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__(asan|ubsan|tsan|sanitizer|sancov|gcov|llvm)_\w+")
# Of base/, what the hub must not even reach.
FORBIDDEN = {"base/clock.c", "base/entropy.c", "base/log.c", "base/mutex.c", "base/password.c"}


def symbols(library: str) -> tuple[dict[str, set[str]], dict[str, str]]:
    """What each object of the library needs, and which object defines a symbol."""
    text = subprocess.run(["nm", library], capture_output=True, text=True, check=True).stdout
    needs: dict[str, set[str]] = collections.defaultdict(set)
    defines: dict[str, str] = {}
    floor, member = pathlib.PurePath(library).stem.removeprefix("lib"), ""
    for line in text.splitlines():
        if line.endswith(":"):
            member = floor + "/" + re.sub(r"\.o$", "", pathlib.PurePath(line[:-1]).name)
            continue
        words = line.split()
        if words[:1] == ["U"]:
            needs[member].add(words[1])
        elif len(words) == 3 and words[1] in "TDBRVW":
            defines[words[2]] = member
    return needs, defines


def plain_name(symbol: str) -> str:
    """Of a fortified function: __memcpy_chk is memcpy."""
    match = re.fullmatch(r"__(\w+)_chk", symbol)
    return match[1] if match else symbol


def is_harmless(symbol: str) -> bool:
    return bool(OF_COMPILERS.fullmatch(symbol) or OF_LIBRARIES.fullmatch(symbol))


def main() -> int:
    needs: dict[str, set[str]] = {}
    defined_by: dict[str, str] = {}
    for library in sys.argv[1:]:
        needed, defines = symbols(library)
        needs |= needed
        defined_by |= defines
    left = [(member, member) for member in needs if member.startswith("hub/")]
    problems = [] if left else ["no objects"]
    seen: set[str] = set()
    while left:
        member, way = left.pop()
        if member in seen:
            continue
        seen.add(member)
        allowed = ALLOWED | ALLOWED_IN.get(member, set())
        for symbol in sorted(needs.get(member, ())):
            if symbol in defined_by:
                other = defined_by[symbol]
                if other in FORBIDDEN:
                    problems.append(f"{way}: {symbol} of {other}")
                else:
                    left.append((other, f"{way} > {other}"))
            elif plain_name(symbol) not in allowed and not is_harmless(symbol):
                problems.append(f"{way}: {symbol}")
    print("\n".join(problems) or f"{len(seen)} objects")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

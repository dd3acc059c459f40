"""Checks that each header of src/ and tests/ compiles alone.

usage: check_headers.py root compiler...
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys


def main() -> int:
    root, compiler = pathlib.Path(sys.argv[1]), sys.argv[2:]
    command = [*compiler, "-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
               "-fsyntax-only", f"-I{root / 'src'}", f"-I{root / 'tests'}", f"-I{root}", "-xc", "-"]

    def complaint(path: pathlib.Path) -> str:
        text = f'#include "{path}"\n#include "{path}"\n'  # the second time for its guard
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        return done.stderr if done.returncode != 0 else ""

    headers = sorted(path for folder in ("src", "tests") for path in (root / folder).rglob("*.h"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = list(filter(None, pool.map(complaint, headers)))
    print("".join(complaints) or f"{len(headers)} headers")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())

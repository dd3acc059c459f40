"""Checks that sources are as clang-format leaves them. usage: check_format.py root"""
import pathlib
import subprocess
import sys


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    files = sorted(str(path) for folder in ("src", "tests") for suffix in ("*.c", "*.h")
                   for path in (root / folder).rglob(suffix))
    return subprocess.run(["clang-format", "--dry-run", "-Werror", *files], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

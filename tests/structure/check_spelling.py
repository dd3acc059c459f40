"""Checks the spelling of what people read: code, tests and documentation.

usage: check_spelling.py root

Words that are right here stand in WORDS, files with wrong words by intent in SKIP.
"""
import pathlib
import subprocess
import sys

WORDS = {
    "inflight",  # on the way, in names
    "nd",  # a macro of man pages
    "fo",  # in Base64
    "fro",
    "nin",  # a line's end before "In", in a string
    "hel",  # begins "hello", which is completed
    "unx",
}
# Options misspelled on purpose: what is suggested for them is tested and shown.
SKIP = {"tests/system/test_server.py", "tests/unit/test_config.c", "tests/unit/test_nearest.c", "docs/man/confab.yaml.5"}
FOLDERS = ("src", "tests", "docs", "tools", "web", "packaging")
SUFFIXES = {".c", ".h", ".py", ".md", ".yaml", ".build", ".1", ".5", ".sh", ".ts", ".tsx", ".css", ""}


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    files = [path for path in root.iterdir() if path.is_file() and path.suffix in SUFFIXES]
    for folder in FOLDERS:
        files += [path for path in (root / folder).rglob("*") if path.is_file()]
    names = [path.relative_to(root).as_posix() for path in files
             if path.suffix in SUFFIXES and "corpus" not in path.parts
             and "node_modules" not in path.parts and not path.name.startswith(".git")]
    names = [name for name in names if name not in SKIP and ".zh-CN." not in name]
    command = ["codespell", "-L", ",".join(sorted(WORDS)), *sorted(names)]
    return subprocess.run(command, cwd=root, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

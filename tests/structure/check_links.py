"""Checks that what pages link to in this repository is there.

usage: check_links.py root

Relative links of every Markdown page: the file must exist, and a heading for the part behind "#".
"""
import pathlib
import re
import sys

LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
SKIPPED = {".git", "build", "node_modules"}


def anchors(page: pathlib.Path) -> set[str]:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in HEADING.findall(text))
    return {title.strip().replace(" ", "-") for title in plain}


def complaints(root: pathlib.Path, page: pathlib.Path) -> list[str]:
    found = []
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, part = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists():
            found.append(f"{page.relative_to(root)}: {link}: no such file")
        elif part and target.suffix == ".md" and part not in anchors(target):
            found.append(f"{page.relative_to(root)}: {link}: no such heading")
    return found


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    pages = [page for page in sorted(root.rglob("*.md"))
             if not SKIPPED & set(page.relative_to(root).parts)]
    found = [line for page in pages for line in complaints(root, page)]
    print("\n".join(found) or f"the links of {len(pages)} pages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

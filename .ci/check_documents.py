#!/usr/bin/env python3
"""Checks every Markdown page in git, and the reference configuration: lines have at most 100 columns; links, paths and test
classes exist.

Links are followed with their anchors, and so are sections that sources mention. A path is a word in code that begins with a
folder of the repository's top level. It is looked for at the top and beside the page. Words with a placeholder (…, *, $, <, {)
and output folders are skipped.
`check_documents.py --lengths` prints the longest line of each page."""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_COLUMNS = 100
# Page and what its long lines look like: tables that a script writes.
LONG_LINES = {
    "docs/FIDELITY.md": re.compile(r"\| command \| amd64 node .*|\|( --- \|){9}|\| .* (\| (same|differs|–) ){8}\|"),
}
OUTPUTS = ("target/", "out/", "jib-image.tar")

SECTION = re.compile(r'docs/(\w+\.md), "([^"\n]+)"')
SOURCES = (".java", ".c", ".h", ".inc", ".mjs", ".js", ".py", ".sh", ".yaml", ".yml")
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)")
WORD = re.compile(r"[\w./…*$<{@:?,-]+")
CODE = re.compile(r"`([^`]+)`")
TEST_CLASS = re.compile(r"\b(?!Foo)(?![A-Z_]+\b)[A-Z]\w+(?:Test|IT|Fuzz|Benchmark)\b")
PLACEHOLDERS = "…*$<{@:?"


def tracked():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def prose_and_code(text):
    """Line number, line, and whether the line is code: indented after a blank line, as all blocks of these pages are."""
    block, before = False, ""
    for number, line in enumerate(text.splitlines(), 1):
        indented = line.startswith("    ")
        block = indented and (block or before == "") or block and line == ""
        yield number, line, block and indented
        before = line


def anchors(text):
    """The anchors that GitHub gives to a page's headings."""
    found = set()
    for _, line, code in prose_and_code(text):
        if line.startswith("#") and not code:
            found.add(slug(line.lstrip("#")))
    return found


def slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


class Pages:
    def __init__(self, files):
        self.files = set(files)
        self.folders = {str(parent) for name in files for parent in Path(name).parents}
        self.tops = {Path(name).parts[0] for name in files if "/" in name}
        self.classes = {Path(name).stem for name in files if name.endswith(".java")}
        self.pages = sorted(name for name in files if name.endswith((".md", ".reference.yaml")))

    def exists(self, path):
        name = str(path).rstrip("/")
        return name in self.files or name in self.folders

    def faults(self, page):
        text = (ROOT / page).read_text()
        wanted = LONG_LINES.get(page)
        for number, line, code in prose_and_code(text):
            if len(line) > MOST_COLUMNS and not (wanted and wanted.fullmatch(line)):
                yield number, f"{len(line)} columns, at most {MOST_COLUMNS}"
        for match in LINK.finditer("\n".join("" if code else line for _, line, code in prose_and_code(text))):
            number = text_line(text, match.group(1))
            fault = self.broken_link(page, match.group(1))
            if fault:
                yield number, fault
        for number, word in words(text):
            if not self.known_path(page, word):
                yield number, f"`{word}` does not exist"
        for number, name in test_classes(text):
            if name not in self.classes:
                yield number, f"no Java class {name}"

    def broken_sections(self, source):
        """A source's mentions of a section, as in: docs/FORMATS.md, "Host contract"."""
        text = (ROOT / source).read_text()
        for match in SECTION.finditer(text):
            page = f"docs/{match.group(1)}"
            if page not in self.files or slug(match.group(2)) not in anchors((ROOT / page).read_text()):
                yield text[: match.start()].count("\n") + 1, f"no section {match.group(2)} in {page}"

    def broken_link(self, page, target):
        if re.match(r"[a-z]+:", target):
            return None
        path, _, anchor = target.partition("#")
        file = normal(Path(page).parent / path) if path else page
        if not self.exists(file):
            return f"link to {target}: no such file"
        if anchor and anchor not in anchors((ROOT / file).read_text()):
            return f"link to {target}: no such heading"
        return None

    def known_path(self, page, word):
        word = word.removeprefix("./").rstrip(".,:")
        if Path(word).parts[:1] == () or Path(word).parts[0] not in self.tops or "/" not in word:
            return True
        if any(mark in word for mark in PLACEHOLDERS) or any(output in word for output in OUTPUTS):
            return True
        return self.exists(word) or self.exists(normal(Path(page).parent / word))


def normal(path):
    parts = []
    for part in Path(path).parts:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def text_line(text, target):
    return text[: text.index(f"]({target})")].count("\n") + 1


def words(text):
    for number, line, code in prose_and_code(text):
        for piece in [line] if code else CODE.findall(line):
            for word in WORD.findall(piece):
                yield number, word


def test_classes(text):
    for number, line, code in prose_and_code(text):
        for piece in [line] if code else CODE.findall(line):
            for name in TEST_CLASS.findall(piece):
                yield number, name


def longest(page):
    return max((len(line) for line in (ROOT / page).read_text().splitlines()), default=0)


def main(arguments):
    pages = Pages(tracked())
    if arguments == ["--lengths"]:
        for page in pages.pages:
            print(f"{longest(page):4} {page}")
        return 0
    faults = [f"{page}:{number}: {fault}" for page in pages.pages for number, fault in pages.faults(page)]
    sources = [name for name in sorted(pages.files) if name.endswith(SOURCES)]
    faults += [f"{source}:{number}: {fault}" for source in sources for number, fault in pages.broken_sections(source)]
    print("\n".join(faults + [f"{len(pages.pages)} pages, {len(faults)} faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

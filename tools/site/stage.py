"""usage: stage.py LOLIGO XML STAGE: the source of the site: every Markdown page of the repository at its own path, the pages
of commands and headers, and a first page whose contents are the links of docs/index.md."""
import os
import re
import sys
from pathlib import Path

import api
import commands
import spelling

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"(!?\[(?:[^\]\[]|\[[^\]]*\])*\]\()([^)\s]+)(\))")
FENCE = re.compile(r"^\s*(```|~~~)")


def pages():
    """Markdown of the repository that people should read."""
    found = [p for p in ROOT.glob("*.md")]
    for folder in ("docs", "src", "examples", "validation", "bench", "fuzz", "models", "data", "python"):
        found += (ROOT / folder).rglob("*.md")
    found += (ROOT / "web").glob("*.md")
    return sorted(p.relative_to(ROOT) for p in found if p.name != "index.md" or p.parent != ROOT / "docs")


class Stage:
    """Files keep their time when they are the same as in the last run, so that Sphinx reads only what changed."""

    def __init__(self, folder):
        self.folder, self.pages, self.errors, self.written = Path(folder), set(pages()), [], set()

    def put(self, path, content):
        path = self.folder / path
        self.written.add(path)
        if path.exists() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def forget_others(self):
        for path in self.folder.rglob("*"):
            if path.is_file() and path not in self.written:
                path.unlink()

    def target(self, page, link):
        """Where a link of a page leads in the site; files that are no pages are copied to where they are."""
        path, mark, anchor = link.partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return link
        found = Path(os.path.normpath(page.parent / path))
        if (ROOT / found).is_dir():
            found = found / "README.md"
        if found == Path("docs/index.md"):
            return os.path.relpath("index.md", page.parent) + mark + anchor
        if found not in self.pages and not (ROOT / found).is_file():
            self.errors.append(f"{page}: nothing at the link {link}")
            return link
        if found not in self.pages:
            self.put(found, (ROOT / found).read_bytes())
        return os.path.relpath(found, page.parent) + mark + anchor

    def convert(self, page, text):
        """The page with its links put right; code stays as it is."""
        out, fenced = [], False
        for line in text.split("\n"):
            if FENCE.match(line):
                fenced = not fenced
            elif not fenced:
                line = LINK.sub(lambda m: m[1] + self.target(page, m[2]) + m[3], line)
            out.append(line)
        return "\n".join(out)


def contents(stage, text):
    """docs/index.md as the first page: each heading's links become a part of the navigation."""
    out, listed, links = [], [], []

    def flush():
        if links:
            out.extend(["", "```{toctree}", ":hidden:", ":titlesonly:", f":caption: {flush.title}", "", *links, "```", ""])
            links.clear()

    flush.title = ""
    for line in stage.convert(Path("docs/index.md"), text).split("\n"):
        if line.startswith("## "):
            flush()
            flush.title = line[3:]
        line = re.sub(r"\]\((?![a-z]+:|#)([^)]+)\)", lambda m: "](" + os.path.normpath("docs/" + m[1]) + ")", line)
        if line.startswith("- "):
            for page in re.findall(r"\]\(([^)#]+)\.md\)", line):
                links.append(page)
                listed.append(page + ".md")
        out.append(line)
    flush()
    rest = sorted(str(p) for p in stage.pages - {Path(p) for p in listed})
    groups = [("Programs", ["commands/index", "api/index"]),
              ("Decisions", [p[:-3] for p in rest if p.startswith("docs/decisions/0")]),
              ("Further pages", [p[:-3] for p in rest if not p.startswith("docs/decisions/0")])]
    for title, names in groups:
        if names:
            out += ["```{toctree}", ":hidden:", ":titlesonly:", f":caption: {title}", "", *names, "```", ""]
    return "\n".join(out)


def main(loligo, xml, folder):
    stage = Stage(folder)
    texts = {page: stage.convert(page, (ROOT / page).read_text()) for page in stage.pages}
    texts["index.md"] = contents(stage, (ROOT / "docs/index.md").read_text())
    table = commands.help_of(loligo)
    for page in stage.pages - {Path("CHANGELOG.md")}:  # which tells of the past
        stage.errors += spelling.faults(page, texts[page], table)
    texts |= {f"commands/{name}": text for name, text in commands.pages(loligo, table).items()}
    texts |= {f"api/{name}": text for name, text in api.pages(xml).items()}
    for page, text in texts.items():
        stage.put(page, text.encode())
    stage.forget_others()
    stage.errors += api.undocumented(xml)
    for error in stage.errors:
        print(f"docs: {error}", file=sys.stderr)
    return 1 if stage.errors else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

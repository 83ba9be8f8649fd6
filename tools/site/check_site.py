"""usage: check_site.py HTML: every link of the site leads somewhere, and no page asks another host for anything."""
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

LOADS = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("video", "src"), ("object", "data")}


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.path, self.links, self.ids, self.loads = path, [], set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        for key, value in attrs:
            if value is None:
                continue
            if key == "id" or (tag == "a" and key == "name"):
                self.ids.add(value)
            elif (tag, key) in LOADS or (tag == "link" and key == "href" and dict(attrs).get("rel") != "canonical"):
                self.loads.append(value)
            elif tag == "a" and key == "href":
                self.links.append(value)


def is_elsewhere(url):
    return url.startswith(("http:", "https:", "//"))


def faults(pages):
    for page in pages.values():
        for url in page.loads:
            if is_elsewhere(url):
                yield f"{page.path}: asks another host for {url}"
        for url in page.loads + page.links:
            if is_elsewhere(url) or url.startswith(("mailto:", "data:", "javascript:")):
                continue
            path, _, anchor = unquote(url).partition("#")
            target = (page.path.parent / path.split("?")[0]).resolve() if path else page.path
            if not target.exists():
                yield f"{page.path}: nothing at {url}"
            elif anchor and target in pages and anchor not in pages[target].ids:
                yield f"{page.path}: no place '{anchor}' in {target.name}"


def main(folder):
    root = Path(folder).resolve()
    pages = {p: Page(p) for p in root.rglob("*.html") if "_static" not in p.parts}
    found = sorted(set(faults(pages)))
    for css in root.rglob("*.css"):
        text = css.read_text(encoding="utf-8")
        if "url(http" in text or "url(/" in text or "@import" in text:
            found.append(f"{css}: asks another host for something")
    for fault in found:
        print(f"docs: {fault}", file=sys.stderr)
    print(f"docs: {len(pages)} pages, {sum(len(p.links) for p in pages.values())} links, {len(found)} faults")
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

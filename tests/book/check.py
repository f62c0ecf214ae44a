"""tests/book/check.py HEADER PAGES FUNCTIONS: the pages of the book against the header they were made of. One line a finding, "ok ..." or
"FAIL ..."; FUNCTIONS lists the public functions as the compiler sees them. Run by tests/test_book.sh."""
import html.parser
import os
import re
import sys


class Page(html.parser.HTMLParser):
    """Ids, links and text of a page, and the code blocks with their lines."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.text, self.codes, self.open, self.depth = [], [], [], [], None, 0
        self.head, self.twice, self.skipping, self.stack = True, [], 0, []
        with open(path, encoding="utf-8") as file:
            self.source = file.read()
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "id" in attributes:
            (self.twice if attributes["id"] in self.ids_set() else self.ids).append(attributes["id"])
        for key in ("href", "src"):
            if key in attributes:
                self.links.append(attributes[key])
        void = tag in ("meta", "link", "input", "br")
        if tag == "main":
            self.head = False
        if not void:
            hidden = tag in ("aside", "details", "script") or attributes.get("class") == "line"
            self.stack.append((tag, hidden))
            self.skipping += hidden
        if tag == "div" and attributes.get("class") == "code" and "id" in attributes:
            self.codes.append([int(attributes["id"][1:]), int(attributes["data-last"]), []])
            self.open = len(self.stack)

    def ids_set(self):
        return set(self.ids) if len(self.ids) < 50 else self.cache()

    def cache(self):
        if not hasattr(self, "seen") or self.counted != len(self.ids):
            self.seen = getattr(self, "seen", set()) | set(self.ids[getattr(self, "counted", 0):])
            self.counted = len(self.ids)
        return self.seen

    def handle_endtag(self, tag):
        if tag in ("meta", "link", "input", "br"):
            return
        opened, hidden = self.stack.pop() if self.stack else ("nothing", False)
        if opened != tag:
            self.twice.append("</%s> closes <%s>" % (tag, opened))
        self.skipping -= hidden
        if tag in ("p", "pre", "dt", "dd", "h1", "h2", "h3", "li", "div"):
            self.text.append("\n")
        if self.open is not None and len(self.stack) < self.open:
            self.open = None

    def handle_data(self, data):
        if self.head or self.skipping:
            return
        self.text.append(data)
        if self.open is not None:
            self.codes[-1][2].append(data)


def words(text):
    return " ".join(text.split())


def report(bad, what):
    print("ok " + what if not bad else "FAIL %s: %s" % (what, "; ".join(str(item) for item in bad[:5])))


def main():
    header_path, folder, functions = sys.argv[1:]
    with open(header_path, encoding="utf-8") as file:
        header = file.read()
    lines = header.split("\n")
    pages = {name: Page(os.path.join(folder, name)) for name in sorted(os.listdir(folder)) if name.endswith(".html")}
    report([name + " " + item for name, page in pages.items() for item in page.twice], "every id stands once, every element is closed")

    bad, count = [], 0
    for name, page in pages.items():
        for link in page.links:
            target, _, place = link.partition("#")
            count += 1
            if target and target not in pages and not os.path.exists(os.path.join(folder, target)):
                bad.append(name + " -> " + link)
            elif place and place not in pages[target or name].cache():
                bad.append(name + " -> " + link)
    report(bad, "%d links lead to a place of the book" % count)
    with open(os.path.join(folder, "index.js"), encoding="utf-8") as file:
        found = re.findall(r'\["((?:[^"\\]|\\.)*)","([^"#]+)(?:#([^"]+))?","', file.read())
    bad = [row for row in found if row[1] not in pages or row[2] and row[2] not in pages[row[1]].cache()]
    report(bad if len(found) > 1000 else ["only %d rows" % len(found)], "what the search finds is there (%d)" % len(found))

    asks = re.compile(r"https?:|(?:src|href)=\"//|url\(|@import|fetch\(|XMLHttpRequest")
    outside = [name for name in os.listdir(folder) if asks.search(read(folder, name))]
    report(outside, "nothing asks for a network")

    banners = re.findall(r"^   (\d+) ([a-z0-9]+) >>[a-z0-9]+\n   =+ \*/\n\n(/\*.*?\*/)", header, re.M | re.S)
    bad, shown = [], []
    for number, name, essay in banners:
        page = pages.get("%02d-%s.html" % (int(number), name))
        if not page:
            bad.append("no page for chapter %s" % number)
            continue
        essay = re.sub(r" *>>[a-z0-9_]+$", "", essay[2:-2].strip(), count=1, flags=re.M)
        essay = re.sub(r"^-{4} | -{4,}$", "", essay)
        if plain(essay) not in plain("".join(page.text)):
            bad.append("the essay of chapter %s" % number)
    report(bad if len(banners) == 20 else ["%d chapters" % len(banners)], "every chapter is a page with its whole essay")

    bad = []
    for name, page in pages.items():
        for first, last, text in page.codes:
            shown.extend(range(first, last + 1))
            if words("".join(text)) != words("\n".join(lines[first - 1:last])):
                bad.append("%s, line %d" % (name, first))
    report(bad, "code is the header's, letter for letter (%d blocks)" % sum(len(page.codes) for page in pages.values()))

    begin = next(i for i, line in enumerate(lines) if "1 platform ---" in line)
    end = next(i for i, line in enumerate(lines) if line.startswith("   licence >>licence"))
    text = {name: plain("".join(page.text)) for name, page in pages.items()}
    whole, shown, bad = " ".join(text.values()), set(shown), []
    for number in range(begin + 1, end - 1):
        line = lines[number]
        if number + 1 in shown or not plain(line) or re.match(r"(/\* |   )=+|/\* ---- \d|   \d+ [a-z0-9]+ >>| +Public API|/\* <<\w+ \*/", line):
            continue
        if line.startswith("/* ----"):                  # a heading, and what follows its colon
            line = re.sub(r"-{4,}", "", line).replace(": ", " ", 1)
        if plain(re.sub(r">>[a-z0-9_]+", "", line)) not in whole:
            bad.append("line %d" % (number + 1))
    report(bad, "no line of the header is left out")

    with open(functions, encoding="utf-8") as file:
        wanted = file.read().split()
    ids = {place for page in pages.values() for place in page.cache()}
    report([name for name in wanted if name not in ids] if len(wanted) > 100 else ["only %d functions" % len(wanted)],
           "every public function has a place (%d)" % len(wanted))

    steps, tour = 0, []
    stops = re.findall(r'<li><a href="([^"]*#tour-\d+)"', pages["index.html"].source)
    place = stops[0] if stops else None
    while place and steps < 200:
        tour.append(place)
        page, _, stop = place.partition("#")
        box = re.search(r'<aside class="tour" id="%s">.*?</aside>' % stop, pages[page].source, re.S).group()
        following = re.search(r'rel="next" href="([^"]*)"', box)
        place = following and (following.group(1) if not following.group(1).startswith("#") else page + following.group(1))
        steps += 1
    report([] if tour and tour == stops else ["%d of %d stops" % (len(tour), len(stops))],
           "the tour goes from stop to stop to its end (%d)" % len(tour))
    print("ok everything was looked at")


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return file.read()


def plain(text):
    """Words without what marks a comment, and backquotes."""
    return words(re.sub(r"/\*|\*/", " ", text.replace("`", "")))


if __name__ == "__main__":
    main()

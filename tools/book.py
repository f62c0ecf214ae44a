#!/usr/bin/env python3
"""tools/book.py [HEADER [FOLDER]]: lstmfc.h as a book, FOLDER/index.html (build/book), to be read from the disk without a network.

A page per chapter: the essay, the declarations, the code with its comments beside it; names lead to what they are and tell who uses
them; the tour is a path through the pages. Nothing is left out and nothing is written here: the text is the header's.
"""
import html
import json
import os
import re
import sys
import textwrap
from collections import namedtuple

from header import Header, KEYWORDS, TYPES

Stop = namedtuple("Stop", "number tag text page")
LINKAGE = "LSTMFC_API LSTMFC__DEF LSTMFC__DEF_RARE LSTMFC__RARE LSTMFC__INLINE LSTMFC__UNUSED LSTMFC__RESTRICT LSTMFC__KERNEL".split()
HERE = os.path.dirname(os.path.abspath(__file__))
BANNER = re.compile(r"-{4} +(.*?)(?: +-{4,})? *$")
CODE_IN_PROSE = re.compile(r"`([^`]+)`|(>>[a-z0-9_]+)|\b(lstmfc_\w+|LSTMFC_\w+)\b(\(\))?|\b(chapters? )(\d+)\b|([A-Za-z_]\w*(?:\[[^\]\s]*\])+)")


def escape(text):
    return html.escape(text, quote=False)


def page_of(number, name):
    return "index.html" if number == 0 else "%02d-%s.html" % (number, name)


class Book:
    def __init__(self, path):
        self.header = Header(path)
        self.chapters = self.header.chapters
        self.pages = {chapter.number: page_of(chapter.number, chapter.name) for chapter in self.chapters}
        self.where = {}                                 # tag: page, for every >>tag that stands on one
        for chapter in self.chapters[1:]:
            self.where[chapter.name] = self.pages[chapter.number]
            for block in chapter.api + chapter.blocks:
                for tag in self.tags_of(block):
                    self.where[tag] = self.pages[chapter.number]
        self.where["licence"] = "licence.html"
        self.stops = self.tour()
        self.used = {}                                  # (page, id): times, so that no id stands twice
        self.headings = {}                              # page: [(id, text)]

    # ---- the tour

    @staticmethod
    def tags_of(block):
        """A tag opens a comment of its own, or ends the first line of one."""
        if block.kind == "prose":
            return re.findall(r">>([a-z0-9_]+)", block.text.split("\n")[0])
        return re.findall(r"/\* >>([a-z0-9_]+)", block.text)

    def tour(self):
        """The lines with a tag under TOUR, each with the lines that go on with it. A stop ends where /* <<tag */ stands."""
        front = self.chapters[0].blocks[0].text
        part = re.search(r"^   TOUR\b.*?\n(.*?)(?=^   [A-Z]{4,}\b)", front, re.M | re.S)
        if not part:                                    # none written: the chapters as the contents have them
            return [Stop(chapter.number, chapter.name, chapter.about, self.pages[chapter.number]) for chapter in self.chapters[1:]]
        stops, texts = [], []
        for line in part.group(1).split("\n"):
            tag = re.search(r">>([a-z0-9_]+)", line)
            if tag and tag.group(1) in self.where:
                stops.append(tag.group(1))
                texts.append(re.sub(r"^(\d+ lines) ", r"\1: ", " ".join(line[tag.end():].split())))
            elif stops and re.match(r"^ {8,}\S", line):
                texts[-1] += " " + line.strip()
        return [Stop(i + 1, tag, text, self.where[tag]) for i, (tag, text) in enumerate(zip(stops, texts))]

    def tour_box(self, tag, page):
        out = []
        for i, stop in enumerate(self.stops):
            if stop.tag != tag:
                continue
            last, following = self.stops[i - 1] if i else None, self.stops[i + 1] if i + 1 < len(self.stops) else None
            out.append('<aside class="tour" id="tour-%d"><p><a href="index.html#tour">Tour</a>, stop %d of %d: %s</p><p class="ways">'
                       % (stop.number, i + 1, len(self.stops), self.inline(stop.text, page)))
            if last:
                out.append('<a rel="prev" href="%s">&larr; %s</a> ' % (self.stop_link(last, page), escape(last.tag.replace("_", " "))))
            if following:
                out.append('<a rel="next" href="%s">%s &rarr;</a>' % (self.stop_link(following, page), escape(following.tag.replace("_", " "))))
            out.append("</p></aside>")
        return "".join(out)

    def tour_end(self, tag, page):
        """Where a stop ends, the way to the next one."""
        following = [self.stops[i + 1:i + 2] for i, stop in enumerate(self.stops) if stop.tag == tag]
        if not following:
            return ""
        way = '<a href="index.html#tour">the end of the tour</a>'
        for stop in following[0]:
            way = '<a rel="next" href="%s">%s &rarr;</a>' % (self.stop_link(stop, page), escape(stop.tag.replace("_", " ")))
        return '<aside class="tour"><p class="ways"><span>So far %s.</span> %s</p></aside>' % (escape(tag.replace("_", " ")), way)

    @staticmethod
    def stop_link(stop, page):
        return ("" if stop.page == page else stop.page) + "#tour-%d" % stop.number

    # ---- names

    def link(self, name, page, text=None):
        """A name as a link to its declaration where it has one (there is what a caller must know), else to its definition."""
        entry = self.header.names[name]
        target = self.place(entry)
        return '<a href="%s#%s">%s</a>' % ("" if target == page else target, name, escape(text or name))

    def place(self, entry):
        """The page of its declaration, else of its definition."""
        return self.pages[self.header.chapter_at(entry.declared if entry.declared is not None else entry.defined)]

    def anchor(self, token, entry, page):
        """The name where it is declared or defined; each leads to the other."""
        here, other = "def-" + entry.name, self.place(entry) + "#" + entry.name
        if token.at == entry.declared or entry.declared is None:
            here, other = entry.name, None
        if token.at == entry.declared and entry.defined is not None:
            other = "%s#def-%s" % (self.pages[self.header.chapter_at(entry.defined)], entry.name)
        target = ' href="%s" title="%s"' % (other, "to the code" if token.at == entry.declared else "to the declaration") if other else ""
        return '<a class="def"%s%s>%s</a>' % (self.id(here, page), target, escape(token.text))

    def id(self, wanted, page):
        count = self.used[(page, wanted)] = self.used.get((page, wanted), 0) + 1
        return ' id="%s"' % wanted if count == 1 else ""

    # ---- code

    def code(self, block, page, names=True):
        out, pending, tokens = [], [], self.header.tokens_of(block)
        for token in tokens:
            kind, text, at = token
            entry = self.header.names.get(text) if kind == "name" and names else None
            if kind == "name" and entry and at in (entry.declared, entry.defined):
                out.append(self.anchor(token, entry, page))
                pending.append(entry)
            elif entry and text in LINKAGE:
                out.append("<b>%s</b>" % text)
            elif entry:
                out.append(self.link(text, page))
            elif kind == "name" and (text in KEYWORDS or text in TYPES):
                out.append("<b>%s</b>" % text)
            elif kind == "comment":
                tags = re.match(r"/\* >>([a-z0-9_]+)", text)
                if tags:
                    out.append("</pre>%s<pre>" % self.tour_box(tags.group(1), page))
                out.append("<i>%s</i>" % self.inline(text, page, False))
            elif kind in ("text", "directive"):
                out.append('<span class="%s">%s</span>' % (kind[0], escape(text)))
            else:
                out.append(escape(text))
        begin, end = block.at, block.at + len(block.text)
        made = [entry for entry in self.header.names.values() for place in {entry.declared, entry.defined}
                if self.header.made(entry.name, place) and begin <= place < end]
        return "".join(out), pending, made

    def users(self, entries, page):
        """Who uses what a block defines."""
        rows = []
        for entry in entries:
            if not entry.users:
                continue
            users = []
            for user, at in entry.users.items():
                if isinstance(user, tuple):
                    target = self.pages[user[1]]
                    users.append('<a href="%s">%s</a>' % (target, "the front matter" if user[1] == 0 else "chapter %d" % user[1]))
                else:
                    users.append(self.link(user, page))
            rows.append("<dt>%s</dt><dd>%s</dd>" % (self.link(entry.name, page), ", ".join(users)))
        if not rows:
            return ""
        label = "used by %d" % len(entries[0].users) if len(entries) == 1 else "who uses these"
        return "<details><summary>%s</summary><dl>%s</dl></details>" % (label, "".join(rows))

    def made(self, entries, begin, end, page):
        """The names that a table makes where it is used: they have no other place."""
        out = []
        for entry in entries:
            place = entry.declared if entry.declared is not None else entry.defined
            here = entry.name if begin <= place < end else "def-" + entry.name
            out.append("<code%s>%s</code>" % (self.id(here, page), entry.name))
        return "<details><summary>makes %d names</summary><p>%s</p></details>" % (len(entries), " ".join(out)) if out else ""

    # ---- prose

    def inline(self, text, page, markup=True):
        """Prose as HTML: names, chapters and tags are links."""
        out, at = [], 0
        for match in CODE_IN_PROSE.finditer(text):
            out.append(escape(text[at:match.start()]))
            quoted, tag, name, call, chapters, number, array = match.groups()
            whole = escape(match.group())
            if quoted and markup:
                known = quoted.rstrip("()")
                out.append("<code>%s</code>" % (self.link(known, page, quoted) if known in self.header.names else escape(quoted)))
            elif tag and tag[2:] in self.where:
                out.append('<a href="%s">%s</a>' % (self.tag_link(tag[2:], page), whole))
            elif name and name in self.header.names:
                link = self.link(name, page, match.group())
                out.append("<code>%s</code>" % link if markup else link)
            elif name and markup or array and markup:
                out.append("<code>%s</code>" % whole)
            elif chapters and int(number) in self.pages and int(number):
                out.append('<a href="%s">%s</a>' % (self.pages[int(number)], whole))
            else:
                out.append(whole)
            at = match.end()
        out.append(escape(text[at:]))
        return "".join(out)

    def tag_link(self, tag, page):
        target = self.where[tag]
        own = tag in [chapter.name for chapter in self.chapters] or tag == "licence"
        return target if own else ("" if target == page else target) + "#tag-" + tag

    @staticmethod
    def paragraphs(lines):
        """(kind, lines) of a text without its margin: p prose, d a term and its prose, m monospaced as it stands."""
        for group in re.split(r"\n[ ]*\n", "\n".join(lines).strip("\n")):
            rows, i = group.split("\n"), 0
            while i < len(rows):
                term = re.match(r"([A-Z]{3,}) {2,}(?=\S)", rows[i])
                if term:
                    j = i + 1
                    while j < len(rows) and rows[j].startswith(" " * term.end()):
                        j += 1
                    yield "d", [term.group(1)] + [row[term.end():] for row in rows[i:j]]
                    i = j
                    continue
                j, mono = i, Book.is_drawing(rows[i])
                while j < len(rows) and Book.is_drawing(rows[j]) == mono and not re.match(r"[A-Z]{3,} {2,}\S", rows[j]):
                    j += 1
                yield "m" if mono else "p", rows[i:j]
                i = j

    @staticmethod
    def is_drawing(row):
        return row.startswith(" ") or bool(re.search(r"[^\s.:;] {2,}\S", row))

    def prose(self, lines, page):
        out = []
        for kind, rows in self.paragraphs(lines):
            if kind == "p":
                out.append("<p>%s</p>" % self.inline("\n".join(rows), page))
            elif kind == "d":
                out.append("<dl><dt>%s</dt><dd>%s</dd></dl>" % (rows[0], self.inline("\n".join(rows[1:]), page)))
            elif out and out[-1].startswith("<pre>") and out[-1].endswith("</pre>"):
                out[-1] = out[-1][:-6] + "\n\n" + self.inline(self.dedent(rows), page, False) + "</pre>"
            else:
                out.append("<pre>%s</pre>" % self.inline(self.dedent(rows), page, False))
        return "".join(out)

    @staticmethod
    def dedent(rows):
        return textwrap.dedent("\n".join(rows))

    @staticmethod
    def bare(comment):
        """The lines of a comment without its marks and margin."""
        lines = comment[2:-2].rstrip().split("\n")
        first = lines[0].lstrip()
        margin = min([len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()] or [0])
        return [first] + [line[min(margin, 3):] for line in lines[1:]]

    def comment(self, block, page, level):
        """A comment at the margin: (heading or nothing, its prose)."""
        lines, out = self.bare(block.text), []
        for tag in self.tags_of(block):
            out.append("<span%s></span>%s" % (self.id("tag-" + tag, page), self.tour_box(tag, page)))
        banner = BANNER.match(lines[0])
        if banner:
            title, _, more = re.sub(r" *>>[a-z0-9_]+", "", banner.group(1)).partition(": ")
            anchor = "%s-%s" % ("api" if level == "api" else "s", re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-"))
            self.headings.setdefault(page, []).append((anchor, title))
            out.append("<h3%s>%s</h3>" % (self.id(anchor, page), self.inline(title, page)))
            lines = ([more] if more else []) + lines[1:]
        return "".join(out), self.prose(lines, page)

    # ---- pages

    def blocks(self, blocks, page, level):
        """Prose and the code it is about, side by side where the prose is short; a long one stands above."""
        out, waiting = [], ""
        for block in blocks:
            if block.kind == "prose":
                if waiting:
                    out.append('<section class="only">%s</section>' % waiting)
                    waiting = ""
                ends = re.match(r"/\* <<([a-z0-9_]+) \*/$", block.text)
                if ends:
                    out.append(self.tour_end(ends.group(1), page))
                    continue
                heading, waiting = self.comment(block, page, level)
                long = len(block.text) > 900 or "<pre>" in waiting
                if heading:
                    out.append(heading)
                if waiting and long:
                    out.append('<section class="only">%s</section>' % waiting)
                    waiting = ""
                continue
            code, entries, made = self.code(block, page)
            line = "L%d" % block.first
            lists = self.made(made, block.at, block.at + len(block.text), page) + self.users(entries, page)
            out.append('<section><div class="prose">%s</div><div class="code"%s data-last="%d"><a class="line" href="#%s">%d</a>'
                       '<pre>%s</pre>%s</div></section>' % (waiting, self.id(line, page), block.last, line, block.first, code, lists))
            waiting = ""
        if waiting:
            out.append('<section class="only">%s</section>' % waiting)
        return "".join(out)

    def chapter(self, chapter):
        page = self.pages[chapter.number]
        opening = self.blocks(chapter.opening, page, "code")
        essay, rest = (chapter.blocks[:1], chapter.blocks[1:]) if chapter.blocks[0].kind == "prose" else ([], chapter.blocks)
        out = ['<h1><span>%d</span> %s</h1><p class="about">%s</p>' % (chapter.number, chapter.name, escape(chapter.about))]
        out.append(self.tour_box(chapter.name, page))
        for block in essay:
            out.append('<div class="essay"%s>%s</div>' % (self.id("L%d" % block.first, page), "".join(self.comment(block, page, "code"))))
        self.headings.setdefault(page, []).append(("declarations", "Declarations"))
        out.append('<h2 id="declarations">Declarations</h2>' + self.blocks(chapter.api, page, "api"))
        self.headings[page].append(("code", "Code"))
        out.append('<h2 id="code">Code</h2>' + opening + self.blocks(rest, page, "code"))
        return "".join(out)

    def front(self):
        """The first comment of the file: its sections are headings, the quick start is code, contents and tour are links."""
        page, out = "index.html", []
        text = self.chapters[0].blocks[0].text[2:].rstrip().removesuffix("*/")
        before, program, after = re.split(r"//@quickstart-begin\n|//@quickstart-end\n", text)
        title, _, before = before.partition("\n")
        out.append("<h1>lstmfc.h</h1><p class=\"about\">%s</p>" % escape(title.strip()))
        for part, quick in ((before, program), (after, "")):
            for piece in re.split(r"\n(?=   [A-Z][A-Z ]{3,}(?: \(| *$|\n)|   NOTATION)", "\n" + part):
                head = re.match(r"\n?   (OPTIONS|CONTENTS|TOUR|NOTATION|QUICK START)\b[ ]*(.*)\n", piece)
                if head and head.group(1) == "CONTENTS":
                    out.append('<h2 id="contents">Contents</h2>' + self.contents())
                    out.append(self.tour_list(after))
                    continue
                if head and head.group(1) == "TOUR":
                    continue
                if head:
                    name = head.group(1).capitalize()
                    out.append('<h2 id="%s">%s</h2>' % (name.lower().replace(" ", "-"), name))
                    if head.group(2).strip():
                        out.append("<p>%s</p>" % escape(head.group(2).strip().strip("()")))
                    piece = piece[head.end():]
                out.append(self.prose([line[3:] for line in piece.split("\n")], page))
            if quick:
                at = self.header.text.index(quick)
                block = type(self.chapters[0].blocks[0])("code", 0, 0, quick, at)
                out.append('<div class="code"><pre>%s</pre></div>' % self.quick(block, page))
        return "".join(out)

    def quick(self, block, page):
        """The program stands in a comment: its names are linked in its text."""
        return re.sub(r"\b(lstmfc_\w+|LSTMFC_\w+)\b",
                      lambda match: self.link(match.group(), page) if match.group() in self.header.names else match.group(), escape(block.text))

    def contents(self):
        rows = ['<li><a href="%s"><b>%d %s</b> <span>%s</span></a></li>'
                % (self.pages[chapter.number], chapter.number, chapter.name, escape(chapter.about)) for chapter in self.chapters[1:]]
        rows.append('<li><a href="names.html"><b>names</b> <span>every name of the file</span></a></li>')
        rows.append('<li><a href="licence.html"><b>licence</b></a></li>')
        return '<ul class="contents">%s</ul>' % "".join(rows)

    def tour_list(self, front):
        """The stops with what is said before them."""
        intro = re.search(r"^   TOUR\b(.*?\n)((?:(?!.*>>).*\n)*)", front, re.M)
        words = "<p>%s</p>" % self.inline(" ".join((intro.group(1) + intro.group(2)).split()).strip("()"), "index.html") if intro else ""
        rows = ['<li><a href="%s">%s</a> %s</li>' % (self.stop_link(stop, "index.html"), escape(stop.tag.replace("_", " ")),
                                                     self.inline(stop.text, "index.html")) for stop in self.stops]
        return '<h2 id="tour">Tour</h2>%s<ol class="stops">%s</ol>' % (words, "".join(rows))

    def names(self):
        """Every name, by its first letter behind the prefix."""
        out, letter = ["<h1>Names</h1>"], None
        public = sorted((name for name in self.header.names if not re.match(r"lstmfc__|LSTMFC__", name)), key=lambda name: name[7:].lower())
        private = sorted((name for name in self.header.names if re.match(r"lstmfc__|LSTMFC__", name)), key=lambda name: name[8:].lower())
        for title, names, skip in (("public", public, 7), ("private", private, 8)):
            out.append('<h2 id="%s">%s (%d)</h2><p class="names">' % (title, title.capitalize(), len(names)))
            for name in names:
                if name[skip:skip + 1].lower() != letter:
                    letter = name[skip:skip + 1].lower()
                    out.append('</p><p class="names"><b>%s</b> ' % escape(letter))
                out.append(self.link(name, "names.html") + " ")
            out.append("</p>")
        return "".join(out)

    def licence(self):
        lines = self.header.licence.split("\n")[3:]
        return "<h1>licence</h1>" + self.prose([line for line in lines if line.strip() != "*/"], "licence.html")

    def index(self):
        """What the search looks through: [name, page#place, kind, the first words of the comment above it]."""
        rows = []
        for chapter in self.chapters[1:]:
            rows.append([chapter.name, self.pages[chapter.number], "chapter %d" % chapter.number, chapter.about])
            for anchor, title in self.headings.get(self.pages[chapter.number], []):
                if anchor not in ("declarations", "code"):
                    rows.append([title, "%s#%s" % (self.pages[chapter.number], anchor), "section", chapter.name])
        for stop in self.stops:
            rows.append([stop.tag.replace("_", " "), self.stop_link(stop, ""), "tour", stop.text[:90]])
        for entry in self.header.names.values():
            rows.append([entry.name, "%s#%s" % (self.place(entry), entry.name), entry.kind, self.hint(entry)])
        return rows

    def hint(self, entry):
        """The line of a name, and what is said behind it or above it."""
        at = entry.declared if entry.declared is not None else entry.defined
        line = self.header.line_at(at)
        beside = re.search(r"/\* (.*?) ?(?:\*/|$)", self.header.lines[line - 1])
        if beside:
            return beside.group(1)[:110]
        above = line - 2
        while above > 0 and self.header.lines[above].startswith("   "):
            above -= 1
        first = re.match(r"/\* (?!-)(.*?)(?: \*/)?$", self.header.lines[above])
        return re.split(r"(?<=[.:]) ", first.group(1))[0][:110] if first else self.header.lines[line - 1].strip()[:110]

    def page(self, name, title, body, before, after):
        chapters = ""
        for chapter in self.chapters[1:]:
            target = self.pages[chapter.number]
            chapters += '<li%s><a href="%s">%d %s</a>%s</li>' % (' class="here"' if target == name else "", target, chapter.number, chapter.name,
                                                                 self.sections(name) if target == name else "")
        ways = "".join('<a rel="%s" href="%s">%s</a>' % (rel, target, label) for rel, target, label in
                       (("prev",) + before if before else ("", "", ""), ("next",) + after if after else ("", "", "")) if rel)
        return PAGE % {"title": escape(title), "chapters": chapters, "body": body, "ways": ways}

    def sections(self, page):
        rows = "".join('<li><a href="#%s">%s</a></li>' % (anchor, escape(title)) for anchor, title in self.headings.get(page, []))
        return "<ul>%s</ul>" % rows if rows else ""

    def write(self, folder):
        os.makedirs(folder, exist_ok=True)
        bodies = [("index.html", "lstmfc.h", self.front())]
        bodies += [(self.pages[chapter.number], "%d %s" % (chapter.number, chapter.name), self.chapter(chapter)) for chapter in self.chapters[1:]]
        bodies += [("names.html", "names", self.names()), ("licence.html", "licence", self.licence())]
        for i, (name, title, body) in enumerate(bodies):
            before = (bodies[i - 1][0], "&larr; " + escape(bodies[i - 1][1])) if i else None
            after = (bodies[i + 1][0], escape(bodies[i + 1][1]) + " &rarr;") if i + 1 < len(bodies) else None
            self.file(folder, name, self.page(name, title, body, before, after))
        self.file(folder, "index.js", "var INDEX = %s;\n" % json.dumps(self.index(), separators=(",", ":"), ensure_ascii=True))
        for name in ("book.css", "book.js"):
            with open(os.path.join(HERE, name), encoding="utf-8") as file:
                self.file(folder, name, file.read())

    @staticmethod
    def file(folder, name, text):
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as file:
            file.write(text)


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%(title)s - lstmfc</title>
<link rel="stylesheet" href="book.css">
<script src="book.js"></script>
</head>
<body>
<header>
<input type="checkbox" id="menu"><label for="menu" title="chapters">&#9776;</label>
<a class="home" href="index.html">lstmfc</a>
<div class="search">
<input id="search" type="search" placeholder="Search names  ( / )" autocomplete="off" aria-label="Search names"><ol id="found"></ol>
</div>
<button id="theme" title="light or dark" aria-label="light or dark">&#9680;</button>
<nav><ul><li><a href="index.html">front matter</a></li><li><a href="index.html#tour">tour</a></li>%(chapters)s
<li><a href="names.html">names</a></li><li><a href="licence.html">licence</a></li></ul></nav>
</header>
<main>
%(body)s
<p class="turn">%(ways)s</p>
</main>
<script src="index.js"></script>
</body>
</html>
"""


def main():
    if len(sys.argv) > 3 or "-h" in sys.argv or "--help" in sys.argv:
        sys.exit("usage: book.py [HEADER [FOLDER]]")
    root = os.path.dirname(HERE)
    book = Book(sys.argv[1] if len(sys.argv) > 1 else os.path.join(root, "lstmfc.h"))
    folder = sys.argv[2] if len(sys.argv) > 2 else os.path.join(root, "build", "book")
    book.write(folder)
    print("%s: %d chapters, %d names, %d stops"
          % (os.path.join(folder, "index.html"), len(book.chapters) - 1, len(book.header.names), len(book.stops)))


if __name__ == "__main__":
    main()

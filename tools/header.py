"""tools/header.py: lstmfc.h read as a book: its chapters, its comments and code, what each name is and who uses it.

    chapters  a list of Chapter, number 0 is the front matter; of each its essay, declarations and code as blocks
    names     {name: Name}: where it is declared and defined, and the definitions that use it

The header is not compiled. Its text is cut into tokens; macros are expanded only between definitions, so that the functions that
tables make (lstmfc_rsi_peek) are found where the table is used. All branches of #if are read as if they were there.
"""
import bisect
import re
from collections import namedtuple

TOKEN = re.compile(r"""
    (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<directive>^[ ]*\#[ ]*(?:include[ ]*<[^>\n]*>|[a-z]+)?)
  | (?P<number>\.?[0-9](?:[eEpP][+-]|[.0-9A-Za-z_])*)
  | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
  | (?P<space>(?:[ \t]|\\\n)+)
  | (?P<newline>\n)
  | (?P<mark>\#\#|->|[^\s])
""", re.X | re.S | re.M)

Token = namedtuple("Token", "kind text at")             # at: its place in the file, in characters
Block = namedtuple("Block", "kind first last text at")  # kind: prose or code; first and last line, from 1
TYPES = set("void char short int long float double signed unsigned size_t int8_t uint8_t int16_t uint16_t int32_t uint32_t "
            "int64_t uint64_t".split())
KEYWORDS = set("auto break case const continue default do else enum extern for goto if inline register restrict return sizeof static "
               "struct switch typedef union volatile while".split())
RULE = "=" * 40


class Name:
    def __init__(self, name):
        self.name, self.kind, self.declared, self.defined = name, "", None, None   # places in the file; None = nowhere
        self.users = {}                                 # {name or ("chapter", number): place of the first use}
        self.places = []                                # of all uses


class Chapter:
    def __init__(self, number, name, line):
        self.number, self.name, self.line, self.about = number, name, line, ""
        self.blocks, self.api, self.opening = [], [], []


class Header:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.lines = self.text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.tokens = [Token(match.lastgroup, match.group(), match.start()) for match in TOKEN.finditer(self.text)]
        self.places = [token.at for token in self.tokens]
        self.find_chapters()
        self.names = {}
        self.owners = []                                # (from, to, name) of every definition, in order
        Definitions(self).run()
        self.find_uses()

    def made(self, name, place):
        """Whether a macro makes the name there: the file does not spell it at that place."""
        return place is not None and not self.text.startswith(name, place)

    def line_at(self, at):
        return bisect.bisect_right(self.starts, at)

    # ---- chapters

    def find_chapters(self):
        """The banners of the implementation end one chapter and begin the next; those of the public part likewise."""
        about = dict((tag, text) for tag, text in re.findall(r"^ +\d+ [a-z0-9]+ +>>([a-z0-9]+) +(\S.*)$", self.text, re.M))
        self.public = self.text.index("\n#ifndef LSTMFC_H\n") + 1
        banners = [(match.start(), int(match.group(1) or 0), match.group(2)) for match in
                   re.finditer(r"^/\* =+\n   (?:(\d+) )?([a-z0-9]+) >>[a-z0-9]+\n", self.text, re.M)]
        licence = banners[-1]
        self.chapters = [Chapter(0, "front", 1)]
        self.chapters[0].blocks = [Block("front", 1, self.line_at(self.public) - 1, self.text[:self.public], 0)]
        for (at, number, name), (end, *_) in zip(banners[:-1], banners[1:]):
            chapter = Chapter(number, name, self.line_at(at))
            chapter.about = about.get(name, "")
            begin = self.text.index("*/", at) + 2
            chapter.blocks = self.cut(begin, end)
            self.chapters.append(chapter)
        heads = [(match.start(), int(match.group(1))) for match in re.finditer(r"^/\* ---- (\d+) [a-z0-9]+ -+ \*/$", self.text, re.M)]
        ends = [at for at, _ in heads[1:]] + [self.text.index("#endif /* LSTMFC_H */")]
        for (at, number), end in zip(heads, ends):
            self.chapters[number].api = self.cut(self.text.index("*/", at) + 2, end)
        # what stands before the first chapter of either part goes with it
        self.chapters[1].api[:0] = self.cut(self.public, self.text.rindex("/* ====", 0, heads[0][0]))
        self.chapters[1].opening = self.cut(ends[-1], banners[0][0])
        self.licence = self.text[licence[0]:]
        self.spans = sorted([(self.public, 1), (ends[-1], 1)] + heads[1:] + [(at, number) for at, number, _ in banners[1:]])

    def chapter_at(self, at):
        place = bisect.bisect_right(self.spans, (at, 99)) - 1
        return self.spans[place][1] if place >= 0 else 0

    def cut(self, begin, end):
        """Comments that begin a line of their own at the margin are prose, what stands between them is code."""
        blocks, at = [], begin
        first = bisect.bisect_left(self.places, begin)
        last = bisect.bisect_left(self.places, end)
        for i in range(first, last):
            kind, text, place = self.tokens[i]
            if kind != "comment" or not text.startswith("/*") or place and self.text[place - 1] != "\n":
                continue
            if i + 1 < len(self.tokens) and self.tokens[i + 1].kind != "newline":
                continue
            self.add(blocks, "code", at, place)
            self.add(blocks, "prose", place, place + len(text))
            at = place + len(text)
        self.add(blocks, "code", at, end)
        return blocks

    def add(self, blocks, kind, begin, end):
        text = self.text[begin:end]
        if not text.strip():
            return
        lead = len(text) - len(text.lstrip("\n"))
        begin += lead
        text = text.strip("\n").rstrip()
        blocks.append(Block(kind, self.line_at(begin), self.line_at(begin + len(text) - 1), text, begin))

    def tokens_of(self, block):
        first = bisect.bisect_left(self.places, block.at)
        last = bisect.bisect_left(self.places, block.at + len(block.text))
        return self.tokens[first:last]

    # ---- uses

    def find_uses(self):
        begins = [begin for begin, _, _ in self.owners]
        self.move_to_rows(begins)
        places = {at for name in self.names.values() for at in (name.declared, name.defined) if at is not None}
        for kind, text, at in self.tokens:
            if kind != "name" or at in places or text not in self.names:
                continue
            owner = bisect.bisect_right(begins, at) - 1
            user = self.owners[owner][2] if owner >= 0 and at < self.owners[owner][1] else None
            self.names[text].places.append(at)
            if user != text:
                self.names[text].users.setdefault(user or ("chapter", self.chapter_at(at)), at)


    def move_to_rows(self, begins):
        """A constant that a list makes stands where the list names it, not where the list is used."""
        for kind, text, at in self.tokens:
            entry = self.names.get(text)
            if kind != "name" or not entry or not self.made(text, entry.defined) or entry.kind != "constant":
                continue
            owner = self.owners[bisect.bisect_right(begins, at) - 1]
            if owner[0] < at < owner[1] and self.names[owner[2]].kind == "macro":
                entry.defined = at


class Definitions:
    """Walks the file between its function bodies and notes what each statement declares or defines."""

    def __init__(self, header):
        self.header = header
        self.tokens = [token for token in header.tokens if token.kind not in ("space", "comment")]
        self.macros = {}
        self.i = 0
        self.queue = []                                 # tokens of an expansion, newest last: (kind, text, origin, hidden)

    def note(self, name, kind, origin, defined, begin, end):
        if not re.match(r"lstmfc_|LSTMFC_", name):
            return
        names, header = self.header.names, self.header
        entry = names.setdefault(name, Name(name))
        made = header.made(name, origin)
        if defined and entry.defined is None:
            entry.defined, entry.kind = origin, kind
        elif not defined and entry.declared is None:
            entry.declared = origin
            entry.kind = entry.kind or kind
        if end > begin and not made:
            header.owners.append((begin, end, name))

    def run(self):
        while self.i < len(self.tokens) or self.queue:
            self.statement()
        self.header.owners.sort()

    # ---- tokens, with macros expanded

    def define(self):
        """#define name, name(parameters): up to the end of the line."""
        begin = self.tokens[self.i]
        self.i += 1
        line = []
        while self.i < len(self.tokens) and self.tokens[self.i].kind != "newline":
            line.append(self.tokens[self.i])
            self.i += 1
        word = begin.text.replace("#", "").strip()
        if word == "undef" and line:
            self.macros.pop(line[0].text, None)
        if word != "define" or not line:
            return
        name, parameters, body = line[0], None, line[1:]
        if body and body[0].text == "(" and body[0].at == name.at + len(name.text):
            close = next(i for i, token in enumerate(body) if token.text == ")")
            parameters = [token.text for token in body[1:close] if token.text != ","]
            body = body[close + 1:]
        self.macros[name.text] = (parameters, [(token.kind, token.text) for token in body])
        end = line[-1].at + len(line[-1].text)
        self.note(name.text, "macro", name.at, True, begin.at, end)

    def raw(self):
        """The next token of the file or of an expansion; directives are taken on the way."""
        if self.queue:
            return self.queue.pop()
        while self.i < len(self.tokens):
            token = self.tokens[self.i]
            if token.kind == "directive":
                self.define()
            elif token.kind == "newline":
                self.i += 1
            else:
                self.i += 1
                return (token.kind, token.text, token.at, frozenset())
        return None

    def next(self):
        while True:
            token = self.raw()
            if not token:
                return None
            kind, text, origin, hidden = token
            if kind != "name" or text not in self.macros or text in hidden:
                return token
            parameters, body = self.macros[text]
            arguments = None
            if parameters is not None:
                follows = self.raw()
                if not follows or follows[1] != "(":
                    if follows:
                        self.queue.append(follows)
                    return token
                arguments = self.arguments()
            self.queue.extend(reversed(self.substitute(text, parameters, body, arguments, origin, hidden)))

    def arguments(self):
        found, depth = [[]], 1
        while True:
            token = self.raw()
            if not token:
                return found
            depth += (token[1] in "([{") - (token[1] in ")]}") if token[0] == "mark" else 0
            if depth == 0:
                return found
            if depth == 1 and token[1] == ",":
                found.append([])
            else:
                found[-1].append(token)

    def substitute(self, name, parameters, body, arguments, origin, hidden):
        hidden = hidden | {name}
        table = dict(zip(parameters or [], arguments or []))
        out, i = [], 0
        while i < len(body):
            kind, text = body[i]
            if text == "#" and i + 1 < len(body):
                out.append(("text", '""', origin, hidden))
                i += 2
                continue
            if text == "##" and out and i + 1 < len(body):
                kind, text = body[i + 1]
                pasted = [token[1] for token in table.get(text, [(kind, text)])]
                last = out.pop()
                glued = last[1] + (pasted[0] if pasted else "")
                out.append(("name" if last[0] in ("name", "mark") else last[0], glued, origin, hidden))
                out.extend(("name", word, origin, hidden) for word in pasted[1:])
                i += 2
                continue
            if text in table:
                out.extend((token[0], token[1], origin, token[3] if token[1] not in hidden else hidden) for token in table[text])
            else:
                out.append((kind, text, origin, hidden))
            i += 1
        return out

    # ---- statements

    def skip_braces(self):
        """Behind an opening brace: to the one that closes it. In the file without a look at what is between (but #else: a body
        that is begun once in each branch closes once)."""
        depth = 1
        if self.queue:
            while depth:
                token = self.raw()
                if not token:
                    return len(self.header.text)
                depth += (token[1] == "{") - (token[1] == "}")
            return token[2]
        stack = []
        while self.i < len(self.tokens):
            kind, text, at = self.tokens[self.i]
            if kind == "directive":
                word = text.replace("#", "").strip()
                if word in ("if", "ifdef", "ifndef"):
                    stack.append(depth)
                elif word in ("else", "elif") and stack:
                    depth = stack[-1]
                elif word == "endif" and stack:
                    stack.pop()
                self.define()
                continue
            self.i += 1
            if kind == "mark":
                depth += (text == "{") - (text == "}")
                if depth == 0:
                    return at + 1
        return len(self.header.text)

    def statement(self):
        head, parentheses = [], 0
        while True:
            token = self.next()
            if not token:
                return
            kind, text, origin, _ = token
            if not head and (text in ";}" or text == "extern" and self.linkage()):
                return
            if text in ("_Pragma", "__pragma"):
                self.raw()
                self.arguments()
                continue
            if text == "{" and parentheses == 0:
                return self.braces(head, origin)
            if text == ";" and parentheses == 0:
                return self.simple(head, origin + 1)
            parentheses += (text == "(") - (text == ")")
            head.append(token)

    def linkage(self):
        """extern "C" {"""
        if self.queue or self.i + 1 >= len(self.tokens) or self.tokens[self.i].kind != "text":
            return False
        self.i += 1
        if self.tokens[self.i].text == "{":
            self.i += 1
        return True

    @staticmethod
    def function(head):
        """The name before the first parenthesis that is not an attribute's, where a type stands before it."""
        depth, attribute = 0, False
        for i, (kind, text, _, _) in enumerate(head):
            if text == "(" and depth == 0 and i > 1 and not attribute and head[i - 1][0] == "name" \
                    and head[i - 2][1] not in ("=", ",") and not head[i - 1][1].startswith("__"):
                return head[i - 1]
            if text == "(" and depth == 0:
                attribute = attribute or i > 0 and head[i - 1][1].startswith("__")
            depth += (text == "(") - (text == ")")
            if text == ")" and depth == 0:
                attribute = False
        return None

    def braces(self, head, origin):
        words = [text for _, text, _, _ in head]
        begin = head[0][2] if head else origin
        if "enum" in words and "(" not in words:
            names, depth, fresh = [], 1, True
            while depth:
                token = self.next()
                if not token:
                    break
                depth += (token[1] in ("{", "(")) - (token[1] in ("}", ")"))
                if fresh and token[0] == "name":
                    names.append(token)
                fresh = depth == 1 and token[1] in (",", "{")
            end = token[2] + 1 if token else origin
            for _, text, at, _ in names:
                self.note(text, "constant", at, True, at, at)
            return self.rest(end)
        function = self.function(head)
        if function and "=" not in words:
            direct = not self.queue
            end = self.skip_braces()
            self.note(function[1], "function", function[2], True, begin if direct else 0, end if direct else 0)
            return None
        end = self.skip_braces()
        if "=" in words:
            names = self.before(head, ("[", "="))
            if names:
                self.note(names[-1][1], "table", names[-1][2], True, begin, end)
            return self.rest(end)
        tail = self.rest(end)
        for i, (_, text, _, _) in enumerate(tail):
            if text in ("[", "="):                      # a table without a type of its own
                tail = tail[:i]
                break
        tags = [token for token in head if token[0] == "name" and token[1] not in ("typedef", "struct", "union", "const")]
        names = tags + [token for token in tail if token[0] == "name"]
        if names and not words[0] == "extern":
            self.note(names[-1][1], "struct" if "typedef" in words or not tail else "table", (tags or names)[-1][2] if tags and tags[-1][1] == names[-1][1] else names[-1][2], True, begin, end)
            if tags and tags[-1][1] != names[-1][1]:
                self.note(tags[-1][1], "struct", tags[-1][2], True, 0, 0)
        return None

    @staticmethod
    def before(head, marks):
        """The names of a statement up to the first of the marks."""
        end = next((i for i, token in enumerate(head) if token[1] in marks), len(head))
        return [token for token in head[:end] if token[0] == "name"]

    def rest(self, end):
        """What stands between a closing brace and the semicolon."""
        tail = []
        while True:
            token = self.next()
            if not token or token[1] == ";":
                return tail
            tail.append(token)

    def simple(self, head, end):
        if not head:
            return
        words = [text for _, text, _, _ in head]
        begin = head[0][2]
        if words[0] == "typedef":
            pointers = [head[i + 2] for i in range(len(head) - 2) if words[i] == "(" and words[i + 1] == "*" and head[i + 2][0] == "name"]
            names = pointers[:1] or self.before(head, ("(", "__attribute__"))[-1:]
            forward = "struct" in words and "(" not in words and len(words) == 4
            for _, text, at, _ in names:
                self.note(text, "type", at, not forward, begin, end)
            return
        function = self.function(head)
        if function:
            self.note(function[1], "function", function[2], False, begin, end)
            return
        names = self.before(head, ("[", "="))
        if names and words[0] in ("static", "extern", "const"):
            self.note(names[-1][1], "table", names[-1][2], "=" in words, begin, end)

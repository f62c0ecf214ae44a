"""docs/*.md: every block of `sh` on these pages is run, in order and in one empty folder a page; what follows a block as <!-- prints: REGEX --> must be in what
it printed. A block of another language with a file name (```c bot.c) becomes that file. Words of tables in docs/names.md must exist."""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.path.join(ROOT, "build")
passed = failed = skipped = 0


def check(name, good, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(("ok    " if good else "FAIL  ") + name + ("" if good else f": {detail}"), flush=True)


def page(path):
    global skipped
    with open(path, encoding="utf-8") as file:
        text = file.read()
    name = os.path.basename(path)
    title, tasks = name, 0
    environment = {**os.environ, "PATH": TOOL + os.pathsep + os.environ["PATH"], "LSTMFC_HOME": ROOT, "PYTHON": sys.executable}
    with tempfile.TemporaryDirectory() as room:
        pieces = re.finditer(r"^## (?P<title>[^\n]*)$|^```(?P<language>\w+)(?: (?P<file>\S+))?\n(?P<body>.*?)^```\n(?P<prints>(?:<!-- .*? -->\n)*)", text, re.S | re.M)
        for piece in pieces:
            if piece["title"]:
                title, tasks = piece["title"], tasks + 1
                continue
            if piece["file"]:
                with open(os.path.join(room, piece["file"]), "w", encoding="utf-8") as file:
                    file.write(piece["body"])
                continue
            if piece["language"] != "sh":
                continue
            needs = re.search("<!-- needs: (.*?) -->", piece["prints"])
            missing = [m for m in (needs[1].split() if needs else []) if subprocess.run([sys.executable, "-c", f"import {m}"], capture_output=True).returncode]
            if missing:
                skipped += 1
                print(f"skip  {name}, {title}: Python package {' '.join(missing)} is not installed")
                continue
            done = subprocess.run(["sh", "-e", "-c", piece["body"]], cwd=room, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=600)
            lost = [p for p in re.findall("<!-- prints: (.*?) -->", piece["prints"]) if not re.search(p, done.stdout)]
            check(f"{name}, {title}: {piece['body'].strip().splitlines()[0][:70]}", done.returncode == 0 and not lost,
                  f"exit {done.returncode}{f', not printed: {lost}' if lost else ''}: {done.stdout[-400:]}")
    return tasks


pages = sorted(p for p in os.listdir(os.path.join(ROOT, "docs")) if p.endswith(".md"))
for each in pages:
    tasks = page(os.path.join(ROOT, "docs", each))
    if each == "cookbook.md":
        check("fifteen tasks", tasks == 15, tasks)

# ---- the flags, layers and functions of the page of names are there
with open(os.path.join(ROOT, "docs", "names.md"), encoding="utf-8") as file:
    names = file.read()
ours = " ".join(cell for row in re.findall(r"^\|(?! *-)(.*)\|$", names, re.M) for cell in re.findall("`(.*?)`", row.replace("\\|", "/").split("|")[0]))
helps = "".join(subprocess.run([os.path.join(TOOL, "lstmfc"), command, "--help"], capture_output=True, text=True).stdout for command in ("train", "evaluate", "backtest"))
flags = set(re.findall("--[a-z0-9-]+", ours))
check(f"names.md: its {len(flags)} flags are flags", len(flags) > 15 and all(re.search(rf"^  {f}\b", helps, re.M) for f in flags), [f for f in flags if not re.search(rf"^  {f}\b", helps, re.M)])
listed = subprocess.run([os.path.join(TOOL, "lstmfc"), "features", "--list"], capture_output=True, text=True).stdout
functions = set(re.findall(r"\b([a-z_]+)\(", ours))
check(f"names.md: its {len(functions)} functions are functions", len(functions) > 15 and all(re.search(rf"\b{f}\b", listed) for f in functions), [f for f in functions if not re.search(rf"\b{f}\b", listed)])

print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(failed > 0)

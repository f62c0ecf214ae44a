#!/usr/bin/env bash
# tests/test_book.sh: the book that tools/book.py makes of the header is whole and leads nowhere but into itself: every link resolves,
# every chapter is a page with its essay and every line of its code, every public function has a place, nothing asks for a network.
set -u
cd "$(dirname "$0")/.."
out=build/book_test
mkdir -p "$out"
results=$out/results
. tests/parallel.sh
have python3 || { skip "the book (package python3)"; finish; }
rm -rf "$out/pages"
python3 tools/book.py lstmfc.h "$out/pages" > "$out/log" 2>&1 && pass "$(tail -1 "$out/log")" || { fail "tools/book.py"; tail -3 "$out/log"; finish; }
${CC:-cc} -E -DLSTMFC_IMPLEMENTATION -x c lstmfc.h 2> /dev/null | grep -E '^extern [a-z]' | grep -oE '\blstmfc_[a-z0-9]\w* ?\(' | tr -d ' (' | sort -u > "$out/functions"
python3 tests/book/check.py lstmfc.h "$out/pages" "$out/functions" > "$out/checked" 2>&1
while IFS= read -r line; do
    case $line in
    ok*)   pass "${line#ok }";;
    FAIL*) fail "${line#FAIL }";;
    *)     echo "        $line";;
    esac
done < "$out/checked"
grep -q '^ok everything was looked at' "$out/checked" || { fail "tests/book/check.py"; tail -3 "$out/checked"; }
python3 tools/map.py --check && pass "the map of MAINTAINERS.md is the header's" || fail "the map of MAINTAINERS.md is not the header's: tools/map.py --write"
unknown=$(PYTHONPATH=tools python3 -c '
import re, sys
from header import Header
header = Header("lstmfc.h")
known = set(header.names) | set(re.findall(r"\b(?:lstmfc|LSTMFC)_\w+", header.text))
for path in sys.argv[1:]:
    for name in sorted(set(re.findall(r"\b(?:lstmfc_|LSTMFC_)\w+", open(path, encoding="utf-8").read()))):
        if name not in known and not name.endswith("_") and "NAME" not in name and name != "lstmfc_wasm": print(path + ": " + name)
' README.md FEATURES.md MAINTAINERS.md CONTRIBUTING.md)
[ -z "$unknown" ] && pass "the names in README.md, FEATURES.md and MAINTAINERS.md are there" || fail "names that the header does not have: $(echo $unknown)"
if have node; then
    if node -e '
        const fs = require("fs"), folder = process.argv[1], page = () => ({ addEventListener() {} });
        global.document = { documentElement: { getAttribute() {}, setAttribute() {} }, addEventListener() {} };
        eval(fs.readFileSync(folder + "/index.js", "utf8").replace("var INDEX", "global.INDEX"));
        const script = fs.readFileSync(folder + "/book.js", "utf8").replace(/}\(\)\);\s*$/, "global.find = find; }());");
        eval(script);
        for (const [typed, first] of [["trainer_step", "lstmfc_trainer_step"], ["lstmfc_rsi_update", "lstmfc_rsi_update"], ["lstm", "lstm"], ["trainer create", "lstmfc_trainer_create"]]) {
            const hits = find(typed);
            if (!hits.length || hits[0][1][0] !== first) { console.log(typed, "->", hits.length && hits[0][1][0]); process.exitCode = 1; }
        }
        if (find("nothing of this name").length) process.exitCode = 1;
    ' "$out/pages" > "$out/search" 2>&1; then pass "search finds what is typed first"; else fail "search"; head -3 "$out/search"; fi
else skip "the search of the book (package nodejs)"; fi
finish

#!/usr/bin/env bash
# tests/test_reading.sh [TOOL]: how the command line reads candles that are hard to read: columns without names, clocks of their own,
# files that are no text, streams. TOOL is build/lstmfc unless given.
set -u
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || make -s build/lstmfc || exit 1
tool=$(realpath "${1:-build/lstmfc}")
out=build/reading
rm -rf "$out"; mkdir -p "$out/bin"
ln -s "$tool" "$out/bin/lstmfc"
results=$out/results
. tests/parallel.sh
here=$PWD
cd "$out" || exit 1
results=$here/$out/results
PATH=$here/$out/bin:$PATH

expect() {                                  # exit code, pattern in what it prints ("" = any), name, command
    local wanted=$1 pattern=$2 name=$3 code=0 text
    shift 3
    text=$("$@" 2>&1 < /dev/null) || code=$?
    if [ "$code" -ne "$wanted" ]; then fail "$name: exit $code, not $wanted: $(printf '%s' "$text" | tail -1)"
    elif [ -n "$pattern" ] && ! printf '%s' "$text" | grep -Eq -e "$pattern"; then fail "$name: no /$pattern/ in: $(printf '%s' "$text" | tail -2)"
    else pass "$name"; fi
}
same() { if cmp -s "$1" "$2"; then pass "$3"; else fail "$3"; fi; }
lstmfc synth --bars 300 --seed 5 --out c.csv
lstmfc indicators --csv c.csv --features "open,high,low,close,volume" --out plain.csv
reads() { if lstmfc indicators --features "open,high,low,close,volume" "${@:2}" 2> reads.err | cmp -s - plain.csv; then pass "$1"; else fail "$1: $(tail -1 reads.err)"; fi; }

# ---- columns that the file does not name, a clock in a column of its own: nothing is read as what it is not, and no advice drops rows
tail -n +3 c.csv | sed 's/T\(..\):\(..\):\(..\)Z/,\1\2\3/' > clock.csv
reads "a clock of digits in its own column, no header" --csv clock.csv
(echo Date,Time,Open,High,Low,Close,Volume; cat clock.csv) > clock2.csv
reads "Date and Time of digits" --csv clock2.csv
tail -n +3 c.csv | awk -F, -v OFS=, '{ print $1, $2, $5, $3, $4, $6 }' > ochl.csv
for run in "check" "indicators --features close" "train --epochs 1 --out x.json"; do
    expect 3 "no header line, and columns 2 to 5 are not seen to be open, high, low and close" "open, close, high, low without a header: $run" lstmfc $run --csv ochl.csv
done
advice=$(lstmfc check --csv ochl.csv 2>&1 | sed -n 's/.*--columns //p')
reads "the --columns text of the refusal reads the file" --csv ochl.csv --columns "$advice"
sed '5s/,[^,]*,/,-1,/' c.csv > negative.csv
expect 0 "1 row.s. with a price below zero were dropped" "check: negative prices are called so" lstmfc check --csv negative.csv
sed '5s/,[^,]*,/,5%,/' c.csv > percent.csv
expect 3 "line 5, column [0-9]+: open .5%. is a percentage" "a percentage is no price" lstmfc check --csv percent.csv
gzip -c c.csv > c.csv.gz
expect 3 "c.csv.gz: line 1, column 1: a gzip file: unpack it first" "a packed file is named" lstmfc check --csv c.csv.gz
expect 2 "the last candle would begin after 9999-12-31" "synth past the year 9999" lstmfc synth --bars 100 --start 9999-12-31
lstmfc synth --bars 24 --start 9999-12-31 --out last.csv && expect 0 "24 data rows" "synth to the last hour of the year 9999" lstmfc check --csv last.csv --now 0

# ---- what a file may say stays text on a terminal: no escape sequence, no other control character reaches it
esc=$(printf '\033]0;owned\007\302\2331m\377')
(echo "time,symbol$esc,open,high,low,close"; echo "2024-01-01,BTC$esc,1,2,0.5,1$esc") > hostile.csv
lstmfc check --csv hostile.csv > hostile.txt 2>&1
if LC_ALL=C tr -d '\011\012\040-\176' < hostile.txt | grep -q .; then fail "messages without control characters: $(od -c hostile.txt | head -3)"
else pass "messages without control characters"; fi
(echo "time,x$esc,open,high,low,close"; echo "2024-01-01,1,1,2,0.5,1"; echo "2024-01-02,1,1,2,0.5,1") > hostile.csv
if have script; then
    script -qc "lstmfc check --csv hostile.csv" /dev/null > hostile.txt < /dev/null
    if LC_ALL=C tr -d '\011\012\015\040-\176' < hostile.txt | grep -q .; then fail "a terminal sees no control characters: $(od -c hostile.txt | head -3)"
    elif grep -q "other columns" hostile.txt; then pass "a terminal sees no control characters"
    else fail "a terminal sees no control characters: $(head -2 hostile.txt)"; fi
else skip "a terminal sees no control characters: no script (package bsdutils)"; fi

# ---- streams
follow() { lstmfc indicators --follow --features "@e, col(volume)" "$@"; }
lstmfc indicators --csv c.csv --features "@e, col(volume)" --out whole.csv
tr '\n' '\r' < c.csv | follow > followed.csv
same whole.csv followed.csv "--follow: lines that end with CR"
sed 's/$/\r/' c.csv | follow > followed.csv
same whole.csv followed.csv "--follow: lines that end with CR LF"
awk -F, -v OFS=, 'NR <= 2 || (NR > 30 && NR < 36) { $3 = $4 = $5 = $2 } { print }' <(tail -n +3 c.csv) > flat.csv   # bars that do not move say nothing
lstmfc indicators --follow --features "open, close, col(volume)" < flat.csv > followed.csv 2> followed.err                # about the order of their columns
lstmfc indicators --csv flat.csv --features "open, close, col(volume)" --out whole1.csv
if cmp -s whole1.csv followed.csv && [ ! -s followed.err ]; then pass "--follow: no header, flat bars first and in between"; else fail "--follow: no header, flat bars: $(cat followed.err)"; fi
finish

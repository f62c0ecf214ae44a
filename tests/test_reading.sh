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
expect 0 "1 row with a price below zero was dropped" "check: negative prices are called so" lstmfc check --csv negative.csv
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

# ---- bars of weekdays: the outcome is that of the next bar, whenever it opens, and so is its time
lstmfc synth --bars 700 --seed 4 --start 2000-01-03 --minutes 1440 --out daily.csv
awk 'NR <= 2 || (NR - 3) % 7 < 5' daily.csv > week.csv
net='--window 8 --features log_return(close) --epochs 1 --gaps count'
joined() {                                  # bars ahead: every known outcome is the side of the close of the bar at target_time
    awk -F, -v h="$1" 'FNR == 1 { file++ } file == 1 && /^2/ { n++; at[$1] = n; close_at[$1] = $5; next }
        file == 2 && FNR > 1 && $7 != "" { known++; if (!($2 in at) || at[$2] != at[$1] + h || (close_at[$2] > close_at[$1]) != $7) exit bad = 1 }
        file == 2 && $10 == "not closed" && $2 != "" { exit bad = 1 }
        END { exit bad || known < 50 }' week.csv "$2"
}
for h in 1 7; do
    lstmfc train --csv week.csv $net --horizon $h --model "lstm 4 | dense 1 sigmoid" --out "week$h.json" > /dev/null 2>&1
    lstmfc evaluate --model "week$h.json" --csv week.csv --forecasts "week$h.csv" > /dev/null
    if joined "$h" "week$h.csv"; then pass "weekdays, $h ahead: target_time is the bar of the outcome"; else fail "weekdays, $h ahead: target_time: $(tail -2 "week$h.csv")"; fi
done
expect 0 "^the bar after \(it closes 20..-..-.. if no bar is missing until then\): " "weekdays: when the next bar closes is not known" lstmfc predict --model week1.json --csv week.csv
expect 0 '"target_if_no_gap":true' "weekdays: nor is it in JSON" lstmfc predict --model week1.json --csv week.csv --json
lstmfc train --csv daily.csv $net --model "lstm 4 | dense 1 sigmoid" --out daily.json > /dev/null 2>&1
lstmfc evaluate --model daily.json --csv daily.csv --forecasts whole-week.csv > /dev/null
expect 0 "^next bar, closing 20..-..-..: " "no gaps: the next bar and its time" lstmfc predict --model daily.json --csv daily.csv
if awk -F, 'NR > 2 && $1 != before { exit bad = 1 } { before = $2 } END { exit bad || before == "" }' whole-week.csv; then pass "no gaps: the time of every target, the last one too"
else fail "no gaps: the time of every target"; fi

# ---- a file of signals has no flags: what is wrong with it is said without them
signals() {                                 # pattern, name; the file on stdin
    cat > sig.csv
    expect 3 "$1" "signals: $2" lstmfc backtest --csv daily.csv --signals sig.csv
    if lstmfc backtest --csv daily.csv --signals sig.csv 2>&1 | grep -qe ' --'; then fail "signals: $2: names a flag"; else pass "signals: $2: names no flag"; fi
}
printf '2000-01-03,1\n2000-01-04,0\n' | signals "line 1, .*no header line; expected the header time,signal" "no header"
printf '2000-01-03\n2000-01-04\n' | signals "expected the header time,signal" "times alone"
printf 'bar,signal\none,1\ntwo,0\n' | signals "no column of times: .*; expected the header time,signal" "no times"
printf 'time,signal\n2000-01-03,1\n2000-01-04,0\n2000-01-03,0\n' | signals "line 4, .* also the time of line 2, but signal is 0 here and 1 there: keep one" "two rows of one time"
printf 'time,signal\n01/02/2000,1\n02/03/2000,0\n' | signals "write dates as YYYY-MM-DD" "day or month"
printf 'date,time,signal\n2000-01-03,930,1\n2000-01-03,1030,0\n' | signals "write H:MM" "digits of a clock"
printf 'time;signal\n2000-01-03;1.158\n2000-01-04;0\n' | signals "write it with a point" "point or comma"
printf 'time,volume,signal\n2000-01-03,x,1\n2000-01-04,1,0\n' | signals "volume .x. is not a number" "no number"
printf 'time,signal\n2000-01-03,1\ntime,signal\n2000-01-04,0\n' | signals "line 3, column 1: the header again, which is in line 1" "the header twice"

# ---- a role that cannot be read goes to another column or to none; each message leads to the next, the last one to candles
printf 'time;open;close;price;volume\n2024-01-01;1.057.030;1.088.593;108843.7;56.5\n2024-01-02;1.071.443;1.056.982;105694.3;"1,19E+11"\n' > mangled.csv
expect 3 'open "1.057.030" has several dots.*; if open is not needed, --columns open= leaves it out' "several dots: the way out" lstmfc check --csv mangled.csv
expect 3 'close "1.088.593" has several dots.*; if another column is the close, close=NAME added to --columns takes it' "several dots in the close" lstmfc check --csv mangled.csv --columns open=
expect 3 'volume "1,19E.11" is not a number.*; if volume is not needed, volume= added to --columns leaves it out' "a volume that is none" lstmfc check --csv mangled.csv --columns open=,close=price
expect 0 "2 bars kept" "the way out, gone to its end" lstmfc check --csv mangled.csv --columns open=,close=price,volume=
sed '5s/,[^,]*$/,x/' c.csv > badvolume.csv
expect 3 'volume "x" is not a number; if volume is not needed, --columns volume= leaves it out' "a word as volume" lstmfc check --csv badvolume.csv
expect 0 "300 bars kept" "and its way out" lstmfc check --csv badvolume.csv --columns volume=

# ---- files put one behind the other
tail -n +2 c.csv > plainhead.csv
cat plainhead.csv plainhead.csv > twice.csv
expect 3 "line 302, column 1: the header again, which is in line 1 already.*remove this line" "a header among the rows" lstmfc check --csv twice.csv
sed 302d twice.csv > once.csv
expect 0 "300 bars kept" "without it" lstmfc check --csv once.csv
(head -3 plainhead.csv; cat plainhead.csv) > early.csv
expect 3 "line 4, column 1: the header again" "a header among the first rows" lstmfc check --csv early.csv
awk -F, -v OFS=, '{ print $2, $3, $4, $5, $6, $1 }' twice.csv > lasttime.csv
expect 3 "line 302, column 1: the header again" "a header among the rows, the time last" lstmfc check --csv lasttime.csv
cat c.csv c.csv > labels.csv
expect 3 "line 303, column 1: a line of comment among the rows" "a comment among the rows" lstmfc check --csv labels.csv
finish

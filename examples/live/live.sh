#!/usr/bin/env bash
# live.sh follow|hour [SETTINGS]: the signal of each candle as it closes, into FOLDER/signals.jsonl, one line each, whatever happened before.
#   follow   candles from the exchange's stream, for ever (lstmfc-live.service starts it again)
#   hour     those that closed since, and an end (crontab.txt)
# Both go on from what the other, or a crash, left. Exit code 75: another one is at work in the folder.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
way=${1:-}
case $way in follow | hour) ;; *) echo "usage: live.sh follow|hour [SETTINGS]" >&2; exit 2 ;; esac
# shellcheck source=examples/live/settings.sh
. "${2:-$here/settings.sh}"
mkdir -p "$FOLDER"
cd "$FOLDER"

# The lock goes with the processes: it is free when the last one has ended.
exec 9>> lock
flock -n 9 || { echo "live.sh: another one is at work in $FOLDER" >&2; exit 75; }

candles() { "$PYTHON" "$TOOLS/get_candles.py" --symbol "$SYMBOL" --interval "$INTERVAL" --from "$SINCE" --out candles.csv ${GET[@]+"${GET[@]}"}; }
stream() { exec "$PYTHON" "$TOOLS/stream_candles.py" --symbol "$SYMBOL" --interval "$INTERVAL" --history candles.csv ${STREAM[@]+"${STREAM[@]}"}; }
# Tells what candles.csv has behind the state, then what comes on stdin.
signals() {
    "$LSTMFC" signal --model model.json --symbol "$SYMBOL" --csv candles.csv --follow --clock bars --state state --out signals.jsonl \
        --max-age-hours "$MAX_AGE_HOURS" --keep "$KEEP" ${SIGNAL[@]+"${SIGNAL[@]}"}
}

# What a run that was killed, or a machine that lost its power, left half done
rm -f ./*.tmp-* ./*.part model.json.checkpoint
if [ -s candles.csv ] && [ -n "$(tail -c 1 candles.csv)" ]; then sed -i '$d' candles.csv; fi

# The first time. Without a state signals.jsonl would be begun anew: what is there is put aside.
[ -s candles.csv ] || { rm -f candles.csv; candles; }
[ -s model.json ] || "$LSTMFC" train --csv candles.csv --symbol "$SYMBOL" "${TRAIN[@]}" --progress none --out model.json
if [ ! -s state ]; then
    if [ -s signals.jsonl ]; then mv signals.jsonl "signals-$(date -u +%Y%m%dT%H%M%SZ).jsonl"; fi
    signals < /dev/null
fi

case $way in
follow)
    # Where signals ends the stream does, too, at once: in a pipeline it would only with the next candle.
    trap 'kill "$!" 2> /dev/null || true' EXIT
    signals < <(stream)
    ;;
hour) candles; signals < /dev/null ;;
esac

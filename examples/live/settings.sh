# settings.sh - what live.sh works with: bash, read at each start. A copy elsewhere is named as live.sh's second argument.
# shellcheck shell=bash disable=SC2034
SYMBOL=BTCUSDT                  # as the exchange writes it
INTERVAL=1h
SINCE=2025-01-01                # the first candle of the history
FOLDER=${STATE_DIRECTORY:-$HOME/lstmfc-live}    # systemd says STATE_DIRECTORY; all files lie here
LSTMFC=/usr/local/bin/lstmfc    # the program; cron looks in few places
PYTHON=python3                  # with the package websockets for `live.sh follow`
TOOLS=$here/../../tools         # where get_candles.py and stream_candles.py are

# The first model. Each later one is trained as this one was, on all candles so far.
TRAIN=(--target price --features @e --window 24 --model "lstm 32 | dropout 0.2 | dense 1" --epochs 60 --test none)
MAX_AGE_HOURS=24                # older than that: a new one, trained while the old one goes on
KEEP=7                          # models that are kept
SIGNAL=()                       # further flags of lstmfc signal: (--rules plain --threshold 0.002)

# Further flags of get_candles.py and stream_candles.py: another exchange's (--rest URL --archive URL), (--rest URL --url WSS)
GET=()
STREAM=()

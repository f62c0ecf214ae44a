#!/bin/sh
# demo.sh TOOL OUT [CSV] [EPOCHS]: system A whole, in one command. Without CSV: synthetic candles, a smaller span, few epochs.
set -eu
tool=$1; out=$2; csv=${3:-}; epochs=${4:-}
mkdir -p "$out"
if [ -z "$csv" ]; then
    csv=$out/synthetic.csv
    "$tool" synth --bars 5000 --seed 1 --out "$csv"
    epochs=${epochs:-4}
    echo "make demo: 5,000 synthetic hourly candles, $epochs epochs (CSV=your.csv for your own, EPOCHS=n to bound the training)"
else
    echo "make demo: system A on $csv, at most ${epochs:-150} epochs (EPOCHS=n to bound them)"
fi
exec "$tool" pipeline --csv "$csv" --system a --seeds 1 ${epochs:+--epochs "$epochs"} --out "$out"

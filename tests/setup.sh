#!/bin/sh
# setup.sh [VENV REQUIREMENTS]: prints the Python that has what REQUIREMENTS names (without arguments: what tests/*.py need):
# LSTMFC_PYTHON, else that of VENV, made on first use.
set -eu
cd "$(dirname "$0")/.."
venv=${1:-build/venv} requirements=${2:-tests/requirements.txt}
if [ -n "${LSTMFC_PYTHON:-}" ]; then echo "$LSTMFC_PYTHON"; exit 0; fi
if [ ! -f "$venv/complete" ] || ! cmp -s "$venv/complete" "$requirements"; then
    rm -rf "$venv"
    mkdir -p build
    python3 -m venv "$venv" > "$venv.log" 2>&1 || { echo "skip python: no venv (packages python3 python3-venv)" >&2; exit 1; }
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" >> "$venv.log" 2>&1 \
        || { echo "skip python: what $requirements names cannot be installed (see $venv.log)" >&2; exit 1; }
    cp "$requirements" "$venv/complete"
fi
echo "$venv/bin/python"

#!/bin/sh
# setup.sh: prints the Python that has what tests/*.py need: LSTMFC_PYTHON, else the one of build/venv, made on first use.
set -eu
cd "$(dirname "$0")/.."
if [ -n "${LSTMFC_PYTHON:-}" ]; then echo "$LSTMFC_PYTHON"; exit 0; fi
if [ ! -f build/venv/complete ] || ! cmp -s build/venv/complete tests/requirements.txt; then
    rm -rf build/venv
    mkdir -p build
    python3 -m venv build/venv > build/venv.log 2>&1 || { echo "skip python tests: no venv (packages python3 python3-venv)" >&2; exit 1; }
    build/venv/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt >> build/venv.log 2>&1 \
        || { echo "skip python tests: numpy and scipy cannot be installed (see build/venv.log)" >&2; exit 1; }
    cp tests/requirements.txt build/venv/complete
fi
echo build/venv/bin/python

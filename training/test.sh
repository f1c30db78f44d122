#!/bin/sh
# Tests of the training code, in the environment that train.sh makes: training/test.sh [test ...]
set -eu
cd "$(dirname "$0")"
environment=../.training/venv
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
    "$environment/bin/pip" install --requirement requirements.txt
fi
export OMP_WAIT_POLICY=PASSIVE
if [ $# -gt 0 ]; then
    exec "$environment/bin/python" -m unittest "$@"
fi
exec "$environment/bin/python" -m unittest discover --start-directory tests --top-level-directory .

#!/bin/sh
# From nothing to a finished model folder: training/train.sh cpu|gpu|fixture [stage ...]
# Interrupted? The same command goes on from the last checkpoint.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
environment="$here/../.training/venv"
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
    "$environment/bin/pip" install --requirement "$here/requirements.txt"
fi
export PYTHONPATH="$here" OMP_WAIT_POLICY=PASSIVE
exec nice -n 10 "$environment/bin/python" -m zipar_training "$@"

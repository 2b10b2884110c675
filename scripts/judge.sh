#!/bin/bash
# Real Keras and libhdf5 as judges. Needs the network for the first run: it makes
# .venv from scripts/requirements.txt and installs hdf5-tools where it may.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

if ! command -v h5dump >/dev/null; then
	(apt-get update -qq && apt-get install -y -qq hdf5-tools) >/dev/null
fi
PYTHON=$(scripts/venv.sh | tail -n 1)
export PYTHON

step "libhdf5 reads what hdf5io writes"
scripts/judge_hdf5.sh

step "some golden cases recorded afresh"
"$PYTHON" scripts/golden.py --check 'lstm_*'
"$PYTHON" scripts/golden.py --check 'sequential_*'

step "real Keras opens the models that kerasrun saves"
go build -o "${TMPDIR:-/tmp}/kerasrun-judged" ./cmd/kerasrun
for cases in 'sequential_*' 'graph_keras3' 'graph_tf_keras' 'graph_h5_*' 'lstm_*' 'conv2d_*'; do
	"$PYTHON" scripts/judge_models.py "${TMPDIR:-/tmp}/kerasrun-judged" "$cases" 2>/dev/null
done

step "real Keras goes on where kerasrun stopped training"
"$PYTHON" scripts/judge_training.py "${TMPDIR:-/tmp}/kerasrun-judged" 2>/dev/null
rm -f "${TMPDIR:-/tmp}/kerasrun-judged"

#!/bin/sh
# Writes sample files with hdf5io and has libhdf5 judge them.
# Needs hdf5-tools, and h5py in the Python that $PYTHON names.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go run ./hdf5io/internal/sample "$dir"
"${PYTHON:-python3}" scripts/hdf5_judge.py "$dir"

#!/bin/sh
# Writes sample files with hdf5io and has libhdf5 judge them; then compares what
# "kerasrun h5 dump" shows of them, and of the reader's test files, with h5py.
# Needs hdf5-tools, and h5py in the Python that $PYTHON names.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go run ./hdf5io/internal/sample "$dir"
"$python" scripts/hdf5_judge.py "$dir"

HDF5IO_RANDOM_DIR=$dir go test -count=1 -run TestWriterRandomTrees ./hdf5io
for file in "$dir"/random*.h5; do
	h5dump "$file" >"$dir/dump.txt"
done

go build -o "$dir/kerasrun" ./cmd/kerasrun
rm "$dir/large.h5" # 5 GiB of numbers
# h5py takes bfloat16 for float32, and does not read what only HDF5 2 writes
files=$(ls "$dir"/*.h5 hdf5io/testdata/*.h5 | grep -v -e dt_bfloat16 -e _v200)
# shellcheck disable=SC2086
"$python" scripts/h5_dump_compare.py "$dir/kerasrun" $files

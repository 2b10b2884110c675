#!/bin/bash
# All checks that need nothing but Go: format, vet, staticcheck, tests in every
# build, cross-builds, a little fuzzing. CI runs it; so can you.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

step gofmt
files=$(git ls-files '*.go' | xargs gofmt -l)
[ -z "$files" ] || { echo "gofmt would change: $files"; exit 1; }

step vet
go vet ./...
go vet -tags purego ./...

step staticcheck
go run honnef.co/go/tools/cmd/staticcheck@v0.7.0 ./...

step "no unused code"
# Exported functions are for programs that import the packages; what is internal
# or unexported must be used by something here.
unused=$(go run golang.org/x/tools/cmd/deadcode@v0.36.0 -test ./... | grep -E '^internal/|: unreachable func: ([A-Za-z]+\.)?[a-z]' || true)
[ -z "$unused" ] || { echo "$unused"; exit 1; }

step "go.mod is tidy"
go mod tidy -diff

step "generated kernels are fresh"
scripts/generated.sh

step "tests without assembly"
go test -tags purego ./...

step "tests with the race detector"
# The race detector makes sync.Pool forget at random, so counting allocations
# means nothing there.
go test -race -short -skip 'NoAllocation|AllocatesNothing' ./...

step "cross-builds"
for target in linux/arm64 linux/386 windows/amd64 darwin/arm64 js/wasm; do
	echo "$target"
	GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0 go vet ./...
done

step "fuzzing, a fixed number of inputs each"
go list ./... | while read -r package; do
	dir=${package#kerasrun}
	targets=$(grep -ho '^func Fuzz[A-Za-z0-9_]*' ".$dir"/*_test.go 2>/dev/null | cut -c6- | sort -u) || true
	for target in $targets; do
		echo "$package $target"
		go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime 1000x -fuzzminimizetime 10x -parallel 2
	done
done

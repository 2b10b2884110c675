#!/bin/bash
# Makes the assembly of internal/kern again and compares it with what is
# committed.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -d internal/kern/_asm ] || exit 0
(cd internal/kern && go generate ./...)
git diff --exit-code --stat -- internal/kern

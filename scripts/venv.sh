#!/bin/sh
# Makes .venv at the top of the repository from scripts/requirements.txt, unless it is there.
# KERASRUN_VENV names another folder, for machines that share one.
set -e
cd "$(dirname "$0")/.."
venv=${KERASRUN_VENV:-.venv}
if [ ! -x "$venv/bin/python" ]; then
	python3.11 -m venv "$venv" || python3 -m venv "$venv"
	"$venv/bin/pip" install -q -r scripts/requirements.txt
fi
echo "$venv/bin/python"

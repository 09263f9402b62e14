#!/bin/sh
# The hooks of .pre-commit-hooks.yaml: runs a command of palisade on each of the files that are committed.
set -u
command=$1
shift
code=0
for file; do
  palisade "$command" -f "$file" >/dev/null || code=$?
done
exit "$code"

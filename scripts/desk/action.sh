#!/usr/bin/env bash
# The step of action.yml: runs PALISADE_COMMAND, and says its exit code.
set -euo pipefail

package=$PALISADE_PACKAGE
if [ -z "$package" ]; then
  # Not npm ci: it refuses a lock file that leaves out other platforms' optional packages.
  (cd "$GITHUB_ACTION_PATH" && npm install --no-save --no-fund --no-audit --ignore-scripts --loglevel=error >&2)
  package=$(cd "$GITHUB_ACTION_PATH" && node scripts/npm.ts --output "$RUNNER_TEMP")
fi

# Words as a shell has them, quotes too, and nothing is expanded or run.
words=()
while IFS= read -r -d '' word; do words+=("$word"); done < <(xargs printf '%s\0' <<<"$PALISADE_COMMAND")

code=0
npx --yes --package "$package" palisade "${words[@]}" || code=$?
echo "code=$code" >>"$GITHUB_OUTPUT"
if [ "$code" -eq 1 ] && [ "$PALISADE_FINDINGS" = pass ]; then exit 0; fi
exit "$code"

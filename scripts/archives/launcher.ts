/** What is typed of an archive: starts the Node.js that lies beside it, by whatever link it was called. */

/** Of POSIX shells; follows links itself, since `readlink -f` is not everywhere. */
export const SHELL_LAUNCHER = `#!/bin/sh
self=$0
while [ -h "$self" ]; do
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=$(dirname "$self")/$target ;;
  esac
done
here=$(cd "$(dirname "$self")" && pwd -P)
exec "$here/lib/node" "$here/lib/palisade.mjs" "$@"
`;

export const WINDOWS_LAUNCHER = '@"%~dp0lib\\node.exe" "%~dp0lib\\palisade.mjs" %*\r\n';

/** What is typed of an archive: starts the Node.js that lies beside it, by whatever link it was called. */

/** Commands read a cluster once and end: a third less memory, and no more of the processor's time. */
export const NODE_FLAGS = ["--max-semi-space-size=4"];

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
exec "$here/lib/node" ${NODE_FLAGS.join(" ")} "$here/lib/palisade.mjs" "$@"
`;

export const WINDOWS_LAUNCHER = `@"%~dp0lib\\node.exe" ${NODE_FLAGS.join(" ")} "%~dp0lib\\palisade.mjs" %*\r\n`;

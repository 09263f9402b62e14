/**
 * Imported before the operator's own code: the process takes itself for a machine of its own, so that what it writes is told from what others
 * write, and its wall clock may be wrong, as a node's whose clock nobody sets.
 */
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";

const { REPLICA_HOST: host, REPLICA_CLOCK_SKEW_MS: skew } = process.env;

if (host !== undefined) {
  os.hostname = () => host;
  syncBuiltinESMExports();
}

if (skew !== undefined) {
  const Right = Date;
  const now = (): number => Right.now() + Number(skew);
  globalThis.Date = new Proxy(Right, {
    construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [now()] : args, self),
    apply: () => new Right(now()).toString(),
    get: (target, name, receiver) => (name === "now" ? now : Reflect.get(target, name, receiver)),
  });
}

/** Two mounts on one path hide each other; the API server refuses such a pod, so the resource is refused first. */
import type { CelRule } from "../schema.ts";

type Mounts = readonly { readonly path: string }[] | undefined;

interface Mounting {
  readonly scratch?: Mounts;
  readonly files?: Mounts;
  readonly claims?: Mounts;
}

const PAIRS = [
  ["scratch", "files"],
  ["scratch", "claims"],
  ["files", "claims"],
] as const;

export const pathRules: readonly CelRule<Mounting>[] = PAIRS.map(([one, other]) => ({
  rule: `!has(self.${one}) || !has(self.${other}) || self.${one}.all(a, !self.${other}.exists(b, b.path == a.path))`,
  message: `${one} and ${other} must not have the same path in one container: give one of them another path`,
  holds: (mounting) =>
    (mounting[one] ?? []).every(({ path }) => !(mounting[other] ?? []).some((mount) => mount.path === path)),
}));

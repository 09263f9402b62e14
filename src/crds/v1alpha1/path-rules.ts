/**
 * Where mounts of one container may stand. Two on one path hide each other, and the API server refuses such a pod. One inside another needs a
 * directory or file to be mounted over, which the runtime makes where there is none: in a read-only volume it cannot, and the container never
 * starts. Both are refused here first. In nearly every image `/var/run` leads to `/run`, so what is under the one is under the other.
 */
import type { CelRule } from "../schema.ts";

interface Mount {
  readonly name?: string | undefined;
  readonly path: string;
  readonly readOnly?: boolean | undefined;
}

interface Mounting {
  readonly scratch?: readonly Mount[] | undefined;
  readonly files?: readonly Mount[] | undefined;
  readonly claims?: readonly Mount[] | undefined;
}

const KINDS = ["scratch", "files", "claims"] as const;
const PAIRS = [
  ["scratch", "files"],
  ["scratch", "claims"],
  ["files", "claims"],
] as const;

const RUN = "/var/run/";

/** Where a mount is in the end, and the same in CEL; `mount` is its variable. */
const placeOf = ({ path }: Mount): string => (`${path}/`.startsWith(RUN) ? path.slice("/var".length) : path);
const placeAt = (mount: string): string =>
  `((${mount}.path + '/').startsWith('${RUN}') ? ${mount}.path.substring(4) : ${mount}.path)`;

const isInside = (inner: Mount, outer: Mount): boolean => placeOf(inner).startsWith(`${placeOf(outer)}/`);
const inside = (inner: string, outer: string): string => `${placeAt(inner)}.startsWith(${placeAt(outer)} + '/')`;

const SAME = "and /var/run is the same place as /run: change one path";

const samePath: readonly CelRule<Mounting>[] = [
  ...PAIRS.map(([one, other]) => ({
    rule: `!has(self.${one}) || !has(self.${other}) || self.${one}.all(a, !self.${other}.exists(b, ${placeAt("b")} == ${placeAt("a")}))`,
    message: `${one} and ${other} must not have the same path in one container, ${SAME}`,
    holds: (mounting: Mounting) =>
      (mounting[one] ?? []).every((a) => !(mounting[other] ?? []).some((b) => placeOf(b) === placeOf(a))),
  })),
  ...KINDS.map((kind) => ({
    rule: `!has(self.${kind}) || self.${kind}.all(a, self.${kind}.exists_one(b, ${placeAt("b")} == ${placeAt("a")}))`,
    message: `${kind} must not have the same path twice in one container, ${SAME}`,
    holds: (mounting: Mounting) => {
      const places = (mounting[kind] ?? []).map(placeOf);
      return new Set(places).size === places.length;
    },
  })),
];

const insideFiles = KINDS.map(
  (kind): CelRule<Mounting> => ({
    rule: `!has(self.files) || !has(self.${kind}) || self.files.all(f, !self.${kind}.exists(m, ${inside("m", "f")}))`,
    message: `${kind}.path must not be inside a path of files, which is read-only, so nothing can be mounted there: add a key to that ConfigMap or Secret, or use a path beside it`,
    holds: (mounting) =>
      (mounting.files ?? []).every((file) => !(mounting[kind] ?? []).some((one) => isInside(one, file))),
  }),
);

const insideReadOnlyClaims = KINDS.map(
  (kind): CelRule<Mounting> => ({
    rule: `!has(self.claims) || !has(self.${kind}) || self.claims.all(c, !has(c.readOnly) || !c.readOnly || !self.${kind}.exists(m, ${inside("m", "c")}))`,
    message: `${kind}.path must not be inside a claim that is readOnly, since nothing can be mounted there: use a path beside it`,
    holds: (mounting) =>
      (mounting.claims ?? []).every(
        (claim) => claim.readOnly !== true || !(mounting[kind] ?? []).some((one) => isInside(one, claim)),
      ),
  }),
);

/** Of each container for itself. */
export const pathRules: readonly CelRule<Mounting>[] = [...samePath, ...insideFiles, ...insideReadOnlyClaims];

interface Whole extends Mounting {
  readonly containers?: readonly Mounting[] | undefined;
  readonly sharedMemory?: unknown;
}

/** `container` is a CEL variable; `c` is one of its claims, which the workload declares readOnly. */
const nothingInside = (container: string): string =>
  KINDS.map((kind) => `(!has(${container}.${kind}) || !${container}.${kind}.exists(m, ${inside("m", "c")}))`).join(
    " && ",
  );

const hasNoMemory = ({ scratch = [] }: Mounting): boolean => scratch.every(({ name }) => name !== "memory");

/** Across containers. */
export const sharedMountRules: readonly CelRule<Whole>[] = [
  {
    rule: `!has(self.containers) || !has(self.claims) || self.containers.all(b, !has(b.claims) || b.claims.all(c, !self.claims.exists(d, d.name == c.name && has(d.readOnly) && d.readOnly) || (${nothingInside("b")})))`,
    message:
      "no path of containers may be inside a claim that claims.readOnly makes read-only, since nothing can be mounted there: use a path beside it",
    holds: ({ claims: declared = [], containers = [] }) =>
      containers.every(({ claims = [], scratch = [], files = [] }) =>
        claims.every(
          (claim) =>
            !declared.some(({ name, readOnly }) => name === claim.name && readOnly === true) ||
            ![...claims, ...scratch, ...files].some((one) => isInside(one, claim)),
        ),
      ),
  },
  {
    rule: "!has(self.sharedMemory) || ((!has(self.scratch) || self.scratch.all(s, !has(s.name) || s.name != 'memory')) && (!has(self.containers) || self.containers.all(c, !has(c.scratch) || c.scratch.all(s, !has(s.name) || s.name != 'memory'))))",
    message: "scratch.name must not be memory together with sharedMemory, whose volume has that name: use another name",
    holds: ({ sharedMemory, containers = [], ...main }) =>
      sharedMemory === undefined || [main, ...containers].every(hasNoMemory),
  },
];

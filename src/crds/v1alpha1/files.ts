import { z } from "zod";
import { listAtomic, listMap, matches, matchesNot, text, withRules } from "../schema.ts";
import { fieldFile, resourceField } from "./downward.ts";
import { keyName, optional, subdomainName } from "./names.ts";
import { envFromNearMisses, fileNearMisses, sourceNearMisses } from "./near-misses.ts";

const PATH = "^(/[A-Za-z0-9_-][A-Za-z0-9._-]*|/[.][A-Za-z0-9_-][A-Za-z0-9._-]*)+$";

/** What the kubelet and the runtime write themselves, above what they mount, and where names are resolved (DRIFT 13). */
const RESERVED_FILE =
  "^/(proc|sys|dev|run/secrets|var/run/secrets)(/|$)|^/(var|run|var/run)$|^/etc(/hosts|/hostname|/resolv[.]conf)?$";

const RELATIVE = "^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$";

const mode = text(4, 4)
  .regex(/^0[0-7]{3}$/)
  .optional()
  .meta({ description: 'Permissions in octal; defaults to "0440". The files belong to the group of the workload.' });

const itemPath = withRules(
  text(255, 1),
  matches(RELATIVE, "files.items.path must be relative and plain, such as conf.d/site.conf: no . or .. segment"),
).meta({ description: "Path of the file below the directory." });

const item = z
  .strictObject({ key: keyName("Key of the value."), path: itemPath, mode })
  .meta({ description: "One key as one file." });

/** No file is where another needs a directory. */
const apart = {
  rule: "!has(self.items) || self.items.all(a, !self.items.exists(b, b.path.startsWith(a.path + '/')))",
  message: "files.items.path must not be inside the path of another item, which is a file: change one path",
  holds: ({ items = [] }: { readonly items?: readonly { readonly path: string }[] | undefined }) =>
    items.every((outer) => !items.some(({ path }) => path.startsWith(`${outer.path}/`))),
};

const downwardAPI = withRules(
  z.strictObject({
    items: listMap(
      withRules(z.strictObject({ path: itemPath, fieldRef: fieldFile, resourceFieldRef: resourceField, mode }), {
        rule: "has(self.fieldRef) != has(self.resourceFieldRef)",
        message: "an item of files.downwardAPI needs exactly one of fieldRef and resourceFieldRef: keep one",
        holds: ({ fieldRef, resourceFieldRef }) => (fieldRef === undefined) !== (resourceFieldRef === undefined),
      }).meta({ description: "One value as one file." }),
      ["path"],
      { max: 8, min: 1 },
    ).meta({ description: "Values with their paths below the directory." }),
  }),
  apart,
);

const source = (kind: string) =>
  withRules(
    z.strictObject({
      name: subdomainName(`Name of the ${kind}, in the workload's own namespace.`),
      key: keyName(`A key: path is then a file. Without it, path is a directory with one file per key.`).optional(),
      items: listMap(item, ["path"], { max: 16, min: 1 }).optional().meta({
        description: "Selected keys with their paths below the directory. By default every key under its own name.",
      }),
      optional: optional.meta({
        description:
          "Whether pods run without it while it, or a key of it, does not exist: its directory is then empty, and so is what stands for a single file. Defaults to false.",
      }),
      ...sourceNearMisses,
    }),
    {
      rule: "!has(self.key) || !has(self.items)",
      message: "a files source allows at most one of key and items: key for a single file, items for a directory",
      holds: ({ key: single, items }) => single === undefined || items === undefined,
    },
    apart,
  );

/** Where a container finds what it is configured with. Read-only, always. */
const file = withRules(
  z.strictObject({
    path: withRules(
      text(255, 2),
      matches(
        PATH,
        "files.path must be absolute and plain, such as /etc/app/app.conf: no empty, . or .. segment, no trailing slash",
      ),
      matchesNot(
        RESERVED_FILE,
        "files.path must not cover /proc, /sys, /dev, /etc itself, /etc/hosts and the like, /var, /run or the mounted secrets: use another path",
      ),
    ).meta({ description: "Absolute path of the file, or of the directory where a source has no key." }),
    content: text(16_384).optional().meta({
      description: "Content of the file. Everybody who can read workloads can read it: put secrets in a Secret.",
    }),
    configMap: source("ConfigMap").optional().meta({
      description:
        "Files from a ConfigMap. Pods mount an immutable copy, so a change rolls the pods and an edit of the copy has no effect.",
    }),
    secret: source("Secret").optional().meta({
      description: "Files from a Secret. Mounted by name; the operator cannot read it.",
    }),
    downwardAPI: downwardAPI.optional().meta({
      description: "Files with what the pod says of itself: labels, annotations, requests and limits.",
    }),
    mode,
    ...fileNearMisses,
  }),
  {
    rule: "[has(self.content), has(self.configMap), has(self.secret), has(self.downwardAPI)].filter(x, x).size() == 1",
    message: "an entry of files needs exactly one of content, configMap, secret and downwardAPI: keep one",
    holds: ({ content, configMap, secret, downwardAPI: fields }) =>
      [content, configMap, secret, fields].filter((one) => one !== undefined).length === 1,
  },
).meta({ description: "One file or directory to read." });

/** Fewer in the containers beside the first: their rules are priced by the number of containers. */
export const files = listMap(file, ["path"], { max: 16 });
export const mainFiles = listMap(file, ["path"], { max: 32 });

export const envFrom = listAtomic(
  withRules(
    z.strictObject({
      prefix: text(64, 1)
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
        .optional()
        .meta({ description: "Prefix of the variables' names." }),
      configMap: subdomainName("Name of a ConfigMap. Each of its keys becomes a variable.").optional(),
      secret: subdomainName("Name of a Secret. Each of its keys becomes a variable.").optional(),
      optional,
      ...envFromNearMisses,
    }),
    {
      rule: "has(self.configMap) != has(self.secret)",
      message: "an entry of envFrom needs exactly one of configMap and secret: keep one",
      holds: ({ configMap, secret }) => (configMap === undefined) !== (secret === undefined),
    },
  ).meta({ description: "One ConfigMap or Secret as a set of variables." }),
  { max: 16 },
);

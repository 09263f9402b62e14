import { z } from "zod";
import { listAtomic, listMap, matches, matchesNot, text, withRules } from "../schema.ts";
import { keyName, subdomainName } from "./names.ts";

const PATH = "^(/[A-Za-z0-9_-][A-Za-z0-9._-]*|/[.][A-Za-z0-9_-][A-Za-z0-9._-]*)+$";

/** What the kubelet and the runtime write themselves, and where names are resolved (DRIFT 13). */
const RESERVED_FILE = "^/(proc|sys|dev|run/secrets|var/run/secrets)(/|$)|^/etc(/hosts|/hostname|/resolv[.]conf)?$";

const RELATIVE = "^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$";

const mode = text(4, 4)
  .regex(/^0[0-7]{3}$/)
  .optional()
  .meta({ description: 'Permissions in octal, "0440" unless set. The files belong to the group of the workload.' });

const item = z
  .strictObject({
    key: keyName("The key whose value the file holds."),
    path: withRules(
      text(255, 1),
      matches(RELATIVE, "files.items.path must be relative and plain, such as conf.d/site.conf: no . or .. segment"),
    ).meta({ description: "Where the file lies, below the directory." }),
    mode,
  })
  .meta({ description: "One key as one file." });

const source = (kind: string) =>
  withRules(
    z.strictObject({
      name: subdomainName(`Name of the ${kind}, in the workload's own namespace.`),
      key: keyName(
        `One key of it: then path is a file. Without it path is a directory with a file for every key.`,
      ).optional(),
      items: listMap(item, ["path"], { max: 16, min: 1 }).optional().meta({
        description:
          "Some of its keys, each where it belongs below the directory. Every key by its own name unless set.",
      }),
    }),
    {
      rule: "!has(self.key) || !has(self.items)",
      message: "a source of files needs at most one of key and items: key for a single file, items for a directory",
      holds: ({ key: single, items }) => single === undefined || items === undefined,
    },
  );

/** Where a container finds what it is configured with. Read-only, always. */
export const files = listMap(
  withRules(
    z.strictObject({
      path: withRules(
        text(255, 2),
        matches(PATH, "files.path must be absolute and plain, such as /etc/app/app.conf: no empty, . or .. segment"),
        matchesNot(
          RESERVED_FILE,
          "files.path must not cover /proc, /sys, /dev, /etc itself, the names of hosts or the mounted secrets: choose another place",
        ),
      ).meta({ description: "Absolute path of the file, or of the directory where a source has no key." }),
      content: text(16_384).optional().meta({
        description: "The file as it stands. Anybody who may read workloads can read it: secrets go into a Secret.",
      }),
      configMap: source("ConfigMap").optional().meta({
        description:
          "Files from a ConfigMap. The pods mount an immutable copy of it, so a change rolls the pods, and an edit behind their back does nothing.",
      }),
      secret: source("Secret").optional().meta({
        description: "Files from a Secret. It is mounted by name; the operator never reads it, and may not.",
      }),
      mode,
    }),
    {
      rule: "[has(self.content), has(self.configMap), has(self.secret)].filter(x, x).size() == 1",
      message: "an entry of files needs exactly one of content, configMap and secret: keep the one that is meant",
      holds: ({ content, configMap, secret }) =>
        [content, configMap, secret].filter((one) => one !== undefined).length === 1,
    },
  ).meta({ description: "One file or directory that the container reads." }),
  ["path"],
  { max: 16 },
);

export const envFrom = listAtomic(
  withRules(
    z.strictObject({
      prefix: text(64, 1)
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
        .optional()
        .meta({ description: "Put before each key to make the name of its variable." }),
      configMap: subdomainName("Name of a ConfigMap, whose every key becomes a variable.").optional(),
      secret: subdomainName("Name of a Secret, whose every key becomes a variable.").optional(),
    }),
    {
      rule: "has(self.configMap) != has(self.secret)",
      message: "an entry of envFrom needs exactly one of configMap and secret: keep the one that is meant",
      holds: ({ configMap, secret }) => (configMap === undefined) !== (secret === undefined),
    },
  ).meta({ description: "One ConfigMap or Secret as a set of variables." }),
  { max: 16 },
);

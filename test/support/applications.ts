/** Whole applications out of files: the samples and the examples. */

import { join } from "node:path";
import type { KubeObject } from "kopf-ts";
import { SECURE_WORKLOAD } from "../../src/crds/group.ts";
import { objectsIn } from "./yaml-files.ts";

const ROOT = join(import.meta.dirname, "..", "..");

export interface Application {
  readonly name: string;
  /** Where it runs, and where an attack on it is made. */
  readonly namespace: string;
  readonly workloads: readonly KubeObject[];
}

const FOLDERS = [
  { name: "samples", folder: "config/samples", namespace: "shop" },
  { name: "online-boutique", folder: "examples/online-boutique", namespace: "online-boutique" },
  { name: "voting-app", folder: "examples/voting-app", namespace: "voting-app" },
  { name: "podinfo", folder: "examples/podinfo/base", namespace: "podinfo-production" },
  { name: "podinfo-webapp", folder: "examples/podinfo/webapp", namespace: "podinfo-webapp" },
  { name: "podinfo-secure", folder: "examples/podinfo/secure", namespace: "podinfo-secure" },
  { name: "podinfo-standalone", folder: "examples/podinfo/standalone", namespace: "podinfo" },
  { name: "wordpress", folder: "examples/wordpress", namespace: "wordpress" },
  { name: "mysql", folder: "examples/mysql", namespace: "mysql" },
  { name: "zookeeper", folder: "examples/zookeeper", namespace: "zookeeper" },
  { name: "otel-demo", folder: "examples/otel-demo", namespace: "otel-demo" },
] as const;

/** Every application. What lets the outside in is the platform's, or a workload of the files themselves. */
export const APPLICATIONS: readonly Application[] = FOLDERS.map(({ name, folder, namespace }) => ({
  name,
  namespace,
  workloads: objectsIn(join(ROOT, folder))
    .filter(({ kind }) => kind === SECURE_WORKLOAD.kind)
    .map((object) => ({ ...object, metadata: { namespace, ...object.metadata } })),
}));

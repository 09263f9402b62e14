/** Small manifests, and what convert makes of them. */
import type { KubeObject } from "kopf-ts";
import { type Conversion, convert } from "../../src/convert/convert.ts";
import { parseSecureWorkload } from "../../src/crds/v1alpha1/secure-workload.ts";
import { parseManifests } from "../../src/manifests/parse.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface App {
  readonly name?: string;
  readonly namespace?: string;
  readonly kind?: string;
  readonly container?: Fields;
  readonly pod?: Fields;
  readonly spec?: Fields;
  readonly annotations?: Fields;
}

/** A Deployment of one container, as the tests change it. */
export const app = ({
  name = "web",
  namespace,
  kind = "Deployment",
  container,
  pod,
  spec,
  annotations,
}: App): KubeObject =>
  ({
    apiVersion: "apps/v1",
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations },
        spec: { containers: [{ name, image: `registry.example.com/shop/${name}:1`, ...container }], ...pod },
      },
      ...spec,
    },
  }) as unknown as KubeObject;

export const service = (name: string, spec: Fields, namespace?: string): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: { selector: { app: name }, ...spec },
  }) as unknown as KubeObject;

export const policy = (name: string, spec: Fields): KubeObject =>
  ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name },
    spec: { podSelector: { matchLabels: { app: name } }, ...spec },
  }) as unknown as KubeObject;

export const plainly = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
export const converted = (...objects: readonly KubeObject[]): Conversion =>
  convert(parseManifests("app.yaml", objects.map((object) => JSON.stringify(object)).join("\n---\n")), "default");
const workloadOf = ({ workloads }: Conversion, name: string) =>
  workloads.find(({ object }) => object.metadata.name === name);
export const specOf = (conversion: Conversion, name = "web"): Fields =>
  plainly(workloadOf(conversion, name)?.object["spec"]) as Fields;
export const decisionsOf = (conversion: Conversion, name = "web") => workloadOf(conversion, name)?.decisions;
export const verdictOf = ({ ledger }: Conversion, path: string): string | undefined => {
  const found = ledger.find((entry) => entry.path.endsWith(path));
  return found === undefined ? undefined : `${found.verdict}: ${found.note}`;
};
export const isTaken = ({ workloads }: Conversion): boolean =>
  workloads.every(({ object }) => parseSecureWorkload(plainly(object)).ok);

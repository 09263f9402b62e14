/** Between SecureWorkloads the matrix calls declared what both ends declare, and open what only a policy lets through. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { audited, documents, graphOf } from "../../test/support/audited.ts";
import { ENROLMENT_LABEL } from "../crds/group.ts";
import { expand } from "../expand/child-kinds.ts";
import { readyWorkload } from "../render/input.ts";
import { Pairs, type State } from "./pairs.ts";
import { reachMatrix } from "./reach-matrix.ts";

interface Declared {
  readonly namespace: string;
  readonly name: string;
  readonly spec?: object;
}

const aSecureWorkload = ({ namespace, name, spec = {} }: Declared) => ({
  apiVersion: "palisade.dev/v1alpha1",
  kind: "SecureWorkload",
  metadata: { namespace, name },
  spec: { image: "registry.example.com/shop/app:1.0.0", ports: [{ port: 8080 }], ...spec },
});

/** The SecureWorkload, and the children that the operator makes of it. */
function withChildren(declared: Declared): readonly string[] {
  const workload = aSecureWorkload(declared);
  const ready = readyWorkload(workload, { configMaps: new Map(), baseline: undefined, namespace: "default" });
  if (!ready.ok) throw new Error(ready.errors.join("; "));
  return [workload, ...expand(ready.readied.input)].map((object) => JSON.stringify(object));
}

const aPolicy = (namespace: string, spec: object): string =>
  JSON.stringify({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "other", namespace },
    spec: { podSelector: {}, ...spec },
  });

/** Enrolled: elsewhere Palisade's label means nothing. */
const NAMESPACES = ["shop", "data"].map((name) =>
  JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { [ENROLMENT_LABEL]: "sealed" } } }),
);

/** By hand, in every namespace: it opens whatever Palisade closes. */
const OPENED = ["shop", "data"].map((namespace) =>
  aPolicy(namespace, { policyTypes: ["Ingress", "Egress"], ingress: [{}], egress: [{}] }),
);

const WORKLOADS = [
  { namespace: "shop", name: "web" },
  { namespace: "shop", name: "api" },
  { namespace: "data", name: "db" },
] as const;
type Ref = (typeof WORKLOADS)[number];

interface Way {
  readonly to: Ref;
  readonly isWhole: boolean;
}
const ways = fc.array(fc.record({ to: fc.constantFrom(...WORKLOADS), isWhole: fc.boolean() }), { maxLength: 3 });
const entryOf = ({ to, isWhole }: Way) =>
  isWhole ? { namespace: to.namespace } : { namespace: to.namespace, workload: to.name };
const means = (all: readonly Way[], other: Ref): boolean =>
  all.some(({ to, isWhole }) => to.namespace === other.namespace && (isWhole || to.name === other.name));

const declarations = fc.tuple(
  ...WORKLOADS.map((ref) => fc.record({ ref: fc.constant(ref), inbound: ways, outbound: ways })),
);

function statesOf(text: string): Readonly<Record<string, State>> {
  const matrix = reachMatrix(graphOf(documents(...NAMESPACES, text)));
  const pairs = new Pairs(matrix);
  return Object.fromEntries(
    matrix.workloads.flatMap(({ id: from }, source) =>
      matrix.workloads.flatMap(({ id: to }, destination) =>
        source === destination ? [] : [[`${from} ${to}`, pairs.worst(source, destination)] as const],
      ),
    ),
  );
}

test("whatever SecureWorkloads declare: both ends make a way declared, and a foreign policy opens the rest", () => {
  fc.assert(
    fc.property(declarations, (all) => {
      const manifests = all.flatMap(({ ref, inbound, outbound }) =>
        withChildren({
          ...ref,
          spec: {
            access: {
              inbound: inbound.map(entryOf),
              outbound: outbound.map((way) => ({ ...entryOf(way), port: 8080 })),
            },
          },
        }),
      );
      const nameOf = ({ namespace, name }: Ref): string => `Deployment/${namespace}/${name}`;
      const expected = (otherwise: State) =>
        Object.fromEntries(
          all.flatMap((from) =>
            all.flatMap((to): readonly (readonly [string, State])[] => {
              if (from === to) return [];
              const isAgreed = means(from.outbound, to.ref) && means(to.inbound, from.ref);
              return [[`${nameOf(from.ref)} ${nameOf(to.ref)}`, isAgreed ? "declared" : otherwise]];
            }),
          ),
        );
      expect(statesOf(documents(...manifests))).toEqual(expected("closed"));
      expect(statesOf(documents(...manifests, ...OPENED))).toEqual(expected("open"));
    }),
    { numRuns: 60 },
  );
});

const foreign = (namespace: string, name: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name, labels: { app: name } },
    spec: { containers: [{ name: "main", image: "registry.example.com/app:1", ports: [{ containerPort: 8080 }] }] },
  });
const named = (app: string) => [{ namespaceSelector: {}, podSelector: { matchLabels: { app } } }];
const podPeer = (name: string) => ({ namespace: "shop", podLabels: [{ key: "app", value: name }] });
const BASELINE = JSON.stringify({
  apiVersion: "palisade.dev/v1alpha1",
  kind: "SecurityBaseline",
  metadata: { name: "cluster" },
  spec: {
    callers: {
      gateway: { namespace: "shop", podLabels: [{ key: "app", value: "proxy" }] },
      monitoring: { namespace: "shop", podLabels: [{ key: "app", value: "prometheus" }] },
    },
  },
});

describe("with a pod that is no SecureWorkload's", () => {
  const db = (spec: object = {}) => withChildren({ namespace: "data", name: "db", spec });
  const into = (name: string, spec?: object): State | undefined =>
    statesOf(documents(...db(spec), foreign("shop", name), BASELINE, ...OPENED))[`Pod/shop/${name} Deployment/data/db`];
  const out = (spec: object, ...policies: readonly string[]): State | undefined =>
    statesOf(documents(...db(spec), foreign("shop", "old"), ...OPENED.slice(1), ...policies))[
      "Deployment/data/db Pod/shop/old"
    ];

  test.each([
    ["named by its labels", "old", { access: { inbound: [{ pods: podPeer("old") }] } }, "declared"],
    ["named by its namespace, which means workloads", "old", { access: { inbound: [{ namespace: "shop" }] } }, "open"],
    [
      "named on another port",
      "old",
      {
        access: { inbound: [{ pods: podPeer("old"), port: 9090 }] },
        ports: [{ port: 8080 }, { name: "admin", port: 9090 }],
      },
      "open",
    ],
    ["of the gateway, before a host", "proxy", { expose: [{ host: "db.example.com", port: 8080 }] }, "declared"],
    ["of the gateway, where nothing asks for it", "proxy", {}, "open"],
    ["of the monitoring stack", "prometheus", { monitoring: { port: 8080 } }, "declared"],
  ] as const)("as source %s", (_, name, spec, expected) => {
    expect(into(name, spec)).toBe(expected);
  });

  const closing = aPolicy("shop", {
    policyTypes: ["Ingress"],
    ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { "palisade.dev/workload": "db" } } }] }],
  });
  const calls = { access: { outbound: [{ pods: podPeer("old"), port: 8080 }] } };
  test.each([
    ["that it names, and whose policy names it", calls, [closing], "declared"],
    ["that it does not name", {}, [closing], "open"],
    [
      "whose policy names others",
      calls,
      [aPolicy("shop", { policyTypes: ["Ingress"], ingress: [{ from: named("web") }] })],
      "closed",
    ],
    ["that nothing closes", calls, [], "open"],
  ] as const)("as destination %s", (_, spec, policies, expected) => {
    expect(out(spec, ...policies)).toBe(expected);
  });
});

test("a SecureWorkload that this version does not accept declares nothing, and does not count as read", () => {
  const broken = JSON.stringify(aSecureWorkload({ namespace: "shop", name: "web", spec: { access: { inbound: 5 } } }));
  const { unread, graph } = audited(broken);
  expect(unread.map(({ problem }) => problem)).toEqual([
    expect.stringMatching(
      /^SecureWorkload\/shop\/web cannot be judged: .*access\.inbound.* \(palisade check says it all\)$/,
    ),
  ]);
  expect(graph.facts.declared.size).toBe(0);
});

/** The page as text: what it may load, what it says, and what it does not. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { aPod, aService, bound, documents } from "../../test/support/audited.ts";
import { auditPage, clusterPage } from "../../test/support/report-pages.ts";
import { aCorrection, aStoredWorkload, condition, NOW } from "../../test/support/workload-reading.ts";
import { SEVERITIES } from "../audit/severity.ts";
import { unusualSection } from "./sections/unusual.ts";

const SHOP = documents(
  aPod("redis", {}, { image: "redis:7.2", ports: [{ containerPort: 6379 }] }),
  aService("redis", 6379, { type: "NodePort" }),
  aPod("web", { automountServiceAccountToken: true, serviceAccountName: "web", hostPID: true }),
  bound("web", [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]),
);

const dataIn = (html: string, id: string): unknown => {
  const [, text = ""] = new RegExp(`<script type="application/json" id="${id}">([^<]*)</script>`).exec(html) ?? [];
  return JSON.parse(text);
};

describe("what it may load", () => {
  const { html } = auditPage({ "shop.yaml": SHOP }, { now: NOW });
  const [, policy = ""] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];

  test("is its own script and style, known by their digests, and nothing else", () => {
    const digests = [...html.matchAll(/<(script|style)>([\s\S]*?)<\/\1>/g)].map(([, kind, text = ""]) => [
      `${kind}-src`,
      `&#39;sha256-${createHash("sha256").update(text).digest("base64")}&#39;`,
    ]);
    expect(digests.map(([kind]) => kind).sort()).toEqual(["script-src", "style-src"]);
    expect(policy.split("; ").sort()).toEqual(
      [
        "default-src &#39;none&#39;",
        "base-uri &#39;none&#39;",
        "form-action &#39;none&#39;",
        ...digests.map((one) => one.join(" ")),
      ].sort(),
    );
  });

  test("is named nowhere: no address, no handler and no style in an attribute", () => {
    const markup = html.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, "");
    expect(markup).not.toMatch(/\s(src|srcset|action|style|on\w+)=/);
    expect(markup).not.toMatch(/<(link|img|iframe|object|embed|base)\b/);
    expect([...markup.matchAll(/href="([^"]*)"/g)].every(([, to = ""]) => to.startsWith("#"))).toBe(true);
  });
});

test("facts are counted, cut where there are many, and never markup", () => {
  const containers = Array.from({ length: 130 }, (_, at) => ({
    pod: `shop/<b>${at}`,
    container: "web",
    restarts: at,
    exits: [`1 (Error) at 2026-12-01T00:00:00Z`],
  }));
  const facts = { nodes: [], containers, entered: [], images: [], unnamed: [], denials: [], workloads: [] };
  const { text } = unusualSection({ ...facts, unknown: ["nodes: they may not be listed"] });
  expect(text).toContain(`data-unusual="all">130<`);
  expect(text).toContain("and 30 more");
  expect(text).toContain("unknown: nodes: they may not be listed");
  expect(text).not.toContain("<b>");
  expect(text).toContain("&lt;b&gt;99");
});

describe("numbers", () => {
  const { html, audit, matrix } = auditPage({ "shop.yaml": SHOP }, { now: NOW });

  test("are those of the answer that it carries, which is the one of -o json", () => {
    const answer = dataIn(html, "answer") as {
      readonly kind: string;
      readonly findings: readonly { severity: string }[];
    };
    expect(answer).toMatchObject({ apiVersion: "cli.palisade.dev/v1", kind: "Audit" });
    expect(answer.findings.length).toBeGreaterThan(3);
    for (const severity of SEVERITIES) {
      const own = answer.findings.filter((finding) => finding.severity === severity).length;
      expect(html).toContain(`data-count="${severity}"><span class="number">${own}</span>`);
      expect(html.match(new RegExp(`<article class="finding ${severity}"`, "g")) ?? []).toHaveLength(own);
    }
    expect(dataIn(html, "matrix-data")).toEqual(matrix);
  });

  test("of links: each chain has a box for each, between where it begins and what it ends with", () => {
    const chains = audit.findings.flatMap(({ chain }) => chain ?? []);
    const lists = [...html.matchAll(/<ol class="chain"[\s\S]*?<\/ol>/g)].map(([text]) => text);
    expect(lists.map((text) => (text.match(/class="box/g) ?? []).length)).toEqual(
      chains.map(({ links }) => links.length + 2),
    );
  });
});

describe("names", () => {
  const HOSTILE = `"><script>alert(1)</script><img src=x onerror="alert(1)">'</style>&lt;\u202e`;
  const everywhere = (name: string): string =>
    documents(
      JSON.stringify({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: name, labels: { app: name } },
        spec: {
          serviceAccountName: name,
          automountServiceAccountToken: true,
          hostPID: true,
          containers: [
            {
              name,
              image: `redis:${name}`,
              command: [name],
              args: [`--${name}`],
              ports: [{ containerPort: 6379, name }],
              env: [{ name: `PASSWORD_${name}`, value: "swordfish-1234" }],
              volumeMounts: [{ name, mountPath: `/${name}` }],
            },
          ],
          volumes: [{ name, hostPath: { path: `/${name}` } }],
        },
      }),
      JSON.stringify({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace: name },
        spec: { type: "NodePort", selector: { app: name }, ports: [{ port: 6379, name }] },
      }),
      JSON.stringify({
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
        subjects: [{ kind: "ServiceAccount", name, namespace: name }],
      }),
      JSON.stringify({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: name },
        data: { [`${name}.password`]: "swordfish-1234" },
      }),
      JSON.stringify({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace: name },
        stringData: { token: "swordfish-1234" },
      }),
      JSON.stringify({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name, namespace: name },
        spec: { podSelector: {}, ingress: [{ from: [{ podSelector: { matchLabels: { app: name } } }] }] },
      }),
    );
  const workload = aStoredWorkload({
    name: HOSTILE,
    status: {
      conditions: [condition("Ready", "False", "ImageRefused", HOSTILE)],
      drift: {
        corrected: 2,
        last: {
          time: "2026-11-30T11:00:00Z",
          action: "Repair",
          object: `Deployment/${HOSTILE}`,
          fields: [HOSTILE],
          manager: HOSTILE,
        },
      },
      exceptions: [{ name: HOSTILE, lifts: [HOSTILE], user: HOSTILE, expires: "2026-12-01T11:00:00Z" }],
    },
  });
  const baseline = {
    apiVersion: "palisade.dev/v1alpha1",
    kind: "SecurityBaseline",
    metadata: { name: "cluster" },
    status: { notSealed: [{ name: "shop", state: "Observing", heldBackBy: [`Deployment/${HOSTILE}`] }] },
  };
  const exception = {
    apiVersion: "palisade.dev/v1alpha1",
    kind: "SecurityException",
    metadata: { name: `${HOSTILE}2`, creationTimestamp: "2026-11-30T00:00:00Z" },
    spec: {
      workload: { namespace: HOSTILE, name: HOSTILE },
      lifts: [HOSTILE],
      validFor: "72h",
      reason: HOSTILE,
      requestedBy: HOSTILE,
    },
    status: { conditions: [condition("Active", "False", HOSTILE)] },
  };
  const { html } = clusterPage(
    { [HOSTILE]: everywhere(HOSTILE) },
    {
      workloads: [workload],
      events: [aCorrection(`Reverted a change of Deployment/${HOSTILE}: spec.x; written by ${HOSTILE} (Update)`)],
      baseline,
      exceptions: [exception],
      namespaces: [
        {
          apiVersion: "v1",
          kind: "Namespace",
          metadata: { name: HOSTILE, labels: { "palisade.dev/enrolment": "sealed" } },
        },
      ],
      namespace: undefined,
      unread: [{ what: HOSTILE, problem: HOSTILE }],
    },
    { now: NOW, source: HOSTILE, since: auditPage({ "other.yaml": everywhere(`old${HOSTILE}`) }, { now: NOW }).data },
  );

  test("are text, in every field that can hold one", () => {
    // Its own script and two with data.
    expect(html.match(/<script/g)).toHaveLength(3);
    expect(html.match(/<\/script/g)).toHaveLength(3);
    expect(html).not.toMatch(/<img|\u202e/);
    expect(html.match(/&lt;img src=x/g)?.length).toBeGreaterThan(20);
  });

  test("of a page and of its data are the same objects", () => {
    const { holds } = dataIn(html, "answer") as {
      readonly holds: { readonly workloads: readonly { workload: string }[] };
    };
    expect(holds.workloads[0]?.workload).toBe(`shop/${HOSTILE}`);
  });

  test("stand there without the values of Secrets, variables and settings", () => {
    expect(html).toContain("PASSWORD_");
    expect(html).not.toContain("swordfish");
  });
});

test("what could not be read is said", () => {
  const { html } = auditPage({ "shop.yaml": "kind: [" }, { now: NOW });
  expect(html).toContain('id="unread"');
  expect(html).toContain("shop.yaml");
});

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { aWorkload } from "../../test/support/workloads.ts";
import { parseSecureWorkload } from "../crds/v1alpha1/secure-workload.ts";
import {
  accessStatus,
  agreementNotice,
  type MissingHalf,
  type Neighbour,
  namedBy,
  unmatchedRules,
} from "./access-agreement.ts";

/** A workload by `namespace/name`, with its access. */
function workload(key: string, access: object = {}, more: object = {}): Neighbour {
  const [namespace = "", name = ""] = key.split("/");
  const parsed = parseSecureWorkload(aWorkload(name, namespace, { access, ...more }));
  if (!parsed.ok) throw new Error(parsed.errors.join());
  return { ref: { namespace, name }, spec: parsed.value.spec };
}

/** What the first of `all` says, the others around it. */
function missing(...all: readonly [Neighbour, ...Neighbour[]]): readonly MissingHalf[] {
  const [self] = all;
  const isSelf = (ref: Neighbour["ref"] | undefined): boolean =>
    ref?.namespace === self.ref.namespace && ref.name === self.ref.name;
  return unmatchedRules(self, {
    find: (namespace, name) => all.find(({ ref }) => ref.namespace === namespace && ref.name === name),
    naming: all.filter(({ ref, spec }) =>
      [...(spec?.access?.inbound ?? []), ...(spec?.access?.outbound ?? [])].some((entry) =>
        isSelf(namedBy(entry, ref)),
      ),
    ),
  });
}

const shown = (halves: readonly MissingHalf[]): readonly string[] =>
  halves.map(({ peer, direction, port, protocol, missing: whose }) =>
    [direction, peer, port === undefined ? "*" : `${port}/${protocol}`, whose].join(" "),
  );

const calls = (peer: object): object => ({ outbound: [{ port: 8080, ...peer }] });
const letsIn = (peer: object): object => ({ inbound: [peer] });

test.each<{ name: string; all: readonly [Neighbour, ...Neighbour[]]; expected: readonly string[] }>([
  {
    name: "nothing where both declare it, in one namespace",
    all: [workload("shop/web", calls({ workload: "catalog" })), workload("shop/catalog", letsIn({ workload: "web" }))],
    expected: [],
  },
  {
    name: "nothing where both declare it, across namespaces",
    all: [
      workload("shop/web", letsIn({ workload: "gateway", namespace: "edge" })),
      workload("edge/gateway", calls({ workload: "web", namespace: "shop" })),
    ],
    expected: [],
  },
  {
    name: "their half where they do not let us in",
    all: [workload("shop/web", calls({ workload: "catalog" })), workload("shop/catalog")],
    expected: ["outbound shop/catalog 8080/TCP theirs"],
  },
  {
    name: "their half where they let in a namesake of another namespace",
    all: [
      workload("shop/web", calls({ workload: "catalog" })),
      workload("shop/catalog", letsIn({ workload: "web", namespace: "other" })),
    ],
    expected: ["outbound shop/catalog 8080/TCP theirs"],
  },
  {
    name: "their half where they let us in at another port",
    all: [
      workload("shop/web", calls({ workload: "catalog", port: 9090 })),
      workload("shop/catalog", letsIn({ workload: "web" })),
    ],
    expected: ["outbound shop/catalog 9090/TCP theirs", "outbound shop/catalog 8080/TCP ours"],
  },
  {
    name: "their half where they let us in with another protocol",
    all: [
      workload("shop/web", calls({ workload: "catalog", protocol: "UDP" })),
      workload("shop/catalog", letsIn({ workload: "web" })),
    ],
    expected: ["outbound shop/catalog 8080/UDP theirs", "outbound shop/catalog 8080/TCP ours"],
  },
  {
    name: "their half where they do not call us",
    all: [workload("shop/web", letsIn({ workload: "gateway" })), workload("shop/gateway")],
    expected: ["inbound shop/gateway 8080/TCP theirs"],
  },
  {
    name: "no single port where a grant is of several",
    all: [
      workload("shop/web", letsIn({ workload: "gateway" }), {
        ports: [
          { name: "http", port: 8080 },
          { name: "metrics", port: 9090 },
        ],
      }),
      workload("shop/gateway"),
    ],
    expected: ["inbound shop/gateway * theirs"],
  },
  {
    name: "our half where they call us",
    all: [workload("shop/catalog"), workload("shop/web", calls({ workload: "catalog" }))],
    expected: ["inbound shop/web 8080/TCP ours"],
  },
  {
    name: "our half where they let us in",
    all: [workload("edge/gateway"), workload("shop/web", letsIn({ workload: "gateway", namespace: "edge" }))],
    expected: ["outbound shop/web 8080/TCP ours"],
  },
  {
    name: "workloads that are not there",
    all: [
      workload("shop/web", {
        ...calls({ workload: "catalog" }),
        ...letsIn({ workload: "gateway", namespace: "edge" }),
      }),
    ],
    expected: ["outbound shop/catalog 8080/TCP absent", "inbound edge/gateway 8080/TCP absent"],
  },
  {
    name: "the half of one whose stored spec is not accepted",
    all: [
      workload("shop/web", calls({ workload: "catalog" })),
      { ref: { namespace: "shop", name: "catalog" }, spec: undefined },
    ],
    expected: ["outbound shop/catalog 8080/TCP theirs"],
  },
  {
    name: "nothing where a whole namespace is let in",
    all: [
      workload("shop/web", calls({ workload: "catalog", namespace: "catalogue" })),
      workload("catalogue/catalog", letsIn({ namespace: "shop" })),
    ],
    expected: [],
  },
  {
    name: "nothing where a whole namespace is called",
    all: [
      workload("shop/web", letsIn({ workload: "prober", namespace: "tools" })),
      workload("tools/prober", calls({ namespace: "shop" })),
    ],
    expected: [],
  },
  {
    name: "nothing of a whole namespace that nobody answers",
    all: [workload("shop/web", { ...letsIn({ namespace: "edge" }), ...calls({ namespace: "tools" }) })],
    expected: [],
  },
  {
    name: "nothing of peers that are no workloads",
    all: [
      workload("shop/web", {
        inbound: [{ gateway: true }, { monitoring: true }, { kubernetesAPI: true }, { cidr: "10.0.0.0/8" }],
        outbound: [{ kubernetesAPI: true }, { cidr: "10.0.0.0/8", port: 1 }, { host: "a.example.com", port: 1 }],
      }),
      workload("shop/other", { inbound: [{ cidr: "10.0.0.0/8" }] }),
    ],
    expected: [],
  },
  {
    name: "the half of a workload that calls itself once, and not as a wish of others",
    all: [workload("shop/web", calls({ workload: "web" }))],
    expected: ["outbound shop/web 8080/TCP theirs"],
  },
  {
    name: "a half that is declared twice once",
    all: [workload("shop/web", { outbound: [1, 2].map(() => ({ workload: "catalog", port: 8080 })) })],
    expected: ["outbound shop/catalog 8080/TCP absent"],
  },
  {
    name: "our own declarations before what others wish, those in a fixed order",
    all: [
      workload("shop/web", calls({ workload: "zebra" })),
      workload("shop/b", calls({ workload: "web" })),
      workload("shop/a", calls({ workload: "web" })),
    ],
    expected: ["outbound shop/zebra 8080/TCP absent", "inbound shop/a 8080/TCP ours", "inbound shop/b 8080/TCP ours"],
  },
])("tells $name", ({ all, expected }) => {
  expect(shown(missing(...all))).toEqual(expected);
});

test("both ends tell of one missing half, each from its side", () => {
  const entry = fc.record({
    workload: fc.constantFrom("a", "b"),
    port: fc.constantFrom(8080, 9090),
  });
  const access = fc.record({
    inbound: fc.array(
      entry.map(({ workload: name }) => ({ workload: name })),
      { maxLength: 2 },
    ),
    outbound: fc.array(entry, { maxLength: 2 }),
  });
  fc.assert(
    fc.property(access, access, (ofA, ofB) => {
      const a = workload("shop/a", ofA);
      const b = workload("shop/b", ofB);
      const about = (halves: readonly MissingHalf[], peer: string, whose: string): readonly string[] =>
        halves
          .filter((half) => half.peer === peer && half.missing === whose)
          .map(({ direction, port }) => `${direction} ${port}`)
          .sort();
      const turned = (told: readonly string[]): readonly string[] =>
        told
          .map((line) =>
            line.startsWith("in") ? line.replace("inbound", "outbound") : line.replace("outbound", "inbound"),
          )
          .sort();
      expect(turned(about(missing(a, b), "shop/b", "theirs"))).toEqual(about(missing(b, a), "shop/a", "ours"));
    }),
    { numRuns: 300 },
  );
});

test("the condition names both halves, and what to write in which file", () => {
  const { holds, reason, message } = agreementNotice(
    missing(
      workload("shop/web", {
        ...calls({ workload: "catalog", namespace: "catalogue", port: 8443 }),
        ...letsIn({ workload: "gateway", namespace: "edge" }),
      }),
      workload("catalogue/catalog"),
      workload("edge/gateway"),
    ),
  );
  expect({ holds, reason }).toEqual({ holds: false, reason: "HalfMissing" });
  expect(message).toBe(
    "catalogue/catalog does not allow shop/web on 8443/TCP: add { workload: web, namespace: shop } to access.inbound and 8443/TCP to ports of SecureWorkload catalog in namespace catalogue; " +
      "edge/gateway does not declare access to shop/web: add { workload: web, namespace: shop, port: 8080 } to access.outbound of SecureWorkload gateway in namespace edge",
  );
});

test("what others wish turns no condition, and is listed", () => {
  const halves = missing(workload("shop/catalog"), workload("shop/web", calls({ workload: "catalog" })));
  expect(agreementNotice(halves)).toMatchObject({ type: "AccessAgreed", holds: true, reason: "BothEndsAgree" });
  expect(accessStatus(halves)).toEqual({
    access: [{ peer: "shop/web", direction: "inbound", port: 8080, protocol: "TCP", missing: "ours" }],
    agreement: "agreed",
  });
  expect(accessStatus([])).toEqual({ agreement: "agreed" });
});

test("kubectl get counts the declarations that nobody answers", () => {
  const web = workload("shop/web", {
    ...calls({ workload: "catalog", namespace: "catalogue", port: 8443 }),
    ...letsIn({ workload: "gateway", namespace: "edge" }),
  });
  expect(accessStatus(missing(web)).agreement).toBe("2 missing");
  expect(
    accessStatus(missing(web, workload("edge/gateway", calls({ workload: "web", namespace: "shop" })))).agreement,
  ).toBe("1 missing");
});

describe("the Service's port where the pod's is meant", () => {
  const ports = [{ name: "http", port: 8080, servicePort: 80 }];
  const web = workload("shop/web", calls({ workload: "catalog", port: 80 }));
  const remedy =
    "80/TCP is the port of Service catalog, and network policies act on the port of its pods: write port: 8080 for { workload: catalog } in access.outbound of SecureWorkload web in namespace shop; it still calls catalog:80";

  test.each([
    { side: "the caller", all: [web, workload("shop/catalog", letsIn({ workload: "web" }), { ports })] as const },
    { side: "the called", all: [workload("shop/catalog", letsIn({ workload: "web" }), { ports }), web] as const },
  ])("is named to $side, with the port to write", ({ all }) => {
    const notice = agreementNotice(missing(...all));
    expect(notice).toMatchObject({ holds: false, reason: "HalfMissing", message: remedy });
  });

  test("is named where the caller is not let in either", () => {
    expect(agreementNotice(missing(web, workload("shop/catalog", {}, { ports }))).message).toBe(remedy);
  });

  test("is a port like any other where a container listens on that number too", () => {
    const both = [...ports, { name: "admin", port: 80, servicePort: 8080 }];
    const { message } = agreementNotice(missing(web, workload("shop/catalog", {}, { ports: both })));
    expect(message).toContain("shop/catalog does not allow shop/web on 80/TCP");
  });

  test("is another one for another protocol", () => {
    const udp = [{ name: "dns", port: 5353, servicePort: 80, protocol: "UDP" }];
    expect(agreementNotice(missing(web, workload("shop/catalog", {}, { ports: udp }))).message).toContain(
      "80/TCP to ports",
    );
  });
});

test("the message is bounded", () => {
  const outbound = Array.from({ length: 40 }, (_, index) => ({ workload: `peer-${index}`, port: 8080 }));
  const halves = missing(workload("shop/web", { outbound }));
  expect(agreementNotice(halves).message).toMatch(/; and 37 more, see status\.access$/);
});

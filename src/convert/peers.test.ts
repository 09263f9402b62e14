/** Which workload an address means, where several could be meant or a port is not said beside it. */
import { describe, expect, test } from "@jest/globals";
import { app, converted, decisionsOf, policy, service, specOf } from "../../test/support/conversions.ts";
import type { Conversion } from "./convert.ts";

const fieldRef = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });

describe("a peer", () => {
  const db = (namespace?: string) => [
    app({
      name: "db",
      ...(namespace === undefined ? {} : { namespace }),
      container: { ports: [{ containerPort: 5432 }] },
    }),
    service("db", { ports: [{ port: 5432 }] }, namespace),
  ];
  const env = (...pairs: readonly (readonly [string, string])[]) => ({
    container: { env: pairs.map(([name, value]) => ({ name, value })) },
  });
  const outbound = (conversion: Conversion) => specOf(conversion)["access"];

  test("is the one of the same namespace before any other", () => {
    const conversion = converted(...db(), ...db("a"), ...db("b"), app({ namespace: "b", ...env(["DB", "db:5432"]) }));
    const called = conversion.workloads.filter(({ object }) => JSON.stringify(object).includes("inbound"));
    expect(called.map(({ object }) => object.metadata.namespace)).toEqual(["b"]);
  });

  test("without a namespace is where everything goes that names none", () => {
    const conversion = converted(...db("default"), app(env(["DB", "db:5432"])));
    expect(outbound(conversion)).toEqual({ outbound: [{ workload: "db", port: 5432 }] });
    expect(specOf(conversion, "db")["access"]).toEqual({ inbound: [{ workload: "web", port: 5432 }] });
  });

  test("has the ports of the variables that begin alike", () => {
    const ports = [16_686, 4_317].map((containerPort) => ({ containerPort }));
    const conversion = converted(
      app({ name: "jaeger", container: { ports } }),
      app(env(["JAEGER_HOST", "jaeger"], ["JAEGER_UI_PORT", "16686"], ["JAEGER_PORT_GRPC", "4317"], ["X_PORT", "1"])),
    );
    expect(outbound(conversion)).toEqual({
      outbound: [
        { workload: "jaeger", port: 16_686 },
        { workload: "jaeger", port: 4_317 },
      ],
    });
  });

  test("whose port another variable says is no question", () => {
    const ports = [80, 81].map((containerPort) => ({ containerPort }));
    const api = app({ name: "api", container: { ports } });
    expect(decisionsOf(converted(api, app(env(["API_HOST", "api"]))))).toHaveLength(1);
    expect(decisionsOf(converted(api, app(env(["API_HOST", "api"], ["URL", "http://api:81"]))))).toEqual([]);
  });

  test("in its own namespace, by a variable that holds it", () => {
    const conversion = converted(
      ...db("shop"),
      app({
        namespace: "shop",
        container: {
          env: [
            { name: "NS", ...fieldRef("metadata.namespace") },
            { name: "DB", value: "tcp://db.$(NS).svc:5432" },
          ],
        },
      }),
    );
    expect(outbound(conversion)).toEqual({ outbound: [{ workload: "db", port: 5432 }] });
  });

  test("of a policy that lets everything out is found by its address", () => {
    const open = policy("web", { policyTypes: ["Egress"], egress: [{}] });
    const conversion = converted(...db(), app(env(["DB", "db:5432"])), open);
    expect(outbound(conversion)).toEqual({ outbound: [{ workload: "db", port: 5432 }] });
    expect(decisionsOf(conversion)).toEqual([expect.stringContaining("goes everywhere")]);
  });
});

test("two workloads of one name are told", () => {
  const conversion = converted(app({}), app({}), app({ namespace: "other" }));
  const told = conversion.workloads.map(({ decisions }) =>
    decisions.filter((line) => line.startsWith("metadata.name")),
  );
  expect(told).toEqual([[], [expect.stringContaining("is called web as well")], []]);
});

/** Who has a host and path that several workloads claim. */
import { expect, test } from "@jest/globals";
import { aClusterState } from "../../test/support/cluster-state.ts";
import { INGRESS_CLASS as PUBLIC } from "../../test/support/platform.ts";
import { aWorkload } from "../../test/support/workloads.ts";
import { API_VERSION, SECURE_WORKLOAD, SECURITY_BASELINE } from "../crds/group.ts";
import { INGRESS_CLASS } from "../kubernetes/kinds.ts";

const HOST = "shop.example.com";
const EXPOSE = [{ host: HOST, port: 8080, tls: { secretName: "tls" } }];
const URLS = { urls: [`https://${HOST}/`] };

function contest() {
  const { state, put } = aClusterState();
  put(INGRESS_CLASS, PUBLIC);
  put(SECURITY_BASELINE, {
    apiVersion: API_VERSION,
    kind: "SecurityBaseline",
    metadata: { name: "cluster" },
    spec: { exposure: { ingressClass: "public" }, namespaces: [{ name: "shop", hosts: [HOST] }] },
  });
  const declare = (name: string, day: number, expose: readonly object[], status: object = {}): void => {
    const object = aWorkload(name, "shop", { image: "registry.example.com/shop/web:1", expose });
    const metadata = { name, namespace: "shop", creationTimestamp: `2026-01-0${day}T00:00:00Z` };
    put(SECURE_WORKLOAD, { ...object, metadata, status });
  };
  const exposes = (name: string): boolean => {
    const workload = state.workloads.get(`shop/${name}`);
    if (workload === undefined) throw new Error(`there is no workload ${name}`);
    return state.granted.exposure(workload).exposed.length > 0;
  };
  return { declare, exposes };
}

test("the oldest has it where nobody exposes it yet", () => {
  const { declare, exposes } = contest();
  declare("younger", 2, EXPOSE);
  declare("older", 1, EXPOSE);
  expect([exposes("older"), exposes("younger")]).toEqual([true, false]);
});

test("an older workload that claims it later waits for the one that exposes it", () => {
  const { declare, exposes } = contest();
  declare("older", 1, []);
  declare("younger", 2, EXPOSE, URLS);
  declare("older", 1, EXPOSE);
  expect([exposes("older"), exposes("younger")]).toEqual([false, true]);
});

test("who takes it from its spec has it no more, whatever the status says still", () => {
  const { declare, exposes } = contest();
  declare("younger", 2, EXPOSE, URLS);
  declare("older", 1, EXPOSE);
  declare("younger", 2, [], URLS);
  expect([exposes("older"), exposes("younger")]).toEqual([true, false]);
});

test("of two that are recorded the oldest has it", () => {
  const { declare, exposes } = contest();
  declare("younger", 2, EXPOSE, URLS);
  declare("older", 1, EXPOSE, URLS);
  expect([exposes("older"), exposes("younger")]).toEqual([true, false]);
});

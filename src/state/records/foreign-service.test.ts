import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { serviceFacts, serviceNamed } from "./foreign-service.ts";

const service = (spec: object): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "x", namespace: "shop", uid: "1" },
  spec,
});

test.each([
  { host: "web.shop.svc", name: "shop/web" },
  { host: "web.shop.svc.cluster.local.", name: "shop/web" },
  { host: "WEB.shop.svc.cluster.local", name: "shop/web" },
  { host: "db-0.db-pods.shop.svc.cluster.local", name: "shop/db-pods" },
  { host: "web.shop", name: undefined },
  { host: "www.example.com", name: undefined },
  { host: "", name: undefined },
])("$host is the name of $name", ({ host, name }) => {
  expect(serviceNamed(host)).toBe(name);
});

const selector = { app: "web" };

test.each([
  { name: "a port for nodes is case 44", spec: { type: "NodePort", selector }, driftCase: "44", manner: "NodePort" },
  { name: "a load balancer is case 44", spec: { type: "LoadBalancer", selector }, driftCase: "44", manner: "outside" },
  {
    name: "an external address is case 45",
    spec: { type: "NodePort", selector, externalIPs: ["203.0.113.7"] },
    driftCase: "45",
    manner: "external",
  },
  {
    name: "another port is case 46",
    spec: { selector, ports: [{ port: 80, targetPort: 9999 }], publishNotReadyAddresses: true },
    driftCase: "46",
    manner: "port 9999, before they are ready",
  },
  {
    name: "another name is case 48",
    spec: { type: "ExternalName", externalName: "web.shop.svc", selector },
    driftCase: "48",
    manner: "name",
  },
])("$name", ({ spec, driftCase, manner }) => {
  const record = serviceFacts(service(spec));
  expect(record).toMatchObject({ driftCase, manner: expect.stringContaining(manner) });
});

test("what selects nothing and is no other name is not kept", () => {
  expect(serviceFacts(service({ selector: {} }))).toBeUndefined();
  expect(serviceFacts(service({ type: "ExternalName", externalName: "a.example.com" }))).toBeUndefined();
});

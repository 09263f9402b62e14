import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { exposureProblems, offeredWay, shapeGateway } from "./gateway.ts";

const object = (kind: string, spec: object): KubeObject => ({ apiVersion: "v1", kind, metadata: { name: "x" }, spec });
const GATEWAY = { namespace: "edge", name: "public", listeners: [] };
const HTTPS = { listeners: [{ name: "https", hostname: undefined }] };
const NGINX = { name: "nginx" };
const NONE = { ingressClass: undefined, gateway: undefined };

test("of a Gateway only the listeners that end TLS are kept", () => {
  const listeners = [
    { name: "http", port: 80, protocol: "HTTP" },
    { name: "https", port: 443, protocol: "HTTPS", hostname: "*.example.com", tls: { mode: "Terminate" } },
    { name: "default-mode", port: 8443, protocol: "HTTPS" },
    { name: "through", port: 9443, protocol: "TLS", tls: { mode: "Passthrough" } },
    { name: "odd", port: 9444, protocol: "HTTPS", tls: { mode: "Passthrough" } },
  ];
  expect(shapeGateway(object("Gateway", { listeners }))).toEqual({
    listeners: [
      { name: "https", hostname: "*.example.com" },
      { name: "default-mode", hostname: undefined },
    ],
  });
});

test("the Gateway goes first where it is found, then the IngressClass, and what is not found is not offered", () => {
  const both = { ingressClass: "nginx", gateway: GATEWAY };
  expect(offeredWay(both, { ingressClass: NGINX, gateway: HTTPS })).toEqual({
    ingressClass: undefined,
    gateway: { ...GATEWAY, ...HTTPS },
  });
  expect(offeredWay(both, { ingressClass: NGINX, gateway: undefined })).toMatchObject({ ingressClass: "nginx" });
  expect(offeredWay(both, NONE)).toEqual(NONE);
  expect(offeredWay(NONE, { ingressClass: NGINX, gateway: HTTPS })).toEqual(NONE);
});

test.each([
  { name: "nothing named", named: NONE, found: NONE, pods: false, reasons: [] },
  {
    name: "an IngressClass that is there",
    named: { ...NONE, ingressClass: "nginx" },
    found: { ...NONE, ingressClass: NGINX },
    pods: true,
    reasons: [],
  },
  {
    name: "an IngressClass that is not there",
    named: { ...NONE, ingressClass: "nginx" },
    found: NONE,
    pods: true,
    reasons: ["ExposureUnavailable"],
  },
  {
    name: "a Gateway that is not there",
    named: { ...NONE, gateway: GATEWAY },
    found: NONE,
    pods: true,
    reasons: ["ExposureUnavailable"],
  },
  {
    name: "a Gateway without HTTPS",
    named: { ...NONE, gateway: GATEWAY },
    found: { ...NONE, gateway: { listeners: [] } },
    pods: true,
    reasons: ["ExposureUnavailable"],
  },
  {
    name: "a way in without the pods that use it",
    named: { ...NONE, gateway: GATEWAY },
    found: { ...NONE, gateway: HTTPS },
    pods: false,
    reasons: ["GatewayPodsUnknown"],
  },
])("$name: $reasons", ({ named, found, pods, reasons }) => {
  expect(exposureProblems(named, found, pods).map(({ reason }) => reason)).toEqual(reasons);
});

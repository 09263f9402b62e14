import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { servicesBehind } from "../state/records/foreign-route.ts";

const object = (kind: string, spec: object): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name: "x", namespace: "shop" },
  spec,
});

test.each([
  {
    name: "an Ingress by its paths and its default",
    route: object("Ingress", {
      defaultBackend: { service: { name: "fallback", port: { number: 80 } } },
      rules: [
        { http: { paths: [{ backend: { service: { name: "web" } } }, { backend: { service: { name: "web" } } }] } },
        { host: "empty.example.com" },
        { http: { paths: [{ backend: { resource: { kind: "Bucket", name: "b" } } }] } },
      ],
    }),
    services: ["shop/fallback", "shop/web"],
  },
  {
    name: "an HTTPRoute by its backends, of its own namespace and of others",
    route: object("HTTPRoute", {
      rules: [
        {
          backendRefs: [
            { name: "web", port: 80 },
            { name: "catalog", namespace: "bank", kind: "Service", group: "" },
          ],
        },
        {},
      ],
    }),
    services: ["shop/web", "bank/catalog"],
  },
  {
    name: "an HTTPRoute by what it mirrors to",
    route: object("HTTPRoute", {
      rules: [
        { filters: [{ type: "RequestMirror", requestMirror: { backendRef: { name: "spy" } } }], backendRefs: [] },
        { backendRefs: [{ name: "web", filters: [{ requestMirror: { backendRef: { name: "spy2" } } }] }] },
      ],
    }),
    services: ["shop/spy", "shop/web", "shop/spy2"],
  },
  {
    name: "a backend that is no Service",
    route: object("HTTPRoute", {
      rules: [{ backendRefs: [{ name: "web", kind: "ServiceImport", group: "net.example.com" }] }],
    }),
    services: [],
  },
])("leads to Services: $name", ({ route, services }) => {
  expect(servicesBehind(route)).toEqual(services);
});

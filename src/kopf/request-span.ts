/** The span of a request: its resource and names, never its query, which may hold selectors. */
import type { SpanDescription } from "./tracing.ts";

/** Matches `/apis/apps/v1/namespaces/shop/deployments/web/status`. */
const RESOURCE_PATH =
  /^\/(?:api|apis\/([^/]+))\/[^/]+(?:\/namespaces\/([^/]+)(?=\/[^/]))?\/([^/]+)(?:\/([^/]+))?(?:\/(.+))?$/;

export function requestSpan(method: string, path: string): SpanDescription {
  const [, group, namespace, plural, name, subresource] = RESOURCE_PATH.exec(path) ?? [];
  const resource = [[plural, group].filter((part) => part !== undefined).join("."), subresource]
    .filter((part) => part !== undefined && part !== "")
    .join("/");
  return {
    name: `${method} ${resource === "" ? path : resource}`,
    attributes: {
      "http.request.method": method,
      ...(resource === "" ? {} : { "k8s.resource": resource }),
      ...(namespace === undefined ? {} : { "k8s.namespace.name": decodeURIComponent(namespace) }),
      ...(name === undefined ? {} : { "k8s.object.name": decodeURIComponent(name) }),
    },
  };
}

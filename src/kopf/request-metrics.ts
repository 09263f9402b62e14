/** client-go's request metrics, so that dashboards made for it fit. */
import { Counter, Histogram, type Registry } from "prom-client";

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

export interface RequestMetrics {
  /** `code` is the HTTP status, or `<error>` when no answer came. */
  readonly total: Counter<"code" | "method" | "host">;
  readonly seconds: Histogram<"verb" | "host">;
  /** By the answer that it was tried again for. */
  readonly retries: Counter<"code" | "verb" | "host">;
}

/** The metrics of `registry`, made once however many transports share it. */
export function requestMetrics(registry: Registry): RequestMetrics {
  const known = made.get(registry);
  if (known !== undefined) return known;
  const registers = [registry];
  const metrics: RequestMetrics = {
    total: new Counter({
      name: "rest_client_requests_total",
      help: "Requests to the API server, by status code, method and host.",
      labelNames: ["code", "method", "host"],
      registers,
    }),
    seconds: new Histogram({
      name: "rest_client_request_duration_seconds",
      help: "Seconds a request to the API server took, by verb and host; watches are left out.",
      labelNames: ["verb", "host"],
      buckets: SECONDS,
      registers,
    }),
    retries: new Counter({
      name: "rest_client_request_retries_total",
      help: "Requests sent again, by the status code that they were answered with before, verb and host.",
      labelNames: ["code", "verb", "host"],
      registers,
    }),
  };
  made.set(registry, metrics);
  return metrics;
}

const made = new WeakMap<Registry, RequestMetrics>();

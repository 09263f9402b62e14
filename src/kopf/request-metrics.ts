/** client-go's request metrics, so that existing dashboards work. */
import { metricFactory, oncePerRegistry } from "./metric-factory.ts";

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

export type RequestMetrics = ReturnType<typeof requestMetrics>;

export const requestMetrics = oncePerRegistry((registry) => {
  const { counter, histogram } = metricFactory(registry);
  return {
    /** `code` is the HTTP status, or `<error>` without an answer. */
    total: counter(
      "rest_client_requests_total",
      "Requests to the API server, by status code, method and host.",
      "code",
      "method",
      "host",
    ),
    seconds: histogram(
      SECONDS,
      "rest_client_request_duration_seconds",
      "Seconds a request to the API server took, by verb and host; watches are left out.",
      "verb",
      "host",
    ),
    /** `code` is that of the attempt before. */
    retries: counter(
      "rest_client_request_retries_total",
      "Requests sent again, by the status code of the attempt before, verb and host.",
      "code",
      "verb",
      "host",
    ),
  };
});

import { z } from "zod";
import { type CelRule, matches, text, withRules } from "../schema.ts";
import { portNumber } from "./names.ts";

const PATH = "^/([A-Za-z0-9._~-]+/)*[A-Za-z0-9._~-]*$";

/** What is left out would leak or deceive: credentials, files and proxies of the scraper, relabelling, other hosts and namespaces. */
export const monitoring = z.strictObject({
  port: portNumber(
    "TCP port to scrape. If it is not declared under ports, only the monitoring stack can reach it: no Service exposes it.",
  ),
  path: withRules(
    text(256, 1),
    matches(PATH, "monitoring.path must be a plain path such as /metrics: no query, fragment or empty segment"),
  )
    .default("/metrics")
    .meta({ description: "Path of the metrics. Defaults to /metrics." }),
  intervalSeconds: z.int().min(10).max(3_600).default(30).meta({
    description: "Seconds between scrapes. Defaults to 30.",
  }),
});

interface Scraped {
  readonly ports?: readonly { readonly port: number; readonly protocol: string }[] | undefined;
  readonly monitoring?: { readonly port: number } | undefined;
}

export const monitoringRules: readonly CelRule<Scraped>[] = [
  {
    rule: "!has(self.monitoring) || !has(self.ports) || self.ports.all(p, p.port != self.monitoring.port || p.protocol == 'TCP' || self.ports.exists(q, q.port == p.port && q.protocol == 'TCP'))",
    message: "monitoring.port must be a TCP port: declare it with TCP, or use another",
    holds: ({ monitoring: scraped, ports = [] }) => {
      const same = ports.filter(({ port }) => port === scraped?.port);
      return same.length === 0 || same.some(({ protocol }) => protocol === "TCP");
    },
  },
];

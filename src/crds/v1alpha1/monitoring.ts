import { z } from "zod";
import { type CelRule, matches, text, withRules } from "../schema.ts";
import { portNumber } from "./names.ts";

const PATH = "^/([A-Za-z0-9._~-]+/)*[A-Za-z0-9._~-]*$";

/** What is left out would leak or deceive: credentials, files and proxies of the scraper, relabelling, other hosts and namespaces. */
export const monitoring = z.strictObject({
  port: portNumber(
    "Number of the port that answers scrapes, over TCP. One that is not declared under ports is for the monitoring stack alone: no Service leads to it.",
  ),
  path: withRules(
    text(256, 1),
    matches(PATH, "monitoring.path must be a plain path such as /metrics: no query, no fragment, no empty segment"),
  )
    .default("/metrics")
    .meta({ description: "Path of the metrics. /metrics unless set." }),
  intervalSeconds: z.int().min(10).max(3_600).default(30).meta({
    description: "Seconds between scrapes. 30 unless set.",
  }),
});

interface Scraped {
  readonly ports?: readonly { readonly port: number; readonly protocol: string }[] | undefined;
  readonly monitoring?: { readonly port: number } | undefined;
}

export const monitoringRules: readonly CelRule<Scraped>[] = [
  {
    rule: "!has(self.monitoring) || !has(self.ports) || self.ports.all(p, p.port != self.monitoring.port || p.protocol == 'TCP' || self.ports.exists(q, q.port == p.port && q.protocol == 'TCP'))",
    message: "monitoring.port is scraped over TCP: declare that port as TCP too, or name another",
    holds: ({ monitoring: scraped, ports = [] }) => {
      const same = ports.filter(({ port }) => port === scraped?.port);
      return same.length === 0 || same.some(({ protocol }) => protocol === "TCP");
    },
  },
];

/** Probes, with the ports that they name. */
import { type Draft, defined } from "../draft.ts";
import type { Part } from "../ledger.ts";

type Fields = Record<string, unknown>;

export function probesOf(draft: Draft, container: Part, where: string): Fields | undefined {
  const fields = defined({
    readiness: probeOf(draft, container, "readinessProbe", `${where}probes.readiness`),
    liveness: probeOf(draft, container, "livenessProbe", `${where}probes.liveness`),
    startup: probeOf(draft, container, "startupProbe", `${where}probes.startup`),
  });
  return Object.keys(fields).length === 0 ? undefined : fields;
}

const TIMES = ["initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold"] as const;

function probeOf(draft: Draft, container: Part, name: string, field: string): Fields | undefined {
  const part = container.at(name);
  if (!part.exists) return undefined;
  const action = actionOf(draft, part, container, field);
  if (action === undefined) {
    part.drop("has no action that can be carried over");
    draft.decisions.push(`${field}: has no action that can be carried over`);
    return undefined;
  }
  const times = TIMES.map((time) => [time, part.at(time).keep(field).number()] as const);
  const success = part.at("successThreshold").keep(field).number();
  part.at("terminationGracePeriodSeconds").drop("the workload's own terminationGracePeriodSeconds counts");
  part.drop("a probe has one action");
  return defined({
    ...action,
    ...Object.fromEntries(times),
    successThreshold: field.endsWith("readiness") && success !== 1 ? success : undefined,
  });
}

function actionOf(draft: Draft, part: Part, container: Part, field: string): Fields | undefined {
  const port = (at: Part): number | string | undefined => portOf(draft, container, at.keep(field));
  const http = part.at("httpGet");
  if (http.exists) return { httpGet: httpGetOf(http, port(http.at("port")), field) };
  const tcp = part.at("tcpSocket");
  tcp.at("host").fix("rule no-probe-hosts");
  if (tcp.exists) return { tcpSocket: { port: port(tcp.at("port")) } };
  const grpc = part.at("grpc");
  const service = grpc.at("service").keep(field).text();
  if (grpc.exists)
    return { grpc: defined({ port: port(grpc.at("port")), service: service === "" ? undefined : service }) };
  const command = part.at("exec", "command").keep(field).texts();
  return command === undefined ? undefined : { exec: { command } };
}

export function httpGetOf(part: Part, port: number | string | undefined, field: string): Fields {
  const scheme = part.at("scheme").keep(field).text();
  part.at("host").fix("rule no-probe-hosts");
  const headers = part
    .at("httpHeaders")
    .items()
    .flatMap((header): readonly Fields[] => {
      const name = header.at("name").text() ?? "";
      if (/^authorization$/i.test(name)) {
        header.drop("a probe sets no Authorization, which every reader of the spec could see");
        return [];
      }
      header.keep(`${field}.httpGet.headers`);
      return [{ name, value: header.at("value").text() ?? "" }];
    });
  const path = part.at("path").keep(field).text() ?? "/";
  return defined({
    path: path.startsWith("/") ? path : `/${path}`,
    port,
    scheme: scheme === "HTTPS" ? scheme : undefined,
    headers: headers.length === 0 ? undefined : headers,
  });
}

/** A name is one of the container's own ports. It stays where the workload declares that port by the same name. */
export function portOf(draft: Draft, container: Part, part: Part): number | string | undefined {
  const number = part.number();
  if (number !== undefined) return number;
  const name = part.text();
  const own = container
    .at("ports")
    .items()
    .find((port) => port.at("name").text() === name);
  const meant = own?.at("containerPort").number() ?? draft.portNames.get(name ?? "");
  const declared = (draft.spec["ports"] ?? []) as readonly { readonly name: string; readonly port: number }[];
  return declared.some((port) => port.name === name && port.port === meant) ? name : meant;
}

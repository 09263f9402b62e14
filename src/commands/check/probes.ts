import type { KubeObject } from "kopf-ts";
import { ENDPOINT_SLICE } from "../../kubernetes/kinds.ts";
import { no, type Question, yes } from "./finding.ts";

/** The Service of the operator's probes and metrics. */
export const METRICS_SERVICE = "palisade-metrics";

const ANSWER_WITHIN_MS = 5_000;
const LONGEST_ANSWER = 512;

/** Verifies that the operator's probes answer through its Service. From outside the cluster it uses the readiness of its endpoints. */
export const probesAnswer: Question = async (surroundings) =>
  surroundings.probes === undefined ? readyAsKubeletsSay(surroundings) : readyAsItSays(surroundings.probes);

async function readyAsItSays(probes: string): ReturnType<Question> {
  const url = `${probes}/readyz`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    const text = (await answer.text()).slice(0, LONGEST_ANSWER).trim().replaceAll("\n", ", ");
    return answer.ok ? yes(`${url} says ${text}`) : no(`${url} says ${answer.status}: ${text}`);
  } catch (error) {
    return no(`${url} does not answer (${reasonOf(error)}): a NetworkPolicy may block it, or no replica is ready`);
  }
}

/** `fetch` puts the reason in the cause of its error. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return String(cause?.code ?? (error instanceof Error ? error.message : error));
}

interface Slice {
  readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[];
}

const readyAsKubeletsSay: Question = async ({ client, installation: { namespace } }) => {
  const labelSelector = `kubernetes.io/service-name=${METRICS_SERVICE}`;
  const { items } = await client.list<KubeObject & Slice>(ENDPOINT_SLICE, { namespace, labelSelector });
  const endpoints = items.flatMap(({ endpoints }) => endpoints ?? []);
  const ready = endpoints.filter(({ conditions }) => conditions?.ready === true).length;
  const said = `${ready} of ${endpoints.length} pods behind the Service ${METRICS_SERVICE} are ready`;
  return ready > 0 ? yes(said) : no(`${said}: run kubectl describe deployment palisade`);
};

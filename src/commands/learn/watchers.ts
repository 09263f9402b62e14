/** One watcher a pod: an ephemeral container that is as restricted as a container can be, and its log. */
import { ApiError, type Client, isForbidden, type KubeObject, pathOf } from "kopf-ts";
import { POD } from "../../kubernetes/kinds.ts";
import { readLine, type Sighting } from "../../learn/sightings.ts";
import { messageOf } from "../answer.ts";

export interface PodObject extends KubeObject {
  readonly spec?: {
    readonly hostNetwork?: boolean;
    readonly os?: { readonly name?: string };
    readonly securityContext?: Identity;
    readonly containers?: readonly Container[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly qosClass?: string;
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
  };
}

interface Identity {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
}

interface Container {
  readonly name: string;
  readonly securityContext?: Identity;
  readonly resources?: { readonly limits?: { readonly memory?: string } };
}

export interface ContainerStatus {
  readonly name: string;
  /** As whom it was started, where the runtime says it (KEP-3619). */
  readonly user?: { readonly linux?: { readonly uid: number; readonly gid: number } };
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: object;
    readonly terminated?: { readonly exitCode?: number; readonly reason?: string };
  };
}

/** Of Palisade's image. */
const OWN_USER = 65_532;
const MAIN_CONTAINER = "kubectl.kubernetes.io/default-container";

export interface WatcherPlan {
  /** Of the ephemeral container. */
  readonly name: string;
  readonly image: string;
  readonly seconds: number;
  readonly writes: boolean;
  /** Only of files, as this user: a second one, where the first cannot see them. */
  readonly as?: { readonly user: number; readonly group: number };
}

export const mainContainerOf = ({ metadata, spec }: PodObject): Container | undefined => {
  const named = metadata.annotations?.[MAIN_CONTAINER];
  return spec?.containers?.find(({ name }) => name === named) ?? spec?.containers?.[0];
};

/** Who may see the files of the main container; root is never asked for. */
export function identityFor(
  pod: PodObject,
  { writes, as }: WatcherPlan,
): { readonly user: number; readonly group: number } {
  if (as !== undefined) return as;
  const { user, group = user } = mainUserOf(pod);
  return writes && user !== undefined && user !== 0 && group !== undefined
    ? { user, group }
    : { user: OWN_USER, group: OWN_USER };
}

/** As the runtime says it, else as the pod does. */
function mainUserOf(pod: PodObject): { readonly user?: number | undefined; readonly group?: number | undefined } {
  const main = mainContainerOf(pod);
  const started = pod.status?.containerStatuses?.find(({ name }) => name === main?.name)?.user?.linux;
  if (started !== undefined) return { user: started.uid, group: started.gid };
  const declared = { ...pod.spec?.securityContext, ...main?.securityContext };
  return { user: declared.runAsUser, group: declared.runAsGroup };
}

/** No token is mounted into it, since it mounts nothing. A small heap: it shares the memory of the pod. */
export function ephemeralContainer(pod: PodObject, plan: WatcherPlan): object {
  const { name, image, seconds, writes, as } = plan;
  const { user, group } = identityFor(pod, plan);
  const target = mainContainerOf(pod)?.name;
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["/usr/bin/node", ...SMALL, "/palisade.mjs", "watch-connections"],
    args: ["--for", String(seconds), ...(writes ? ["--writes"] : []), ...(as === undefined ? [] : ["--files-only"])],
    ...(writes && target !== undefined ? { targetContainerName: target } : {}),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: group,
      seccompProfile: { type: "RuntimeDefault" },
    },
  };
}

const SMALL = ["--max-old-space-size=32", "--max-semi-space-size=1", "--single-threaded"];

/** Undefined when it was accepted; else why not. */
export async function startWatcher(client: Client, pod: PodObject, plan: WatcherPlan): Promise<string | undefined> {
  const { namespace = "", name } = pod.metadata;
  const patch = { spec: { ephemeralContainers: [ephemeralContainer(pod, plan)] } };
  try {
    await client.patch(POD, { namespace, name }, patch, { type: "strategic", subresource: "ephemeralcontainers" });
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400 && error.status < 500) return messageOf(error);
    throw error;
  }
}

const MOST_LOG_BYTES = 4 * 1024 * 1024;

/** Everything that a watcher has printed: nothing where it has not begun, or its pod is gone. A sentence where the caller may not read it. */
export async function sightingsOf(
  client: Client,
  pod: PodObject,
  container: string,
): Promise<readonly Sighting[] | string> {
  const { namespace = "", name } = pod.metadata;
  try {
    const text = await client.transport.request<string>({
      method: "GET",
      path: pathOf(POD, { namespace, name, subresource: "log" }),
      query: { container, limitBytes: MOST_LOG_BYTES },
      accept: "*/*",
      as: "text",
    });
    return text.split("\n").flatMap((line) => readLine(line) ?? []);
  } catch (error) {
    if (isForbidden(error)) return messageOf(error);
    if (error instanceof ApiError && error.status >= 400 && error.status < 500) return [];
    throw error;
  }
}

/** Every edge there is. The order carries no meaning. */
import { anonymousApi } from "./anonymous-api.ts";
import { capabilities } from "./capabilities.ts";
import { changesAdmission } from "./changes-admission.ts";
import { changesRoles } from "./changes-roles.ts";
import { cloudIdentity } from "./cloud-identity.ts";
import { codeInPod } from "./code-in-pod.ts";
import { createsPods } from "./creates-pods.ts";
import { createsVolumes } from "./creates-volumes.ts";
import type { Edge } from "./edge.ts";
import { escalates } from "./escalates.ts";
import { everyAccount } from "./every-account.ts";
import { everything } from "./everything.ts";
import { execs } from "./execs.ts";
import { hostExposed } from "./host-exposed.ts";
import { hostIpc } from "./host-ipc.ts";
import { hostNetwork } from "./host-network.ts";
import { hostPath } from "./host-path.ts";
import { hostProcess } from "./host-process.ts";
import { hostProcesses, hostProcessList } from "./host-processes.ts";
import { hostVolume } from "./host-volume.ts";
import { impersonates } from "./impersonates.ts";
import { accountsInside, workloadsInside } from "./inside-namespace.ts";
import { issuesTokens } from "./issues-tokens.ts";
import { kubeletOpen } from "./kubelet-open.ts";
import { noLogin, openControlPlane, openData, openNode, someLogin, unknownLogin } from "./logins.ts";
import { metadataAddress } from "./metadata-address.ts";
import { mountsSecrets } from "./mounts-secrets.ts";
import { mountsToken } from "./mounts-token.ts";
import { nodesProxy } from "./nodes-proxy.ts";
import { podReaches } from "./pod-reaches.ts";
import { privileged } from "./privileged.ts";
import { readsSecrets } from "./reads-secrets.ts";
import { routeExposed } from "./route-exposed.ts";
import { runtimeSocket } from "./runtime-socket.ts";
import { serviceExposed } from "./service-exposed.ts";
import { signsCertificates } from "./signs-certificates.ts";
import { unmaskedProc } from "./unmasked-proc.ts";

export const EDGES: readonly Edge[] = [
  // in
  serviceExposed,
  routeExposed,
  hostExposed,
  anonymousApi,
  podReaches,
  codeInPod,
  everyAccount,
  kubeletOpen,
  noLogin,
  unknownLogin,
  someLogin,
  openData,
  openNode,
  openControlPlane,
  // from a pod
  privileged,
  hostProcess,
  hostPath,
  hostVolume,
  runtimeSocket,
  hostProcesses,
  hostProcessList,
  hostNetwork,
  hostIpc,
  capabilities,
  unmaskedProc,
  mountsSecrets,
  mountsToken,
  metadataAddress,
  // from an account
  cloudIdentity,
  everything,
  escalates,
  impersonates,
  nodesProxy,
  readsSecrets,
  issuesTokens,
  execs,
  createsPods,
  changesRoles,
  changesAdmission,
  signsCertificates,
  createsVolumes,
  accountsInside,
  workloadsInside,
];

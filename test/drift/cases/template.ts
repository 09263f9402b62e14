/** Changes of the Deployment's pod template, and of how it rolls out. */
import { DEPLOYMENT } from "../../../src/kubernetes/kinds.ts";
import type { Attack, DriftCase } from "../case.ts";
import { patching } from "../patches.ts";
import { VICTIM } from "../stage.ts";

const SAFE = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

const template = (title: string, spec: object, mark: string, more: object = {}): Attack =>
  patching(title, DEPLOYMENT, VICTIM, { spec: { ...more, template: { spec } } }, mark, { type: "strategic" });

const container = (title: string, fields: object, mark: string): Attack =>
  template(title, { containers: [{ name: VICTIM, ...fields }] }, mark);

const HTTP_GET = { path: "/latest/meta-data", port: 80, host: "169.254.169.254" };

export const TEMPLATE_CASES: readonly DriftCase[] = [
  {
    number: 1,
    title: "extra container in the template",
    who: "E",
    attacks: [
      template(
        "adds a mining sidecar",
        { containers: [{ name: "miner", image: "registry.example.com/miner:1", securityContext: SAFE }] },
        '"miner"',
      ),
    ],
  },
  {
    number: 2,
    title: "extra init container, or one that stays",
    who: "E",
    attacks: [
      template(
        "adds an init container that stays",
        {
          initContainers: [
            { name: "helper", image: "registry.example.com/helper:1", restartPolicy: "Always", securityContext: SAFE },
          ],
        },
        '"helper"',
      ),
    ],
  },
  {
    number: 4,
    title: "host namespaces, host ports, privileged, capabilities",
    who: "E",
    attacks: [
      template("asks for the host's processes", { hostUsers: null, hostPID: true }, '"hostPID":true'),
      template("asks for the host's network", { hostUsers: null, hostNetwork: true }, '"hostNetwork":true'),
      container(
        "makes the container privileged",
        { securityContext: { privileged: true, allowPrivilegeEscalation: null } },
        '"privileged":true',
      ),
      container("adds a capability", { securityContext: { capabilities: { add: ["NET_ADMIN"] } } }, "NET_ADMIN"),
      container("takes a port of the node", { ports: [{ containerPort: 8080, hostPort: 8080 }] }, '"hostPort":8080'),
    ],
  },
  {
    number: 5,
    title: "volumes that nobody declared",
    who: "E",
    attacks: [
      template(
        "mounts another application's Secret",
        { volumes: [{ name: "loot", secret: { secretName: "other-app" } }] },
        "other-app",
      ),
      template(
        "mounts an image as a volume",
        { volumes: [{ name: "loot", image: { reference: "registry.example.com/tools:1" } }] },
        "tools:1",
      ),
    ],
  },
  {
    number: 6,
    title: "environment that changes what runs",
    who: "E",
    attacks: [
      container("preloads a library", { env: [{ name: "LD_PRELOAD", value: "/scratch/evil.so" }] }, "LD_PRELOAD"),
      container("takes a whole Secret in", { envFrom: [{ secretRef: { name: "other-app" } }] }, "other-app"),
    ],
  },
  {
    number: 8,
    title: "command, hooks and probes that run something else",
    who: "E",
    attacks: [
      container("runs another command", { command: ["/bin/sh", "-c", "sleep 1d"] }, "sleep 1d"),
      container("hooks the start", { lifecycle: { postStart: { exec: { command: ["/bin/hooked"] } } } }, "/bin/hooked"),
    ],
  },
  {
    number: 9,
    title: "a probe that makes the kubelet call another host",
    who: "E",
    attacks: [container("probes the metadata service", { readinessProbe: { httpGet: HTTP_GET } }, "169.254.169.254")],
  },
  {
    number: 10,
    title: "shared process namespace",
    who: "E",
    attacks: [
      template("shares the process namespace", { shareProcessNamespace: true }, '"shareProcessNamespace":true'),
    ],
  },
  {
    number: 11,
    title: "another ServiceAccount, or its token",
    who: "E",
    attacks: [
      template("switches the account", { serviceAccountName: "default" }, '"serviceAccountName":"default"'),
      template(
        "turns the token's mount the other way",
        { automountServiceAccountToken: false, serviceAccountName: "default" },
        '"serviceAccountName":"default"',
      ),
    ],
  },
  {
    number: 12,
    title: "another image, or a pull secret",
    who: "E",
    attacks: [
      container("swaps the image", { image: "registry.example.com/shop/web:evil" }, "web:evil"),
      template("adds a pull secret", { imagePullSecrets: [{ name: "theirs" }] }, "theirs"),
    ],
  },
  {
    number: 13,
    title: "host names and DNS of its own",
    who: "E",
    attacks: [
      template(
        "redirects a host name",
        { hostAliases: [{ ip: "203.0.113.7", hostnames: ["catalog"] }] },
        "203.0.113.7",
      ),
      template(
        "uses a DNS server of its own",
        { dnsPolicy: "None", dnsConfig: { nameservers: ["203.0.113.7"] } },
        "203.0.113.7",
      ),
    ],
  },
  {
    number: 15,
    title: "a runtime class that Pod Security exempts",
    who: "E",
    attacks: [template("chooses a runtime class", { runtimeClassName: "exempt" }, '"runtimeClassName":"exempt"')],
  },
  {
    number: 16,
    title: "the user namespace turned the other way",
    who: "E",
    attacks: [template("turns hostUsers on", { hostUsers: true }, '"hostUsers":true')],
  },
  {
    number: 18,
    title: "annotations of the template",
    who: "E",
    attacks: [
      patching(
        "adds a second network interface",
        DEPLOYMENT,
        VICTIM,
        { spec: { template: { metadata: { annotations: { "k8s.v1.cni.cncf.io/networks": "second-nic" } } } } },
        "second-nic",
      ),
      patching(
        "turns AppArmor off by annotation",
        DEPLOYMENT,
        VICTIM,
        {
          spec: {
            template: {
              metadata: { annotations: { [`container.apparmor.security.beta.kubernetes.io/${VICTIM}`]: "unconfined" } },
            },
          },
        },
        "apparmor.security.beta",
      ),
    ],
  },
  {
    number: 39,
    title: "a device claimed",
    who: "E",
    attacks: [
      template(
        "attaches a device",
        { resourceClaims: [{ name: "gpu", resourceClaimName: "gpu" }] },
        '"resourceClaims"',
      ),
    ],
  },
  {
    number: 84,
    title: "an operating system that waives checks",
    who: "E",
    attacks: [
      template(
        "says that it is Windows",
        {
          os: { name: "windows" },
          hostUsers: null,
          securityContext: null,
          containers: [{ name: VICTIM, securityContext: null }],
        },
        '"name":"windows"',
      ),
    ],
  },
];

/** How long `palisade convert` takes from start to end, as users get it, beside a Node.js that does nothing. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { bundle, packageVersion, writeBundle } from "../scripts/image/bundle.ts";

export interface ConvertResult {
  readonly workloads: number;
  readonly ms: number;
  /** To the start and end of `node -e 0` in the same run. */
  readonly ratio: number;
}

const COUNTS = [50, 400];
const RUNS = 5;

/** Bundles the command line as npm gets it. Whatever else the machine does slows both, so the best of some runs counts. */
export async function benchConvert(root: string): Promise<readonly ConvertResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  try {
    const program = writeBundle(await bundle(root, packageVersion(root)), folder);
    const inputs = COUNTS.map((workloads) => ({
      workloads,
      input: written(join(folder, String(workloads)), workloads),
    }));
    return inputs.map(({ workloads, input }) => {
      const args = [program, "convert", "-f", input, "--into", join(folder, "out")];
      const pairs = Array.from({ length: RUNS }, () => ({ floor: msOf(["-e", "0"]), own: msOf(args) }));
      const [floor, ms] = [pairs.map((pair) => pair.floor), pairs.map((pair) => pair.own)].map((all) =>
        Math.min(...all),
      );
      return { workloads, ms: ms ?? Number.NaN, ratio: (ms ?? Number.NaN) / (floor ?? Number.NaN) };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function msOf(args: readonly string[]): number {
  const startedMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  // 1 is a decision that somebody has to take.
  if (status !== 0 && status !== 1) throw new Error(stderr);
  return performance.now() - startedMs;
}

/** What a chart prints for so many workloads, each of which calls the next; returns the folder. */
function written(folder: string, workloads: number): string {
  mkdirSync(folder);
  for (let index = 0; index < workloads; index += 1) {
    const objects = objectsOf(`app-${index}`, `app-${(index + 1) % workloads}`);
    writeFileSync(join(folder, `app-${index}.yaml`), objects.map((object) => `---\n${stringify(object)}`).join(""));
  }
  return folder;
}

function objectsOf(name: string, next: string): readonly object[] {
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "Helm" };
  const selector = { "app.kubernetes.io/name": name };
  const metadata = { name, labels };
  const probe = (path: string): object => ({ httpGet: { path, port: "http" }, initialDelaySeconds: 10 });
  const container = {
    name,
    image: `registry.example.com/bench/${name}:1.0.0`,
    imagePullPolicy: "IfNotPresent",
    args: ["--config", "/etc/app/application.yaml"],
    ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
    env: [
      { name: "UPSTREAM_URL", value: `http://${next}:80` },
      { name: "PASSWORD", valueFrom: { secretKeyRef: { name, key: "password" } } },
    ],
    livenessProbe: probe("/healthz"),
    readinessProbe: probe("/ready"),
    resources: { limits: { memory: "256Mi" }, requests: { cpu: "100m", memory: "128Mi" } },
    volumeMounts: [
      { name: "config", mountPath: "/etc/app" },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
  const volumes = [
    { name: "config", configMap: { name } },
    { name: "tmp", emptyDir: {} },
  ];
  const pod = { serviceAccountName: name, securityContext: { runAsUser: 1_000 }, containers: [container], volumes };
  const data = { "application.yaml": `server:\n  port: 8080\nupstream:\n  url: http://${next}:80/api\n` };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: "v1", kind: "ConfigMap", metadata, data },
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector, ports: [{ port: 80, targetPort: "http" }] } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: { replicas: 2, selector: { matchLabels: selector }, template: { metadata: { labels }, spec: pod } },
    },
  ];
}

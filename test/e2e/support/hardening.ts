/** What the kernel must say of every workload's process: one list, whatever the workload is. */
import type { TestCluster } from "../../cluster/index.ts";
import { kubectl } from "../../support/cluster.ts";
import { podOf, processIn } from "./e2e.ts";
import { type RunningProcess, readProcess } from "./running-process.ts";

/** What this workload declared, and so may have. */
export interface Held {
  readonly workload: string;
  /** One container of several; the first unless told. */
  readonly container?: string;
  /** The user it names itself; the workload's own unless told. */
  readonly user?: number;
  /** Directories on a disk that it may write. */
  readonly writable?: readonly string[];
  /** Whether it has a token of the Kubernetes API. */
  readonly token?: boolean;
}

interface Subject {
  readonly running: RunningProcess;
  readonly held: Pick<Held, "writable" | "token">;
}

interface Mapped extends Subject {
  /** Of the user that it must be, inside its user namespace. */
  readonly uid: number;
}

const DISKS = ["overlay", "ext4", "xfs", "btrfs"];

/** The kubelet mounts these two files into every container. */
const KUBELET_FILES = ["/dev/termination-log", "/etc/hosts"];

const NO_CAPABILITIES = { CapInh: 0n, CapPrm: 0n, CapEff: 0n, CapBnd: 0n, CapAmb: 0n };

const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Of workloads, whose pods have user namespaces wherever a node can. */
const OWN_USER: Readonly<Record<string, (subject: Mapped) => void>> = {
  "runs as a user of its own, shifted to one that means nothing on the host": ({ running, uid }) => {
    const outside = running.uidMap[0]?.outside ?? 0;

    expect(running.namespaces["user"]).not.toBe(readProcess(process.pid).namespaces["user"]);
    expect(running.uidMap).toEqual([{ inside: 0, outside, count: 65_536 }]);
    expect(outside).toBeGreaterThanOrEqual(65_536);
    expect(running.hostUids).toEqual(Array.from({ length: 4 }, () => outside + uid));
    expect(running.hostGids).toEqual(running.hostUids);
    expect(running.gidMap).toEqual(running.uidMap);
  },
};

/** Of whatever is locked down. */
export const LOCKED_DOWN: Readonly<Record<string, (subject: Subject) => void>> = {
  "has no capability, not even one to regain": ({ running }) => {
    expect(running.capabilities).toEqual(NO_CAPABILITIES);
  },
  "is under a seccomp filter and can gain no privilege": ({ running }) => {
    expect(running.seccomp).toBe(2);
    expect(running.noNewPrivileges).toBe(true);
  },
  "shares no namespace with the host": ({ running }) => {
    const host = readProcess(process.pid);

    for (const name of ["pid", "mnt", "net", "ipc", "uts"]) {
      expect(running.namespaces[name]).toBeDefined();
      expect(running.namespaces[name]).not.toBe(host.namespaces[name]);
    }
  },
  "has a read-only root, and no disk to write but what it declared": ({ running, held }) => {
    const onDisk = running.mounts.filter(({ type }) => DISKS.includes(type));
    const writable = onDisk.filter(({ readOnly }) => !readOnly).map(({ path }) => path);

    expect(onDisk.find(({ path }) => path === "/")).toMatchObject({ type: "overlay", readOnly: true });
    expect(writable.sort()).toEqual([...(held.writable ?? []), ...KUBELET_FILES].sort());
  },
  "carries a token of the Kubernetes API only if it declared permissions": ({ running, held }) => {
    const mounts = running.mounts.filter(({ path }) => path === TOKEN || path.includes("serviceaccount"));

    expect(mounts.map(({ path, readOnly }) => ({ path, readOnly }))).toEqual(
      held.token === true ? [{ path: TOKEN, readOnly: true }] : [],
    );
  },
};

const CLAIMS = { ...OWN_USER, ...LOCKED_DOWN };

/** Declares a test for each claim and workload. `where` is asked when the tests run. */
export function describeHardening(
  where: () => { readonly cluster: TestCluster; readonly namespace: string },
  ...workloads: readonly Held[]
): void {
  describe.each(workloads)("$workload, in the kernel's own words", (held) => {
    let subject: Mapped;
    beforeAll(async () => {
      const { cluster, namespace } = where();
      const running = await processIn(
        cluster,
        namespace,
        await podOf(cluster, namespace, held.workload),
        held.container,
      );
      const uid = held.user ?? (await ownUid(cluster, namespace, held.workload));
      subject = { running, held, uid };
    });

    test.each(Object.entries(CLAIMS))("%s", (_name, claim) => claim(subject));
  });
}

async function ownUid(cluster: TestCluster, namespace: string, workload: string): Promise<number> {
  const path = "jsonpath={.status.podIdentity.uid}";
  const uid = Number(await kubectl(cluster, ["get", "secureworkload", workload, "-n", namespace, "-o", path]));
  if (uid < 10_000) throw new Error(`${workload} has no user of its own: ${uid}`);
  return uid;
}

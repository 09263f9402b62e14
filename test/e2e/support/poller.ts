/** A workload that asks another one again and again, and remembers every answer: what a client of it lives through. */
import { type TestCluster, until } from "../../cluster/index.ts";
import { kubectl } from "../../support/cluster.ts";
import { IMAGES } from "./e2e.ts";

/** Its spec. It may reach that workload alone. */
export const pollerOf = (workload: string, port: number): object => ({
  image: IMAGES.agnhost,
  command: ["/bin/sh", "-c", POLL, "sh", `http://${workload}:${port}/`],
  ports: [],
  terminationGracePeriodSeconds: 1,
  access: { outbound: [{ workload, port }] },
});

/** One line for each answer: its status, and 000 where there was none. */
const POLL = `while true; do curl -s -o /dev/null -w "%{http_code}\\n" --max-time 10 "$1"; sleep 0.2; done`;

export interface Polls {
  /** What was answered since the poller was begun with. */
  readonly answers: () => Promise<readonly string[]>;
}

/** Begins when the workload answers. */
export async function beginPolls(cluster: TestCluster, namespace: string, poller: string): Promise<Polls> {
  const lines = async (): Promise<readonly string[]> => {
    const logs = ["logs", "-n", namespace, "-l", `palisade.dev/workload=${poller}`, "--tail=-1"];
    return (await kubectl(cluster, logs)).trim().split("\n");
  };
  await until(async () => (await lines()).slice(-3).join() === "200,200,200", "the first answers");
  const before = (await lines()).length;
  return { answers: async () => (await lines()).slice(before) };
}

/** Enough to judge by: ten are two seconds of a workload that answers at once. */
const ENOUGH = 10;

/** Every answer since the poller was begun with is good, and they are enough to judge by: the machine may take its time over them. */
export async function expectNoGap({ answers }: Polls): Promise<void> {
  await until(async () => (await answers()).length > ENOUGH, "enough answers", 60_000);
  expect((await answers()).filter((status) => status !== "200")).toEqual([]);
}

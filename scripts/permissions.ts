/** Fails where a right to write is declared that no process of ours used in a run: `node scripts/permissions.ts FOLDER`, a folder of audit logs. */
import { createReadStream, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DEFAULT_INSTALLATION, keeperUser, operatorUser } from "../src/installation.ts";
import { KEEPER_LEASE_RULES, keeperRules, OPERATOR_OWN_RULES, OPERATOR_USES } from "../src/reconcilers/permissions.ts";
import { declaredWrites, type Permission, usedBy } from "./unused-permissions.ts";

/** What a run may end without. */
const UNSEEN: ReadonlySet<Permission> = new Set([
  // Of Leases of replicas that are gone for an hour: see shards.test.ts.
  "delete leases.coordination.k8s.io",
  // Of policies whose writers were wiped; the control plane may write their status first, and then writers are tracked again already.
  "patch validatingadmissionpolicies.admissionregistration.k8s.io",
]);

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("a folder of audit logs is needed");

const processes = [
  {
    user: operatorUser(DEFAULT_INSTALLATION),
    agent: DEFAULT_INSTALLATION.account,
    declared: declaredWrites([...OPERATOR_USES, ...OPERATOR_OWN_RULES]),
  },
  {
    user: keeperUser(DEFAULT_INSTALLATION),
    agent: DEFAULT_INSTALLATION.keeper,
    declared: declaredWrites([...keeperRules([]), ...KEEPER_LEASE_RULES]),
  },
].map((one) => ({ ...one, used: new Set<Permission>() }));

for (const name of readdirSync(folder))
  for await (const line of createInterface({ input: createReadStream(join(folder, name)), crlfDelay: Infinity }))
    for (const { user, agent, used } of processes) {
      const permission = usedBy(user, agent, line);
      if (permission !== undefined) used.add(permission);
    }

for (const { user, declared, used } of processes) {
  const unused = [...declared].filter((permission) => !used.has(permission) && !UNSEEN.has(permission));
  console.log(
    `${user}: ${declared.size - unused.length} of ${declared.size} rights to write were used, or need not be`,
  );
  if (unused.length === 0) continue;
  process.exitCode = 1;
  console.error(`No request of this run used these. Test what needs them, or take them out of permissions.ts:`);
  for (const permission of unused) console.error(`  ${permission}`);
}

/** Lists what an audit lists, page by page and all kinds at once, and does nothing with it: what the audit is measured against. */
import { ApiError, createTransport, kubeconfigConnection, listPages, type Resource } from "kopf-ts";
import { AUDITED_KINDS } from "../src/commands/audit/kinds.ts";

const transport = createTransport(await kubeconfigConnection({ path: process.argv[2] ?? "" }));

async function countOf(resource: Resource): Promise<number> {
  let count = 0;
  try {
    for await (const { items } of listPages(transport, resource, {})) count += items.length;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
  return count;
}

const counts = await Promise.all(AUDITED_KINDS.map(countOf));
await transport.close();
console.log(JSON.stringify({ objects: counts.reduce((sum, one) => sum + one, 0) }));

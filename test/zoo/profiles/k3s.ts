/** k3s: nothing mutates pods, but Rancher's controllers write what they learned to every object that is reachable. */
import { DEPLOYMENT, SERVICE } from "../../../src/kubernetes/kinds.ts";
import { type AddOn, PLAIN, type Profile } from "../profile.ts";

const KEY = "field.cattle.io/publicEndpoints";

const publicEndpoints: AddOn = {
  title: "Rancher's public endpoints",
  act: async (client, namespace) => {
    for (const resource of [DEPLOYMENT, SERVICE]) {
      const { items } = await client.list(resource, { namespace });
      for (const { metadata } of items) {
        if (metadata.annotations?.[KEY] !== undefined) continue;
        const patch = { metadata: { annotations: { [KEY]: '[{"port":80,"protocol":"TCP"}]' } } };
        await client.patch(resource, { namespace, name: metadata.name }, patch, { type: "merge" }).catch(() => {});
      }
    }
  },
};

export const K3S: Profile = { ...PLAIN, name: "k3s", title: "k3s with Rancher", addOns: [publicEndpoints] };

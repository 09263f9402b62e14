/** A cache that follows the API server in each test of a file, in a namespace of the test's own. */
import { afterAll, afterEach, beforeAll, beforeEach } from "@jest/globals";
import type { Client } from "kopf-ts";
import { type TestCluster, until } from "../cluster/index.ts";
import {
  createNamespace,
  directClient,
  type FollowedCache,
  type FollowOptions,
  followConfigMaps,
} from "./followed-cache.ts";

const WATCH = { watch: true } as const;

type Options = Omit<FollowOptions, "namespace">;

export interface UsedFollowedCache {
  /** Of the admin, past the proxy. */
  readonly client: Client;
  /** Of the test that runs. */
  readonly namespace: string;
  /** A cache that begins to follow. It ends with the test. */
  begin(options?: Options): Promise<FollowedCache>;
  /** A cache that is in sync and watches. */
  follow(options?: Options): Promise<FollowedCache>;
}

/** To be called once, at the top of a test file. */
export function useFollowedCache(cluster: TestCluster, prefix: string, always: Options = {}): UsedFollowedCache {
  let client: Client | undefined;
  let namespace = "";
  let followed: FollowedCache | undefined;
  const there = (): Client => {
    if (client === undefined) throw new Error("there is no client before the tests begin");
    return client;
  };
  const begin = async (options: Options = {}): Promise<FollowedCache> => {
    followed = await followConfigMaps(cluster, { namespace, ...always, ...options });
    return followed;
  };
  beforeAll(async () => {
    client = await directClient(cluster);
  });
  afterAll(async () => {
    await client?.transport.close();
  });
  beforeEach(async () => {
    namespace = await createNamespace(there(), prefix);
  });
  afterEach(async () => {
    await followed?.stop();
    followed = undefined;
  });
  return {
    get client() {
      return there();
    },
    get namespace() {
      return namespace;
    },
    begin,
    follow: async (options) => {
      const begun = await begin(options);
      await begun.cache.whenSynced();
      await until(() => begun.proxy.streams(WATCH) === 1, "the watch to open");
      return begun;
    },
  };
}

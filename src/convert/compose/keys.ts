/** Keys of the Compose specification that a SecureWorkload does not have, and what decides instead. */

import { claimByName, drop, type Fates, fix, replace, rule } from "../fate.ts";
import type { Part } from "../ledger.ts";

/** Of a service. What is read stands in `service.ts`. */
export const SERVICE_KEYS: Fates = {
  annotations: drop("annotations are not carried over"),
  attach: drop("logs are read with kubectl"),
  blkio_config: drop("a disk is not divided among containers"),
  build: drop("images are built and pushed before"),
  cap_add: rule("drop-capabilities"),
  cap_drop: rule("drop-capabilities"),
  cgroup: rule("no-host-namespaces"),
  cgroup_parent: rule("no-host-namespaces"),
  container_name: replace("the name of the workload"),
  cpu_count: drop("resources.limits.cpu bounds a container"),
  cpu_percent: drop("resources.limits.cpu bounds a container"),
  cpu_period: drop("resources.limits.cpu bounds a container"),
  cpu_quota: drop("resources.limits.cpu bounds a container"),
  cpu_rt_period: drop("resources.limits.cpu bounds a container"),
  cpu_rt_runtime: drop("resources.limits.cpu bounds a container"),
  cpu_shares: drop("resources.requests.cpu reserves time"),
  cpuset: drop("resources.limits.cpu bounds a container"),
  credential_spec: rule("linux-only"),
  develop: drop("is for a developer's machine"),
  device_cgroup_rules: rule("not-privileged"),
  devices: rule("not-privileged"),
  dns: rule("cluster-dns"),
  dns_opt: rule("cluster-dns"),
  dns_search: rule("cluster-dns"),
  domainname: replace("the name of the workload"),
  driver_opts: drop("the network plugin has options of its own"),
  external_links: drop("name the destination under access.outbound"),
  extra_hosts: rule("no-host-aliases"),
  gpus: drop("ask for one under placement.accelerator"),
  group_add: rule("non-root-groups"),
  hostname: replace("the name of the workload"),
  init: drop("the runtime reaps processes with an image that has its own init"),
  ipc: rule("no-host-namespaces"),
  isolation: rule("linux-only"),
  label_file: drop("labels of containers are not carried over"),
  labels: drop("labels of containers are not carried over"),
  logging: drop("containers log to standard output"),
  mac_address: drop("pods get their addresses"),
  mem_swappiness: drop("pods do not swap"),
  memswap_limit: drop("pods do not swap"),
  models: drop("name the model's host under access.outbound"),
  network_mode: rule("no-host-namespaces"),
  networks: replace("access: every other way is closed"),
  oom_kill_disable: drop("a container beyond its memory is ended"),
  oom_score_adj: drop("the kubelet sets it from the resources"),
  pid: rule("no-host-namespaces"),
  pids_limit: drop("the kubelet limits processes for every pod"),
  platform: drop("placement.architecture asks for an architecture"),
  post_start: drop("write it under lifecycle.postStart, as one command"),
  pre_stop: drop("write it under lifecycle.preStop, as one command"),
  privileged: rule("not-privileged"),
  profiles: drop("what is written is applied"),
  provider: drop("name the destination under access.outbound"),
  pull_policy: fix("IfNotPresent: tags are pinned to digests"),
  pull_refresh_after: fix("IfNotPresent: tags are pinned to digests"),
  restart: replace("type"),
  runtime: drop("no field chooses a runtime"),
  security_opt: rule("seccomp-runtime-default"),
  stdin_open: rule("no-terminal"),
  stop_signal: drop("the image's own signal is used"),
  storage_opt: drop("the root file system is read-only"),
  sysctls: rule("safe-sysctls"),
  tty: rule("no-terminal"),
  ulimits: drop("the runtime's limits are used"),
  use_api_socket: rule("not-privileged"),
  userns_mode: rule("no-host-users"),
  uts: rule("no-host-namespaces"),
  volumes_from: drop("name the claim or scratch in both"),
};

/** Of the file. */
export const TOP_KEYS: Fates = {
  version: drop("Compose itself ignores it"),
  name: replace("the namespace"),
  networks: replace("access: every other way is closed"),
  volumes: replace("claims"),
  configs: drop("make a ConfigMap, and name it under files"),
  secrets: drop("make a Secret, and name it under files or env"),
  include: drop("convert the included file too"),
  models: drop("name the model's host under access.outbound"),
};

/** Extensions say nothing to Compose either. */
export function claimKeys(part: Part, fates: Fates): void {
  claimByName(part, fates);
  for (const [name, field] of part.fields()) if (name.startsWith("x-")) field.drop("an extension of Compose");
}

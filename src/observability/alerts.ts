/** What somebody is to be told of, as data: the chart's PrometheusRule, the index of the runbooks and the tests of promtool come from here. */
import type { Reason } from "../crds/v1alpha1/conditions.ts";

export interface Alert {
  readonly name: `Palisade${string}`;
  /** PromQL. Names that other operators have too are narrowed by {@link ours}. */
  readonly expr: string;
  /** How long it must hold before somebody is told; at once unless set. */
  readonly for?: string;
  /** `critical`: now, at night too. `warning`: today. `info`: to be known. */
  readonly severity: "critical" | "warning" | "info";
  readonly summary: string;
  /** May name labels, as Prometheus' templates do. */
  readonly description: string;
  /** Why it is told at this value and after this time. */
  readonly threshold: string;
}

export interface AlertGroup {
  readonly name: string;
  readonly alerts: readonly Alert[];
}

/** Of the series of any operator in the cluster, those of Palisade's processes: whatever the scrape calls them, build info lies beside. */
const ours = (series: string): string => `(${series} and on (job, instance) palisade_build_info)`;

/** What keeps workloads from running that their teams cannot change. */
const PLATFORM_TROUBLE: readonly Reason[] = [
  "WriteRefused",
  "WriteChanged",
  "PodsRefused",
  "NamespaceNotSecured",
  "ClusterDNSUnknown",
  "KubernetesAPIUnknown",
  "ImageUnreachable",
  "ExposureUnavailable",
  "GatewayUnknown",
  "MonitoringUnknown",
  "HostNamesUnenforceable",
  "SecretVersionsForbidden",
];

const availability: AlertGroup = {
  name: "palisade-availability",
  alerts: [
    {
      name: "PalisadeAbsent",
      expr: "absent(palisade_build_info)",
      for: "5m",
      severity: "critical",
      summary: "No Palisade operator is seen.",
      description:
        "No replica was scraped for five minutes: nothing that is changed by hand is undone, and no change of a workload is rolled out.",
      threshold:
        "A rollout or a drain of its node brings an operator back within two minutes; admission policies refuse most changes meanwhile.",
    },
    {
      name: "PalisadeReplicaDown",
      expr: "up == 0 and on (job) max by (job) (palisade_build_info)",
      for: "15m",
      severity: "warning",
      summary: "A replica of Palisade does not answer.",
      description: "{{ $labels.instance }} was not scraped for a quarter of an hour, while another replica was.",
      threshold: "Longer than an image takes to be pulled onto a new node; until then another replica leads.",
    },
    {
      name: "PalisadeNoLeader",
      expr: `max by (name) ${ours("leader_election_master_status")} == 0`,
      for: "1m",
      severity: "critical",
      summary: "No replica of Palisade leads.",
      description: "Replicas run and none holds the Lease {{ $labels.name }}: nothing is corrected.",
      threshold: "A handover takes below ten seconds, also when the leader was killed; a minute is no handover.",
    },
    {
      name: "PalisadeLeadershipFlapping",
      expr: `sum by (name) (changes(leader_election_master_status[30m]) and on (job, instance) palisade_build_info) > 6`,
      severity: "warning",
      summary: "The leadership of Palisade changes again and again.",
      description:
        "The Lease {{ $labels.name }} changed hands {{ $value }} times, counted at both ends, in half an hour.",
      threshold: "A rollout of three replicas makes at most three handovers, each seen at one or both ends.",
    },
  ],
};

const security: AlertGroup = {
  name: "palisade-security",
  alerts: [
    {
      name: "PalisadePreventionNotWhole",
      expr: 'min(palisade_admission_policies{state="missing"}) > 0',
      for: "2m",
      severity: "critical",
      summary: "Admission policies of Palisade do not stand.",
      description:
        "{{ $value }} admission policies or bindings are gone or changed, and were not put back: what they refuse is now only undone afterwards.",
      threshold:
        "They are put back within a second; two minutes are a failure to do so. All replicas must say so, since one that has just started has not looked yet.",
    },
    {
      name: "PalisadeNetworkPolicyIgnored",
      expr: "min(palisade_network_policy_enforced) == 0",
      for: "5m",
      severity: "critical",
      summary: "The network plugin does not enforce NetworkPolicy.",
      description: "A closed port of a workload let the operator's pod in.",
      threshold:
        "Tried every five minutes, and only on pods older than half a minute, which plugins take at most to close a pod in.",
    },
    {
      name: "PalisadeWeakPod",
      expr: "max by (kind) (palisade_weak_pod_age_seconds) > 0",
      for: "15m",
      severity: "warning",
      summary: "A weak pod of a workload lives on.",
      description:
        "A pod, controlled by {{ $labels.kind }}, breaks Pod Security or is not what its workload's controllers make; it is {{ $value | humanizeDuration }} old.",
      threshold: "A rollout replaces pods within its deadline, ten minutes unless set.",
    },
    {
      name: "PalisadeDriftContested",
      expr: "max(palisade_drift_contested_workloads) > 0",
      for: "5m",
      severity: "warning",
      summary: "Somebody fights with Palisade over a workload.",
      description: "The children of {{ $value }} workloads are changed again as often as they are put right.",
      threshold:
        "A contest is five corrections of one child in five minutes; one that is over ends within five minutes.",
    },
    {
      name: "PalisadeCorrectionsSlow",
      expr: "histogram_quantile(0.99, sum by (le) (rate(palisade_drift_correction_seconds_bucket[30m]))) > 1",
      for: "10m",
      severity: "warning",
      summary: "Changes are undone late.",
      description: "One change in a hundred stood for {{ $value | humanizeDuration }} before it was undone.",
      threshold:
        "A correction is one request to the API server and takes well below 100 ms; a second is what users are promised.",
    },
    {
      name: "PalisadeSurplusRights",
      expr: "max by (scope) (palisade_account_surplus_rights) > 0",
      for: "10m",
      severity: "warning",
      summary: "Accounts of workloads may do more than is declared.",
      description:
        "RBAC gives the accounts of {{ $value }} workloads rights that they do not declare, in scope {{ $labels.scope }}.",
      threshold: "Bindings that come before the declaration they belong to, in one rollout, are minutes apart.",
    },
    {
      name: "PalisadeBreakGlassOpen",
      expr: "max(palisade_break_glass_exceptions) > 0",
      severity: "info",
      summary: "Somebody may enter pods by break-glass.",
      description: "{{ $value }} SecurityExceptions let somebody into pods of workloads.",
      threshold: "Told at once and as long as it lasts, since it is rare and whoever is on call is to know.",
    },
    {
      name: "PalisadeExceptionEndsSoon",
      expr: "max by (exception) (palisade_security_exception_expiry_timestamp_seconds) - time() < 2 * 24 * 3600 and on (exception) max by (exception) (palisade_security_exception_expiry_timestamp_seconds offset 1d)",
      severity: "info",
      summary: "A SecurityException ends within two days.",
      description:
        "{{ $labels.exception }} ends in {{ $value | humanizeDuration }}; its workload is then held to every rule again, and its pods are replaced.",
      threshold:
        "Two days reach over a weekend's first half; exceptions younger than a day are meant to be short and are left out.",
    },
  ],
};

const work: AlertGroup = {
  name: "palisade-work",
  alerts: [
    {
      name: "PalisadeReconcileErrors",
      expr: `sum by (controller) (increase(controller_runtime_reconcile_errors_total[10m]) and on (job, instance) palisade_build_info) > 0`,
      for: "30m",
      severity: "warning",
      summary: "Passes of Palisade fail again and again.",
      description: "The controller {{ $labels.controller }} has had failures in every ten minutes of half an hour.",
      threshold:
        "What fails is tried again after at most five minutes, so that one object that cannot be handled shows in every ten; an outage of the API server that is over does not.",
    },
    {
      name: "PalisadeStalled",
      expr: `sum by (controller) (increase(controller_runtime_terminal_reconcile_errors_total[30m]) and on (job, instance) palisade_build_info) > 0`,
      for: "1h",
      severity: "info",
      summary: "Something waits for a person to change it.",
      description:
        "The controller {{ $labels.controller }} has objects that it cannot go on with until somebody changes them.",
      threshold:
        "Every object is looked at again each ten minutes, so that one that is stalled shows in every half hour; an hour is time enough for its author to see its condition.",
    },
    {
      name: "PalisadeReconcileStuck",
      expr: `max by (name) ${ours("workqueue_longest_running_processor_seconds")} > 120`,
      for: "5m",
      severity: "warning",
      summary: "A pass of Palisade does not end.",
      description: "A pass of {{ $labels.name }} has run for {{ $value | humanizeDuration }}.",
      threshold: "A pass is cut off after a minute and its key freed after another.",
    },
    {
      name: "PalisadeQueueSlow",
      expr: `histogram_quantile(0.99, sum by (name, le) (rate(workqueue_queue_duration_seconds_bucket[10m]) and on (job, instance) palisade_build_info)) > 5`,
      for: "15m",
      severity: "warning",
      summary: "Work waits in the queue of Palisade.",
      description:
        "One key in a hundred of {{ $labels.name }} waited {{ $value | humanizeDuration }} before it was worked on.",
      threshold:
        "A thousand workloads that are all looked at again take two seconds. A change by somebody goes ahead of those, so that corrections are late only after this.",
    },
    {
      name: "PalisadeQueueBacklog",
      expr: `sum by (name) (min_over_time(workqueue_depth[15m]) and on (job, instance) palisade_build_info) > 50`,
      for: "5m",
      severity: "warning",
      summary: "The queue of Palisade does not empty.",
      description:
        "At no moment of a quarter of an hour were fewer than {{ $value }} keys of {{ $labels.name }} ready to be worked on.",
      threshold: "A queue is empty between two bursts; at no moment below fifty means that more comes than is done.",
    },
    {
      name: "PalisadeBug",
      expr: `sum by (job) (increase(controller_runtime_reconcile_panics_total[1h]) and on (job, instance) palisade_build_info) > 0 or sum by (job) (increase(kopf_cache_callback_failures_total[1h])) > 0`,
      severity: "warning",
      summary: "Palisade has met a mistake of its own.",
      description:
        "{{ $value | humanize }} passes or cache callbacks of {{ $labels.job }} failed by a mistake in the code within an hour.",
      threshold: "There is no such failure in ordinary life, so that one is told.",
    },
    {
      name: "PalisadeWorkloadsHeldUp",
      expr: `max by (reason) (palisade_workloads_not_ready{reason=~"${PLATFORM_TROUBLE.join("|")}"}) > 0`,
      for: "15m",
      severity: "warning",
      summary: "Workloads are not ready because of the platform.",
      description: "{{ $value }} workloads are not ready by {{ $labels.reason }}, which their teams cannot change.",
      threshold:
        "Reasons that only the platform team can mend; a registry or a webhook that is restarted is back within a quarter of an hour.",
    },
  ],
};

const requests: AlertGroup = {
  name: "palisade-requests",
  alerts: [
    {
      name: "PalisadeAPIErrors",
      expr: `sum by (job) ${ours('rate(rest_client_requests_total{code=~"5..|<error>"}[10m])')} / sum by (job) ${ours("rate(rest_client_requests_total[10m])")} > 0.05`,
      for: "10m",
      severity: "warning",
      summary: "The API server does not answer Palisade.",
      description: "{{ $value | humanizePercentage }} of the requests of {{ $labels.job }} failed, or got no answer.",
      threshold:
        "A healthy API server answers all but one in thousands; a restart of one of its replicas is over in ten minutes.",
    },
    {
      name: "PalisadeAPIThrottled",
      expr: `sum by (job) ${ours('rate(rest_client_requests_total{code="429"}[10m])')} > 0.5`,
      for: "15m",
      severity: "warning",
      summary: "The API server throttles Palisade.",
      description: "{{ $value | humanize }} requests a second of {{ $labels.job }} were put off.",
      threshold:
        "An eviction that a disruption budget refuses is answered by 429 too, at most once in ten seconds for a workload; one request in two seconds is API Priority and Fairness.",
    },
    {
      name: "PalisadeWatchFailing",
      expr: "sum by (resource) (increase(kopf_watch_failures_total[15m])) > 10",
      for: "15m",
      severity: "warning",
      summary: "Palisade cannot watch a resource.",
      description:
        "Watches of {{ $labels.resource }} failed {{ $value | humanize }} times in a quarter of an hour: its changes are seen late or not at all.",
      threshold: "A restart of the API server fails each watch once or twice on each replica.",
    },
  ],
};

export const ALERT_GROUPS: readonly AlertGroup[] = [availability, security, work, requests];

export const ALERTS: readonly Alert[] = ALERT_GROUPS.flatMap(({ alerts }) => alerts);

/** The Grafana dashboard as data: rows of panels, each a question with its queries. The generator lays them out. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  readonly description: string;
  readonly type: "timeseries" | "stat" | "table";
  /** Grafana's name of it. */
  readonly unit: "short" | "s" | "reqps" | "ops" | "bytes" | "percentunit" | "dateTimeFromNow";
  readonly queries: readonly Query[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** What the dashboard's variable `job` chooses: the processes that have Palisade's build info. */
const JOB = 'job=~"$job"';

const rate = (counter: string, labels = JOB): string => `rate(${counter}{${labels}}[$__rate_interval])`;

const quantile = (q: number, histogram: string, by = ""): string =>
  `histogram_quantile(${q}, sum by (${by === "" ? "le" : `${by}, le`}) (${rate(`${histogram}_bucket`)}))`;

const security: Row = {
  title: "Security",
  panels: [
    {
      title: "Changes undone",
      description: "By the number of the drift case.",
      type: "timeseries",
      unit: "ops",
      queries: [
        { expr: `sum by (drift_case) (${rate("palisade_drift_corrections_total")})`, legend: "case {{drift_case}}" },
      ],
    },
    {
      title: "How long a change stood",
      description: "From the moment it was seen until it was undone.",
      type: "timeseries",
      unit: "s",
      queries: [
        { expr: quantile(0.5, "palisade_drift_correction_seconds"), legend: "half of them" },
        { expr: quantile(0.99, "palisade_drift_correction_seconds"), legend: "99 of 100" },
      ],
    },
    {
      title: "Oldest weak pod",
      description: "By what controls it; 0 is none.",
      type: "timeseries",
      unit: "s",
      queries: [{ expr: `max by (kind) (palisade_weak_pod_age_seconds{${JOB}})`, legend: "{{kind}}" }],
    },
    {
      title: "Contested workloads",
      description: "Whose children somebody changes again and again.",
      type: "stat",
      unit: "short",
      queries: [{ expr: `max(palisade_drift_contested_workloads{${JOB}})`, legend: "contested" }],
    },
    {
      title: "Admission policies missing",
      description: "Of those that are to stand.",
      type: "stat",
      unit: "short",
      queries: [{ expr: `min(palisade_admission_policies{${JOB},state="missing"})`, legend: "missing" }],
    },
    {
      title: "NetworkPolicy enforced",
      description: "1 while no closed port let the operator's pod in.",
      type: "stat",
      unit: "short",
      queries: [{ expr: `min(palisade_network_policy_enforced{${JOB}})`, legend: "enforced" }],
    },
    {
      title: "Surplus rights",
      description: "Workloads whose account may do more than is declared.",
      type: "stat",
      unit: "short",
      queries: [{ expr: `max by (scope) (palisade_account_surplus_rights{${JOB}})`, legend: "{{scope}}" }],
    },
    {
      title: "SecurityExceptions",
      description: "By their state.",
      type: "timeseries",
      unit: "short",
      queries: [
        { expr: `max by (state) (palisade_security_exceptions{${JOB}})`, legend: "{{state}}" },
        { expr: `max(palisade_break_glass_exceptions{${JOB}})`, legend: "break-glass" },
      ],
    },
    {
      title: "Exceptions end",
      description: "When each that is in force ends.",
      type: "table",
      unit: "dateTimeFromNow",
      queries: [
        {
          expr: `max by (exception) (palisade_security_exception_expiry_timestamp_seconds{${JOB}}) * 1000`,
          legend: "{{exception}}",
        },
      ],
    },
    {
      title: "Ways around by RBAC",
      description: "Subjects, by the number of the drift case.",
      type: "timeseries",
      unit: "short",
      queries: [{ expr: `max by (drift_case) (palisade_rbac_findings{${JOB}})`, legend: "case {{drift_case}}" }],
    },
  ],
};

const workloads: Row = {
  title: "Workloads",
  panels: [
    {
      title: "Workloads",
      description: "By their condition Ready.",
      type: "timeseries",
      unit: "short",
      queries: [{ expr: `max by (ready) (palisade_workloads{${JOB}})`, legend: "{{ready}}" }],
    },
    {
      title: "Why they are not ready",
      description: "By the reason of the condition.",
      type: "timeseries",
      unit: "short",
      queries: [{ expr: `max by (reason) (palisade_workloads_not_ready{${JOB}})`, legend: "{{reason}}" }],
    },
    {
      title: "Namespaces",
      description: "By how far they are enrolled.",
      type: "timeseries",
      unit: "short",
      queries: [{ expr: `max by (enrolment) (palisade_namespaces{${JOB}})`, legend: "{{enrolment}}" }],
    },
    {
      title: "Pods taken away",
      description: "Beside their controllers, by the reason.",
      type: "timeseries",
      unit: "ops",
      queries: [{ expr: `sum by (reason) (${rate("palisade_pod_disruptions_total")})`, legend: "{{reason}}" }],
    },
  ],
};

const controllers: Row = {
  title: "Controllers",
  panels: [
    {
      title: "Leader",
      description: "Which replica leads.",
      type: "timeseries",
      unit: "short",
      queries: [{ expr: `leader_election_master_status{${JOB}}`, legend: "{{instance}} {{name}}" }],
    },
    {
      title: "Passes",
      description: "By controller and result.",
      type: "timeseries",
      unit: "ops",
      queries: [
        {
          expr: `sum by (controller, result) (${rate("controller_runtime_reconcile_total")})`,
          legend: "{{controller}} {{result}}",
        },
      ],
    },
    {
      title: "Failures",
      description: "Passes that failed, were cut off, or met a mistake of the code.",
      type: "timeseries",
      unit: "ops",
      queries: [
        {
          expr: `sum by (controller) (${rate("controller_runtime_reconcile_errors_total")})`,
          legend: "{{controller}} failed",
        },
        {
          expr: `sum by (controller) (${rate("controller_runtime_reconcile_timeouts_total")})`,
          legend: "{{controller}} cut off",
        },
        {
          expr: `sum by (controller) (${rate("controller_runtime_reconcile_panics_total")})`,
          legend: "{{controller}} mistaken",
        },
      ],
    },
    {
      title: "How long a pass takes",
      description: "99 of 100, by controller.",
      type: "timeseries",
      unit: "s",
      queries: [
        { expr: quantile(0.99, "controller_runtime_reconcile_time_seconds", "controller"), legend: "{{controller}}" },
      ],
    },
    {
      title: "How long a key waits",
      description: "99 of 100, by queue.",
      type: "timeseries",
      unit: "s",
      queries: [{ expr: quantile(0.99, "workqueue_queue_duration_seconds", "name"), legend: "{{name}}" }],
    },
    {
      title: "Queues",
      description: "Keys that are ready to be worked on.",
      type: "timeseries",
      unit: "short",
      queries: [{ expr: `sum by (name) (workqueue_depth{${JOB}})`, legend: "{{name}}" }],
    },
    {
      title: "Workers",
      description: "The part of them that is at work.",
      type: "timeseries",
      unit: "percentunit",
      queries: [
        {
          expr: `sum by (controller) (controller_runtime_active_workers{${JOB}}) / sum by (controller) (controller_runtime_max_concurrent_reconciles{${JOB}})`,
          legend: "{{controller}}",
        },
      ],
    },
    {
      title: "Objects in caches",
      description: "By resource.",
      type: "timeseries",
      unit: "short",
      queries: [{ expr: `max by (resource) (kopf_cache_objects{${JOB}})`, legend: "{{resource}}" }],
    },
  ],
};

const requests: Row = {
  title: "API requests",
  panels: [
    {
      title: "Requests",
      description: "By method and status.",
      type: "timeseries",
      unit: "reqps",
      queries: [
        { expr: `sum by (method, code) (${rate("rest_client_requests_total")})`, legend: "{{method}} {{code}}" },
      ],
    },
    {
      title: "How long a request takes",
      description: "99 of 100, by verb.",
      type: "timeseries",
      unit: "s",
      queries: [{ expr: quantile(0.99, "rest_client_request_duration_seconds", "verb"), legend: "{{verb}}" }],
    },
    {
      title: "Sent again",
      description: "By the status that they were answered with before.",
      type: "timeseries",
      unit: "reqps",
      queries: [{ expr: `sum by (code) (${rate("rest_client_request_retries_total")})`, legend: "{{code}}" }],
    },
    {
      title: "Watches that failed",
      description: "By resource.",
      type: "timeseries",
      unit: "ops",
      queries: [{ expr: `sum by (resource) (${rate("kopf_watch_failures_total")})`, legend: "{{resource}}" }],
    },
  ],
};

const processes: Row = {
  title: "Process",
  panels: [
    {
      title: "Processor",
      description: "Seconds of processor time a second, by replica.",
      type: "timeseries",
      unit: "short",
      queries: [{ expr: rate("process_cpu_seconds_total"), legend: "{{instance}}" }],
    },
    {
      title: "Memory",
      description: "Resident, by replica.",
      type: "timeseries",
      unit: "bytes",
      queries: [{ expr: `process_resident_memory_bytes{${JOB}}`, legend: "{{instance}}" }],
    },
    {
      title: "Event loop",
      description: "99 of 100 delays, by replica.",
      type: "timeseries",
      unit: "s",
      queries: [{ expr: `nodejs_eventloop_lag_p99_seconds{${JOB}}`, legend: "{{instance}}" }],
    },
    {
      title: "Versions",
      description: "How many replicas run which.",
      type: "stat",
      unit: "short",
      queries: [{ expr: `count by (version) (palisade_build_info{${JOB}})`, legend: "{{version}}" }],
    },
  ],
};

export const DASHBOARD: readonly Row[] = [security, workloads, controllers, requests, processes];

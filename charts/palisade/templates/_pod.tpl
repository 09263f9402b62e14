{{/*
The spec of every pod of the chart, whatever process it runs. It obeys the baseline that Palisade holds workloads to (docs/reference/policies.md),
and no value takes any of that away. Takes a dict:
  root       the chart's own context
  component  what the pod is, as its label says
  account    its ServiceAccount
  args       what the image is started with
  resources  of its container
  stays      whether it answers probes and is spread over nodes, as what runs for good
*/}}
{{- define "palisade.pod" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
serviceAccountName: {{ .account }}
# The token below takes its place: it expires, and is renewed.
automountServiceAccountToken: false
enableServiceLinks: false
{{- if $values.userNamespaces }}
hostUsers: false
{{- end }}
os:
  name: linux
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
{{- with $values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .stays }}
# Longer than the operator drains (30 s) and tells its last Events (5 s), so that it releases its Lease itself.
terminationGracePeriodSeconds: 45
affinity:
  {{- if $values.affinity }}
  {{- toYaml $values.affinity | nindent 2 }}
  {{- else }}
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "palisade.selector" (list $root .component) | nindent 14 }}
  {{- end }}
{{- with $values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{ toYaml . | nindent 4 | trim }}
    {{- if not .labelSelector }}
    labelSelector:
      matchLabels:
        {{- include "palisade.selector" (list $root $.component) | nindent 8 }}
    {{- if not .matchLabelKeys }}
    matchLabelKeys:
      - pod-template-hash
    {{- end }}
    {{- end }}
  {{- end }}
{{- end }}
{{- else }}
terminationGracePeriodSeconds: 5
restartPolicy: Never
{{- end }}
containers:
  - name: palisade
    image: {{ include "palisade.image" $root }}
    imagePullPolicy: {{ $values.image.pullPolicy }}
    args:
      {{- toYaml .args | nindent 6 }}
    {{- if .stays }}
    ports:
      - name: http
        containerPort: {{ $values.config.health.port }}
        protocol: TCP
    # Two minutes to be served at all, before liveness counts.
    startupProbe:
      httpGet:
        path: /healthz
        port: http
      periodSeconds: 2
      failureThreshold: 60
    livenessProbe:
      httpGet:
        path: /healthz
        port: http
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 3
    readinessProbe:
      httpGet:
        path: /readyz
        port: http
      periodSeconds: 5
      timeoutSeconds: 3
      failureThreshold: 2
    {{- end }}
    resources:
      {{- toYaml .resources | nindent 6 }}
    securityContext:
      allowPrivilegeEscalation: false
      privileged: false
      readOnlyRootFilesystem: true
      runAsNonRoot: true
      capabilities:
        drop:
          - ALL
      seccompProfile:
        type: RuntimeDefault
    volumeMounts:
      - name: config
        mountPath: /etc/palisade
        readOnly: true
      - name: kube-api-access
        mountPath: /var/run/secrets/kubernetes.io/serviceaccount
        readOnly: true
volumes:
  # One volume: nothing can be mounted inside a mount that is read-only.
  - name: config
    projected:
      defaultMode: 288
      sources:
        - configMap:
            name: palisade-config
            items:
              - key: config.json
                path: config.json
        {{- if eq .component "operator" }}
        {{- with $values.registries.credentialsSecret }}
        - secret:
            name: {{ . }}
            items:
              - key: .dockerconfigjson
                path: registries.json
        {{- end }}
        {{- with $values.registries.authoritiesConfigMap }}
        - configMap:
            name: {{ . }}
            items:
              - key: ca.crt
                path: authorities.crt
        {{- end }}
        {{- end }}
  # What the kubelet mounts by itself, where in-cluster clients look, with an hour to live.
  - name: kube-api-access
    projected:
      defaultMode: 288
      sources:
        - serviceAccountToken:
            expirationSeconds: 3600
            path: token
        - configMap:
            name: kube-root-ca.crt
            items:
              - key: ca.crt
                path: ca.crt
        - downwardAPI:
            items:
              - path: namespace
                fieldRef:
                  apiVersion: v1
                  fieldPath: metadata.namespace
{{- end }}

{{/* A Deployment of one process: what palisade.pod takes, and its name and replicas. */}}
{{- define "palisade.deployment" -}}
{{- $root := .root -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "palisade.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  replicas: {{ .replicas }}
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      {{- include "palisade.selector" (list $root .component) | nindent 6 }}
  strategy:
    type: RollingUpdate
    # The next one is ready before the last one goes.
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  template:
    metadata:
      labels:
        {{- with $root.Values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- include "palisade.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
      annotations:
        {{- with $root.Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        # Another configuration is another pod: it is read once, at the start.
        checksum/config: {{ $root.Values.config | toJson | sha256sum }}
    spec:
      {{- include "palisade.pod" . | nindent 6 }}
{{- end }}

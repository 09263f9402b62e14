{{/* What every object of the chart bears. */}}
{{- define "palisade.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: palisade
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: palisade
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* What selects the pods of one process: a list of the root and the component. */}}
{{- define "palisade.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: palisade
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* The image, by its digest where there is one. */}}
{{- define "palisade.image" -}}
{{- with .Values.image }}
{{- if .digest }}
{{- printf "%s@%s" .repository .digest }}
{{- else }}
{{- printf "%s:%s" .repository (.tag | default $.Chart.AppVersion) }}
{{- end }}
{{- end }}
{{- end }}

{{/* The peers of a NetworkPolicy that these addresses are. */}}
{{- define "palisade.addresses" -}}
{{- range $index, $cidr := . }}
{{- if $index }}
{{ end -}}
- ipBlock:
    cidr: {{ $cidr }}
{{- end }}
{{- end }}

{{/* An object of a file with the labels of the chart beside its own: a list of the root and the object. */}}
{{- define "palisade.labelled" -}}
{{- $object := index . 1 -}}
{{- $labels := include "palisade.labels" (index . 0) | fromYaml -}}
{{- $_ := set $object.metadata "labels" (merge $labels ($object.metadata.labels | default dict)) -}}
{{- toYaml $object }}
{{- end }}

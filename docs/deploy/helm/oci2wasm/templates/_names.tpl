{{- define "oci2wasm.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-oci2wasm" .Release.Name) (contains "oci2wasm" .Release.Name) -}}
{{- default $name .Values.fullnameOverride | trunc 45 | trimSuffix "-" -}}
{{- end }}

{{/* The name of a part's objects: of (dict "root" $ "part" "gateway"). */}}
{{- define "oci2wasm.name" -}}
{{- printf "%s-%s" (include "oci2wasm.fullname" .root) .part -}}
{{- end }}

{{/* What selects the pods of this release. */}}
{{- define "oci2wasm.release" -}}
app.kubernetes.io/name: oci2wasm
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "oci2wasm.selector" -}}
{{ include "oci2wasm.release" .root }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "oci2wasm.labels" -}}
{{ include "oci2wasm.release" . }}
app.kubernetes.io/part-of: oci2wasm
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "oci2wasm.partLabels" -}}
{{ include "oci2wasm.labels" .root }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "oci2wasm.serviceAccount" -}}
{{- $own := ternary (include "oci2wasm.fullname" .) "default" .Values.serviceAccount.create -}}
{{- default $own .Values.serviceAccount.name -}}
{{- end }}

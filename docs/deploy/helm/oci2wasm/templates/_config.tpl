{{/* The content of oci2wasm.yaml: config, with what other values say. */}}
{{- define "oci2wasm.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $gateway := default dict $config.gateway -}}
{{- if $gateway.tls -}}
  {{- fail "config.gateway.tls: found a value, expected none: the value gateway.tlsSecret names a Secret of type kubernetes.io/tls, and the chart sets this key" -}}
{{- end -}}
{{- if .Values.gateway.tlsSecret -}}
  {{- $_ := set $gateway "tls" (dict "certificateFile" "/run/secrets/tls/tls.crt" "keyFile" "/run/secrets/tls/tls.key") -}}
{{- end -}}
{{- if not (include "oci2wasm.database" .) -}}
  {{- if gt (int .Values.gateway.replicas) 1 -}}
    {{- fail (printf "gateway.replicas: found %d without config.gateway.database.url, expected 1, or the URL of a PostgreSQL: the H2 file is for one gateway" (int .Values.gateway.replicas)) -}}
  {{- end -}}
  {{- $_ := set $gateway "database" (merge (dict "directory" "/state") (pick (default dict $gateway.database) "connections" "keep")) -}}
{{- end -}}
{{- if .Values.ingress.enabled -}}
  {{- $_ := set $gateway "hosts" (append (default list $gateway.hosts) .Values.ingress.host | uniq) -}}
{{- end -}}
{{- $_ := set $config "gateway" $gateway -}}
{{- toYaml $config -}}
{{- end }}

{{/* The URL of the gateway's PostgreSQL, if it has one. */}}
{{- define "oci2wasm.database" -}}
{{- dig "gateway" "database" "url" "" .Values.config -}}
{{- end }}

{{/* The port of a part: of (dict "root" $ "part" "gateway"). */}}
{{- define "oci2wasm.port" -}}
{{- if eq .part "gateway" -}}
{{- dig "gateway" "port" 8080 .root.Values.config | int -}}
{{- else -}}
{{- dig "monitor" "port" 9464 .root.Values.config | int -}}
{{- end -}}
{{- end }}

{{/* The gateway's second port, if it has one. */}}
{{- define "oci2wasm.sitePort" -}}
{{- with dig "gateway" "site" "port" 0 .Values.config -}}{{ int . }}{{- end -}}
{{- end }}

{{- define "oci2wasm.portName" -}}
{{- ternary "http" "monitor" (eq .part "gateway") -}}
{{- end }}

{{/* Seconds of a duration of the configuration: of (dict "key" … "value" "60s"). */}}
{{- define "oci2wasm.seconds" -}}
{{- $value := toString .value -}}
{{- if not (regexMatch "^[0-9]+(ms|s|m|h)$" $value) -}}
  {{- fail (printf "config.%s: found %s, expected a duration such as 60s" .key $value) -}}
{{- end -}}
{{- $number := regexFind "^[0-9]+" $value | int64 -}}
{{- $unit := regexFind "[a-z]+$" $value -}}
{{- if eq $unit "ms" -}}
{{- div $number 1000 -}}
{{- else -}}
{{- mul $number (get (dict "s" 1 "m" 60 "h" 3600) $unit) -}}
{{- end -}}
{{- end }}

{{/* How long a pod may take to stop: longer than work.drain, and the few seconds to give work back. */}}
{{- define "oci2wasm.grace" -}}
{{- $root := .root -}}
{{- $drain := 0 -}}
{{- $sections := get (dict "gateway" list "ingest-worker" (list "ingest" "delivery") "resolve-worker" (list "resolve") "build-worker" (list "build" "translate")) .part -}}
{{- range $section := $sections -}}
  {{- $value := dig $section "work" "drain" "30s" $root.Values.config -}}
  {{- $drain = max $drain (include "oci2wasm.seconds" (dict "key" (printf "%s.work.drain" $section) "value" $value) | int) -}}
{{- end -}}
{{- add $drain 30 -}}
{{- end }}

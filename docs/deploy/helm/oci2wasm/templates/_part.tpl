{{/* Keys of a Secret as files. */}}
{{- define "oci2wasm.secretKeys" -}}
{{- range concat .root.Values.secrets.keys.all (get .root.Values.secrets.keys .part) | uniq }}
- {key: {{ . }}, path: {{ . }}}
{{- end }}
{{- end }}

{{/* The Deployment of a part and its disruption budget: of (dict "root" $ "part" "gateway" "command" (list …)). */}}
{{- define "oci2wasm.part" -}}
{{- $root := .root -}}
{{- $part := .part -}}
{{- $values := get $root.Values $part -}}
{{- $common := $root.Values.common -}}
{{- $image := $root.Values.image -}}
{{- $port := include "oci2wasm.port" . | int -}}
{{- $portName := include "oci2wasm.portName" . -}}
{{- $isGateway := eq $part "gateway" -}}
{{- $tls := and $isGateway $root.Values.gateway.tlsSecret -}}
{{- $state := and $isGateway (not (include "oci2wasm.database" $root)) -}}
{{- $scratch := ternary (dig "build" "scratch" "" $root.Values.config) "" (eq $part "build-worker") -}}
{{- $registries := ternary $root.Values.secrets.registries "" (eq $part "ingest-worker") -}}
{{- $secretKeys := include "oci2wasm.secretKeys" . -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "oci2wasm.name" . }}
  labels: {{- include "oci2wasm.partLabels" . | nindent 4 }}
spec:
  {{- if or $isGateway (not $root.Values.keda.enabled) }}
  replicas: {{ int $values.replicas }}
  {{- end }}
  {{- if $state }}
  # The H2 file is for one gateway at a time.
  strategy: {type: Recreate}
  {{- end }}
  selector:
    matchLabels: {{- include "oci2wasm.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "oci2wasm.selector" . | nindent 8 }}
        {{- with merge (dict) (default dict $values.podLabels) $common.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      annotations:
        # Pods are replaced when the configuration changes.
        checksum/config: {{ include "oci2wasm.config" $root | sha256sum }}
        {{- if $root.Values.metrics.annotations }}
        prometheus.io/scrape: "true"
        prometheus.io/port: {{ $port | quote }}
        {{- if $tls }}
        prometheus.io/scheme: https
        {{- end }}
        {{- end }}
        {{- with merge (dict) (default dict $values.podAnnotations) $common.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      # Longer than work.drain, and the few seconds to give work back.
      terminationGracePeriodSeconds: {{ include "oci2wasm.grace" . }}
      automountServiceAccountToken: false
      serviceAccountName: {{ include "oci2wasm.serviceAccount" $root }}
      enableServiceLinks: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        runAsGroup: 65532
        fsGroup: 65532
        seccompProfile: {type: RuntimeDefault}
      {{- with $image.pullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with default $common.priorityClassName $values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with merge (dict) (default dict $values.nodeSelector) $common.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with concat $common.tolerations (default list $values.tolerations) }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with merge (dict) (default dict $values.affinity) $common.affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with concat $common.topologySpreadConstraints (default list $values.topologySpreadConstraints) }}
      topologySpreadConstraints: {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ $part }}
          image: {{ printf "%s/%s%s:%s" $image.registry $image.prefix $part (default $root.Chart.AppVersion $image.tag) }}
          imagePullPolicy: {{ $image.pullPolicy }}
          args: {{- toYaml (concat .command (list "--config" "/etc/oci2wasm/oci2wasm.yaml") (default list $values.args)) | nindent 12 }}
          {{- with concat $common.env (default list $values.env) }}
          env: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with concat $common.envFrom (default list $values.envFrom) }}
          envFrom: {{- toYaml . | nindent 12 }}
          {{- end }}
          ports:
            - {name: {{ $portName }}, containerPort: {{ $port }}}
            {{- if and $isGateway (include "oci2wasm.sitePort" $root) }}
            - {name: site, containerPort: {{ include "oci2wasm.sitePort" $root }}}
            {{- end }}
          startupProbe:
            httpGet: {path: /health/live, port: {{ $portName }}{{ if $tls }}, scheme: HTTPS{{ end }}}
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: {path: /health/live, port: {{ $portName }}{{ if $tls }}, scheme: HTTPS{{ end }}}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: {path: /health/ready, port: {{ $portName }}{{ if $tls }}, scheme: HTTPS{{ end }}}
            periodSeconds: 5
            timeoutSeconds: 5
          resources: {{- toYaml $values.resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
          volumeMounts:
            - {name: config, mountPath: /etc/oci2wasm, readOnly: true}
            {{- if $secretKeys }}
            - {name: secrets, mountPath: /run/secrets/oci2wasm, readOnly: true}
            {{- end }}
            - {name: tmp, mountPath: /tmp}
            {{- if $registries }}
            - {name: registries, mountPath: /run/secrets/registries, readOnly: true}
            {{- end }}
            {{- if $tls }}
            - {name: tls, mountPath: /run/secrets/tls, readOnly: true}
            {{- end }}
            {{- if $state }}
            - {name: state, mountPath: /state}
            {{- end }}
            {{- if $scratch }}
            - {name: scratch, mountPath: {{ $scratch }}}
            {{- end }}
            {{- with concat $common.volumeMounts (default list $values.volumeMounts) }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
      volumes:
        - name: config
          configMap: {name: {{ include "oci2wasm.fullname" $root }}}
        {{- if $secretKeys }}
        - name: secrets
          secret:
            secretName: {{ $root.Values.secrets.name }}
            items: {{- $secretKeys | nindent 14 }}
        {{- end }}
        - name: tmp
          emptyDir: {sizeLimit: {{ $values.tmpSizeLimit }}}
        {{- if $registries }}
        - name: registries
          secret: {secretName: {{ $registries }}}
        {{- end }}
        {{- if $tls }}
        - name: tls
          secret: {secretName: {{ $tls }}}
        {{- end }}
        {{- if $state }}
        - name: state
          {{- with $root.Values.gateway.state.existingClaim }}
          persistentVolumeClaim: {claimName: {{ . }}}
          {{- else }}
          emptyDir: {sizeLimit: {{ $root.Values.gateway.state.sizeLimit }}}
          {{- end }}
        {{- end }}
        {{- if $scratch }}
        - name: scratch
          emptyDir: {sizeLimit: {{ $values.scratchSizeLimit }}}
        {{- end }}
        {{- with concat $common.volumes (default list $values.volumes) }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
{{- if $root.Values.podDisruptionBudget.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "oci2wasm.name" . }}
  labels: {{- include "oci2wasm.partLabels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "oci2wasm.selector" . | nindent 6 }}
{{- end }}
{{- end }}

{{- define "pod-exporter.name" -}}
{{- default .Chart.Name .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "pod-exporter.serviceAccount" -}}
{{- default (include "pod-exporter.name" .) .Values.serviceAccount.name }}
{{- end }}

{{- /* Labels that select the pods; they never change, because the selector of a DaemonSet is immutable. */}}
{{- define "pod-exporter.selector" -}}
app.kubernetes.io/name: pod-exporter
{{- if ne (include "pod-exporter.name" .) "pod-exporter" }}
app.kubernetes.io/instance: {{ include "pod-exporter.name" . }}
{{- end }}
{{- end }}

{{- define "pod-exporter.labels" -}}
{{ include "pod-exporter.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "pod-exporter.metadata" -}}
name: {{ include "pod-exporter.name" . }}
namespace: {{ .Release.Namespace }}
labels: {{- include "pod-exporter.labels" . | nindent 2 }}
{{- end }}

{{- define "pod-exporter.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{- define "pod-exporter.webSecret" -}}
{{- if .Values.web.secretName }}{{ .Values.web.secretName }}
{{- else if .Values.web.certManager.enabled }}{{ include "pod-exporter.name" . }}-web
{{- end }}
{{- end }}

{{- define "pod-exporter.tls" -}}
{{- if and (include "pod-exporter.webSecret" .) (or .Values.web.tls .Values.web.certManager.enabled) }}true{{ end }}
{{- end }}

{{- /* Fields of a monitor's endpoint that depend on the web configuration. */}}
{{- define "pod-exporter.scrape" -}}
{{- if include "pod-exporter.tls" . }}
scheme: https
tlsConfig:
  ca:
    secret:
      name: {{ include "pod-exporter.webSecret" . }}
      key: {{ .Values.web.caKey }}
  serverName: {{ .Values.web.serverName }}
  {{- with .Values.web.clientCertificate.secretName }}
  cert:
    secret: { name: {{ . }}, key: tls.crt }
  keySecret: { name: {{ . }}, key: tls.key }
  {{- end }}
{{- end }}
{{- with .Values.web.basicAuth.secretName }}
basicAuth:
  username: { name: {{ . }}, key: username }
  password: { name: {{ . }}, key: password }
{{- end }}
{{- end }}

{{- define "pod-exporter.podSpec" -}}
serviceAccountName: {{ include "pod-exporter.serviceAccount" . }}
# Network namespaces of pods are found by the PIDs of their processes, which other PID namespaces hide.
hostPID: true
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  {{- if .Values.volumes.enabled }}
  # The kubelet directory is readable by root only.
  runAsUser: 0
  runAsGroup: 0
  {{- else }}
  runAsNonRoot: true
  runAsUser: 65534
  runAsGroup: 65534
  {{- end }}
  seccompProfile:
    type: RuntimeDefault
containers:
  - name: pod-exporter
    image: {{ include "pod-exporter.image" . }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    args: {{- include "pod-exporter.args" . | nindent 6 }}
    env: {{- include "pod-exporter.env" . | nindent 6 }}
    ports:
      - name: metrics
        containerPort: 9771
        {{- if .Values.metricsServer.enabled }}
        hostPort: 9771
        {{- end }}
    livenessProbe:
      {{- include "pod-exporter.probe" (list . "/healthz") | nindent 6 }}
      periodSeconds: 30
      timeoutSeconds: 10
    readinessProbe:
      {{- include "pod-exporter.probe" (list . "/readyz") | nindent 6 }}
      timeoutSeconds: 10
    resources: {{- toYaml .Values.resources | nindent 6 }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities:
        drop: [ALL]
    volumeMounts: {{- include "pod-exporter.mounts" . | nindent 6 }}
volumes: {{- include "pod-exporter.volumes" . | nindent 2 }}
{{- end }}

{{- define "pod-exporter.args" -}}
- --path.cgroup=/host/sys/fs/cgroup
{{- if .Values.volumes.enabled }}
- --path.rootfs=/host/root
{{- if ne .Values.volumes.kubeletDirectory "/var/lib/kubelet" }}
- --path.kubelet={{ .Values.volumes.kubeletDirectory }}
{{- end }}
{{- end }}
{{- if ne .Values.pods "auto" }}
- --pods={{ .Values.pods }}
{{- end }}
{{- if include "pod-exporter.webSecret" . }}
- --web.config.file=/etc/pod-exporter/web.yml
{{- end }}
{{- if ne .Values.web.auth "none" }}
- --web.auth={{ .Values.web.auth }}
{{- end }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "pod-exporter.env" -}}
- name: NODE_NAME
  valueFrom:
    fieldRef:
      fieldPath: spec.nodeName
{{- if eq .Values.pods "kubelet" }}
- name: NODE_IP
  valueFrom:
    fieldRef:
      fieldPath: status.hostIP
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The kubelet has no client certificate. */}}
{{- define "pod-exporter.probe" -}}
{{- if (index . 0).Values.web.clientCertificate.secretName }}
tcpSocket:
  port: metrics
{{- else }}
httpGet:
  path: {{ index . 1 }}
  port: metrics
  {{- if include "pod-exporter.tls" (index . 0) }}
  scheme: HTTPS
  {{- end }}
{{- end }}
{{- end }}

{{- define "pod-exporter.mounts" -}}
- name: cgroup
  mountPath: /host/sys/fs/cgroup
  readOnly: true
{{- if .Values.volumes.enabled }}
- name: root
  mountPath: /host/root
  readOnly: true
  mountPropagation: HostToContainer
- name: kubelet
  mountPath: {{ .Values.volumes.kubeletDirectory }}
  readOnly: true
  mountPropagation: HostToContainer
{{- end }}
{{- if include "pod-exporter.webSecret" . }}
- name: web
  mountPath: /etc/pod-exporter
  readOnly: true
{{- end }}
{{- end }}

{{- define "pod-exporter.volumes" -}}
# The /sys/fs/cgroup of the container shows only the container itself.
- name: cgroup
  hostPath:
    path: /sys/fs/cgroup
    type: Directory
{{- if .Values.volumes.enabled }}
- name: root
  hostPath:
    path: /
    type: Directory
- name: kubelet
  hostPath:
    path: {{ .Values.volumes.kubeletDirectory }}
    type: Directory
{{- end }}
{{- with include "pod-exporter.webSecret" . }}
- name: web
  {{- if $.Values.web.certManager.enabled }}
  projected:
    defaultMode: 292 # 0444
    sources:
      - secret:
          name: {{ . }}
      - configMap:
          name: {{ include "pod-exporter.name" $ }}-web
  {{- else }}
  secret:
    secretName: {{ . }}
    defaultMode: 292 # 0444
  {{- end }}
{{- end }}
{{- end }}

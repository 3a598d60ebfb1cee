{{- define "citydesk.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- /* of: list of the context and the role */}}
{{- define "citydesk.selector" -}}
{{- $ := index . 0 -}}
app.kubernetes.io/name: citydesk
app.kubernetes.io/instance: {{ $.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "citydesk.labels" -}}
{{- $ := index . 0 -}}
{{ include "citydesk.selector" . }}
app.kubernetes.io/version: {{ $.Values.image.tag | default $.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $.Chart.Name $.Chart.Version }}
{{- end }}

{{- /* of: list of the context and one of image, botImage, trainerImage */}}
{{- define "citydesk.image" -}}
{{- $ := index . 0 -}}{{- $image := index . 1 -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- /* What a release of the product is called in names of jobs: each version migrates once. */}}
{{- define "citydesk.version" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{- if .Values.image.digest }}{{ $tag = trunc 19 .Values.image.digest }}{{ end -}}
{{- regexReplaceAll "[^a-z0-9]+" (lower $tag) "-" | trunc 20 | trimAll "-" -}}
{{- end }}

{{- define "citydesk.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "citydesk.security" -}}
runAsNonRoot: true
runAsUser: 10001
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
privileged: false
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "citydesk.databaseSecret" -}}
{{- if or .Values.postgres.cluster.enabled .Values.restore.enabled -}}
{{ include "citydesk.name" . }}-db-app
{{- else -}}
{{ required "Name the secret of the database (postgres.existingSecret), or have a cluster made (postgres.cluster.enabled)." .Values.postgres.existingSecret }}
{{- end -}}
{{- end }}

{{- define "citydesk.databaseKey" -}}
{{- if or .Values.postgres.cluster.enabled .Values.restore.enabled -}}uri{{- else -}}{{ .Values.postgres.key }}{{- end -}}
{{- end }}

{{- define "citydesk.publicUrl" -}}
{{- required "Set publicUrl: where residents reach it, as https://city.example" .Values.publicUrl -}}
{{- end }}

{{- /* The settings of a role of the product. Secrets are files. */}}
{{- define "citydesk.env" -}}
- {name: DESK_SECRETS_DIR, value: /run/secrets/citydesk}
- {name: DESK_PUBLIC_URL, value: {{ include "citydesk.publicUrl" . | quote }}}
- {name: DESK_BOT_URL, value: "http://{{ include "citydesk.name" . }}-bot:5005"}
- {name: DESK_ACTIONS_URL, value: "http://{{ include "citydesk.name" . }}-actions:5055"}
{{- if .Values.serve.trustedProxies }}
- {name: DESK_TRUSTED_PROXIES, value: {{ .Values.serve.trustedProxies | quote }}}
{{- end }}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- /* The folder of secrets: of all that the product holds, and the database's address. */}}
{{- define "citydesk.secretsVolume" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      - secret: {name: {{ required "Name the secret of the installation (secrets.existing)." .Values.secrets.existing }}}
      - secret:
          name: {{ include "citydesk.databaseSecret" . }}
          items: [{key: {{ include "citydesk.databaseKey" . }}, path: DESK_DATABASE_URL}]
{{- end }}

{{- /* Of roles that need the installation's secret and none of what is sealed. */}}
{{- define "citydesk.secretKeyVolume" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: {{ required "Name the secret of the installation (secrets.existing)." .Values.secrets.existing }}
          items: [{key: DESK_SECRET_KEY, path: DESK_SECRET_KEY}]
{{- end }}

{{- define "citydesk.secretsMount" -}}
- {name: secrets, mountPath: /run/secrets/citydesk, readOnly: true}
{{- end }}

{{- define "citydesk.tmpVolume" -}}
- name: tmp
  emptyDir: {medium: Memory, sizeLimit: 64Mi}
{{- end }}

{{- define "citydesk.probes" -}}
startupProbe:
  httpGet: {path: /health, port: measures}
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 100
livenessProbe: # what hangs for 15 s is started again
  httpGet: {path: /health, port: measures}
  periodSeconds: 5
  timeoutSeconds: 4
  failureThreshold: 3
{{- end }}

{{- /* Waits until the migration of this very release has ended: it looks at the database alone, and asks no API. */}}
{{- define "citydesk.wait" -}}
- name: wait-for-migration
  image: {{ include "citydesk.image" (list . .Values.image) }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: [migrate, --wait, {{ .Values.migration.waitSeconds | quote }}]
  env:
    {{- include "citydesk.env" . | nindent 4 }}
  resources: {{- toYaml .Values.migration.resources | nindent 4 }}
  securityContext: {{- include "citydesk.security" . | nindent 4 }}
  volumeMounts:
    {{- include "citydesk.secretsMount" . | nindent 4 }}
    - {name: tmp, mountPath: /tmp}
{{- end }}

{{- define "citydesk.spread" -}}
{{- $ := index . 0 -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "citydesk.selector" . | nindent 8 }}
{{- with $.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Whether what answers and sends may run: not in a restored copy that nobody has armed. */}}
{{- define "citydesk.speaks" -}}
{{- if or (not .Values.restore.enabled) .Values.restore.armed -}}yes{{- end -}}
{{- end }}

{{- /* Where a cluster is recovered from: of list, an ObjectStore and how the cluster is called there. */}}
{{- define "citydesk.backup" -}}
- name: backup
  plugin:
    name: barman-cloud.cloudnative-pg.io
    parameters: {barmanObjectName: {{ index . 0 }}, serverName: {{ index . 1 }}}
{{- end }}

{{- /* What a rehearsal has made of the newest backup: one instance, with the password of the original, that archives
nothing. It takes the original's parameters: recovery wants no fewer connections. */}}
{{- define "citydesk.copy" -}}
{{- $name := include "citydesk.name" . -}}
{{- $cluster := .Values.postgres.cluster -}}
{{- if not (and $cluster.enabled $cluster.objectStore) }}{{ fail "Say what a rehearsal looks at: rehearsal.copy, or a cluster with backups (postgres.cluster.enabled and objectStore)." }}{{ end -}}
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata:
  name: {{ $name }}-rehearsal
  namespace: {{ .Release.Namespace }}
  labels: {{- include "citydesk.labels" (list . "copy") | nindent 4 }}
spec:
  instances: 1
  imageName: {{ $cluster.image }}
  enableSuperuserAccess: false
  storage:
    size: {{ $cluster.storage.size }}
    {{- with $cluster.storage.storageClass }}
    storageClass: {{ . }}
    {{- end }}
  postgresql:
    parameters: {{- toYaml $cluster.parameters | nindent 6 }}
  resources: {{- toYaml $cluster.resources | nindent 4 }}
  bootstrap:
    recovery:
      source: backup
      database: desk
      owner: desk
      secret: {name: {{ include "citydesk.databaseSecret" . }}}
  externalClusters:
    {{- include "citydesk.backup" (list $cluster.objectStore (printf "%s-db" $name)) | nindent 4 }}
{{- end }}

{{- /* Where reports of rehearsals are kept: serve reads how old the newest is. */}}
{{- define "citydesk.backupsVolume" -}}
- name: backups
  persistentVolumeClaim: {claimName: {{ .Values.rehearsal.reports.existingClaim | default (printf "%s-backups" (include "citydesk.name" .)) }}}
{{- end }}

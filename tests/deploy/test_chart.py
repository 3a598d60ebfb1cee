"""The chart, rendered: restricted pods, the bot sealed, nothing secret, growth by who waits, a copy that is silent."""

import json
import subprocess

import pytest
import yaml
from deploy.files import (
    CASES,
    CHART,
    DEPLOY,
    PRODUCT_USER,
    ROLES,
    SECRETS,
    SETTINGS,
    Document,
    containers,
    kind,
    pods,
    rendered,
)

EXTERNAL, CLUSTER, RESTORE = "external.yaml", "cluster.yaml", "restore.yaml"
OURS = {"app.kubernetes.io/name": "citydesk", "app.kubernetes.io/instance": "citydesk"}


def labels(role: str) -> dict[str, str]:
    return {**OURS, "app.kubernetes.io/component": role}


def chosen(selector: Document, of: dict[str, str]) -> bool:
    """Whether a selector of labels chooses a pod with these."""
    exact = all(of.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return exact and all(of.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", []))


def policies(case: str, role: str, way: str) -> list[Document]:
    """The rules by which a role's pods are reached ("ingress") or reach ("egress"); all of them together hold."""
    found = [
        one["spec"] for one in kind(case, "NetworkPolicy").values() if chosen(one["spec"]["podSelector"], labels(role))
    ]
    assert any(way.capitalize() in one["policyTypes"] for one in found), "nothing bounds it"
    return [rule for one in found for rule in one.get(way, [])]


@pytest.mark.parametrize("case", CASES)
def test_every_role_is_there_with_a_budget(case: str) -> None:
    """A drained node takes one of each at most."""
    assert {f"citydesk-{role}" for role in ROLES} <= set(kind(case, "Deployment"))
    assert {f"citydesk-{role}" for role in ROLES} == set(kind(case, "PodDisruptionBudget"))


@pytest.mark.parametrize("case", CASES)
def test_pods_are_restricted(case: str) -> None:
    """As the Pod Security Standard `restricted` asks, and with a read-only root file system."""
    for name, pod in pods(case).items():
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsUser"] == PRODUCT_USER, name
        for one in containers(pod):
            context = one["securityContext"]
            assert context["capabilities"] == {"drop": ["ALL"]}, name
            assert (context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]) == (True, False), name
            assert (context["runAsNonRoot"], context["seccompProfile"]["type"]) == (True, "RuntimeDefault"), name
            assert {"memory"} <= set(one["resources"]["limits"]), name
            assert not one["image"].endswith(":latest"), name


def test_the_bot_asks_the_actions_and_nobody_else() -> None:
    """No name server, no internet, no database."""
    assert policies(EXTERNAL, "bot", "egress") == [
        {"to": [{"podSelector": {"matchLabels": labels("actions")}}], "ports": [{"port": 5055, "protocol": "TCP"}]}
    ]


def test_the_bot_is_asked_by_those_who_may() -> None:
    """By workers; serve and trainer ask whether it is well, and monitors at their port."""
    rules = policies(EXTERNAL, "bot", "ingress")
    asked = [
        one["podSelector"]["matchLabels"] for rule in rules if rule["ports"][0]["port"] == 5005 for one in rule["from"]
    ]
    assert asked == [labels("worker"), labels("serve"), labels("trainer")]
    assert {rule["ports"][0]["port"] for rule in rules} == {5005, 9100}


@pytest.mark.parametrize("role", ["serve", "worker", "actions", "migrate"])
def test_others_reach_what_they_name_alone(role: str) -> None:
    """Every rule has ports; the metadata service of a cloud is left out."""
    rules = policies(EXTERNAL, role, "egress")
    assert [rule for rule in rules if not rule.get("ports")] == []
    outside = [one["ipBlock"] for rule in rules for one in rule["to"] if "ipBlock" in one]
    assert [one for one in outside if "169.254.0.0/16" not in one["except"]] == []


@pytest.mark.parametrize("case", CASES)
def test_the_bot_holds_no_secret_of_the_installation(case: str) -> None:
    """Its keys are made before it starts, by a container that sees the one secret."""
    pod = pods(case)["citydesk-bot"]
    bot = pod["containers"][0]
    assert [mount["name"] for mount in bot["volumeMounts"] if mount["name"] not in ("tmp", "prepared", "models")] == []
    assert ([one["name"] for one in bot["env"]], "envFrom" in bot) == (["ACTIONS_URL"], False)
    secrets = next(volume for volume in pod["volumes"] if volume["name"] == "secrets")["projected"]["sources"]
    assert [item["key"] for source in secrets for item in source["secret"]["items"]] == ["DESK_SECRET_KEY"]
    assert (pod["dnsPolicy"], pod["dnsConfig"]) == ("None", {"nameservers": ["127.0.0.1"]})


@pytest.mark.parametrize("case", CASES)
def test_master_keys_are_kept_from_the_actions(case: str) -> None:
    """They see the secret by which roles know each other, and keys of agencies."""
    pod = pods(case)["citydesk-actions"]
    secrets = next(volume for volume in pod["volumes"] if volume["name"] == "secrets")["projected"]["sources"]
    assert [item["key"] for source in secrets for item in source["secret"]["items"]] == ["DESK_SECRET_KEY"]


@pytest.mark.parametrize("case", CASES)
def test_nothing_secret_is_rendered(case: str) -> None:
    """Secrets are named, and made elsewhere; as settings they are files."""
    assert kind(case, "Secret") == {}
    environment = {
        one["name"]: one for pod in pods(case).values() for each in containers(pod) for one in each.get("env", [])
    }
    assert set(environment) & SECRETS == set()
    assert {name for name in environment if name.startswith("DESK_")} <= SETTINGS
    assert [name for name, one in environment.items() if set(one.get("valueFrom", ())) - {"fieldRef"}] == []


def test_spans_are_of_who_serves_and_works() -> None:
    """Not of the bot, which reaches no collector; what lets us in there comes of a secret."""
    variables = {
        name: {one["name"]: one["value"] for one in pod["containers"][0]["env"] if one["name"].startswith("OTEL_")}
        for name, pod in pods(EXTERNAL).items()
    }
    traced = {name for name, given in variables.items() if given}
    assert traced == {"citydesk-serve", "citydesk-worker", "citydesk-actions"}
    assert variables["citydesk-worker"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector.monitoring:4318"
    let_in = {"secretRef": {"name": "citydesk-collector"}}
    assert {name for name, pod in pods(EXTERNAL).items() if let_in in pod["containers"][0].get("envFrom", [])} == traced
    monitoring = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    assert {"to": [monitoring], "ports": [{"port": 4318, "protocol": "TCP"}]} in policies(EXTERNAL, "worker", "egress")


def test_no_value_may_be_a_secret() -> None:
    """The schema refuses each secret setting by its name, and so does helm."""
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    assert set(schema["properties"]["settings"]["propertyNames"]["not"]["enum"]) == SECRETS
    helm = [
        str(DEPLOY / "checks/.venv/bin/helm"),
        "template",
        "citydesk",
        str(CHART),
        "--values",
        str(CHART / "ci" / EXTERNAL),
    ]
    done = subprocess.run([*helm, "--set", "settings.DESK_SECRET_KEY=x"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, "DESK_SECRET_KEY" in done.stderr) == (1, True)


def test_values_have_no_default_that_opens_anything() -> None:
    """Whoever installs names secrets and addresses."""
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    assert (values["publicUrl"], set(values["secrets"].values()), values["settings"]) == ("", {""}, {})
    assert (values["networkPolicies"]["enabled"], values["podDisruptionBudget"]["enabled"]) == (True, True)


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_a_hook(case: str) -> None:
    """Hooks deadlock where pods wait for them."""
    assert [one["metadata"]["name"] for one in rendered(case) if "helm.sh/hook" in str(one["metadata"])] == []


def test_a_version_migrates_once_and_others_wait() -> None:
    """The job is called by the version, the roles of the database wait for it, by its own image."""
    job = kind(EXTERNAL, "Job")["citydesk-migrate-0-1-0"]["spec"]["template"]["spec"]["containers"][0]
    waiting = {
        name: pod["initContainers"][0]
        for name, pod in pods(EXTERNAL).items()
        if "wait" in str(pod.get("initContainers"))
    }
    assert set(waiting) == {"citydesk-serve", "citydesk-worker", "citydesk-trainer"}
    assert {one["image"] for one in waiting.values()} == {job["image"]}
    assert job["args"] == ["migrate", "--pre"]
    assert {tuple(one["args"][:2]) for one in waiting.values()} == {("migrate", "--wait")}


def test_what_roles_of_before_would_notice_waits_until_it_is_asked_for() -> None:
    """It is a job of its own, and what pods wait for is the other."""
    jobs = {
        name: one["spec"]["template"]["spec"]["containers"][0]["args"] for name, one in kind(EXTERNAL, "Job").items()
    }
    assert jobs["citydesk-migrate-post-0-1-0"] == ["migrate"]
    assert [name for name in kind(CLUSTER, "Job") if "post" in name] == []


def test_workers_and_bots_grow_by_who_waits_longest() -> None:
    """By a measure that is exported under this name."""
    found = kind(EXTERNAL, "HorizontalPodAutoscaler")
    by = {
        name: [one["external"]["metric"]["name"] for one in each["spec"]["metrics"] if one["type"] == "External"]
        for name, each in found.items()
    }
    assert by == {
        "citydesk-serve": [],
        "citydesk-worker": ["desk_oldest_waiting_seconds"],
        "citydesk-bot": ["desk_oldest_waiting_seconds"],
    }
    assert [name for name in found if "replicas" in kind(EXTERNAL, "Deployment")[name]["spec"]] == []
    measures = (DEPLOY.parent / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    assert "`desk_oldest_waiting_seconds`" in measures


def test_a_restored_copy_is_silent_until_it_is_armed() -> None:
    """No role runs, nothing grows; the newest keys are taken first."""
    deployments = kind(RESTORE, "Deployment")
    assert {one["spec"]["replicas"] for one in deployments.values()} == {0}
    assert kind(RESTORE, "HorizontalPodAutoscaler") == {}
    (job,) = kind(RESTORE, "Job").values()
    assert job["spec"]["template"]["spec"]["containers"][0]["args"][:2] == ["keys", "load"]
    recovery = kind(RESTORE, "Cluster")["citydesk-db"]["spec"]["bootstrap"]["recovery"]
    assert (recovery["source"], recovery["recoveryTarget"]) == ("backup", {"targetTime": "2026-11-30 06:00:00+08"})


def test_a_cluster_of_its_own_loses_a_minute_at_most_and_is_backed_up() -> None:
    """An `archive_timeout` of 0 would lose without bound."""
    spec = kind(CLUSTER, "Cluster")["citydesk-db"]["spec"]
    assert (spec["instances"], spec["postgresql"]["parameters"]["archive_timeout"]) == (3, "60s")
    assert spec["plugins"][0]["isWALArchiver"] is True
    assert set(kind(CLUSTER, "ScheduledBackup")) == {"citydesk-db"}


def test_each_week_the_newest_backup_is_restored_beside_and_looked_at() -> None:
    """The copy has the original's password and parameters, archives nothing, and is called as who looks at it asks."""
    job = kind(CLUSTER, "CronJob")["citydesk-rehearsal"]["spec"]
    assert (job["concurrencyPolicy"], job["jobTemplate"]["spec"]["ttlSecondsAfterFinished"]) == ("Forbid", 3600)
    pod = pods(CLUSTER)["citydesk-rehearsal"]
    made = {one["name"]: one for one in pod["initContainers"][0]["env"]}
    copy = json.loads(made["CLUSTER"]["value"])
    original = kind(CLUSTER, "Cluster")["citydesk-db"]["spec"]
    recovery = copy["spec"]["bootstrap"]["recovery"]
    assert (recovery["source"], recovery["secret"]) == ("backup", {"name": "citydesk-db-app"})
    assert copy["spec"]["externalClusters"][0]["plugin"]["parameters"] == {
        "barmanObjectName": original["plugins"][0]["parameters"]["barmanObjectName"],
        "serverName": "citydesk-db",
    }
    assert copy["spec"]["postgresql"] == original["postgresql"]
    assert "plugins" not in copy["spec"]
    assert pod["containers"][0]["args"] == ["rehearsal", "look", f"{copy['metadata']['name']}-rw:5432"]


def test_who_makes_the_copy_may_do_no_more() -> None:
    """Only that container sees the token; what is there can be neither changed nor removed by it."""
    pod = pods(CLUSTER)["citydesk-rehearsal"]
    token = next(volume["name"] for volume in pod["volumes"] if "serviceAccountToken" in str(volume))
    assert [
        one["name"] for one in containers(pod) if token in [mount["name"] for mount in one.get("volumeMounts", [])]
    ] == ["copy"]
    rules = kind(CLUSTER, "Role")["citydesk-rehearsal"]["rules"]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"create", "get"}
    assert {name for rule in rules for name in rule["resources"]} == {"clusters"}
    reached = [one for rule in policies(CLUSTER, "rehearsal", "egress") for one in rule["to"]]
    assert {"podSelector": {"matchLabels": {"cnpg.io/cluster": "citydesk-rehearsal"}}} in reached
    assert [one for one in reached if one.get("podSelector", {}).get("matchLabels", {}).keys() & OURS.keys()] == []


def test_a_copy_of_somebody_else_is_looked_at_where_it_is() -> None:
    """Nothing is asked of Kubernetes, and nobody has an account there."""
    pod = pods(EXTERNAL)["citydesk-rehearsal"]
    assert pod["containers"][0]["args"] == ["rehearsal", "look", "copy.db.example:5432"]
    assert ("initContainers" in pod, kind(EXTERNAL, "ServiceAccount", "Role", "RoleBinding")) == (False, {})


def test_serve_sees_the_reports_of_rehearsals() -> None:
    """So that DeskRehearsalOld knows how old the newest is; it writes none. A copy rehearses nothing."""
    for case, claim in ((CLUSTER, "citydesk-backups"), (EXTERNAL, "citydesk-reports")):
        rehearsing, serving = (pods(case)[name] for name in ("citydesk-rehearsal", "citydesk-serve"))
        named = {"name": "backups", "persistentVolumeClaim": {"claimName": claim}}
        assert (named in rehearsing["volumes"], named in serving["volumes"]) == (True, True)
        [mount] = [one for one in serving["containers"][0]["volumeMounts"] if one["name"] == "backups"]
        assert {"name": "DESK_BACKUP_DIR", "value": mount["mountPath"]} in serving["containers"][0]["env"]
        assert mount["readOnly"]
    assert kind(RESTORE, "CronJob") == {}


@pytest.mark.parametrize("case", CASES)
def test_no_third_chart_is_taken(case: str) -> None:
    """Databases are references; images are ours."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    images = {
        one["image"].rpartition("/")[2].partition(":")[0].partition("@")[0]
        for pod in pods(case).values()
        for one in containers(pod)
    }
    assert "dependencies" not in chart
    assert images <= {"citydesk", "citydesk-bot", "citydesk-trainer"}

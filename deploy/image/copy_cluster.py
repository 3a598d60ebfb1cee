"""Has CloudNativePG make a cluster of the newest backup, and waits until it answers: for `desk rehearsal look`.

What is made stands in `CLUSTER`, as JSON. It belongs to the job that this runs for (`ownerReferences`), so that
Kubernetes removes it together with the job, whatever becomes of that. A pod that was started again finds the cluster
of its job.
API: https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/
"""

import http.client
import json
import os
import ssl
import sys
import time
from pathlib import Path
from typing import Any

ACCOUNT = Path("/run/secrets/kubernetes")
"""The projected token of the service account, and the authority of the API."""
LOOK_SECONDS = 5.0
TIMEOUT_SECONDS = 10.0

type Cluster = dict[str, Any]


class RefusedError(Exception):
    """The API does not do what it is asked for."""


def ask(method: str, path: str, body: Cluster | None = None) -> tuple[int, Cluster]:
    """Ask the API once; its status and what it says. The token is read each time: it is renewed."""
    token = (ACCOUNT / "token").read_text(encoding="ascii")
    context = ssl.create_default_context(cafile=ACCOUNT / "ca.crt")
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # certificates of many clusters lack the authority's key identifier
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ["KUBERNETES_SERVICE_PORT"])
    connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=context)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        said: Cluster = json.loads(answer.read())
        return answer.status, said
    finally:
        connection.close()


def owned(cluster: Cluster, name: str, uid: str) -> Cluster:
    """The cluster, as one that belongs to a job."""
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": uid}
    return {**cluster, "metadata": {**cluster["metadata"], "ownerReferences": [owner]}}


def make(cluster: Cluster, clusters: str, uid: str) -> None:
    """Have it made.

    Raises:
        RefusedError: it is not, or one of another job stands there.
    """
    status, said = ask("POST", clusters, cluster)
    if status == http.client.CONFLICT:
        status, said = ask("GET", f"{clusters}/{cluster['metadata']['name']}")
        if uid not in [one["uid"] for one in said.get("metadata", {}).get("ownerReferences", [])]:
            raise RefusedError(f"A cluster {cluster['metadata']['name']} of another job is there: remove it.")
    elif status != http.client.CREATED:
        raise RefusedError(f"The cluster is not made ({status}): {said.get('message')}")


def wait(cluster: Cluster, clusters: str) -> None:
    """Wait until all of its instances answer; the job's own deadline ends what takes too long."""
    while True:
        try:
            status, said = ask("GET", f"{clusters}/{cluster['metadata']['name']}")
        except OSError as exc:
            print(f"The API does not answer ({type(exc).__name__}); asked again.", flush=True)
        else:
            if status != http.client.OK:
                raise RefusedError(f"The cluster cannot be seen ({status}): {said.get('message')}")
            if said.get("status", {}).get("readyInstances") == cluster["spec"]["instances"]:
                return
        time.sleep(LOOK_SECONDS)


def main() -> str | None:
    """Make it and wait; what is wrong, or None."""
    uid = os.environ["JOB_UID"]
    cluster = owned(json.loads(os.environ["CLUSTER"]), os.environ["JOB_NAME"], uid)
    clusters = f"/apis/{cluster['apiVersion']}/namespaces/{cluster['metadata']['namespace']}/clusters"
    try:
        make(cluster, clusters, uid)
        wait(cluster, clusters)
    except (OSError, RefusedError) as exc:
        return str(exc) or type(exc).__name__
    return None


if __name__ == "__main__":
    sys.exit(main())

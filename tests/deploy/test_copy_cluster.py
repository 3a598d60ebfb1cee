"""Who has a copy of the database made: by the API of Kubernetes, for its own job, and waits until it answers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from deploy.copying import copy_cluster
from fixtures.certificates import signed_by_itself

CLUSTER = {
    "apiVersion": "postgresql.cnpg.io/v1",
    "kind": "Cluster",
    "metadata": {"name": "citydesk-rehearsal", "namespace": "city"},
    "spec": {"instances": 1},
}
CLUSTERS = "/apis/postgresql.cnpg.io/v1/namespaces/city/clusters"


@dataclass
class Api:
    """An API of Kubernetes with clusters, each ready after it was looked at some times."""

    clusters: dict[str, dict[str, Any]] = field(default_factory=dict)
    looks_until_ready: int = 2
    may: bool = True

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if not self.may:
            return 403, {"message": "clusters.postgresql.cnpg.io is forbidden"}
        if method == "POST":
            name = f"{path}/{body['metadata']['name']}"
            if name in self.clusters:
                return 409, {"message": "already exists"}
            self.clusters[name] = body
            return 201, body
        self.looks_until_ready -= 1
        ready = {"status": {"readyInstances": 1 if self.looks_until_ready <= 0 else 0}}
        return (200, self.clusters[path] | ready) if path in self.clusters else (404, {"message": "not found"})


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The API, and the environment of a pod of the job `weekly`."""
    kept = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._answer("POST")

        def do_GET(self) -> None:
            self._answer("GET")

        def _answer(self, method: str) -> None:
            read = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            known = self.headers["Authorization"] == "Bearer a token"
            status, said = kept.answer(method, self.path, json.loads(read or b"{}")) if known else (401, {})
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *_: object) -> None:
            pass

    context = signed_by_itself(tmp_path, until=datetime.now(UTC) + timedelta(days=1))
    (tmp_path / "server.pem").rename(tmp_path / "ca.crt")
    (tmp_path / "token").write_text("a token")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setattr(copy_cluster(), "ACCOUNT", tmp_path)
    monkeypatch.setattr(copy_cluster(), "LOOK_SECONDS", 0.0)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(server.server_address[1]))
    monkeypatch.setenv("CLUSTER", json.dumps(CLUSTER))
    monkeypatch.setenv("JOB_NAME", "weekly")
    monkeypatch.setenv("JOB_UID", "4711")
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_copy_is_the_jobs_and_waited_for(api: Api) -> None:
    """Kubernetes removes it together with its owner."""
    assert copy_cluster().main() is None
    [made] = api.clusters.values()
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "weekly", "uid": "4711"}
    assert (made["metadata"]["ownerReferences"], api.looks_until_ready) == ([owner], 0)


def test_a_pod_that_was_started_again_finds_the_copy_of_its_job(api: Api) -> None:
    """It is not made a second time."""
    assert copy_cluster().main() is None
    assert copy_cluster().main() is None
    assert len(api.clusters) == 1


@pytest.mark.usefixtures("api")
def test_the_copy_of_another_job_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may hold what was backed up weeks ago; and who does not know whose it is removes nothing."""
    assert copy_cluster().main() is None
    monkeypatch.setenv("JOB_UID", "4712")
    assert "another job" in copy_cluster().main()


def test_what_is_forbidden_is_said(api: Api) -> None:
    """With the word of the API."""
    api.may = False
    assert copy_cluster().main() == "The cluster is not made (403): clusters.postgresql.cnpg.io is forbidden"

"""A loopback server that speaks as much of the Hugging Face hub's protocol as reading needs."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" * 6 + "c0ff"


@dataclass
class Repository:
    """A data set: path -> content, at one revision that stands for `COMMIT`."""

    files: dict[str, bytes]
    revision: str = "main"
    gated: bool = False
    commit: str = COMMIT
    failing: bool = False


@dataclass
class Hub:
    """The running server: its address, what it serves, what it was asked."""

    url: str
    repositories: dict[str, Repository] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub on a free loopback port, closed at the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.hub = Hub(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.hub  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]
        hub: Hub = self.server.hub  # type: ignore[attr-defined]
        hub.requests.append(f"{self.command} {self.path}")
        parts = parts[1:] if parts[0] == "api" else parts
        name = "/".join(parts[1:3])
        if name not in hub.repositories or len(parts) < 5:
            return self._fail(404, "RepoNotFound")
        repository, (kind, revision, *rest) = hub.repositories[name], parts[3:]
        if repository.failing:
            return self._fail(503, "")
        if repository.gated and kind == "resolve":
            return self._fail(403, "GatedRepo")
        if revision not in (repository.revision, COMMIT):
            return self._fail(404, "RevisionNotFound")
        files, path = repository.files, "/".join(rest)
        if kind == "revision":
            siblings = [{"rfilename": file} for file in files]
            return self._json(
                {"id": name, "sha": repository.commit, "siblings": siblings, "tags": []}
            )
        if kind == "tree":
            return self._json(_tree(files, path))
        if path not in files:
            return self._fail(404, "EntryNotFound")
        return self._answer(200, files[path], {"ETag": f'"{_oid(files[path])}"'})

    do_HEAD = do_POST = do_GET  # noqa: N815

    def _json(self, content: Any) -> None:
        self._answer(200, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _fail(self, status: int, code: str) -> None:
        self._answer(status, b"", {"X-Error-Code": code})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in {**headers, "X-Repo-Commit": COMMIT}.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the test asks for `Hub.requests` where it wants to know."""


def _tree(files: dict[str, bytes], folder: str) -> list[dict[str, Any]]:
    prefix = f"{folder}/" if folder else ""
    below = [file for file in files if file.startswith(prefix)]
    folders = {file[: file.index("/", len(prefix))] for file in below if "/" in file[len(prefix) :]}
    listed = [{"type": "directory", "path": path, "oid": "0" * 40, "size": 0} for path in folders]
    return listed + [
        {"type": "file", "path": file, "oid": _oid(files[file]), "size": len(files[file])}
        for file in below
        if not fnmatch(file, f"{prefix}*/*")
    ]


def _oid(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()

"""A loopback server that speaks as much of the hub's protocol as a model's download needs."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "c0ffee" * 6 + "c0ff"


@contextmanager
def serving(name: str, folder: Path) -> Iterator[str]:
    """The address of a hub that has the files of `folder` as model `name`, revision `v1`."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            known = self.path.startswith((f"/api/models/{name}/", f"/{name}/"))
            if not known:
                return self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})
            if not any(f"/{revision}" in self.path for revision in ("v1", COMMIT)):
                return self.answer(404, b"", {"X-Error-Code": "RevisionNotFound"})
            if "/resolve/" in self.path:
                body = files[self.path.rpartition("/")[2]]
                return self.answer(200, body, {"ETag": f'"{hashlib.sha256(body).hexdigest()}"'})
            siblings = [{"rfilename": file, "size": len(files[file])} for file in files]
            if "/tree/" in self.path:
                entries = [
                    {"type": "file", "path": file, "oid": file, "size": len(files[file])}
                    for file in files
                ]
                return self.answer(200, json.dumps(entries).encode(), {})
            about = {"id": name, "sha": COMMIT, "siblings": siblings, "tags": []}
            return self.answer(200, json.dumps(about).encode(), {})

        do_HEAD = do_GET  # noqa: N815

        def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            sizes = {"Content-Length": str(len(body)), "Content-Type": "application/json"}
            for key, value in {"X-Repo-Commit": COMMIT, **sizes, **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

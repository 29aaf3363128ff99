"""A real server, and a proxy before it that does harm."""

import contextlib
import os
import socket
import socketserver
import subprocess
import sys
import threading
import time

import pytest

pytest.importorskip("fastapi", reason="the server's extra is not installed")

PATIENCE_S = 20.0
LEASE_S = 1.0


def wait_until(condition, what):
    """Return the first true answer of *condition*."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what} did not happen within {PATIENCE_S} s")


@pytest.fixture(scope="session")
def until():
    return wait_until


@contextlib.contextmanager
def serving(folder):
    """Run a real server whose leases are short, its database in *folder*; yield its address."""
    ready = folder / "ready"
    command = ["serve", "--port", "0", "--database", str(folder / "lut.db")]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "profiler.command", *command, "--ready-file", str(ready)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"HNA_SERVER_LEASE_SECONDS": str(LEASE_S)},
        )
    try:
        wait_until(lambda: ready.exists() or process.poll() is not None, "the server starting")
        assert process.poll() is None, (folder / "server.log").read_text()
        yield wait_until(ready.read_text, "the server listening").strip()
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


@pytest.fixture(scope="session")
def start_server():
    return serving


@pytest.fixture(scope="session")
def server_url(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("server")) as url:
        yield url


def let_pass(number, method, path):
    return "pass"


class Proxy:
    """
    Stands between agents and the server, and lets *rule* decide what becomes of each request.

    A rule gets the number of the request, its method and path, and answers ``pass``; ``refuse``
    (hang up before the server hears of it); ``swallow`` (the server answers, nobody hears it);
    ``bite`` (half of the answer arrives); or a number of seconds to delay by.
    """

    def __init__(self, url):
        self._upstream = (url.split("://")[1].split(":")[0], int(url.rpartition(":")[2]))
        self.rule = let_pass
        self.on_swallowed = lambda: None
        self.seen = []
        self._lock = threading.Lock()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reported(self):
        """How many reports passed the door, whatever became of them."""
        return sum(path == "/v1/reports" for _, path in self.seen)

    def _handler(proxy):  # noqa: N805 - the handler has a self of its own
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):
                    while proxy._relay(self.rfile, self.wfile):
                        pass

        return Handler

    def _relay(self, rfile, wfile):
        head, body = _message(rfile)
        if not head:
            return False
        method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
        with self._lock:
            self.seen.append((method, path))
            action = self.rule(len(self.seen), method, path)
        if action == "refuse":
            return False
        if isinstance(action, float):
            time.sleep(action)
        with socket.create_connection(self._upstream) as upstream:
            upstream.sendall(head + body)
            with upstream.makefile("rb") as answer_file:
                answer = b"".join(_message(answer_file))
        if action == "swallow":
            self.on_swallowed()
            return False
        if action == "bite":
            wfile.write(answer[: len(answer) // 2])
            return False
        wfile.write(answer)
        return True


def _message(file):
    """Read a request or an answer; nothing where the other side hung up."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = file.readline()
        if not line:
            return b"", b""
        head += line
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    return head, file.read(int(fields.get(b"content-length", 0)))


@pytest.fixture
def proxy(server_url):
    proxy = Proxy(server_url)
    yield proxy
    proxy.close()

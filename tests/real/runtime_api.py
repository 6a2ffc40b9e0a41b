"""A stand-in of the AWS Lambda Runtime API: launches a function and hands it events one at a time, as Lambda does.

    with RuntimeApi([binary], env) as runtime:
        for event, answer in runtime.run(events):     # answer: the response JSON, or an Error
            ...

Speaks HTTP/1.1 with keep-alive, takes chunked bodies, and answers the Extensions API as far as a program needs that
registers itself only to be told of a shutdown.
"""
import json
import os
import queue
import re
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

API = "/2018-06-01/runtime"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:doorbell"


@dataclass(frozen=True)
class Error:
    """An invocation that the function reported as failed, or never answered."""
    type: str
    message: str


class RuntimeApi:
    """One execution environment. `seconds` is the function's timeout: the deadline told, and the patience had."""

    def __init__(self, command, env, cwd=None, seconds=10):
        self.seconds = seconds
        self._events, self._answers = queue.Queue(), queue.Queue()
        self._current, self._count = None, 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self._log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [str(c) for c in command], cwd=cwd, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT,
            env={
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_address[1]}",
                "AWS_LAMBDA_FUNCTION_NAME": "doorbell",
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
                "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/doorbell",
                "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/22/[$LATEST]00000000000000000000000000000000",
                "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
                "AWS_REGION": "us-east-1",
                "_HANDLER": "bootstrap",
            } | env)

    def run(self, events):
        """Yields (event, answer) for each event; the next is handed out only after the answer to the one before."""
        for event in events:
            self._count += 1
            id = f"8476a536-e9f4-11e8-9739-{self._count:012x}"
            self._current = id
            self._events.put((id, json.dumps(event, ensure_ascii=False).encode()))
            yield event, self._answer()

    def _answer(self):
        end = time.monotonic() + self.seconds + 1
        while time.monotonic() < end:
            try:
                answer = self._answers.get(timeout=0.2)
            except queue.Empty:
                if self.process.poll() is not None:
                    raise RuntimeError(f"the function ended with code {self.process.returncode}:\n{self.log()}") from None
                continue
            if isinstance(answer, Error) and answer.type == "init":
                raise RuntimeError(f"the function could not start: {answer.message}\n{self.log()}")
            return answer
        self._current = None  # Too late now: Lambda refuses the answer to an invocation that timed out.
        return Error("Sandbox.Timedout", f"no answer in {self.seconds} s")

    def log(self, size=2000):
        """The end of what the function printed."""
        length = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, max(0, length - size)).decode(errors="replace")

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._server.shutdown()
        self._server.server_close()
        self._log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # A thread that waits for the next event waits for ever.

    def handle_error(self, *_):
        """The function's end resets its connections; a broken exchange shows as an invocation without an answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # Head and body leave in one write.
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path == f"{API}/invocation/next":
            id, event = self.server.api._events.get()
            self._send(200, event, {
                "Lambda-Runtime-Aws-Request-Id": id,
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self.server.api.seconds) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": ARN,
                "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
            })
        elif self.path.startswith("/2020-01-01/extension/event/next"):
            threading.Event().wait()  # Until SHUTDOWN, which comes as SIGTERM here.
        else:
            self._send(404, b"{}")

    def do_POST(self):
        body, api = self._body(), self.server.api
        invocation = re.fullmatch(re.escape(API) + r"/invocation/([^/]+)/(response|error)", self.path)
        if invocation and invocation[1] != api._current:
            self._send(400, b'{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}')
        elif invocation:
            api._current = None
            # Answered first: the function is back at `next` by the time the caller looks at the answer.
            self._send(202, b'{"status":"OK"}')
            api._answers.put(_parse(body) if invocation[2] == "response" else self._error(body))
        elif self.path == f"{API}/init/error":
            self._send(202, b'{"status":"OK"}')
            api._answers.put(Error("init", body.decode(errors="replace")))
        elif self.path == "/2020-01-01/extension/register":
            self._send(200, b'{"functionName":"doorbell","functionVersion":"$LATEST","handler":"bootstrap"}',
                       {"Lambda-Extension-Identifier": "d1a8b4c2-0000-4000-8000-000000000001"})
        else:
            self._send(404, b"{}")

    def _error(self, body):
        return Error(self.headers.get("Lambda-Runtime-Function-Error-Type", "Unhandled"), body.decode(errors="replace"))

    def _body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # Trailers.
        return b"".join(parts)

    def _send(self, status, body, headers=None):
        self.send_response_only(status)
        for k, v in {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(k, v)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_):
        pass


def _parse(body):
    try:
        return json.loads(body)
    except ValueError as e:
        return Error("Runtime.InvalidResponse", f"not JSON: {e}: {body[:200]!r}")

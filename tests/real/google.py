"""A stand-in for what Google has no emulator of: the metadata server, Secret Manager, the key set of its tokens.

It speaks the wire protocol to the real clients (REST, cloud.google.com/secret-manager/docs/reference/rest and
cloud.google.com/compute/docs/metadata), and does wrong on demand.
"""
import base64
import json
import socket
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

TOKEN = "stand-in-access-token"
CODES = {400: "FAILED_PRECONDITION", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED",
         500: "INTERNAL", 503: "UNAVAILABLE"}


def crc32c(data):
    """RFC 3720, appendix B.4; bit by bit, for these are short."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Mint:
    """Signs identity tokens as Google does: RS256, the key by its id in a key set. openssl makes the signatures."""

    def __init__(self, kid="stand-in-1"):
        self.folder = tempfile.TemporaryDirectory(prefix="doorbell-mint-")
        self.kid, self.key = kid, Path(self.folder.name) / "key.pem"
        subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"], check=True, capture_output=True)
        text = subprocess.run(["openssl", "rsa", "-in", self.key, "-noout", "-modulus"], check=True, capture_output=True)
        self.modulus = bytes.fromhex(text.stdout.decode().strip().split("=", 1)[1])

    def key_set(self):
        return {"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.kid, "n": url64(self.modulus), "e": "AQAB"}]}

    def token(self, audience, email, **claims):
        now = int(time.time())
        claims = {"iss": "https://accounts.google.com", "aud": audience, "email": email, "email_verified": True,
                  "sub": "1", "iat": now, "exp": now + 3600} | claims
        head = {"alg": "RS256", "kid": self.kid, "typ": "JWT"}
        signed = ".".join(url64(json.dumps(part).encode()) for part in (head, claims))
        made = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=signed.encode(), check=True, capture_output=True)
        return f"{signed}.{url64(made.stdout)}"


class Google:
    """The stand-in, on a free port. `delay` seconds before each answer; `fault` is asked for each call about a secret, by
    the version's name, or the secret's with the verb behind it: None, a status, "crc" (a damaged payload), "hang" (no answer
    while the stand-in lives), "down" (the connection ends), "lost" (what was asked is done, and the connection ends)."""

    def __init__(self, delay=0.0):
        self.secrets, self.delay, self.fault = {}, delay, lambda name: None
        self.asked, self.audiences, self.permissions = [], [], set()
        self.one_at_a_time = threading.Lock()
        self.mint, self.closing = Mint(), threading.Event()
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                stand_in.answer(self)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self.server = Server(("127.0.0.1", 0), Handler)
        self.place = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def environment(self):
        """What points a program here."""
        return {"DOORBELL_SECRET_MANAGER_ENDPOINT": f"http://{self.place}", "GCE_METADATA_HOST": self.place,
                "DOORBELL_GOOGLE_CERTS_ENDPOINT": f"http://{self.place}/oauth2/v3/certs"}

    def add(self, secret, value, project="demo"):
        """A new version; its number."""
        versions = self.secrets.setdefault(f"projects/{project}/secrets/{secret}", [])
        versions.append({"data": value, "enabled": True})
        return len(versions)

    def create(self, secret, project="demo"):
        """A secret without a version."""
        self.secrets[f"projects/{project}/secrets/{secret}"] = []

    def disable(self, secret, version, project="demo"):
        self.secrets[f"projects/{project}/secrets/{secret}"][version - 1]["enabled"] = False

    def answer(self, request):
        time.sleep(self.delay)
        url = urlsplit(request.path)
        if url.path.startswith("/computeMetadata/"):
            return self.metadata(request, url)
        if url.path == "/oauth2/v3/certs":
            return self.send(request, 200, self.mint.key_set(), cache="public, max-age=3600")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.refuse(request, 403, "no token of ours")
        body = json.loads(request.rfile.read(int(request.headers.get("Content-Length", 0))) or b"{}")
        name = url.path.removeprefix("/v1/")
        for ends, permission, answer in self.methods:
            if name.endswith(ends):
                break
        else:
            return self.refuse(request, 404, "no such method")
        self.permissions.add(f"secretmanager.versions.{permission}")
        asked = name.removesuffix(":access")
        if ends == ":access":
            self.asked.append(asked)
        fault = self.fault(asked)
        if fault == "hang":
            return self.closing.wait(60)
        if isinstance(fault, int):
            return self.refuse(request, fault, "as scripted")
        if fault != "down":
            with self.one_at_a_time:
                status, said = answer(self, name.removesuffix(ends), body)
        if fault in ("down", "lost"):
            request.close_connection = True
            return request.connection.shutdown(socket.SHUT_RDWR)
        if status != 200:
            return self.refuse(request, status, said)
        if fault == "crc":
            said["payload"]["dataCrc32c"] = str(int(said["payload"]["dataCrc32c"]) ^ 1)
        self.send(request, 200, said)

    def access(self, name, _body):
        secret, version = name.rsplit("/versions/", 1)
        versions = self.secrets.get(secret, [])
        number = len(versions) if version == "latest" else int(version)
        if not 1 <= number <= len(versions):
            return 404, f"Secret [{secret}] not found or has no versions."
        held = versions[number - 1]
        if not held["enabled"]:
            return 400, f"Secret Version [{name}] is in DISABLED state."
        data = held["data"].encode()
        payload = {"data": base64.b64encode(data).decode(), "dataCrc32c": str(crc32c(data))}
        return 200, {"name": f"{secret}/versions/{number}", "payload": payload}

    def add_version(self, secret, body):
        """Numbers start at 1, and each is given once."""
        if secret not in self.secrets:
            return 404, f"Secret [{secret}] not found."
        data = base64.b64decode(body["payload"]["data"])
        if int(body["payload"]["dataCrc32c"]) != crc32c(data):
            return 400, "the checksum is another"
        self.secrets[secret].append({"data": data.decode(), "enabled": True})
        return 200, {"name": f"{secret}/versions/{len(self.secrets[secret])}", "state": "ENABLED"}

    def disable_version(self, name, _body):
        secret, version = name.rsplit("/versions/", 1)
        self.secrets[secret][int(version) - 1]["enabled"] = False
        return 200, {"name": name, "state": "DISABLED"}

    def list_versions(self, secret, _body):
        if secret not in self.secrets:
            return 404, f"Secret [{secret}] not found."
        names = [{"name": f"{secret}/versions/{number + 1}"} for number in range(len(self.secrets[secret]))]
        return 200, {"versions": names, "totalSize": len(names)}

    methods = ((":access", "access", access), (":addVersion", "add", add_version), (":disable", "disable", disable_version),
               ("/versions", "list", list_versions))

    def metadata(self, request, url):
        if request.headers.get("Metadata-Flavor") != "Google":
            return self.refuse(request, 403, "Metadata-Flavor is missing")
        if url.path.endswith("/token"):
            return self.send(request, 200, {"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"})
        if url.path.endswith("/identity"):
            audience = parse_qs(url.query)["audience"][0]
            self.audiences.append(audience)
            token = self.mint.token(audience, "worker@demo.iam.gserviceaccount.com")
            return self.send(request, 200, token.encode(), kind="application/text")
        self.refuse(request, 404, "not in this stand-in")

    def refuse(self, request, status, message):
        self.send(request, status, {"error": {"code": status, "message": message, "status": CODES[status]}})

    def send(self, request, status, body, kind="application/json", cache=None):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            request.send_response(status)
            request.send_header("Content-Type", kind)
            request.send_header("Content-Length", str(len(body)))
            request.send_header("Metadata-Flavor", "Google")
            if cache:
                request.send_header("Cache-Control", cache)
            request.end_headers()
            request.wfile.write(body)
        except OSError:
            pass  # Whoever asked is gone; that is theirs to report.

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

"""A real git server on loopback: `git http-backend` behind TLS and a token, with a certificate of its own authority."""

import base64
import datetime as dt
import ipaddress
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TOKEN = "right-token-of-this-test"
LEFT_OUT = {"status", "connection"}


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for loopback and its key; it is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, secret


class GitServer:
    """Serves the bare repositories below a folder by HTTPS. `seen`: the authorizations that came."""

    def __init__(self, root: Path, cert: Path, key: Path) -> None:
        self.seen: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(root, self.seen))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, repository: str) -> str:
        return f"https://localhost:{self.port}/{repository}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(root: Path, seen: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve(b"")

        def do_POST(self) -> None:
            self._serve(_body(self))

        def log_message(self, *_words: object) -> None:
            pass

        def _serve(self, body: bytes) -> None:
            told = self.headers.get("Authorization", "")
            seen.append(told)
            if base64.b64decode(told.removeprefix("Basic ")).decode().partition(":")[2] != TOKEN:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            head, _, rest = _backend(root, self, body).partition(b"\r\n\r\n")
            fields = [line.partition(": ")[::2] for line in head.decode().splitlines()]
            status = next((value for name, value in fields if name.lower() == "status"), "200 OK")
            self.send_response(int(status.split()[0]))
            for name, value in fields:
                if name.lower() not in LEFT_OUT:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            self.wfile.write(rest)

    return Handler


def _backend(root: Path, of: BaseHTTPRequestHandler, body: bytes) -> bytes:
    """What git's own program answers, by the rules of CGI."""
    path, _, query = of.path.partition("?")
    env = {
        "PATH": "/usr/bin:/bin",
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_METHOD": of.command,
        "CONTENT_TYPE": of.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": of.headers.get("Content-Encoding", ""),
        "REMOTE_USER": "keeper",
        "REMOTE_ADDR": "127.0.0.1",
    }
    return subprocess.run(["git", "http-backend"], input=body, capture_output=True, check=False, env=env).stdout


def _body(of: BaseHTTPRequestHandler) -> bytes:
    """What was sent, also where it came in chunks."""
    if of.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return of.rfile.read(int(of.headers.get("Content-Length", "0")))
    parts = []
    while size := int(of.rfile.readline().split(b";")[0], 16):
        parts.append(of.rfile.read(size))
        of.rfile.readline()
    of.rfile.readline()
    return b"".join(parts)

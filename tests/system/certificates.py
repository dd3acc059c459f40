"""Certificates for tests, made by `confab cert`, and contexts of clients that know them."""

import pathlib
import re
import ssl
import subprocess

from confab_server import binary, environment


class Certificate:
    def __init__(self, directory, name, *names):
        self.file = pathlib.Path(directory) / f"{name}.pem"
        self.key = pathlib.Path(directory) / f"{name}-key.pem"
        text = self.make(*names)
        self.fingerprint = re.search(r"^Fingerprint \(SHA-256\): ([0-9a-f]{64})$", text, re.M)[1]

    def make(self, *names, arguments=()):
        files = ["--certificate", str(self.file), "--key", str(self.key)]
        return subprocess.run(
            [binary(), "cert", *files, *arguments, *(names or ("localhost",))],
            cwd=self.file.parent,
            env=environment(),
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def entry(self):
        """In the configuration."""
        return {"file": str(self.file), "key": str(self.key)}


def client_context(trusted=None, own=None, alpn=("irc",), version=None):
    """trusted, own: a Certificate. Without trusted, any server will do."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trusted is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(trusted.file)
    if own is not None:
        context.load_cert_chain(own.file, own.key)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if version is not None:
        context.minimum_version = version
        context.maximum_version = version
    return context

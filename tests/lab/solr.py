"""A stub where Solr would be: an archive with Solr's layout whose program answers pings, and is no Solr.

Solr itself is not to be had where the lab runs. What is real: the download from a mirror, the digest, unpacking, the
unit with its limits, the user, the volume, the core's configuration in its place. Nothing is indexed or searched.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

VERSION = "9.10.0"

PROGRAM = '''#!/usr/bin/env python3
"""A stub of the lab: answers as Solr's ping does, says of itself that it is a stub, and searches nothing."""
import http.server
import json
import os
import re
import sys
from pathlib import Path

TEXT = Path(os.environ["SOLR_INCLUDE"]).read_text()
HOME = Path(re.search(r"^SOLR_HOME=(.+)$", TEXT, re.M)[1].strip('"'))
PORT = int(re.search(r"^SOLR_PORT=(\\d+)$", TEXT, re.M)[1])


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        core = self.path.split("?")[0].split("/")[2:3]
        known = bool(core) and (HOME / core[0] / "core.properties").is_file()
        well = known and self.path.split("?")[0].endswith("/admin/ping")
        body = json.dumps({"status": "OK" if well else "unknown", "stub": "a stub of the lab, no Solr"}).encode()
        self.send_response(200 if well else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


if sys.argv[1:2] != ["start"]:
    sys.exit("the stub of the lab knows `start` only")
print("solr: a stub of the lab, no Solr", flush=True)
http.server.ThreadingHTTPServer(("0.0.0.0", PORT), Handler).serve_forever()
'''


def archive() -> bytes:
    """The archive, byte-identical every time."""
    files = {
        "bin/solr": (PROGRAM, 0o755),
        "server/solr/solr.xml": ("<solr/>\n", 0o644),
        "README.txt": ("A stub of drucloud's lab. It is no Solr.\n", 0o644),
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, (text, mode) in files.items():
            entry = tarfile.TarInfo(f"solr-{VERSION}/{name}")
            entry.size, entry.mode = len(text.encode()), mode
            tar.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(buffer.getvalue(), mtime=0)


def publish(mirror: Path) -> str:
    """Puts the archive where the mirror serves it, and returns its SHA-512."""
    data = archive()
    place = mirror / VERSION / f"solr-{VERSION}.tgz"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return hashlib.sha512(data).hexdigest()

"""Runs in the file system of a web node: starts nginx and PHP-FPM, and does what lines of JSON tell it.

Ends with its input, and all that it started with it.
"""

import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time

FPM = ["php-fpm8.4", "--nodaemonize"]
NGINX = ["nginx", "-g", "daemon off;"]


def answers(port, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing answers on port {port}")


def until_there(path, there=True, seconds=20):
    until = time.monotonic() + seconds
    while os.path.exists(path) != there:
        if time.monotonic() > until:
            raise SystemExit(f"{path}: not within {seconds} s")
        time.sleep(0.05)


def start_php():
    php = subprocess.Popen(FPM)
    until_there("/run/php/drupal.sock")
    return php


def request(what):
    connection = http.client.HTTPConnection("127.0.0.1", what.get("port", 80), timeout=20)
    connection.putrequest(what["method"], what["path"], skip_host=True, skip_accept_encoding=True)
    for name, value in what["headers"].items():
        connection.putheader(name, value)
    body = what.get("body", "").encode()
    if body:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    if answer.getheader("Content-Encoding") == "gzip" and content:
        content = gzip.decompress(content)
    text = content.decode(errors="replace")
    return {"status": answer.status, "headers": [[k.lower(), v] for k, v in answer.getheaders()], "body": text}


def main():
    setup = "systemd-tmpfiles --create /etc/tmpfiles.d/*.conf; mkdir -p /run/php /run/lock /srv/files/public"
    subprocess.run(["sh", "-c", setup + "; chown www-data /srv/files/public"], check=True, stdout=sys.stderr)
    php, nginx = start_php(), subprocess.Popen(NGINX)
    answers(80)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        what = json.loads(line)
        if what["do"] == "request":
            said = request(what)
        elif what["do"] == "run":
            done = subprocess.run(what["argv"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            said = {"code": done.returncode, "said": done.stdout}
        elif what["do"] == "stop php":
            php.send_signal(signal.SIGTERM)
            said = php.wait()
            if os.path.exists("/run/php/drupal.sock"):
                os.unlink("/run/php/drupal.sock")
        elif what["do"] == "start php":
            php = start_php()
            said = None
        print(json.dumps(said), flush=True)
    nginx.terminate()
    php.terminate()


main()

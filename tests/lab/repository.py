"""The site's repository: a bare one, which an SSH server of the lab hands out to whoever has the deploy key.

It stands for a host such as Bitbucket. Its keys are made by the lab: the host's public one is in the stack, the private
deploy key in the emulator's Secrets Manager, and neither is anywhere else.
"""

from __future__ import annotations

import json
from pathlib import Path

import record
from machine import Machine

HOST, FOLDER = "git.lab.example", "srv/git"
SITE = Path(__file__).resolve().parent / "site"
KEY = "etc/ssh/lab_host_key"
# A lock of Composer's that locks nothing: what is built is the same every time, and nothing has to be fetched.
COMPOSER = {"name": "lab/site", "autoload": {"classmap": ["src/"]}}
LOCK = {
    "content-hash": "0" * 32, "packages": [], "packages-dev": [], "aliases": [], "minimum-stability": "stable",
    "stability-flags": {}, "prefer-stable": False, "prefer-lowest": False, "platform": {}, "platform-dev": {},
}


def pair(name: str) -> tuple[str, str]:
    """A private and a public key, in OpenSSH's form; the same ones as long as the lab is up."""
    from cryptography.hazmat.primitives import serialization as form  # of the emulator's packages
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = record.home() / f"{name}.key"
    if not path.exists():
        private = Ed25519PrivateKey.generate()
        path.touch(0o600)
        path.write_bytes(private.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption()))
    key = form.load_ssh_private_key(path.read_bytes(), None)
    public = key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH)
    return path.read_text(), public.decode()


def host_key() -> str:
    return pair("host")[1]


def deploy_key() -> str:
    return pair("deploy")[0]


def configure(services: Machine) -> None:
    """Writes the SSH server's configuration: one user, one key, and nothing but Git."""
    services.write("etc/sysusers.d/lab.conf", f'u git - "The repository" /{FOLDER} /usr/bin/git-shell\n')
    services.write("etc/ssh/sshd_config.d/lab.conf", "\n".join((
        f"HostKey /{KEY}", "AllowUsers git", "PasswordAuthentication no", "AuthorizedKeysFile /etc/ssh/keys-%u", "",
    )))
    services.write(KEY, pair("host")[0], 0o600)
    services.write("etc/ssh/keys-git", f"restrict {pair('deploy')[1]} deploy\n")
    # The repository belongs to root: whoever fetches can change nothing.
    services.write("etc/gitconfig", "[safe]\n\tdirectory = *\n[user]\n\tname = The lab\n\temail = lab@lab.example\n")


def commit(services: Machine, extra: dict[str, str]) -> str:
    """Makes a commit of the site with these files, and the tag `v1` if there is none; returns its name."""
    work = f"{FOLDER}/work"
    for path in sorted(SITE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            services.write(f"{work}/{path.relative_to(SITE)}", path.read_text(), path.stat().st_mode & 0o755)
    for name, text in {"composer.json": json.dumps(COMPOSER), "composer.lock": json.dumps(LOCK), **extra}.items():
        services.write(f"{work}/{name}", text)
    script = f"""
        cd /{work}
        [ -d /{FOLDER}/site.git ] || git init --quiet --bare --initial-branch=main /{FOLDER}/site.git
        [ -d .git ] || git init --quiet --initial-branch=main
        git add --all
        git commit --quiet --message "The site"
        git tag v1 2>/dev/null || true
        git push --quiet /{FOLDER}/site.git main --tags
        git rev-parse HEAD
    """
    return services.run("sh", "-euc", script).split()[-1]

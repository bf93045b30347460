"""What the file systems of the lab's machines consist of: names of Debian packages, nothing else.

`base` is what the cloud images of Debian bring along and what the user data installs on every machine. The others lie
over it, one for a role, so that a playbook finds its packages installed and a machine boots in seconds. `check` has
all that checks rendered files: the real programs of every role and the linters.
"""

from __future__ import annotations

SUITE = "trixie"
COMPONENTS = "main"

# Part of debootstrap's own run; the rest is installed into the result by apt-get.
BOOTSTRAP = ("ca-certificates", "python3", "systemd", "systemd-sysv", "dbus", "iproute2", "curl", "procps", "sudo")

BASE = ("cloud-init", "ansible-core", "awscli", "python3-boto3", "jq", "iputils-ping", "netcat-openbsd", "logrotate",
        "unzip", "gnupg", "less", "util-linux-extra", "e2fsprogs", "fdisk", "cloud-guest-utils", "locales")

PHP = tuple(f"php8.4-{part}" for part in (
    "fpm", "cli", "apcu", "memcached", "redis", "mysql", "gd", "mbstring", "xml", "curl", "zip", "intl", "bcmath",
))
NGINX = ("nginx", "libnginx-mod-http-modsecurity", "modsecurity-crs")
GLUSTER = ("glusterfs-client",)

LAYERS: dict[str, tuple[str, ...]] = {
    "web": (*NGINX, *PHP, *GLUSTER, "nfs-common", "mariadb-client"),
    "search": ("default-jre-headless", "xfsprogs", "lsof"),
    "files": ("glusterfs-server", *GLUSTER, "xfsprogs"),
    "control": (*PHP, *GLUSTER, "glusterfs-server", "git", "composer", "mariadb-client", "nfs-common", "openssh-client"),
    # What AWS runs in the place of machines of the stack: RDS, ElastiCache and the load balancer.
    "services": ("mariadb-server", "memcached", "haproxy"),
}

# What the checks of rendered files need beyond the packages of the roles.
CHECK = ("ansible-lint", "libxml2-utils", "shellcheck", "haproxy", "memcached", "mariadb-server")

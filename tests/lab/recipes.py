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

BASE = (
    "cloud-init", "ansible-core", "awscli", "python3-apt", "python3-boto3", "chrony", "unattended-upgrades", "rsyslog",
    "logrotate", "e2fsprogs", "fdisk", "util-linux-extra", "cloud-guest-utils", "locales", "unzip", "jq", "less",
    "iputils-ping", "netcat-openbsd", "gnupg",
)

PHP = tuple(f"php8.4-{part}" for part in (
    "fpm", "cli", "apcu", "memcached", "redis", "mysql", "gd", "mbstring", "xml", "curl", "zip", "intl", "bcmath",
))
GLUSTER = ("glusterfs-client",)

LAYERS: dict[str, tuple[str, ...]] = {
    "web": ("nginx", *PHP, *GLUSTER, "python3-pymysql"),
    "search": ("openjdk-21-jre-headless", "xfsprogs", "lsof"),
    "files": ("glusterfs-server", *GLUSTER, "xfsprogs"),
    "control": (
        *PHP, *GLUSTER, "glusterfs-server", "xfsprogs", "python3-pymysql", "git", "composer", "mariadb-client",
        "openssh-client", "rsync", "patch",
    ),
    # What AWS runs in the place of machines of the stack: RDS, ElastiCache and the load balancer.
    "services": ("mariadb-server", "memcached", "haproxy"),
}

# What only the lab itself needs, beside what it stands for: the host of the site's repository.
LAB_ONLY: dict[str, tuple[str, ...]] = {"services": ("openssh-server", "git")}

# What the checks of rendered files need beyond the packages of the roles.
CHECK = (
    "ansible-lint", "libxml2-utils", "shellcheck", "libnginx-mod-http-modsecurity", "modsecurity-crs", "nfs-common",
    "haproxy",
)

"""What AWS runs beside the instances, on one machine of the lab: the database, the cache and the load balancer.

MariaDB stands for RDS, memcached for ElastiCache, HAProxy for the load balancer, with the settings that the emulator
of AWS has of them: the master user, the nodes, the health check of the target group. dnsmasq stands for Route 53. The
host of the site's repository is there, too (repository.py).
"""

from __future__ import annotations

import json
import textwrap

import record
import repository
from cloud import Cloud
from machine import Machine
from network import BRIDGE, Network

NAME = "services"
BALANCER, DATABASE, CACHE, REPOSITORY = 10, 20, 30, 40

# What RDS gives its master user ("Master user account privileges", RDS user guide), as far as MariaDB has it.
PRIVILEGES = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES, "
    "CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, "
    "CREATE USER, EVENT, TRIGGER"
)


def machine(network: Network, caches: int) -> Machine:
    """The machine, with an address for each of the services."""
    numbers = [BALANCER, DATABASE, REPOSITORY, *(CACHE + number for number in range(1, caches + 1))]
    return Machine(
        name=NAME, role=NAME, layer=NAME, instance="", hostname=NAME,
        addresses=[network.service(number) for number in numbers],
    )


def configure(services: Machine, cloud: Cloud, network: Network, webs: list[Machine]) -> None:
    """Writes the configuration of the three services into the machine, which does not run yet."""
    database(services, json.loads(cloud.master()), network.service(DATABASE))
    for number in range(1, len(cloud.cache_nodes()) + 1):
        cache(services, number, network.service(CACHE + number))
    services.write("etc/haproxy/haproxy.cfg", balancer(cloud, network.service(BALANCER), webs))
    repository.configure(services)
    # Debian's own memcached would take the port of the others.
    (services.root / "etc/systemd/system/memcached.service").symlink_to("/dev/null")


def database(services: Machine, master: dict[str, str], address: str) -> None:
    """MariaDB with the master user of the RDS instance and the parameters that matter to Drupal."""
    def text(value: str) -> str:
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    user = f"{text(master['username'])}@'%'"
    services.write("etc/mysql/lab.sql", textwrap.dedent(f"""\
        CREATE USER IF NOT EXISTS {user} IDENTIFIED BY {text(master['password'])};
        GRANT {PRIVILEGES} ON *.* TO {user} WITH GRANT OPTION;
    """))
    services.write("etc/mysql/mariadb.conf.d/99-lab.cnf", textwrap.dedent(f"""\
        [mariadbd]
        bind-address = {address}
        init_file = /etc/mysql/lab.sql
        skip-name-resolve
        transaction_isolation = READ-COMMITTED
        innodb_buffer_pool_size = 64M
        max_allowed_packet = 64M
        max_connections = 200
    """))


def cache(services: Machine, number: int, address: str) -> None:
    """One memcached, as a node of the cluster."""
    services.write(f"etc/systemd/system/cache-{number}.service", textwrap.dedent(f"""\
        [Unit]
        Description=Cache node {number}

        [Service]
        User=memcache
        ExecStart=/usr/bin/memcached -l {address} -p 11211 -m 64 -I 4m
        Restart=on-failure

        [Install]
        WantedBy=multi-user.target
    """))
    wants = services.root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    (wants / f"cache-{number}.service").symlink_to(f"/etc/systemd/system/cache-{number}.service")


def balancer(cloud: Cloud, address: str, webs: list[Machine]) -> str:
    """HAProxy with the health check of the target group; like AWS's it asks no second node for a failed request."""
    group = cloud.target_group()
    attributes = cloud.client("elbv2").describe_load_balancer_attributes(
        LoadBalancerArn=cloud.balancer()["LoadBalancerArn"]
    )["Attributes"]
    idle = next(entry["Value"] for entry in attributes if entry["Key"] == "idle_timeout.timeout_seconds")
    # HAProxy counts from the end of a check, AWS from its beginning; a node that is gone takes the whole timeout.
    every, timeout = group["HealthCheckIntervalSeconds"], group["HealthCheckTimeoutSeconds"]
    check = (
        f"check inter {every}s fastinter {max(1, every - timeout)}s rise {group['HealthyThresholdCount']} "
        f"fall {group['UnhealthyThresholdCount']}"
    )
    nodes = "\n".join(f"  server {web.name} {web.address}:{group['Port']} {check}" for web in webs)
    return f"""\
global
  maxconn 4000
  stats socket /run/haproxy/admin.sock mode 600 level admin

defaults
  mode http
  timeout connect 10s
  timeout client {idle}s
  timeout server {idle}s
  timeout check {timeout}s
  retries 0

frontend visitors
  bind {address}:80
  option forwardfor
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Port 80
  default_backend nodes

backend nodes
  balance leastconn
  option httpchk
  http-check send meth GET uri {group['HealthCheckPath']}
  http-check expect status {group['Matcher']['HttpCode']}
{nodes}
"""


def name_server(cloud: Cloud, network: Network) -> None:
    """dnsmasq with the records of the private zone, and the endpoints that they lead to; anew if it runs already."""
    addresses, aliases = cloud.names()
    addresses[cloud.database["Endpoint"]["Address"]] = network.service(DATABASE)
    for number, node in enumerate(cloud.cache_nodes(), 1):
        addresses[node] = network.service(CACHE + number)
    addresses[cloud.balancer()["DNSName"].lower()] = network.service(BALANCER)
    addresses[repository.HOST] = network.service(REPOSITORY)
    lines = [f"host-record={name},{address}" for name, address in sorted(addresses.items())]
    lines += [f"cname={name},{target}" for name, target in sorted(aliases.items()) if target in addresses]
    path = record.home() / "names.conf"
    path.write_text("\n".join(lines) + "\n")
    record.finish("names")
    record.start(
        "names", "ip", "netns", "exec", record.namespace(BRIDGE), "dnsmasq", "--keep-in-foreground", "--no-resolv",
        "--no-hosts", "--bind-interfaces", f"--listen-address={network.resolver}", f"--conf-file={path}",
        "--pid-file=", "--user=root", "--log-facility=-",
    )

"""The lab's network: a bridge in a namespace of its own, and a namespace for every machine, on one flat address range.

AWS's subnets, routes and security groups are not here: every machine reaches every other, and none reaches anything
else. The bridge answers as the VPC's router (.1), as its name server (.2) and as the metadata service.
"""

from __future__ import annotations

import ipaddress

from host import NAMESPACES, run
from record import namespace

BRIDGE = "net"
METADATA = "169.254.169.254"
# Where visitors come from: an address that is nobody's (RFC 5737), and not of the VPC.
VISITOR = "198.51.100.7"


class Network:
    """The addresses of a VPC's range, and the namespaces that have them."""

    def __init__(self, cidr: str) -> None:
        self.range = ipaddress.ip_network(cidr)
        self.router = str(self.range[1])
        self.resolver = str(self.range[2])

    def service(self, number: int) -> str:
        """An address for what AWS runs, from the end of the range, which no subnet has."""
        return str(self.range[-256 + number])

    def up(self) -> None:
        """Makes the bridge."""
        name = namespace(BRIDGE)
        run("ip", "netns", "add", name)
        run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", name, "link", "add", "br0", "type", "bridge", "forward_delay", "0", "stp_state", "0")
        for address in (self.router, self.resolver):
            run("ip", "-n", name, "address", "add", f"{address}/{self.range.prefixlen}", "dev", "br0")
        for address in (METADATA, VISITOR):
            run("ip", "-n", name, "address", "add", f"{address}/32", "dev", "lo")
        run("ip", "-n", name, "link", "set", "br0", "up")

    def plug(self, name: str, addresses: list[str]) -> str:
        """Makes the namespace of a machine and connects it; returns the namespace's name."""
        there, bridge = namespace(name), namespace(BRIDGE)
        if (NAMESPACES / there).exists():
            return there
        run("ip", "netns", "add", there)
        run("ip", "-n", there, "link", "set", "lo", "up")
        run("ip", "-n", bridge, "link", "add", name, "type", "veth", "peer", "name", "ens5", "netns", there)
        run("ip", "-n", bridge, "link", "set", name, "master", "br0", "up")
        for address in addresses:
            run("ip", "-n", there, "address", "add", f"{address}/{self.range.prefixlen}", "dev", "ens5")
        run("ip", "-n", there, "link", "set", "ens5", "up")
        run("ip", "-n", there, "route", "add", "default", "via", self.router)
        return there

    @staticmethod
    def unplug(name: str) -> None:
        """Removes the namespace of a machine that has ended, and its connection."""
        run("ip", "netns", "delete", namespace(name))

    @staticmethod
    def cut(name: str) -> None:
        """Takes a machine off the network at once, as when its power fails."""
        run("ip", "-n", namespace(BRIDGE), "link", "set", name, "down")

    @staticmethod
    def restore(name: str) -> None:
        run("ip", "-n", namespace(BRIDGE), "link", "set", name, "up")

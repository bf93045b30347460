"""The parameters of Memcached, Redis OSS and Valkey as ElastiCache's families have them.

Those that can be set and those commonly read; the values are the families' defaults.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

FAMILIES = (
    "memcached1.4",
    "memcached1.5",
    "memcached1.6",
    "redis5.0",
    "redis6.x",
    "redis7",
    "valkey7",
    "valkey8",
)
# Name, default, type, allowed values; a leading exclamation mark: not modifiable, a tilde: after a restart.
MEMCACHED = """
!backlog_queue_limit 1024 integer 1-10000
~binding_protocol auto string auto,ascii,binary
~cas_disabled 0 boolean 0,1
~chunk_size 48 integer 1-1024
~chunk_size_growth_factor 1.25 float 1-1024
!config_max 16 integer 1-100
!config_size_max 65536 integer 1-1048576
~disable_flush_all 0 boolean 0,1
~error_on_memory_exhausted 0 boolean 0,1
~expirezero_does_not_evict 0 boolean 0,1
~hash_algorithm jenkins string jenkins,murmur3
~idle_timeout 0 integer 0-86400
!large_memory_pages 0 boolean 0,1
!lock_down_paged_memory 0 boolean 0,1
~lru_crawler 1 boolean 0,1
~lru_maintainer 1 boolean 0,1
~lru_segmented 1 boolean 0,1
~max_item_size 1048576 integer 1024-1073741824
!max_simultaneous_connections 65000 integer 3-65000
~maxconns_fast 1 boolean 0,1
!maximize_core_file_limit 0 boolean 0,1
~memcached_connections_overhead 100 integer 0-65536
~modern 1 boolean 0,1
~resp_obj_mem_limit 0 integer 0-65536
!requests_per_event 20 integer 0-400
~slab_automove 1 integer 0-2
~slab_automove_freeratio 0.01 float 0-1
~slab_chunk_max 524288 integer 1024-1048576
~slab_reassign 1 boolean 0,1
~temporary_ttl 61 integer 0-86400
~track_sizes 0 boolean 0,1
~watch_enabled 1 boolean 0,1
~worker_logbuf_size 64 integer 1-65536
"""
POLICIES = (
    "volatile-lru,allkeys-lru,volatile-lfu,allkeys-lfu,volatile-random,allkeys-random,volatile-ttl,noeviction"
)
REDIS = f"""
acllog-max-len 128 integer 0-10000
activedefrag no string yes,no
active-defrag-cycle-max 75 integer 1-75
active-defrag-cycle-min 5 integer 1-75
active-defrag-ignore-bytes 104857600 integer 1048576-9223372036854775807
active-defrag-threshold-lower 10 integer 1-100
active-defrag-threshold-upper 100 integer 1-100
activerehashing yes string yes,no
!appendfsync everysec string always,everysec,no
!appendonly no string yes,no
busy-reply-threshold 5000 integer 0-5000
client-output-buffer-limit-normal-hard-limit 0 integer 0-9223372036854775807
client-output-buffer-limit-normal-soft-limit 0 integer 0-9223372036854775807
client-output-buffer-limit-pubsub-hard-limit 33554432 integer 0-9223372036854775807
client-output-buffer-limit-pubsub-soft-limit 8388608 integer 0-9223372036854775807
close-on-replica-write yes string yes,no
cluster-allow-pubsubshard-when-down yes string yes,no
cluster-enabled no string yes,no
databases 16 integer 1-1200000
hash-max-listpack-entries 512 integer 0-9223372036854775807
hash-max-listpack-value 64 integer 0-9223372036854775807
hll-sparse-max-bytes 3000 integer 1-16000
latency-tracking no string yes,no
lazyfree-lazy-eviction no string yes,no
lazyfree-lazy-expire no string yes,no
lazyfree-lazy-server-del no string yes,no
lazyfree-lazy-user-del no string yes,no
lfu-decay-time 1 integer 0-2147483647
lfu-log-factor 10 integer 1-2147483647
list-compress-depth 0 integer 0-2147483647
list-max-listpack-size -2 integer -5-9223372036854775807
lua-replicate-commands yes string yes,no
!maxclients 65000 integer 1-65000
!maxmemory 0 integer 0-9223372036854775807
maxmemory-policy volatile-lru string {POLICIES}
maxmemory-samples 3 integer 1-9223372036854775807
min-replicas-max-lag 10 integer 0-2147483647
min-replicas-to-write 0 integer 0-2147483647
notify-keyspace-events . string
proto-max-bulk-len 536870912 integer 1048576-536870912
rename-commands . string
repl-backlog-size 1048576 integer 16384-9223372036854775807
repl-backlog-ttl 3600 integer 0-2147483647
repl-timeout 60 integer 11-60
reserved-memory-percent 25 integer 0-100
set-max-intset-entries 512 integer 0-9223372036854775807
slowlog-log-slower-than 10000 integer -1-9223372036854775807
slowlog-max-len 128 integer 0-9223372036854775807
stream-node-max-bytes 4096 integer 0-9223372036854775807
stream-node-max-entries 100 integer 0-9223372036854775807
tcp-keepalive 300 integer 0-2147483647
timeout 0 integer 0,20-2147483647
tracking-table-max-keys 1000000 integer 1-100000000
zset-max-listpack-entries 128 integer 0-9223372036854775807
zset-max-listpack-value 64 integer 0-9223372036854775807
"""


@dataclass(frozen=True)
class Known:
    """A parameter of a family."""

    name: str
    value: str
    data_type: str
    allowed: str
    modifiable: bool
    change_type: str

    def takes(self, value: str) -> bool:
        """Whether the value is allowed."""
        if not self.allowed:
            return True
        if self.data_type not in ("integer", "float"):
            return value in self.allowed.split(",")
        try:
            number = float(value) if self.data_type == "float" else int(value)
        except ValueError:
            return False
        return any(within(number, part) for part in self.allowed.split(","))


def within(number: float, part: str) -> bool:
    """Whether a number is in `1-10`, `-5-10` or `7`."""
    sign = part.startswith("-")
    least, dash, most = part[sign:].partition("-")
    low = float(least) * (-1 if sign else 1)
    return low <= number <= float(most) if dash else number == low


@functools.cache
def parameters_of(family: str) -> dict[str, Known]:
    """The parameters of a family by name."""
    family = family.removesuffix(".cluster.on")
    found = {}
    for line in (MEMCACHED if family.startswith("memcached") else REDIS).strip().splitlines():
        name, value, data_type, allowed = (line.split() + [""])[:4]
        mark, plain = (name[0], name[1:]) if name[0] in "!~" else ("", name)
        change = "requires-reboot" if mark == "~" else "immediate"
        value = "" if value == "." else value
        found[plain] = Known(plain, value, data_type, allowed, mark != "!", change)
    return found

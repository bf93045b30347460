"""The engines, versions and instance classes of RDS that the sandbox knows, and which go together.

Data for the checks of CreateDBInstance, for DescribeDBEngineVersions and the orderable options.
"""

from __future__ import annotations

import functools
from typing import Any

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

from mend.core import refuse

# Major versions, oldest first, and their minor versions, oldest first.
VERSIONS: dict[str, dict[str, list[str]]] = {
    "mysql": {
        "5.7": ["5.7.44"],
        "8.0": [f"8.0.{n}" for n in range(37, 45)],
        "8.4": [f"8.4.{n}" for n in range(3, 8)],
    },
    "mariadb": {
        "10.6": [f"10.6.{n}" for n in range(20, 25)],
        "10.11": [f"10.11.{n}" for n in range(10, 16)],
        "11.4": [f"11.4.{n}" for n in range(4, 10)],
        "11.8": [f"11.8.{n}" for n in range(3, 6)],
    },
    "postgres": {
        "15": [f"15.{n}" for n in range(12, 16)],
        "16": [f"16.{n}" for n in range(8, 12)],
        "17": [f"17.{n}" for n in range(4, 8)],
    },
}
DEFAULTS = {"mysql": "8.4.7", "mariadb": "11.4.9", "postgres": "17.7"}
NAMES = {"mysql": "MySQL", "mariadb": "MariaDB", "postgres": "PostgreSQL"}
DESCRIPTIONS = {
    "mysql": "MySQL Community Edition",
    "mariadb": "MariaDB Community Edition",
    "postgres": "PostgreSQL",
}
LICENSES = {
    "mysql": "general-public-license",
    "mariadb": "general-public-license",
    "postgres": "postgresql-license",
}
LOGS = {
    "mysql": ["audit", "error", "general", "slowquery", "iam-db-auth-error"],
    "mariadb": ["audit", "error", "general", "slowquery", "iam-db-auth-error"],
    "postgres": ["postgresql", "upgrade", "iam-db-auth-error"],
}
CAS = ["rds-ca-ecc384-g1", "rds-ca-rsa4096-g1", "rds-ca-rsa2048-g1"]
SMALL = "micro small medium large xlarge 2xlarge"
MIDDLE = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"
LARGE = MIDDLE + " 24xlarge"
HUGE = LARGE + " 32xlarge"
FAMILIES = {
    **dict.fromkeys(("db.t2", "db.t3", "db.t4g"), SMALL),
    "db.m3": "medium large xlarge 2xlarge",
    "db.r3": "large xlarge 2xlarge 4xlarge 8xlarge",
    **dict.fromkeys(("db.m4", "db.r4"), "large xlarge 2xlarge 4xlarge 8xlarge 10xlarge 16xlarge"),
    **dict.fromkeys(("db.m5", "db.m5d", "db.r5", "db.r5b", "db.r5d"), LARGE),
    **dict.fromkeys(("db.m6g", "db.m6gd", "db.m7g", "db.r6g", "db.r6gd", "db.r7g", "db.x2g"), MIDDLE),
    **dict.fromkeys(("db.m6i", "db.m6id", "db.r6i", "db.r6id"), HUGE),
    **dict.fromkeys(("db.m7i", "db.m8g", "db.r7i", "db.r8g"), LARGE + " 48xlarge"),
}
BEFORE_8 = ("db.m3", "db.r3")
BEFORE_84 = ("db.t2", "db.m4", "db.r4")
WITHOUT_INSIGHTS = ("db.t2.", "db.t3.micro", "db.t3.small", "db.t4g.micro", "db.t4g.small")
# Least and most storage in GiB.
STORAGE = {
    "gp2": (20, 65536),
    "gp3": (20, 65536),
    "io1": (100, 65536),
    "io2": (100, 65536),
    "standard": (5, 3072),
}
STRIPED = 400  # GiB from which gp3 takes IOPS and throughput


def known(engine: str) -> bool:
    return engine in VERSIONS


def number(version: str) -> tuple[int, ...]:
    return tuple(int(p) for p in version.split("-")[0].split("."))


def major_of(engine: str, version: str) -> str:
    parts = version.split(".")
    return parts[0] if engine == "postgres" else ".".join(parts[:2])


def family_of(engine: str, version: str) -> str:
    """The parameter group family of a version."""
    return engine + major_of(engine, version)


def families() -> list[str]:
    return [engine + major for engine, majors in VERSIONS.items() for major in majors]


def resolve(engine: str, asked: str | None) -> str:
    """The full version that a request means."""
    if not asked:
        return DEFAULTS[engine]
    if asked in VERSIONS[engine]:
        return VERSIONS[engine][asked][-1]
    if asked in VERSIONS[engine].get(major_of(engine, asked), []):
        return asked
    refuse("InvalidParameterCombination", f"Cannot find version {asked} for {engine}")


def class_known(name: str) -> bool:
    family, _, size = name.rpartition(".")
    return size in FAMILIES.get(family, "").split()


def class_fits(engine: str, version: str, name: str) -> bool:
    family, have = name.rpartition(".")[0], number(version)
    if engine == "mysql":
        if family in BEFORE_8:
            return have < (8,)
        if family in BEFORE_84:
            return have < (8, 4)
        return have >= (8,) or family in ("db.t3", "db.m5", "db.m5d", "db.r5", "db.r5b", "db.r5d")
    if engine == "mariadb":
        return family not in BEFORE_8 and (family not in BEFORE_84 or have < (10, 11))
    return family not in (*BEFORE_8, *BEFORE_84)


def check_class(engine: str, version: str, name: str) -> None:
    if not class_known(name):
        refuse("InvalidParameterValue", f"Invalid DB Instance class: {name}")
    if not class_fits(engine, version, name):
        refuse(
            "InvalidParameterCombination",
            "RDS does not support creating a DB instance with the following combination: "
            f"DBInstanceClass={name}, Engine={engine}, EngineVersion={version}, "
            f"LicenseModel={LICENSES[engine]}. For supported combinations of instance class and database "
            "engine version, see the documentation.",
        )


def check_storage(engine: str, kind: str, size: int, iops: int | None, throughput: int | None) -> None:
    if kind not in STORAGE:
        refuse("InvalidParameterValue", f"Invalid storage type: {kind}")
    least, most = STORAGE[kind]
    if not least <= size <= most:
        text = f"Invalid storage size for engine name {engine} and storage type {kind}: {size}"
        refuse("InvalidParameterCombination", text)
    if kind == "gp3" and size < STRIPED and (iops not in (None, 3000) or throughput not in (None, 125)):
        refuse(
            "InvalidParameterCombination",
            f"You can't specify IOPS or storage throughput for engine {engine} and a storage size less than "
            f"{STRIPED}.",
        )
    if kind in ("gp2", "standard") and iops is not None:
        text = f"You can't specify IOPS for storage type {kind}. Use gp3, io1 or io2."
        refuse("InvalidParameterCombination", text)
    if kind in ("io1", "io2") and iops is None:
        refuse("InvalidParameterCombination", f"You must specify IOPS for storage type {kind}")


def storage_defaults(kind: str, size: int) -> tuple[int | None, int | None]:
    """IOPS and throughput that come with a storage type."""
    if kind != "gp3":
        return None, None
    return (3000, 125) if size < STRIPED else (12000, 500)


def upgrades(engine: str, version: str) -> list[dict[str, Any]]:
    """DescribeDBEngineVersions: ValidUpgradeTarget."""
    major = major_of(engine, version)
    majors = list(VERSIONS[engine])
    following = majors[majors.index(major) + 1 :][: 1 if engine == "mysql" else None]
    targets = []
    for name in (major, *following):
        for target in VERSIONS[engine][name]:
            if number(target) <= number(version):
                continue
            targets.append(
                {
                    "Engine": engine,
                    "EngineVersion": target,
                    "Description": f"{NAMES[engine]} {target}",
                    "AutoUpgrade": name == major and target == VERSIONS[engine][name][-1],
                    "IsMajorVersionUpgrade": name != major,
                }
            )
    return targets


@functools.cache
def engine_versions() -> list[dict[str, Any]]:
    """Everything that DescribeDBEngineVersions can give."""
    found = []
    for engine, majors in VERSIONS.items():
        for major, minors in majors.items():
            for version in minors:
                found.append(
                    {
                        "Engine": engine,
                        "MajorEngineVersion": major,
                        "EngineVersion": version,
                        "DBParameterGroupFamily": engine + major,
                        "DBEngineDescription": DESCRIPTIONS[engine],
                        "DBEngineVersionDescription": f"{NAMES[engine]} {version}",
                        "ValidUpgradeTarget": upgrades(engine, version),
                        "ExportableLogTypes": LOGS[engine],
                        "SupportsLogExportsToCloudwatchLogs": True,
                        "SupportsReadReplica": True,
                        "SupportedFeatureNames": [],
                        "Status": "available",
                        "SupportsParallelQuery": False,
                        "SupportsGlobalDatabases": False,
                        "SupportsBabelfish": False,
                        "SupportsCertificateRotationWithoutRestart": engine != "mariadb",
                        "SupportedCACertificateIdentifiers": CAS,
                    }
                )
    return found


@functools.cache
def zones_of(region: str) -> list[dict[str, str]]:
    return [{"Name": zone.name} for zone in RegionsAndZonesBackend.zones.get(region, [])]


def orderable(region: str, engine: str, version: str | None, name: str | None) -> list[dict[str, Any]]:
    """What DescribeOrderableDBInstanceOptions gives: one entry for each storage type."""
    found, zones = [], zones_of(region)
    majors = VERSIONS.get(engine, {})
    versions = majors.get(version or "") or [v for m in majors.values() for v in m if version in (None, v)]
    names = [name] if name else [f"{f}.{s}" for f, sizes in FAMILIES.items() for s in sizes.split()]
    for each in versions:
        for cls in names:
            if not class_known(cls) or not class_fits(engine, each, cls):
                continue
            shared = {
                "Engine": engine,
                "EngineVersion": each,
                "DBInstanceClass": cls,
                "LicenseModel": LICENSES[engine],
                "AvailabilityZones": zones,
                "MultiAZCapable": True,
                "ReadReplicaCapable": True,
                "Vpc": True,
                "SupportsStorageEncryption": cls not in ("db.t2.micro",),
                "SupportsEnhancedMonitoring": True,
                "SupportsIAMDatabaseAuthentication": True,
                "SupportsPerformanceInsights": not cls.startswith(WITHOUT_INSIGHTS),
                "SupportsStorageAutoscaling": True,
                "SupportedNetworkTypes": ["IPV4", "DUAL"],
                "SupportsClusters": False,
            }
            for kind in ("gp2", "gp3", "io1", "standard"):
                least, most = STORAGE[kind]
                entry = {**shared, "StorageType": kind, "MinStorageSize": least, "MaxStorageSize": most}
                entry["SupportsIops"] = kind in ("gp3", "io1")
                entry["SupportsStorageThroughput"] = kind == "gp3"
                found.append(entry)
    return found


def page(items: list[Any], params: Any, default: int = 100) -> tuple[list[Any], str | None]:
    """One page by Marker and MaxRecords; a marker is the number of the first item of the next page."""
    marker, size = params.get("Marker"), int(params.get("MaxRecords") or default)
    if not 20 <= size <= 1000:
        refuse("InvalidParameterValue", f"Invalid value {size} for MaxRecords. Must be between 20 and 100")
    if marker and not str(marker).isdigit():
        refuse("InvalidParameterValue", f"Invalid marker: {marker}")
    start = int(marker or 0)
    return items[start : start + size], str(start + size) if len(items) > start + size else None

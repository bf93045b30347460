"""Each bundle as a whole, by the programs that will run it."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bundles import ROOT, Bundle
from machine import Machine

# What cloud-init of Debian 13 knows; its own check takes any other key for a key of the user's and says nothing.
CLOUD_CONFIG = {
    "apt", "bootcmd", "chpasswd", "disable_root", "disk_setup", "fqdn", "fs_setup", "growpart", "hostname", "locale",
    "manage_etc_hosts", "mounts", "ntp", "package_reboot_if_required", "package_update", "package_upgrade", "packages",
    "preserve_hostname", "runcmd", "ssh_authorized_keys", "ssh_pwauth", "swap", "timezone", "users", "write_files",
}


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def tree(bundle: Bundle, *below: str) -> str:
    """The fingerprint of some folders of a bundle: what is the same need not be checked again."""
    paths = [path for folder in below for path in sorted((bundle.root / folder).rglob("*")) if path.is_file()]
    return digest(*(str(path.relative_to(bundle.root)).encode() + b"\0" + path.read_bytes() for path in paths))


def once(bundles: list[Bundle], key: Callable[[Bundle], str]) -> list[Bundle]:
    """One bundle for each key."""
    return list({key(bundle): bundle for bundle in bundles}.values())


def web(bundles: list[Bundle]) -> list[Bundle]:
    nodes = [bundle for bundle in bundles if bundle.role == "web"]
    assert nodes, "there is no web node"
    return nodes


def test_nginx_takes_its_configuration(machine: Machine, bundles: list[Bundle]) -> None:
    for bundle in once(web(bundles), lambda b: tree(b, "etc/nginx")):
        code, said = machine.run(bundle.root, "sh", "-ec", "mkdir -p /var/cache/nginx; nginx -t")
        assert code == 0, f"{bundle}: {said}"
        assert "[warn]" not in said, f"{bundle}: {said}"


def test_php_fpm_takes_its_configuration(machine: Machine, bundles: list[Bundle]) -> None:
    script = "mkdir -p /var/log/php; php-fpm8.4 -t; php-fpm8.4 -i | grep -E '^(opcache.validate_timestamps|expose_php) '"
    for bundle in once(web(bundles), lambda b: tree(b, "etc/php")):
        code, said = machine.run(bundle.root, "sh", "-ec", script)
        assert code == 0, f"{bundle}: {said}"
        assert "ERROR" not in said and "WARNING" not in said, f"{bundle}: {said}"
        assert "opcache.validate_timestamps => Off => Off" in said, f"{bundle}: {said}"
        assert "expose_php => Off => Off" in said, f"{bundle}: {said}"


def test_logrotate_takes_its_configuration(machine: Machine, bundles: list[Bundle]) -> None:
    having = [bundle for bundle in bundles if (bundle.root / "etc/logrotate.d").is_dir()]
    assert having, "nothing rotates logs"
    for bundle in once(having, lambda b: tree(b, "etc/logrotate.d")):
        code, said = machine.run(bundle.root, "logrotate", "--debug", "/etc/logrotate.conf")
        assert code == 0 and "error:" not in said, f"{bundle}: {said}"


def test_systemd_takes_the_units(machine: Machine, bundles: list[Bundle]) -> None:
    # Programs that only playbooks install are there in name.
    script = """
    cd /etc/systemd/system
    for program in $(sed -n 's/^Exec[A-Za-z]*=[-@:+!]*\\(\\/[^ ]*\\).*/\\1/p' *.service *.service.d/*.conf 2>/dev/null); do
      [ -e "$program" ] || { mkdir -p "$(dirname "$program")"; cp /bin/true "$program"; }
    done
    # A folder of additions belongs to the unit of a package.
    verify=$(find . -maxdepth 1 -type f -printf '%f\\n' | sed 's/@\\./@test./')
    for folder in *.d; do
      unit=${folder%.d}
      [ ! -e "/usr/lib/systemd/system/$unit" ] || verify="$verify $unit"
    done
    [ -z "$verify" ] || systemd-analyze verify --man=no --recursive-errors=no $verify
    """
    having = [bundle for bundle in bundles if (bundle.root / "etc/systemd/system").is_dir()]
    assert {bundle.role for bundle in having} >= {"web", "control"}, "units are missing"
    for bundle in once(having, lambda b: tree(b, "etc/systemd/system")):
        code, said = machine.run(bundle.root, "sh", "-euc", script)
        assert code == 0 and not said.strip(), f"{bundle}: {said}"


def test_timers_have_moments_that_come(machine: Machine, bundles: list[Bundle]) -> None:
    timers = [path for bundle in bundles for path in bundle.files() if path.suffix == ".timer"]
    lines = {line for path in timers for line in path.read_text().splitlines()}
    calendars = sorted(line.partition("=")[2] for line in lines if line.startswith("OnCalendar="))
    assert calendars, "there are no timers"
    code, said = machine.run(None, "systemd-analyze", "calendar", *calendars)
    assert code == 0 and said.count("Next elapse:") == len(calendars), said


def test_tmpfiles_are_made(machine: Machine, bundles: list[Bundle]) -> None:
    having = [bundle for bundle in bundles if (bundle.root / "etc/tmpfiles.d").is_dir()]
    assert having, "there are no tmpfiles"
    for bundle in once(having, lambda b: tree(b, "etc/tmpfiles.d")):
        script = "systemd-tmpfiles --create /etc/tmpfiles.d/*.conf && stat -c '%U %a' /srv/site /var/tmp/drupal"
        code, said = machine.run(bundle.root, "sh", "-ec", script)
        assert code == 0 and said.splitlines() == ["root 755", "www-data 770"], f"{bundle}: {said}"


def test_cloud_init_takes_the_user_data(machine: Machine, bundles: list[Bundle], tmp_path: Path) -> None:
    # Those of one machine differ only by names and digests, and each takes cloud-init three seconds.
    different = once(bundles, lambda b: b.machine)
    for number, bundle in enumerate(different):
        shutil.copyfile(bundle.user_data, tmp_path / f"{number}.yaml")
    script = 'for file in /*.yaml; do cloud-init schema --config-file "$file" || { echo "in $file"; exit 1; }; done'
    code, said = machine.run(tmp_path, "sh", "-c", script)
    assert code == 0, said
    assert said.count("Valid schema") == len(different) and "warning" not in said.lower(), said


def test_user_data_has_only_keys_that_cloud_init_knows(bundles: list[Bundle]) -> None:
    for bundle in bundles:
        text = bundle.user_data.read_text()
        assert text.startswith("#cloud-config\n"), bundle
        document = yaml.safe_load(text)
        assert not document.keys() - CLOUD_CONFIG, f"{bundle}: {document.keys() - CLOUD_CONFIG}"
        # EC2 takes 16 KiB before Base64 ("Instance user data", EC2 user guide).
        assert len(text.encode()) < 16_384, f"{bundle}: {len(text.encode())} bytes"


def test_ansible_takes_the_playbooks(machine: Machine, bundles: list[Bundle], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
    # The playbooks of bundles are these, with the values of their own machine.
    one_each = {}
    for bundle in bundles:
        source = (ROOT / "playbooks" / f"{bundle.role}.yml").read_bytes()
        assert (bundle.folder / "playbook.yml").read_bytes() == source, f"{bundle}: another playbook"
        one_each[bundle.role] = bundle
    for role, bundle in one_each.items():
        shutil.copytree(bundle.folder, tmp_path / "bundle" / role)
    script = """
    for folder in /bundle/*; do
      cd "$folder"
      ansible-playbook -i localhost, -c local -e @values.json --syntax-check playbook.yml
    done
    """
    code, said = machine.run(tmp_path, "sh", "-euc", script)
    assert code == 0, said
    assert said.count("playbook: playbook.yml") == len(one_each), said


def test_ansible_lint_has_nothing_to_say(machine: Machine, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
    (tmp_path / "playbooks/.ansible-lint").write_text((ROOT / "tests/templates/ansible-lint.yml").read_text())
    names = sorted(path.name for path in (ROOT / "playbooks").glob("*.yml"))
    script = 'cd /playbooks; git init -q . 2>/dev/null || true; ansible-lint --offline --strict --nocolor "$@"'
    code, said = machine.run(tmp_path, "sh", "-c", script, "sh", *names)
    assert code == 0, said


def test_every_file_is_placed_by_its_playbook(bundles: list[Bundle]) -> None:
    """A file below no folder that the playbook copies would silently be nowhere."""
    for bundle in bundles:
        sources = [bundle.folder / "playbook.yml", *(bundle.folder / "tasks").glob("*.yml")]
        parts = set(re.findall(r"""part: *"?(/[^,"}\s]+|{{ [a-z_]+ }}[^,"}\s]*)""", "\n".join(map(Path.read_text, sources))))
        places = [part.replace("{{ solr_home }}", "/srv/solr/home") for part in parts]
        assert places, f"{bundle}: nothing is placed"
        for path in bundle.files():
            name = "/" + str(path.relative_to(bundle.root))
            assert any(name.startswith(f"{place}/") for place in places), f"{bundle}: nothing places {name}"


@pytest.mark.parametrize("version", [7, 10, 11])
def test_settings_tell_drupal_what_it_needs(version: int, machine: Machine, bundles: list[Bundle]) -> None:
    bundle = next(b for b in web(bundles) if b.stack == "fixture" and b.drupal == version)
    harness = Path(__file__).with_name("settings.php").read_text().removeprefix("<?php")
    code, said = machine.run(bundle.root, "php", "-d", "error_reporting=-1", "-d", "display_errors=1", "-r", harness, str(version))
    assert code == 0, said
    settings = yaml.safe_load(said)
    database = settings["databases"]["default"]["default"]
    assert database["password"] == "a password" and database["host"] == bundle.values["database"]["host"]
    assert settings["salt"] == "a salt"
    isolation = database["init_commands"]["isolation_level"] if version == 7 else database["isolation_level"]
    assert isolation.endswith("READ COMMITTED")
    given = {"google_map_api_key": "it's a $key \\' ?> with everything"}
    assert settings["conf" if version == 7 else "config"]["geolocation_google_maps.settings"] == given
    hosts = {host: "default" for host in bundle.values["cache"]["hosts"]}
    if version == 7:
        conf = settings["conf"]
        assert conf["memcache_servers"] == hosts and conf["cache_class_cache_form"] == "DrupalDatabaseCache"
        assert conf["memcache_stampede_protection"] is True and conf["page_cache_maximum_age"] == 300
        assert conf["page_compression"] == 0 and conf["file_private_path"] == "/srv/files/private"
    else:
        own = settings["settings"]
        assert own["memcache"]["servers"] == hosts and own["cache"]["default"] == "cache.backend.memcache"
        assert own["cache"]["bins"]["form"] == "cache.backend.database"
        assert own["trusted_host_patterns"][0] == "^www\\.example\\.org$"
        assert own["reverse_proxy_addresses"] == [bundle.written["network"]["cidr"]]
        assert own["php_storage"]["twig"]["directory"] == "/var/lib/drucloud/php"
        assert own["deployment_identifier"] == "0123abc"
        assert settings["config"]["system.performance"]["cache"]["page"]["max_age"] == 300
        assert settings["config"]["search_api.server.solr"]["backend_config"]["connector_config"]["core"] == "drupal"


def test_settings_without_secrets_say_so_and_stop(machine: Machine, bundles: list[Bundle]) -> None:
    bundle = web(bundles)[0]
    code, said = machine.run(bundle.root, "php", "/etc/drucloud/settings.php")
    assert code == 1 and "systemctl status drucloud-secrets" in said, said

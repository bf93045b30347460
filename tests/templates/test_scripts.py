"""The scripts that speak with AWS, with a stand-in for AWS's library."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bundles import Bundle
from machine import Machine

STUBS = Path(__file__).with_name("stubs")
SENDMAIL = "env PYTHONPATH=/stubs setpriv --reuid=www-data --regid=www-data --clear-groups /usr/local/sbin/drucloud-sendmail"
MAIL = "To: A <a@example.net>, b@example.net\nBcc: hidden@example.net\nSubject: Hi\n\nbody\n"


@pytest.fixture
def files(bundles: list[Bundle], tmp_path: Path) -> Path:
    """The files of a web node with all sections, and the stand-ins."""
    bundle = next(b for b in bundles if (b.stack, b.environment, b.role) == ("fixture", "drupal-11", "web"))
    shutil.copytree(bundle.root, tmp_path, dirs_exist_ok=True)
    shutil.copytree(STUBS, tmp_path / "stubs", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "mail").write_text(MAIL)
    many = ", ".join(f"u{number}@example.net" for number in range(120))
    (tmp_path / "many").write_text(f"To: {many}\nFrom: news@example.org\nSubject: News\n\nbody\n")
    (tmp_path / "nobody").write_text("Subject: x\n\nbody\n")
    names = bundle.values["secrets"]
    (tmp_path / "srv").mkdir(exist_ok=True)
    (tmp_path / "srv/secrets.json").write_text(json.dumps({names["hash_salt"]: "salt", names["database"]: "word"}))
    return tmp_path


def play(machine: Machine, files: Path, script: str) -> list[str]:
    setup = "exec 2>&1; systemd-tmpfiles --create /etc/tmpfiles.d/drucloud-site.conf; chmod 777 /srv; spool=/var/spool/drucloud/mail\n"
    code, said = machine.run(files, "bash", "-euc", setup + script)
    assert code == 0, said
    return said.splitlines()


def test_mail_is_sent_at_once(machine: Machine, files: Path) -> None:
    said = play(machine, files, f"{SENDMAIL} -t -i < /mail; ls $spool/new | wc -l; cat /srv/sent/0.json")
    sent = json.loads(said[1])
    assert said[0] == "0", "nothing is left in the spool"
    assert sent["from"] == "noreply@example.org"
    assert sent["to"] == ["a@example.net", "b@example.net", "hidden@example.net"]
    head = sent["raw"].partition("\n\n")[0]
    assert "hidden@" not in head and "From: noreply@example.org" in head and "Message-ID: <" in head and "Date: " in head


def test_mail_that_ses_does_not_take_now_is_sent_later(machine: Machine, files: Path) -> None:
    said = play(machine, files, f"""
        echo TooManyRequestsException > /srv/ses
        {SENDMAIL} -t -i < /mail; ls $spool/new | wc -l
        {SENDMAIL} --flush && exit 9; ls $spool/new | wc -l
        rm /srv/ses; {SENDMAIL} --flush; ls $spool/new | wc -l; ls /srv/sent | wc -l
    """)
    assert said == ["1", "1", "0", "1"]


def test_mail_that_ses_refuses_is_put_aside(machine: Machine, files: Path) -> None:
    said = play(machine, files, f"""
        echo MessageRejected > /srv/ses
        {SENDMAIL} -t -i < /mail; ls $spool/new | wc -l; ls $spool/failed | wc -l
    """)
    assert said == ["0", "1"]


def test_many_recipients_are_several_messages(machine: Machine, files: Path) -> None:
    said = play(machine, files, f"{SENDMAIL} -t -i < /many; cat /srv/sent/*.json | tr '}}' '\\n' | grep -c 'news@'; ls /srv/sent")
    assert said == ["3", "0.json", "1.json", "2.json"]


def test_mail_for_nobody_is_an_error(machine: Machine, files: Path) -> None:
    assert play(machine, files, f"{SENDMAIL} -t -i < /nobody || echo $?") == ["65"]


def test_secrets_are_in_memory_and_for_few(machine: Machine, files: Path) -> None:
    secrets = "env PYTHONPATH=/stubs /usr/local/sbin/drucloud-secrets"
    said = play(machine, files, f"""
        {secrets}; stat -c '%a %U %G' /run/drucloud/secrets.json; cat /run/drucloud/secrets.json; echo
        {secrets}; ls /run/drucloud
    """)
    assert said == ["drucloud-secrets: the secrets are new", "640 root www-data",
                    '{"hash_salt": "salt", "database": "word"}', "secrets.json"]

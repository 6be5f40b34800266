"""A broken world below dnsd: the last good zones are served, the others are untouched, and it goes on by itself afterwards."""

import shutil
import sqlite3
import threading

import pytest

from support.appliance import DOMAIN, Appliance, wait_until
from support.dns_message import Edns, ask

OTHER = "lain.sch.id"
ZONE = f"""\
$ORIGIN {OTHER}.
$TTL 60
@ SOA ns hostmaster 1 3600 900 604800 300
@ NS ns
ns A 10.5.5.5
www A 10.5.5.6
"""


@pytest.fixture
def school():
    with Appliance() as appliance:
        (appliance.state / "zone").write_text(ZONE)
        appliance.kotakpos("dns", "import", str(appliance.state / "zone"))
        wait_until(lambda: addresses(appliance, f"www.{OTHER}") == ["10.5.5.6"], 5, "the second zone")
        yield appliance


def addresses(school, name):
    reply = ask(school.ports["dns"], name)
    return sorted(".".join(map(str, record[4])) for record in reply.answer if record[1] == 1) if reply else None


def add(school, name, address):
    school.kotakpos("dns", "add", name, "A", address)


def is_added(school, name, address):
    wait_until(lambda: addresses(school, f"{name}.{DOMAIN}") == [address], 5, f"{name} to be served")


def test_without_the_folder_of_the_database_the_last_zones_stay(school):
    pid = school.pid("dnsd")
    away = (school.state / "dns").rename(school.state / "dns-away")
    wait_until(lambda: "event=database-unusable" in school.log_text(), 10, "the log line")
    assert addresses(school, f"www.{DOMAIN}") == ["192.168.10.2"] and addresses(school, f"www.{OTHER}") == ["10.5.5.6"]
    away.rename(school.state / "dns")
    add(school, "kembali", "192.168.10.33")
    is_added(school, "kembali", "192.168.10.33")
    assert school.pid("dnsd") == pid


@pytest.mark.parametrize("is_missed", [False, True], ids=["at-once", "after-it-was-missed"])
def test_a_restored_copy_of_the_database_is_served(school, is_missed):
    """Another file takes the place of the old one while all run; when that one is gone already, perhaps with its inode number."""
    folder = school.state / "dns"
    saved = school.state / "saved.db"
    with sqlite3.connect(folder / "dns.db") as source, sqlite3.connect(saved) as target:
        source.backup(target)
    add(school, "sesudah", "192.168.10.34")
    is_added(school, "sesudah", "192.168.10.34")
    owner = (folder / "dns.db").stat()
    missed = school.log_text().count("event=database-unusable")
    for name in ("dns.db", "dns.db-wal", "dns.db-shm"):
        (folder / name).unlink(missing_ok=True)
    if is_missed:
        wait_until(lambda: school.log_text().count("event=database-unusable") > missed, 10, "the log line")
    shutil.copy(saved, folder / "new.db")
    (folder / "new.db").chmod(owner.st_mode & 0o777)
    shutil.chown(folder / "new.db", owner.st_uid, owner.st_gid)
    (folder / "new.db").rename(folder / "dns.db")
    school.kotakpos("dns", "zones")  # whoever may write opens it first: the log and its index come with that
    wait_until(lambda: addresses(school, f"sesudah.{DOMAIN}") == [], 10, "the restored zone")
    assert addresses(school, f"www.{DOMAIN}") == ["192.168.10.2"]
    add(school, "lagi", "192.168.10.35")
    is_added(school, "lagi", "192.168.10.35")


def test_a_broken_zone_keeps_its_last_good_version_and_the_others_go_on(school):
    with sqlite3.connect(school.state / "dns" / "dns.db") as database:
        zone = database.execute("SELECT zone_id FROM zone WHERE name = ?", (f"{OTHER}.",)).fetchone()[0]
        # A row that no program of ours writes: an A record of three octets, and the SOA gone.
        database.execute("UPDATE record SET rdata = x'0a0505' WHERE zone_id = ? AND type = 1", (zone,))
        database.execute("DELETE FROM record WHERE zone_id = ? AND type = 6", (zone,))
        database.execute("UPDATE zone SET revision = revision + 1, base_revision = revision + 1 WHERE zone_id = ?", (zone,))
        database.execute("DELETE FROM change WHERE zone_id = ?", (zone,))
    wait_until(lambda: "event=zone-broken" in school.log_text(), 5, "the log line")
    assert addresses(school, f"www.{OTHER}") == ["10.5.5.6"]
    add(school, "tetap", "192.168.10.36")
    is_added(school, "tetap", "192.168.10.36")
    assert addresses(school, f"www.{OTHER}") == ["10.5.5.6"]


def test_answers_do_not_wait_for_a_locked_database(school):
    database = sqlite3.connect(school.state / "dns" / "dns.db", isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    try:
        for _ in range(200):
            assert addresses(school, f"www.{DOMAIN}") == ["192.168.10.2"]
        waiting = threading.Thread(target=add, args=(school, "menunggu", "192.168.10.37"))
        waiting.start()
        assert addresses(school, f"www.{DOMAIN}") == ["192.168.10.2"]
    finally:
        database.execute("ROLLBACK")
        database.close()
    waiting.join()
    is_added(school, "menunggu", "192.168.10.37")


def test_answers_go_on_without_the_keeper_and_it_comes_back(school):
    old = school.kill("dns-keeper")
    assert addresses(school, f"www.{DOMAIN}") == ["192.168.10.2"]
    wait_until(lambda: any(p["name"] == "dns-keeper" and p["pid"] not in (0, None, old) for p in school.processes()), 20, "another keeper")


def test_a_killed_dnsd_is_back_with_the_same_zones(school):
    school.kill("dnsd")
    wait_until(lambda: addresses(school, f"www.{DOMAIN}") == ["192.168.10.2"], 20, "answers")
    assert addresses(school, f"www.{OTHER}") == ["10.5.5.6"]


def test_a_missing_key_stops_changes_of_its_zone_only_and_says_so(school):
    school.kotakpos("dns", "sign", DOMAIN)
    wait_until(lambda: ask(school.ports["dns"], DOMAIN, "DNSKEY").answer, 5, "the signed zone")
    keys = school.state / "dns-keys"
    moved = [(path, path.rename(school.state / path.name)) for path in keys.glob("dnssec-*")]
    assert moved
    done = school.run("dns", "add", "tanpa-kunci", "A", "192.168.10.38")
    assert done.returncode in (1, 3) and done.stderr.startswith("kotakpos: ") and done.stderr.count("\n") == 1, done.stderr
    school.kotakpos("dns", "add", "baru", "A", "10.5.5.7", "--zone", OTHER)
    wait_until(lambda: addresses(school, f"baru.{OTHER}") == ["10.5.5.7"], 5, "the other zone's new record")
    signed = ask(school.ports["dns"], f"www.{DOMAIN}", edns=Edns(do=True))
    assert sorted(record[1] for record in signed.answer) == [1, 46]
    for path, away in moved:
        away.rename(path)
    add(school, "dengan-kunci", "192.168.10.39")
    is_added(school, "dengan-kunci", "192.168.10.39")
    assert addresses(school, f"tanpa-kunci.{DOMAIN}") == []

"""Zone files as school papers have them, through the command line and out by DNS: kotakpos dns import, export, serial."""

import json
import subprocess
import time

from support.appliance import wait_until

REFUSED = 3

PAPER = """\
; Konfigurasi DNS SMK
$TTL    604800
@       IN      SOA     ns.latihan.id. admin.latihan.id. (
                              2       ; Serial
                         604800       ; Refresh
                          86400       ; Retry
                        2419200       ; Expire
                         604800 )     ; Negative Cache TTL
;
@       IN      NS      ns.latihan.id.
@       IN      A       192.168.40.1
ns      IN      A       192.168.40.1
www     IN      CNAME   @
        IN 1h   TXT     "halo; dunia" (
                                "dua baris" )
mail    IN      A       192.168.40.2
@       IN      MX      10      mail
$GENERATE 10-12 pc$ IN A 192.168.40.$
"""


def dig(school, *words):
    done = subprocess.run(["dig", "-p", str(school.ports["dns"]), "@127.0.0.1", "+short", "+tries=1", *words],
                          capture_output=True, text=True, timeout=20)
    return done.stdout.split("\n")[:-1]


def zone(school, name):
    return next((zone for zone in json.loads(school.kotakpos("dns", "zones", "--json")) if zone["name"] == name), None)


def test_a_paper_with_a_mistake_names_the_line_and_changes_nothing(school, tmp_path):
    paper = tmp_path / "db.latihan"
    paper.write_text(PAPER)
    done = school.run("dns", "import", str(paper), "--zone", "latihan.id")
    assert done.returncode == REFUSED and f"{paper}, " in done.stderr and " 14: " in done.stderr
    assert "CNAME" in done.stderr and zone(school, "latihan.id.") is None


def test_a_corrected_paper_is_served_and_comes_out_again(school, tmp_path):
    paper = tmp_path / "db.latihan"
    paper.write_text(PAPER.replace("        IN 1h   TXT", "teks    IN 1h   TXT"))
    school.kotakpos("dns", "import", str(paper), "--zone", "latihan.id")
    assert zone(school, "latihan.id.") | {"revision": 0} == {
        "name": "latihan.id.", "serial": 2, "records": 11, "reverse": False, "kind": "primary", "signing": "off",
        "serial_style": "date", "revision": 0}
    wait_until(lambda: dig(school, "pc11.latihan.id", "A") == ["192.168.40.11"], 5, "a generated record")
    assert dig(school, "teks.latihan.id", "TXT") == ['"halo; dunia" "dua baris"']
    assert dig(school, "www.latihan.id", "A") == ["latihan.id.", "192.168.40.1"]

    school.kotakpos("dns", "zone-add", "192.168.40.0/24")
    wait_until(lambda: dig(school, "-x", "192.168.40.2") == ["mail.latihan.id."], 5, "the PTRs of a new reverse zone")

    out = tmp_path / "out"
    out.write_text(school.kotakpos("dns", "export", "--zone", "latihan.id"))
    checked = subprocess.run(["named-checkzone", "latihan.id", str(out)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    school.kotakpos("dns", "import", str(out))
    assert zone(school, "latihan.id.")["serial"] == 2  # nothing was different


def test_the_serial_counts_where_that_is_chosen(school):
    school.kotakpos("dns", "serial", "counter", "--zone", "latihan.id")
    school.kotakpos("dns", "add", "baru", "A", "192.168.40.50", "--zone", "latihan.id")
    assert zone(school, "latihan.id.")["serial"] == 3
    wait_until(lambda: dig(school, "-x", "192.168.40.50") == ["baru.latihan.id."], 5, "the PTR")
    school.kotakpos("dns", "zone-delete", "latihan.id")
    wait_until(lambda: not dig(school, "-x", "192.168.40.50"), 5, "the end of the PTR")


def test_twenty_thousand_names_come_in_while_others_are_served(school, tmp_path):
    big = tmp_path / "besar"
    big.write_text("$ORIGIN besar.id.\n$TTL 300\n@ SOA ns h 1 3600 900 1209600 300\n@ NS ns\nns A 10.0.0.1\n"
                   "$GENERATE 0-19999 pc${0,5} A 10.1.1.1\n")
    began = time.monotonic()
    school.kotakpos("dns", "import", str(big))
    print(f"import of 20,000 names: {time.monotonic() - began:.2f} s")
    wait_until(lambda: dig(school, "pc19999.besar.id", "A") == ["10.1.1.1"], 10, "the last of them")
    school.kotakpos("dns", "zone-delete", "besar.id")

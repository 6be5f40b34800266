"""What a school publishes about its mail, and the keys it signs with: everything as another server asks for it."""

import http.client
import json
import re
import socket
import ssl
import subprocess
import xml.etree.ElementTree
from base64 import b64decode

import pytest
from support.appliance import DOMAIN, wait_until


@pytest.fixture
def ask(school):
    """ask("TXT", "_dmarc"): the data of the records of a name in the school's zone."""

    def look(kind, name=""):
        full = f"{name}.{DOMAIN}" if name else DOMAIN
        done = subprocess.run(["dig", "@127.0.0.1", "-p", str(school.ports["dns"]), "+short", "+norec", "+tcp", full, kind],
                              capture_output=True, text=True, timeout=20)
        return sorted(line for line in done.stdout.splitlines() if line)

    return look


def keys(school):
    return json.loads(school.kotakpos("dkim", "list", "--json"))


def text_of(answer):
    return "".join(re.findall(r'"([^"]*)"', answer))


def get(school, host, path):
    context = ssl.create_default_context(cafile=str(school.state / "ca.crt"))
    connection = http.client.HTTPSConnection(host, school.ports["https"])
    connection.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", school.ports["https"])),
                                          server_hostname=host)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_setup_publishes_everything_other_servers_ask_for(ask):
    assert ask("TXT") == ['"v=spf1 mx ~all"']
    assert ask("TXT", "mail") == ['"v=spf1 a ~all"']  # for the null sender of reports
    assert ask("TXT", "_dmarc") == [f'"v=DMARC1; p=quarantine; rua=mailto:postmaster@{DOMAIN}"']
    assert ask("TXT", "_smtp._tls") == [f'"v=TLSRPTv1; rua=mailto:postmaster@{DOMAIN}"']
    assert re.fullmatch(r'"v=STSv1; id=[0-9a-f]{1,32}"', ask("TXT", "_mta-sts")[0])
    assert ask("A", "mta-sts")[-1] == f"www.{DOMAIN}."
    assert ask("SRV", "_imaps._tcp") == [f"0 1 993 mail.{DOMAIN}."]
    assert ask("SRV", "_submissions._tcp") == [f"0 1 465 mail.{DOMAIN}."]
    assert ask("SRV", "_submission._tcp") == [f"10 1 587 mail.{DOMAIN}."]
    assert ask("SRV", "_pop3s._tcp") and ask("SRV", "_pop3._tcp") and ask("SRV", "_imap._tcp")


def test_both_public_keys_are_published_and_the_private_ones_are_secret(school, ask):
    listed = keys(school)
    assert {key["state"] for key in listed} == {"signing"}
    for key in listed:
        assert text_of(ask("TXT", key["selector"] + "._domainkey")[0]) == key["record"]
        assert all(len(part) <= 255 for part in re.findall(r'"([^"]*)"', ask("TXT", key["selector"] + "._domainkey")[0]))
        file = school.state / "dkim" / (key["selector"] + ".pem")
        assert file.stat().st_mode & 0o777 == 0o600
        public = subprocess.run(["openssl", "pkey", "-in", file, "-pubout", "-outform", "DER"], capture_output=True, check=True)
        published = b64decode(key["record"].split("p=")[1])
        assert public.stdout.endswith(published)


def test_what_an_administrator_writes_goes_before(school, ask):
    school.kotakpos("dns", "add", "@", "TXT", "v=spf1 ip4:192.0.2.1 -all")
    wait_until(lambda: ask("TXT") == ['"v=spf1 ip4:192.0.2.1 -all"'], 2, "only the written SPF record")
    school.kotakpos("dns", "add", "@", "TXT", "some-verification=1")
    school.kotakpos("dns", "add", "autoconfig", "A", "192.168.10.77")
    wait_until(lambda: ask("A", "autoconfig") == ["192.168.10.77"], 2, "only the written address")
    assert ask("CNAME", "autoconfig") == []
    school.kotakpos("dns", "delete", "@", "TXT")
    school.kotakpos("dns", "delete", "autoconfig", "A")
    wait_until(lambda: ask("TXT") == ['"v=spf1 mx ~all"'], 2, "the box's record again")
    wait_until(lambda: ask("CNAME", "autoconfig"), 2, "the box's name again")


def test_a_record_of_the_box_cannot_be_deleted_by_mistake(school):
    refused = school.run("dns", "delete", "_dmarc", "TXT")
    assert refused.returncode == 3 and "_dmarc" in refused.stderr


def test_mail_programs_and_servers_find_their_files(school):
    status, policy = get(school, f"mta-sts.{DOMAIN}", "/.well-known/mta-sts.txt")
    assert status == 200 and policy == f"version: STSv1\r\nmode: testing\r\nmx: mail.{DOMAIN}\r\nmax_age: 86400\r\n"
    status, config = get(school, f"autoconfig.{DOMAIN}", "/mail/config-v1.1.xml?emailaddress=ali@" + DOMAIN)
    assert status == 200 and f"<hostname>mail.{DOMAIN}</hostname>" in config
    provider = xml.etree.ElementTree.fromstring(config).find("emailProvider")
    assert [server.get("type") for server in provider if server.tag.endswith("Server")] == ["imap"] * 2 + ["pop3"] * 2 + ["smtp"] * 2
    assert get(school, f"mta-sts.{DOMAIN}", "/mail")[0] == 404


def test_keys_are_rotated_with_an_overlap(school, ask):
    old = {key["selector"] for key in keys(school)}
    made = json.loads(school.kotakpos("dkim", "new", "--json"))["generation"]
    states = {key["selector"]: key["state"] for key in keys(school)}
    assert {states[selector] for selector in old} == {"signing"}
    assert states[f"{made}-rsa"] == states[f"{made}-ed"] == "waiting"
    wait_until(lambda: ask("TXT", f"{made}-rsa._domainkey"), 2, "the new key in DNS")
    assert school.run("dkim", "new").returncode == 3
    school.kotakpos("dkim", "use", made)
    states = {key["selector"]: key["state"] for key in keys(school)}
    assert states[f"{made}-rsa"] == "signing" and {states[selector] for selector in old} == {"retired"}
    assert all(ask("TXT", selector + "._domainkey") for selector in old)
    assert school.run("dkim", "retire", made).returncode == 3
    assert school.run("dkim", "use", "nonsense").returncode == 3
    school.kotakpos("dkim", "retire", sorted(old)[0])


def test_the_records_survive_signing_and_unsigning_the_zone(school, ask):
    school.kotakpos("dns", "sign")
    wait_until(lambda: ask("DNSKEY"), 5, "the signed zone")
    assert ask("TXT", "_dmarc") and ask("SRV", "_imaps._tcp")
    school.kotakpos("dns", "unsign")
    assert ask("TXT", "_dmarc")


def test_lost_keys_are_made_anew_at_the_next_start(school, ask):
    before = {key["selector"] for key in keys(school) if key["state"] == "signing"}
    school.stop()
    for selector in before:
        (school.state / "dkim" / (selector + ".pem")).unlink()
    school.start()
    after = {key["selector"] for key in keys(school) if key["state"] == "signing"}
    assert after and not after & before
    assert all(ask("TXT", selector + "._domainkey") for selector in after)

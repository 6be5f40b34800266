"""A mail program needs only address and password: autoconfig, Autodiscover, Apple's profile, and the names in DNS."""

import json
import plistlib
import xml.etree.ElementTree as ElementTree
from base64 import b64encode
from datetime import datetime, timedelta, timezone

import pytest

from httpd.test_http_server import Client
from support.appliance import DOMAIN

OUTLOOK = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"
QUESTION = """<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>
<EMailAddress>{}</EMailAddress>
<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/{}</AcceptableResponseSchema>
</Request></Autodiscover>"""


@pytest.fixture
def client(school):
    return Client(school)


def ask_outlook(client, address, schema="outlook/responseschema/2006a", path="/autodiscover/autodiscover.xml", **more):
    return client.request("POST", path, QUESTION.format(address, schema).encode(), {"Content-Type": "text/xml; charset=utf-8"},
                          host=f"autodiscover.{DOMAIN}", **more)


@pytest.mark.parametrize("host, path", [(f"autoconfig.{DOMAIN}", "/mail/config-v1.1.xml?emailaddress=ali%40" + DOMAIN),
                                        (DOMAIN, "/.well-known/autoconfig/mail/config-v1.1.xml"),
                                        (f"www.{DOMAIN}", "/.well-known/autoconfig/mail/config-v1.1.xml")])
def test_thunderbird_finds_the_servers(client, host, path):
    answer = client.get(path, host=host)
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/xml")
    provider = ElementTree.fromstring(answer.text.encode()).find("emailProvider")
    assert provider.find("domain").text == DOMAIN and provider.find("displayName").text == "SMK Negeri 1 Pendalian"
    first = provider.find("incomingServer")
    assert [first.get("type")] + [first.find(name).text for name in ("hostname", "port", "socketType", "username")] == \
        ["imap", f"mail.{DOMAIN}", "993", "SSL", "%EMAILLOCALPART%"]
    assert provider.find("outgoingServer").find("port").text == "465"


@pytest.mark.parametrize("path", ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"])
def test_outlook_finds_the_servers(client, path):
    account = ElementTree.fromstring(ask_outlook(client, f"Ali@{DOMAIN}", path=path).text.encode()).find(f"{OUTLOOK}Response/{OUTLOOK}Account")
    found = {p.find(OUTLOOK + "Type").text: p for p in account.findall(OUTLOOK + "Protocol")}
    assert set(found) == {"IMAP", "POP3", "SMTP"}
    assert {kind: protocol.find(OUTLOOK + "Port").text for kind, protocol in found.items()} == {"IMAP": "993", "POP3": "995", "SMTP": "465"}
    assert all(p.find(OUTLOOK + "LoginName").text == "ali" and p.find(OUTLOOK + "SSL").text == "on" for p in found.values())


def test_outlook_is_told_the_same_of_those_who_do_not_exist(client):
    assert ask_outlook(client, f"niemand@{DOMAIN}").text == ask_outlook(client, f"ali@{DOMAIN}").text.replace(">ali<", ">niemand<")


@pytest.mark.parametrize("address, schema, code", [("ali@other.example", "outlook/responseschema/2006a", "500"),
                                                   (f"&lt;x&gt;@{DOMAIN}", "outlook/responseschema/2006a", "500"),
                                                   (f"ali@{DOMAIN}", "mobilesync/responseschema/2006", "601")])
def test_outlook_is_told_what_is_not_served(client, address, schema, code):
    answer = ElementTree.fromstring(ask_outlook(client, address, schema).text.encode())
    assert answer.find(".//{*}ErrorCode").text == code


def test_large_or_strange_questions_are_refused(client):
    assert ask_outlook(client, "a" * 70_000).status == 413
    assert client.request("POST", "/autodiscover/autodiscover.xml", b"x", {"Content-Type": "application/json"}).status == 415


def test_new_outlooks_are_led_to_the_xml(client):
    for path in (f"/autodiscover/autodiscover.json?Email=ali%40{DOMAIN}&Protocol=AutodiscoverV1",
                 f"/autodiscover/autodiscover.json/v1.0/ali@{DOMAIN}?Protocol=Autodiscoverv1"):
        answer = json.loads(client.get(path, host=f"autodiscover.{DOMAIN}").text)
        assert answer["Url"] == f"https://autodiscover.{DOMAIN}/autodiscover/autodiscover.xml"
    other = client.get("/autodiscover/autodiscover.json?Protocol=ActiveSync")
    assert other.status == 400 and json.loads(other.text)["ErrorCode"] == "InvalidProtocol"


def test_apple_gets_a_profile_without_a_password(school, client):
    answer = client.get(f"/mobileconfig?address=ali@{DOMAIN}")
    assert answer.headers["Content-Type"] == "application/x-apple-aspen-config"
    profile = plistlib.loads(answer.text.encode())
    mail, ca = profile["PayloadContent"]
    assert (mail["EmailAddress"], mail["IncomingMailServerHostName"], mail["IncomingMailServerPortNumber"]) == \
        (f"ali@{DOMAIN}", f"mail.{DOMAIN}", 993)
    assert mail["IncomingMailServerUsername"] == "ali" and mail["OutgoingMailServerPortNumber"] == 465
    assert not any("Password" in key and key != "OutgoingPasswordSameAsIncomingPassword" for key in mail)
    pem = (school.state / "ca.crt").read_text()
    assert b64encode(ca["PayloadContent"]).decode() in pem.replace("\n", "")
    assert len({profile["PayloadUUID"], mail["PayloadUUID"], ca["PayloadUUID"]}) == 3
    assert client.get(f"/mobileconfig?address=ali@{DOMAIN}").text == answer.text


def test_who_is_logged_in_needs_no_address_and_strangers_are_asked(fresh, client):
    assert client.get("/mobileconfig").headers["Location"] == "/login?next=/mobileconfig"
    assert client.get("/mobileconfig?address=<x>@" + DOMAIN.replace("@", "")).status == 404
    login = fresh("apel")
    client.log_in(login)
    assert plistlib.loads(client.get("/mobileconfig").text.encode())["PayloadContent"][0]["EmailAddress"] == f"{login}@{DOMAIN}"


def test_the_names_that_programs_ask_for_are_in_dns(school):
    listed = school.kotakpos("dns", "list", "--json")
    for name in ("autoconfig", "autodiscover", "_imaps._tcp", "_submissions._tcp", "_autodiscover._tcp", "_pop3s._tcp"):
        assert f'"{name}.{DOMAIN}' in listed or f'"{name}"' in listed, name


def test_security_txt_says_whom_to_tell(client):
    for host in (f"www.{DOMAIN}", f"mail.{DOMAIN}"):
        fields = dict(line.split(": ", 1) for line in client.get("/.well-known/security.txt", host=host).text.splitlines())
        assert fields["Contact"] == f"mailto:postmaster@{DOMAIN}"
        expires = datetime.fromisoformat(fields["Expires"].replace("Z", "+00:00"))
        assert timedelta(days=30) < expires - datetime.now(timezone.utc) < timedelta(days=365)


def test_the_schools_own_file_goes_before(school, client):
    folder = school.state / "site" / ".well-known"
    folder.mkdir()
    (folder / "security.txt").write_text("Contact: https://own.example\n")
    try:
        assert client.get("/.well-known/security.txt", host=f"www.{DOMAIN}").text == "Contact: https://own.example\n"
        assert "postmaster" in client.get("/.well-known/security.txt", host=f"mail.{DOMAIN}").text
    finally:
        (folder / "security.txt").unlink()
        folder.rmdir()


def test_change_password_leads_to_the_webmail(client):
    assert client.get("/.well-known/change-password", host=f"mail.{DOMAIN}").headers["Location"] == "/settings/password"
    assert client.get("/.well-known/change-password", host=f"www.{DOMAIN}:8443").headers["Location"] == \
        f"https://mail.{DOMAIN}:8443/settings/password"


def test_other_pages_of_these_names_are_not_the_webmail(client):
    for name in ("autoconfig", "autodiscover", "mta-sts"):
        assert client.get("/login", host=f"{name}.{DOMAIN}").status == 404


def test_the_bare_domain_is_the_schools_page(client):
    moved = client.get("/kelas/?x=1", host=f"{DOMAIN}:10443")
    assert (moved.status, moved.headers["Location"]) == (302, f"https://www.{DOMAIN}:10443/kelas/?x=1")

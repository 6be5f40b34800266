"""Mail between the school and others, with DNS by the school's own name server: what strangers' mail is found to be, and what
others find of ours. The independent side is python3-dkim."""

import email
import re
import smtplib
import socketserver
import subprocess
import threading
from base64 import b64encode

import dkim
import pytest
from support.appliance import DOMAIN, Appliance, wait_until

STRANGER = "127.0.0.66"
SINK = "127.0.66.25"
HOST = f"mail.{DOMAIN}"

PEERS = {
    "pass.example": [f"@ TXT \"v=spf1 ip4:{STRANGER} -all\"", "_dmarc TXT \"v=DMARC1; p=reject\""],
    "soft.example": ["@ TXT \"v=spf1 ip4:192.0.2.1 ~all\"", "_dmarc TXT \"v=DMARC1; p=none\""],
    "bare.example": ["www A 192.0.2.1"],
    "broken.example": ["@ TXT \"v=spf1 include:broken.example nonsense\""],
    "reject.example": ["@ TXT \"v=spf1 -all\"", "_dmarc TXT \"v=DMARC1; p=reject\""],
    "junk.example": ["@ TXT \"v=spf1 -all\"", "_dmarc TXT \"v=DMARC1; p=quarantine\""],
    "far.example": [f"mx A {SINK}", "@ MX 10 mx"],
}


class Sink(socketserver.ThreadingTCPServer):
    """A mail server that takes everything and keeps it."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        self.messages = []
        super().__init__((SINK, 25), Sink.Session)

    class Session(socketserver.StreamRequestHandler):
        def say(self, text):
            self.wfile.write(text.encode() + b"\r\n")

        def handle(self):
            self.say("220 mx.far.example")
            for line in self.rfile:
                verb = line[:4].upper()
                if verb == b"DATA":
                    self.say("354 go on")
                    lines = iter(self.rfile.readline, b".\r\n")
                    self.server.messages.append(b"".join(line[1:] if line.startswith(b".") else line for line in lines))
                self.say("221 bye" if verb == b"QUIT" else "250 fine")
                if verb == b"QUIT":
                    return


@pytest.fixture(scope="module")
def school():
    conf = "limits.exempt = 127.0.0.1/32\nresolver = 127.0.0.1:{}\n"
    with Appliance(start=False) as appliance:
        appliance.write_config(conf.format(appliance.ports["dns"]))
        for zone, lines in PEERS.items():
            appliance.kotakpos("dns", "zone-add", zone)
            for line in lines:
                name, kind, data = line.split(" ", 2)
                appliance.kotakpos("dns", "add", name, kind, *([data.strip('"')] if kind == "TXT" else data.split()), "--zone", zone)
        appliance.start()
        yield appliance


@pytest.fixture(scope="module")
def sink():
    try:
        server = Sink()
    except PermissionError:
        pytest.skip("port 25 of a loopback address needs root")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def letter(domain, subject, more="", body="Halo\r\n"):
    return (f"{more}From: a@{domain}\r\nTo: budi@{DOMAIN}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@{domain}>\r\n"
            f"Date: Sat, 28 Nov 2026 10:00:00 +0000\r\n\r\n{body}").encode()


def send(school, sender, message, helo="bare.example", to="budi"):
    client = smtplib.SMTP(school.host, school.ports["smtp"], local_hostname=helo, source_address=(STRANGER, 0), timeout=30)
    try:
        return client.sendmail(sender, [f"{to}@{DOMAIN}"], message)
    finally:
        client.close()


def delivered(school, subject, mailbox="INBOX"):
    found = []

    def look():
        client = school.imap("budi")
        client.select(mailbox)
        numbers = client.search(None, "SUBJECT", f'"{subject}"')[1][0].split()
        found[:] = [client.fetch(number, "(BODY[])")[1][0][1] for number in numbers]
        client.logout()
        return found

    wait_until(look, 20, f"{subject} in {mailbox}")
    return email.message_from_bytes(found[0])


def results(message):
    """Of our own field: {"spf": "pass", ...}, the first of each method."""
    fields = [value for value in message.get_all("Authentication-Results", []) if value.startswith(HOST)]
    assert len(fields) == 1
    found = {}
    for method, verdict in re.findall(r";\s*([a-z]+)=([a-z]+)", fields[0]):
        found.setdefault(method, verdict)
    return found


@pytest.mark.parametrize("sender, spf, dmarc", [
    ("pass.example", "pass", "pass"), ("soft.example", "softfail", "fail"), ("bare.example", "none", "none"),
    ("broken.example", "permerror", "none"), ("unknown.invalid", "temperror", "temperror")])
def test_the_verdict_of_spf_and_dmarc(school, sender, spf, dmarc):
    send(school, f"a@{sender}", letter(sender, f"spf-{sender}"))
    found = results(delivered(school, f"spf-{sender}"))
    assert (found["spf"], found["dkim"], found["dmarc"]) == (spf, "none", dmarc)


def test_reject_is_refused_and_quarantine_goes_to_junk(school):
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(school, "a@bare.example", letter("reject.example", "forged"))
    assert refused.value.smtp_code == 550 and b"5.7.1" in refused.value.smtp_error and b"reject.example" in refused.value.smtp_error
    send(school, "a@bare.example", letter("junk.example", "doubtful"))
    assert results(delivered(school, "doubtful", "Junk"))["dmarc"] == "fail"
    assert "doubtful" not in school.subjects("budi")


def test_only_marking_and_switched_off(school):
    school.kotakpos("setting", "set", "mail.dmarc", "mark")

    def accepted():
        try:
            send(school, "a@bare.example", letter("reject.example", "marked"))
            return True
        except smtplib.SMTPDataError:
            return False

    wait_until(accepted, 5, "the setting")
    assert results(delivered(school, "marked"))["dmarc"] == "fail"
    school.kotakpos("setting", "set", "mail.dmarc", "off")
    send(school, "a@bare.example", letter("bare.example", "unlooked-1"))
    school.kotakpos("setting", "unset", "mail.dmarc")


def test_results_in_our_name_are_removed_and_those_of_others_stay(school):
    forged = (f"Authentication-Results: {HOST}; dkim=pass header.d=bank.example\r\n"
              f"authentication-results : (x) \"{HOST.upper()}\" 1;\r\n\tspf=pass\r\n"
              "Authentication-Results: mx.other.example; spf=pass\r\n")
    send(school, "a@bare.example", letter("bare.example", "claims", forged))
    message = delivered(school, "claims")
    assert "bank.example" not in message.as_string() and HOST.upper() not in message.as_string()
    assert message.get_all("Authentication-Results")[-1].startswith("mx.other.example")
    assert results(message)["dkim"] == "none"


def test_signatures_of_others_are_verified(school, tmp_path):
    key = tmp_path / "key.pem"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", key, "2048"], check=True, capture_output=True)
    public = subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    record = "v=DKIM1; k=rsa; p=" + b64encode(public).decode()
    school.kotakpos("dns", "add", "s1._domainkey", "TXT", record[:200], record[200:], "--zone", "reject.example")
    for forms in ((b"relaxed", b"relaxed"), (b"simple", b"simple"), (b"relaxed", b"simple"), (b"simple", b"relaxed")):
        subject = "signed-" + forms[0].decode() + forms[1].decode()
        message = letter("reject.example", subject, body="Satu  dua \r\n\r\n.titik\r\n\r\n\r\n")
        signature = dkim.sign(message, b"s1", b"reject.example", key.read_bytes(), canonicalize=forms)
        send(school, "a@bare.example", signature + message)
        found = results(delivered(school, subject))
        assert (found["dkim"], found["dmarc"]) == ("pass", "pass")
    with pytest.raises(smtplib.SMTPDataError):
        send(school, "a@bare.example", signature + message.replace(b"Satu", b"Tiga"))


def test_what_leaves_is_signed_with_both_keys_and_others_can_verify_it(school, sink):
    client = school.submission("ali")
    text = (f"From: ali@{DOMAIN}\r\nTo: x@far.example\r\nSubject: tugas akhir\r\n\r\n" + "Baris  panjang \r\n.\r\n" * 5000 + "\r\n\r\n")
    client.sendmail(f"ali@{DOMAIN}", ["x@far.example"], text)
    client.quit()
    wait_until(lambda: sink.messages, 30, "the mail at the other server")
    message = sink.messages[0]
    assert message.count(b"DKIM-Signature:") == 2

    def ask(name, timeout=5):
        done = subprocess.run(["dig", "@127.0.0.1", "-p", str(school.ports["dns"]), "+short", "+norec", "+tcp", name.decode(), "TXT"],
                              capture_output=True, text=True)
        return "".join(re.findall(r'"([^"]*)"', done.stdout)).encode()

    verifier = dkim.DKIM(message)
    assert [verifier.verify(index, dnsfunc=ask) for index in (0, 1)] == [True, True]
    changed = dkim.DKIM(message.replace(b"tugas akhir", b"tugas awal"))
    assert not changed.verify(0, dnsfunc=ask)


def test_a_stranger_behind_an_alias_gets_no_signature_of_ours(school, sink):
    """What an alias passes on says From: somebody of the school, but nobody of the school sent it."""
    school.kotakpos("alias", "add", "wali", "x@far.example")
    known = len(sink.messages)
    for sender in ("a@bare.example", ""):
        send(school, sender, f"From: kepsek@{DOMAIN}\r\nSubject: palsu\r\n\r\nTransfer now\r\n".encode(), to="wali")
    wait_until(lambda: len(sink.messages) == known + 2, 30, "the mails at the other server")
    assert not any(b"DKIM-Signature" in message for message in sink.messages[known:])


def test_a_pupil_cannot_write_our_verdicts(school):
    client = school.submission("ali")
    client.sendmail(f"ali@{DOMAIN}", [f"budi@{DOMAIN}"], f"Authentication-Results: {HOST}; dmarc=pass\r\nBcc: x@y.example\r\n"
                    f"From: ali@{DOMAIN}\r\nSubject: own-verdict\r\nAuthentication-Results: {HOST}; spf=pass\r\n\r\nHi\r\n")
    client.quit()
    message = delivered(school, "own-verdict")
    assert message.get_all("Authentication-Results") is None and message["Bcc"] is None


def test_an_offline_box_asks_nobody(school):
    school.kotakpos("setting", "set", "mail.outside", "offline")

    def unlooked():
        send(school, "a@bare.example", letter("bare.example", "luring"))
        return delivered(school, "luring").get_all("Authentication-Results") is None

    try:
        wait_until(unlooked, 10, "the setting")
    finally:
        school.kotakpos("setting", "set", "mail.outside", "direct")

#!/usr/bin/env python3
"""Proves the main job on a running demo school with ordinary clients: prove.py STATE PORT-BASE

DNS answers; ali sends budi a mail with an attachment; budi reads it over IMAP and in the webmail.
Prints each step with its time. Exit 1 names the step that failed. Standard library only.
"""

import email
import email.policy
import html.parser
import http.cookiejar
import imaplib
import os
import random
import re
import smtplib
import socket
import ssl
import struct
import sys
import time
import urllib.parse
import urllib.request
from email.message import EmailMessage

DOMAIN = "smkn1pendalian.sch.id"
SECONDS = 20
RECORD_A, RECORD_MX = 1, 15


class Failed(Exception):
    pass


def require(condition, why):
    if not condition:
        raise Failed(why)


# DNS: one small packet; no program of Debian is needed for it.

def dns_query(port, name, record_type):
    """The answers as (type, data) with names left compressed."""
    number = random.getrandbits(16)
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    packet = struct.pack("!6H", number, 0, 1, 0, 0, 0) + question + struct.pack("!2H", record_type, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(2)
        for attempt in range(3):
            client.sendto(packet, ("127.0.0.1", port))
            try:
                reply = client.recv(4096)
                break
            except socket.timeout:
                require(attempt < 2, f"no answer from 127.0.0.1 port {port}")
    got, flags, _, answers, _, _ = struct.unpack("!6H", reply[:12])
    require(got == number and flags & 0x8000, "the reply does not belong to the query")
    require(flags & 0xF == 0, f"response code {flags & 0xF} for {name}")
    return read_answers(reply, 12 + len(question) + 4, answers)


def read_answers(reply, offset, count):
    result = []
    for _ in range(count):
        while reply[offset] and reply[offset] < 0xC0:
            offset += 1 + reply[offset]
        offset += 2 if reply[offset] else 1
        kind, _, _, size = struct.unpack("!2HIH", reply[offset:offset + 10])
        result.append((kind, reply[offset + 10:offset + 10 + size]))
        offset += 10 + size
    return result


# The webmail as a browser without JavaScript sees it.

class Form:
    def __init__(self, attributes):
        self.action = attributes.get("action") or ""
        self.fields = {}
        self.password = self.text = None
        self.words = ""


class Page(html.parser.HTMLParser):
    """The forms, links and text of a page."""

    def __init__(self, address, body):
        super().__init__()
        self.address, self.body = address, body
        self.forms, self.links, self.words = [], [], ""
        self.feed(body)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append(Form(attributes))
        elif tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        elif tag in ("input", "button") and self.forms and attributes.get("name"):
            self.take_input(self.forms[-1], attributes)

    def take_input(self, form, attributes):
        kind = (attributes.get("type") or "text").lower()
        name = attributes["name"]
        if kind == "password":
            form.password = name
        elif kind in ("text", "email") and form.text is None:
            form.text = name
        form.fields[name] = attributes.get("value") or ""

    def handle_data(self, data):
        self.words += data
        if self.forms:
            self.forms[-1].words += data


class Browser:
    def __init__(self, state, port):
        context = ssl.create_default_context(cafile=os.path.join(state, "ca.crt"))
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.start = f"https://localhost:{port}/"

    def open(self, address, fields=None):
        data = None if fields is None else urllib.parse.urlencode(fields).encode()
        with self.opener.open(urllib.request.Request(address, data), timeout=SECONDS) as reply:
            return Page(reply.geturl(), reply.read().decode())

    def send(self, page, form):
        return self.open(urllib.parse.urljoin(page.address, form.action), form.fields)


class Proof:
    def __init__(self, state, base):
        self.state, self.base = state, base
        self.tls = ssl.create_default_context(cafile=os.path.join(state, "ca.crt"))
        self.subject = f"Tugas jaringan {random.getrandbits(40):x}"
        self.attachment = random.randbytes(20000)

    def dns(self):
        port = self.base + 53
        addresses = [data for kind, data in dns_query(port, "mail." + DOMAIN, RECORD_A) if kind == RECORD_A]
        require(addresses == [bytes([192, 168, 10, 3])], f"mail.{DOMAIN} has the addresses {addresses}")
        require(any(kind == RECORD_MX for kind, _ in dns_query(port, DOMAIN, RECORD_MX)), f"{DOMAIN} has no MX")
        return f"DNS: mail.{DOMAIN} is 192.168.10.3"

    def send(self):
        message = EmailMessage()
        message["From"] = f"Ali <ali@{DOMAIN}>"
        message["To"] = f"Budi <budi@{DOMAIN}>"
        message["Subject"] = self.subject
        message.set_content("Halo Budi,\n\nterlampir tugas jaringan kita.\n\nAli\n")
        message.add_attachment(self.attachment, maintype="application", subtype="octet-stream", filename="tugas.bin")
        with smtplib.SMTP("localhost", self.base + 587, timeout=SECONDS) as client:
            client.starttls(context=self.tls)
            client.login("ali", "123")
            client.send_message(message)
        return "ali sent budi a mail with an attachment (submission, STARTTLS)"

    def read(self):
        client = imaplib.IMAP4_SSL("localhost", self.base + 993, ssl_context=self.tls, timeout=SECONDS)
        client.login("budi", "123")
        client.select("INBOX")
        end = time.monotonic() + SECONDS
        while not (found := client.search(None, "SUBJECT", f'"{self.subject}"')[1][0].split()):
            require(time.monotonic() < end, "the mail did not arrive")
            time.sleep(0.01)
            client.noop()
        data = client.fetch(found[-1], "(BODY.PEEK[])")[1]
        message = email.message_from_bytes(data[0][1], policy=email.policy.default)
        parts = [part.get_content() for part in message.iter_attachments()]
        require(parts == [self.attachment], "the attachment is not what was sent")
        client.logout()
        return "budi read it over IMAP, the attachment is the same to the byte"

    def webmail(self):
        browser = Browser(self.state, self.base + 443)
        page = browser.open(browser.start)
        form = next((form for form in page.forms if form.password), None)
        require(form and form.text, f"{page.address} has no form to log in")
        form.fields.update({form.text: "budi", form.password: "123"})
        inbox = browser.send(page, form)
        require(self.subject in inbox.words, f"the subject is not in the inbox ({inbox.address})")
        leave = next((form for form in inbox.forms if re.search("logout|keluar", form.action + form.words, re.I)), None)
        require(leave, "there is no form to log out")
        after = browser.send(inbox, leave)
        require(self.subject not in after.words and any(form.password for form in after.forms), "logging out did not work")
        return "budi saw it in the webmail and logged out"


def main():
    proof = Proof(sys.argv[1], int(sys.argv[2]))
    for step in (proof.dns, proof.send, proof.read, proof.webmail):
        began = time.monotonic()
        try:
            words = step()
        except (Failed, OSError, EOFError, ValueError, LookupError, smtplib.SMTPException, imaplib.IMAP4.error) as error:
            print(f"try: the step '{step.__name__}' failed: {error or type(error).__name__}", file=sys.stderr)
            return 1
        print(f"  {time.monotonic() - began:7.2f} s  {words}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A person who writes a mail as a browser would, and what stands in the mailboxes afterwards."""

import email
import email.policy
import html
import os
import re
import signal
import threading

from httpd.test_http_server import Client
from support.appliance import wait_until


def person(school, login, undo="0"):
    client = Client(school)
    client.login = login
    client.log_in(login)
    if undo is not None:
        answer = client.post("/settings/display", {"csrf": client.token(client.get("/compose").text), "undo-seconds": undo})
        assert answer.status == 303
    return client


def mails(school, login, folder="INBOX"):
    with school.imap(login) as imap:
        imap.select(folder, readonly=True)
        found = imap.uid("search", None, "ALL")[1][0].split()
        return [email.message_from_bytes(imap.uid("fetch", uid, "(BODY.PEEK[])")[1][0][1], policy=email.policy.default) for uid in found]


def uids(school, login, folder="INBOX"):
    with school.imap(login) as imap:
        imap.select(folder, readonly=True)
        return [uid.decode() for uid in imap.uid("search", None, "ALL")[1][0].split()]


def put(school, login, lines, folder="INBOX"):
    """A message straight into a mailbox; gives its UID."""
    with school.imap(login) as imap:
        imap.append(folder, None, None, lines.replace("\n", "\r\n").encode())
    return uids(school, login, folder)[-1]


def field(page, name):
    found = re.search(rf'<input[^>]* name="{name}"[^>]*? value="([^"]*)"', page)
    return html.unescape(found.group(1)) if found else None


def text_of(page):
    return html.unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.S).group(1))


def fields_of(page, **more):
    """What a browser would post from this page."""
    names = ("csrf", "token", "origin", "origin_folder", "origin_uid", "html", "to", "cc", "bcc", "subject")
    return {**{name: field(page, name) or "" for name in names}, "text": text_of(page), **more}


def waits_for_httpd(client):
    def is_back():
        try:
            return client.get("/login").status in (200, 303)
        except OSError:
            return False

    wait_until(is_back, 20, "httpd's return")


def post_with_files(client, fields, files):
    boundary = "----TestBoundary8"
    body = b"".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items())
    for name, content in files:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'.encode()
        body += content + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return client.request("POST", "/compose", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})


class Stopped:
    """A daemon that stands still, as on a disk that does not answer."""

    def __init__(self, school, service):
        self.pid = school.pid(service)

    def __enter__(self):
        os.kill(self.pid, signal.SIGSTOP)

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGCONT)


def post_in_background(client, letter):
    def post():
        try:
            client.post("/compose", letter)
        except OSError:
            pass

    thread = threading.Thread(target=post)
    thread.start()
    return thread

"""Five people attach 35 MB each at the same moment and send it: files and letters lie on the disk, and nobody's is lost."""

import base64
import hashlib
import http.client
import json
import re
import ssl
import threading

from httpd.test_http_server import Client
from support.appliance import wait_until

PEOPLE = 5
SIZE = 35_000_000  # 48 MB as a letter: what fits into a message
AT_MOST = 45       # MiB that httpd may need for it
BOX_AT_MOST = 110  # MiB of the mail store: it takes large messages in turn, 64 MiB of them at a time


def memory(school, service="httpd"):
    with open(f"/proc/{school.pid(service)}/smaps_rollup") as file:
        return int(re.search(r"Pss:\s+(\d+)", file.read())[1]) / 1024


class Upload:
    """One person's file, sent but for its last bytes."""

    def __init__(self, school, login):
        self.login, self.bytes = login, (hashlib.sha256(login.encode()).digest() * (SIZE // 32 + 1))[:SIZE]
        client = Client(school)
        client.log_in(login)
        fields = client.letter(login, do="attach", subject=f"Berkas {login}")
        head = "".join(f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
        head += '--B\r\nContent-Disposition: form-data; name="files"; filename="besar.bin"\r\nContent-Type: application/octet-stream\r\n\r\n'
        self.client, self.fields, self.end = client, fields, b"\r\n--B--\r\n"
        self.connection = http.client.HTTPSConnection("localhost", school.ports["https"], context=ssl._create_unverified_context(), timeout=120)
        self.connection.putrequest("POST", "/compose")
        for name, value in {"Cookie": "; ".join(f"{k}={v}" for k, v in client.cookies.items()), "Accept": "application/json",
                            "Content-Type": "multipart/form-data; boundary=B", "Content-Length": len(head) + SIZE + len(self.end)}.items():
            self.connection.putheader(name, str(value))
        self.connection.endheaders()
        self.connection.send(head.encode())
        self.connection.send(self.bytes)

    def finish(self):
        self.connection.send(self.end)
        answer = json.loads(self.connection.getresponse().read())
        assert answer["fault"] == "" and [file["name"] for file in answer["files"]] == ["besar.bin"], answer

    def send(self):
        assert self.client.post("/compose", {**self.fields, "do": "send"}).status == 303


def in_parallel(works):
    faults = []

    def run(work):
        try:
            work()
        except BaseException as fault:  # told to the test below
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        yield
        threads[0].join(0.02)
    assert not faults, faults


def check_memory(school, when, works):
    peaks = [(memory(school), memory(school, "maild-box")) for _ in in_parallel(works)]
    web, box = (max(column) for column in zip(*peaks))
    print(f"{when}: httpd {web:.0f} MiB, maild-box {box:.0f} MiB")
    assert web < AT_MOST and box < BOX_AT_MOST


def test_five_large_uploads_at_once(school):
    logins = [f"berat{number}" for number in range(PEOPLE)]
    for login in logins:
        school.add_user(login)
    uploads, before = [], memory(school)
    peak = max(memory(school) for _ in in_parallel([lambda login=login: uploads.append(Upload(school, login)) for login in logins]))
    print(f"before {before:.0f} MiB, while {PEOPLE} x {SIZE} bytes come: {peak:.0f} MiB")
    assert len(uploads) == PEOPLE and peak < AT_MOST
    check_memory(school, "while drafts are made of them", [upload.finish for upload in uploads])
    for upload in uploads:
        with school.imap(upload.login) as client:
            client.select("Drafts", readonly=True)
            _, data = client.fetch("1", "(BODY.PEEK[2])")
        assert base64.b64decode(data[0][1]) == upload.bytes, "the file of the draft"
    check_memory(school, "while they are sent", [upload.send for upload in uploads])
    for upload in uploads:
        school.wait_for_subject(upload.login, f"Berkas {upload.login}")
        with school.imap(upload.login) as client:
            client.select("INBOX", readonly=True)
            _, data = client.fetch("1", "(BODY.PEEK[2])")
        assert base64.b64decode(data[0][1]) == upload.bytes, "the file that arrived"
    wait_until(lambda: memory(school) < AT_MOST and memory(school, "maild-box") < AT_MOST, 20, "the memory back")

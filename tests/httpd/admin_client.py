"""A browser of few words for the administration: cookies, forms with their tokens, no scripts, no pictures."""

import html
import http.client
import json
import re
import socket
import ssl
import urllib.parse


class Client:
    def __init__(self, school, login=None, password="123"):
        self.school, self.cookies = school, {}
        self.host = f"localhost:{school.ports['https']}"
        if login:
            self.get("/login")
            status, _ = self.post("/login", {"login": login, "password": password, "next": "/"})
            assert status == 303, f"{login} cannot log in"
            self.get("/mail/INBOX")  # a page with a token of this session

    @property
    def token(self):
        return self.cookies["__Host-kotakpos"].split(".")[0]

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPSConnection("127.0.0.1", self.school.ports["https"], context=ssl._create_unverified_context(), timeout=30)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request(method, path, body, {"Host": self.host, "Cookie": cookie, **(headers or {})})
        answer = connection.getresponse()
        text = answer.read().decode()
        for value in answer.headers.get_all("Set-Cookie") or []:
            name, rest = value.split("=", 1)
            self.cookies[name] = rest.split(";")[0]
        self.location = answer.headers.get("Location", "")
        connection.close()
        if found := re.search(r'name="csrf" value="([^"]+)"', text):
            self.csrf = html.unescape(found.group(1))
        return answer.status, text

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, fields, csrf=None):
        """`fields`: a dict, or pairs where a name comes several times."""
        pairs = [("csrf", self.csrf if csrf is None else csrf), *(fields.items() if isinstance(fields, dict) else fields)]
        return self.request("POST", path, urllib.parse.urlencode(pairs), {"Content-Type": "application/x-www-form-urlencoded"})


def talk_to_desk(school, line, door="desk"):
    """What the desk answers to these bytes: (code, the rest); (None, "") when it says nothing."""
    with socket.socket(socket.AF_UNIX) as desk:
        desk.settimeout(40)
        desk.connect(str(school.state / "run" / f"{door}.sock"))
        try:
            desk.sendall(line)
            desk.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: desk.recv(65536), b""))
        except (BrokenPipeError, ConnectionResetError):
            return None, ""
    head, _, rest = answer.decode().partition("\n")
    return (json.loads(head)["code"], rest) if head else (None, "")


def ask_desk(school, token, operation, door="desk", **arguments):
    return talk_to_desk(school, json.dumps({"session": token, "language": "en", "operation": operation, "arguments": arguments}).encode() + b"\n", door)

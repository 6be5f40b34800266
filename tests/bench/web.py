"""The webmail, us beside Roundcube 1.6 (Apache, PHP, Dovecot, Postfix) with the same 2,000 messages.

    web.py [--quick] [--us] [--messages N] [--no-browser]

Steps are timed in headless Chromium, from the click until what was asked for is on the screen; pages a second and CPU with a load
program that keeps 16 TLS connections of 16 sessions. A page of Roundcube is its inbox and the list that the inbox then asks for.
"""

import argparse
import http.client
import json
import os
import re
import ssl
import statistics
import subprocess
import time
from urllib.parse import urlencode

from bench import school_mail
from bench.mail_servers import LOGIN, PASSWORD, Kotakpos, pss_bytes, settled
from bench.peers import cpu_seconds
from bench.roundcube import Roundcube
from bench.table import compare, row
from httpd.browser import Browser
from selenium.common.exceptions import WebDriverException
from support.appliance import BUILD

SESSIONS = 16
SECONDS = 5
NOW = "performance.timeOrigin + performance.now()"
STEPS = ("login page", "login to inbox", "open message", "next page", "search", "compose", "send")


def click(selector):
    return f"document.querySelector(\"{selector}\").click()"


class Watching(Browser):
    """A browser that counts what it gets, and times by its own clock."""

    def __init__(self, server):
        # "none": the driver does not wait for pages, we do.
        super().__init__(server, logs=("performance",), strategy="none")

    def open(self, path):
        if not path.startswith("/language/"):  # the first page that it sees is the one that counts
            super().open(path)

    def until(self, condition, what):
        """The moment in ms at which the expression became true: as the watch of `timed` saw it, and of a new page its load event."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                moment = self.driver.execute_script(
                    f"if (document.readyState != 'complete' || !({condition}) || !performance.timing.loadEventEnd) return 0;"
                    "return window.seenBefore ? window.seenAt || 0 : performance.timing.loadEventEnd")
                if moment:
                    self.driver.execute_script("window.seenBefore = true")
                    return moment
            except WebDriverException:  # the page between two pages
                pass
            time.sleep(0.002)
        raise SystemExit(f"bench web: {what} did not come; the page is {self.driver.current_url}:\n{self.text()[:500]}")

    def timed(self, act, condition, what):
        """Milliseconds from `act`, a script that does what a click does, to the condition. The page itself looks every 4 ms: asking
        through the driver takes longer than that, and holds up what is measured."""
        begin = self.driver.execute_script(
            "window.seenBefore = true; window.seenAt = 0; "
            f"const watch = setInterval(() => {{ if ({condition}) {{ window.seenAt = {NOW}; clearInterval(watch); }} }}, 1); "
            f"const begin = {NOW}; {act}; return begin")
        return self.until(condition, what) - begin

    def timed_visit(self, path, condition, what):
        self.open(path)
        return self.until(condition, what) - self.driver.execute_script("return performance.timing.navigationStart")

    def show(self, path, condition):
        """Without being timed."""
        self.driver.execute_script("window.seenBefore = false")
        self.open(path)
        self.until(f"!window.seenBefore && ({condition})", path)

    def received(self):
        """What has come over the wire since the last call: requests, bytes, bytes of script unpacked."""
        requests, size, scripts, kinds = 0, 0, 0, {}
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            values = message["params"]
            if message["method"] == "Network.responseReceived" and values["response"]["url"].startswith("https:"):
                kinds[values["requestId"]] = values["type"]
            elif message["method"] == "Network.loadingFinished" and values["requestId"] in kinds:
                requests += 1
                size += values["encodedDataLength"]
            elif message["method"] == "Network.dataReceived" and kinds.get(values["requestId"]) == "Script":
                scripts += values["dataLength"]
        return {"requests": requests, "KB": size / 1024, "script KB": scripts / 1024}


class Session:
    """A browser without a screen."""

    def __init__(self, server):
        self.server, self.cookies = server, {}

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPSConnection("localhost", self.server.ports["https"], context=ssl._create_unverified_context(), timeout=60)
        connection.request(method, path, body, {"Cookie": self.cookie(), **(headers or {})})
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, value = header.split(";")[0].split("=", 1)
            self.cookies[name] = value
        connection.close()
        return answer.status, text

    def post(self, path, fields):
        return self.request("POST", path, urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"})

    def cookie(self):
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


class Us(Kotakpos):
    paths, headers = ["/mail/INBOX"], []

    def web_workers(self):
        return [self.school.pid("httpd")]

    def roots(self):
        return [self.school.pid("httpd"), self.school.pid("maild-box")]

    def log_in(self):
        session = Session(self)
        token = re.search(r'name="csrf" value="([0-9a-f]+)"', session.request("GET", "/login")[1])[1]
        session.post("/login", {"csrf": token, "login": LOGIN, "password": PASSWORD})
        assert 'name="uid"' in session.request("GET", "/mail/INBOX")[1]
        return session

    def page(self, session):
        return self.paths, self.headers

    def two_pages(self, paths):
        return [*paths, *(path + "?page=2" for path in paths)]

    def steps(self, browser):
        rows = "document.querySelectorAll('input[name=uid]').length"
        inbox = rows + " >= 10"  # conversations: the window has 50 messages
        yield "login page", browser.timed_visit("/login", "document.querySelector('[name=password]')", "the login page")
        yield "first", browser.received()
        browser.fill("login", LOGIN)
        browser.fill("password", PASSWORD)
        yield "login to inbox", browser.timed(click("main button.primary"), inbox, "the inbox")
        yield "visit", browser.received()
        yield "open message", browser.timed(click("a[href^='/mail/INBOX/']"), "document.querySelector('article.message')", "the message")
        browser.show("/mail/INBOX", inbox)
        yield "next page", browser.timed(click("a[href*='page=2']"), "location.search.includes('page=2') && " + inbox, "page 2")
        browser.show("/mail/INBOX", inbox)
        yield "search", browser.timed(f"const field = document.querySelector('[name=q]'); field.value = '{school_mail.RARE}'; field.form.requestSubmit()",
                                      f"location.search.includes('q=') && {rows} >= 1 && {rows} < 50", "what was found")
        browser.show("/mail/INBOX", inbox)
        yield "compose", browser.timed(click("a[href^='/compose']"), "document.querySelector('[name=subject]')", "the form")
        browser.fill("to", LOGIN)
        browser.fill("subject", "Halo")
        browser.fill("text", "isi")
        yield "send", browser.timed(click("button[name=do][value=send]"), "!location.pathname.includes('compose')", "the list")


class Them(Roundcube):
    def log_in(self):
        session = Session(self)
        token = re.search(r'name="_token" value="([^"]+)"', session.request("GET", "/?_task=login")[1])[1]
        session.post("/?_task=login", {"_token": token, "_task": "login", "_action": "login", "_user": LOGIN, "_pass": PASSWORD})
        session.text = session.request("GET", "/?_task=mail&_mbox=INBOX")[1]
        assert "messagelist" in session.text
        return session

    def page(self, session):
        token = re.search(r'"request_token":"([^"]+)"', session.text)[1]
        return (["/?_task=mail&_mbox=INBOX", "/?_task=mail&_action=list&_refresh=1&_layout=widescreen&_mbox=INBOX&_page=&_remote=1&_unlock=1"],
                [f"X-Roundcube-Request: {token}", "X-Requested-With: XMLHttpRequest"])

    def two_pages(self, paths):
        return [*paths, *(path.replace("_page=&", "_page=2&") for path in paths)]

    def steps(self, browser):
        rows = "document.querySelectorAll('#messagelist tbody tr').length"
        inbox = "/?_task=mail&_mbox=INBOX"
        yield "login page", browser.timed_visit("/", "document.querySelector('#rcmloginpwd')", "the login page")
        yield "first", browser.received()
        browser.fill("_user", LOGIN)
        browser.fill("_pass", PASSWORD)
        yield "login to inbox", browser.timed(click("#rcmloginsubmit"), rows + " >= 50", "the inbox")
        yield "visit", browser.received()
        frame = "document.querySelector('#messagecontframe')"
        yield "open message", browser.timed(
            "const row = document.querySelector('#messagelist tbody tr'); rcmail.message_list.select(row.uid || row.id.slice(6)); "
            "rcmail.show_message(rcmail.message_list.get_single_selection(), false, true)",
            f"{frame} && {frame}.contentDocument.readyState == 'complete' && {frame}.contentDocument.querySelector('#messagebody')", "the message")
        first = browser.one("#messagelist tbody tr").get_attribute("id")
        yield "next page", browser.timed("rcmail.command('nextpage')", f"{rows} >= 50 && !document.getElementById('{first}')", "page 2")
        browser.show(inbox, rows + " >= 50")
        yield "search", browser.timed(
            f"document.querySelector('#mailsearchform').value = '{school_mail.RARE}'; rcmail.command('search')", f"{rows} >= 1 && {rows} < 50", "what was found")
        browser.show(inbox, rows + " >= 50")
        yield "compose", browser.timed("rcmail.command('compose')", "document.querySelector('#composebody') && window.rcmail && rcmail.env.action == 'compose'",
                                       "the form")
        browser.driver.execute_script(f"document.querySelector('#_to').value = '{LOGIN}@{school_mail.DOMAIN}';"
                                      "document.querySelector('#compose-subject').value = 'Halo'; document.querySelector('#composebody').value = 'isi'")
        yield "send", browser.timed("rcmail.command('send', {})", rows + " >= 50", "the list")


def in_browser(server, rounds):
    """The median of each step, every round in a browser that has seen nothing."""
    found = {}
    for _ in range(rounds):
        with Watching(server) as browser:
            browser.driver.execute_cdp_cmd("Network.enable", {})
            browser.received()
            for name, value in server.steps(browser):
                if isinstance(value, dict):
                    for what, amount in value.items():
                        found.setdefault((name, what), []).append(amount)
                else:
                    found.setdefault(name, []).append(value)
    return {name: statistics.median(values) for name, values in found.items()}


def under_load(server, seconds):
    figures = {"idle": pss_bytes(server.web_workers()) / 2**20}
    sessions = [server.log_in() for _ in range(SESSIONS)]
    settled(server)
    figures["sessions"] = pss_bytes(server.web_workers()) / 2**20
    paths, headers = server.page(sessions[0])

    def load(connections, length, paths=paths):
        words = [word for name, values in (("path", paths), ("header", headers), ("cookie", [s.cookie() for s in sessions]))
                 for value in values for word in (f"--{name}", value)]
        before = cpu_seconds(server.roots())
        process = subprocess.Popen([BUILD / "tests" / "web_load", "pages", "--port", str(server.ports["https"]), "--host", "localhost",
                                    "--connections", str(connections), "--seconds", str(length), *words], stdout=subprocess.PIPE, text=True)
        time.sleep(length * 0.8)
        memory = pss_bytes(server.web_workers()) / 2**20
        done = json.loads(process.communicate()[0])
        if done["failed"]:
            raise SystemExit(f"bench web: {server.name}: {done['failed']} pages failed")
        return {**done, "memory": memory, "cpu_ms": (cpu_seconds(server.roots()) - before) / done["pages"] * 1000}

    load(2, 1)
    alone, in_turn, all_at_once = load(1, seconds), load(1, seconds, server.two_pages(paths)), load(SESSIONS, seconds)
    return {**figures, "cpu_ms": alone["cpu_ms"], "turn_ms": in_turn["cpu_ms"] / 2, "alone_ms": alone["median_ms"], "bytes": alone["bytes"] / 1024,
            "per_s": all_at_once["per_s"], "cpu_loaded_ms": all_at_once["cpu_ms"], "loaded": all_at_once["memory"]}


def main():
    parser = argparse.ArgumentParser()
    for name in ("quick", "us", "no-browser"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--messages", type=int, default=2000)
    options = parser.parse_args()
    print(f"On {os.cpu_count()} cores; {options.messages} messages\n")
    row("", "Kotakpos", "Roundcube", "better", "", "aim")
    figures = []
    for kind in [Us] if options.us else [Us, Them]:
        server = kind()
        try:
            server.fill(range(options.messages), LOGIN)
            found = under_load(server, 2 if options.quick else SECONDS)
            if not options.no_browser:
                found.update(in_browser(server, 3 if options.quick else 9))
            figures.append(found)
        finally:
            server.close()
    show(figures)


def show(figures):
    mine, peer = (figures + [None])[:2]

    def line(words, name, unit, better="less", aim=""):
        if name in mine:
            compare(words, mine[name], peer[name] if peer else None, unit, better, aim)

    for step in STEPS:
        line(step, step, "ms", aim="a third")
    line("first visit, login page: requests", ("first", "requests"), "", aim="<= 6")
    line("... bytes", ("first", "KB"), "KB", aim="<= 60")
    line("... scripts unpacked", ("first", "script KB"), "KB")
    line("then the inbox: requests", ("visit", "requests"), "")
    line("... bytes", ("visit", "KB"), "KB")
    line("... scripts unpacked", ("visit", "script KB"), "KB", aim="< 40")
    line("inbox page, CPU of web and IMAP", "cpu_ms", "ms", aim="<= 1.5")
    line("... two pages in turn, none as it was", "turn_ms", "ms")
    line("... with 16 at once", "cpu_loaded_ms", "ms")
    line("... time, one browser", "alone_ms", "ms")
    line("... bytes, compressed", "bytes", "KB")
    line("inbox pages, 16 connections", "per_s", "pages/s", "more", ">= 1000")
    line("memory of the web server (PSS), fresh", "idle", "MiB")
    line(f"... {SESSIONS} sessions", "sessions", "MiB", aim="<= 15")
    line("... under load", "loaded", "MiB")


if __name__ == "__main__":
    main()

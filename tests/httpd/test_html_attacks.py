"""Hostile mails in a real Chromium: nothing runs, nothing is asked of another host, nothing lies over anything. The sanitizer alone
(without the frame's policies), then the webmail as it is, then every other place where a stranger's words are shown."""

import base64
import http.client
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from httpd.browser import Browser
from support.alarm import DISPLACED, HOOK, RANG, TOUCH, BareServer, OtherHosts
from support.appliance import wait_until

CORPUS = Path(__file__).parent.parent / "corpus" / "sanitize"
VECTORS = {file.stem: file.read_bytes() for file in sorted(CORPUS.glob("*.html")) if not file.stem.startswith("ok-")}
PARTS = 12   # of one mail
FRAMES = 60  # documents in one window
NEW = b"\r\n"


def letter(subject, parts):
    """A mail of many HTML parts: the page shows each in a frame of its own."""
    fields = [b"From: Penyerang <x@track.example>", b"To: ali@smkn1pendalian.sch.id", b"Subject: " + subject.encode(), b"MIME-Version: 1.0",
              b"Content-Type: multipart/mixed; boundary=b", b""]
    for html in parts:
        fields += [b"--b", b"Content-Type: text/html; charset=utf-8", b"Content-Transfer-Encoding: base64", b"", base64.encodebytes(html).replace(b"\n", NEW)]
    return NEW.join([*fields, b"--b--", b""])


def put(school, login, folder, messages):
    """The messages' UIDs, in order."""
    with school.imap(login) as imap:
        imap.create(folder)
        uids = []
        for message in messages:
            answer = imap.append(folder, None, None, message)[1][0]
            uids.append(int(answer.split(b"APPENDUID")[1].split()[1].rstrip(b"]")))
    return uids


def cleaned(school, browser, places, query=""):
    """What the webmail makes of them, without the policies it sends along."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in browser.driver.get_cookies())
    connection = http.client.HTTPSConnection("localhost", school.ports["https"], context=ssl._create_unverified_context(), timeout=30)
    documents = {}
    for name, (uid, section) in places.items():
        connection.request("GET", f"/mail/Serangan/{uid}/html/{section}{query}", headers={"Cookie": cookies})
        answer = connection.getresponse()
        documents[name] = answer.read()
        assert answer.status == 200, name
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "sandbox" in policy and "allow-scripts" not in policy and "form-action 'none'" in policy
    connection.close()
    return documents


@pytest.fixture(scope="module")
def others():
    hosts = OtherHosts()
    yield hosts
    hosts.close()


@pytest.fixture(scope="module")
def browser(school, others):
    with Browser(school, language="en", arguments=[others.rule]) as window:
        window.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": HOOK})
        window.log_in("ali")
        yield window


@pytest.fixture(scope="module")
def places(school):
    """UID and section of each."""
    names = list(VECTORS)
    mails = [names[first:first + PARTS] for first in range(0, len(names), PARTS)]
    uids = put(school, "ali", "Serangan", [letter(mail[0], [VECTORS[name] for name in mail]) for mail in mails])
    return {name: (uid, section) for uid, mail in zip(uids, mails) for section, name in enumerate(mail, 1)}


def rung(browser):
    return [entry["message"] for entry in browser.driver.get_log("browser") if RANG in entry["message"]]


def show(browser, documents, look=None):
    """All of them in frames, touched everywhere; gives what `look` (a script) finds in each."""
    server = BareServer(documents)
    found = []
    try:
        for first in range(0, len(documents), FRAMES):
            browser.driver.get(f"{server.root}/all/{first}/{first + FRAMES}")
            browser.driver.execute_script(TOUCH)
            found += browser.driver.execute_script(look) if look else []
    finally:
        server.close()
    return found


def test_the_alarm_rings_for_mails_that_nobody_cleaned(browser, others):
    """Else the tests below would prove nothing."""
    dangerous = {name: html for name, html in VECTORS.items() if name.startswith(("event", "handler", "element", "parser", "script", "svg", "img"))
                 and b"http-equiv" not in html and b"_top" not in html}
    show(browser, dangerous)
    assert len(rung(browser)) >= 60
    assert len(others.seen) >= 10
    wait_until(lambda: any(b"track.example" in seen for seen in others.seen), what="a request to track.example")


@pytest.mark.parametrize("query", ["", "?images=1"])
def test_the_sanitizer_alone_stops_every_attack(school, browser, others, places, query):
    documents = cleaned(school, browser, places, query)
    assert len(documents) >= 300
    del others.seen[:]
    rung(browser)
    assert show(browser, documents, DISPLACED) == []
    assert rung(browser) == []
    if not query:
        assert others.seen == []


def test_the_webmail_shows_every_attack_as_a_mail(browser, others, places):
    del others.seen[:]
    rung(browser)
    shown = 0
    for uid in sorted({uid for uid, _ in places.values()}):
        browser.open(f"/mail/Serangan/{uid}")
        first, = [name for name, place in places.items() if place == (uid, 1)]
        assert first == browser.text("h1")
        shown += len(browser.all("iframe"))
    assert shown == len(places)
    assert browser.errors() == []
    assert others.seen == []


# A stranger's words are everywhere: in names, subjects, file names, types. Each is shown as it is and does nothing.
WORD = "\"'><img src=x onerror=alert(1)><script>alert(1)</script>{{csrf}}{{{csrf}}}</textarea></title>javascript:alert(1)"


def hostile_fields():
    word = WORD.encode()
    encoded = b"=?utf-8?B?" + base64.b64encode(word) + b"?="
    part = (b"--b%s" % NEW + b"Content-Type: %s" + NEW + b"Content-Disposition: attachment; filename*=utf-8''%s" + NEW + NEW + b"%s" + NEW)
    name = "".join(f"%{byte:02X}" for byte in word).encode()
    bad = b"<html><body onload=alert(1)><script>alert(1)</script><img src=//track.example/a></body></html>"
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><image href='http://track.example/a'/></svg>"
    inner = b"Subject: " + encoded + NEW + b"From: " + encoded + b" <x@track.example>" + NEW + b"Content-Type: text/html" + NEW + NEW + bad
    kinds = [(b"text/html", bad), (b"image/svg+xml", svg), (b"application/xhtml+xml", bad), (b"image/png", svg), (b"application/pdf", b"%PDF-1.4 <script>alert(1)</script>"),
             (b"text/xml", svg), (b"text/calendar", b"BEGIN:VCALENDAR" + NEW + b"SUMMARY:" + word), (b"text/vcard", b"BEGIN:VCARD" + NEW + b"FN:" + word),
             (b"message/rfc822", inner), (b"multipart/related; boundary=\"" + b"x" * 100 + b"\"", bad), (b"text/plain; charset=\"" + b"utf-7" + b"\"", b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-")]
    body = b"".join(part % (kind, name, text) for kind, text in kinds)
    return NEW.join([b"From: " + encoded + b" <\"<script>alert(1)</script>\"@track.example>", b"To: " + encoded + b" <ali@smkn1pendalian.sch.id>",
                     b"Cc: " + b", ".join([encoded + b" <x@track.example>"] * 20), b"Reply-To: " + encoded + b" <x@track.example>", b"Subject: " + encoded,
                     b"Date: " + word, b"Message-ID: <" + word.replace(b">", b"") + b"@x>", b"References: <javascript:alert(1)>", b"List-Id: " + encoded,
                     b"List-Unsubscribe: <javascript:alert(1)>, <https://track.example/u>", b"List-Post: <javascript:alert(1)>",
                     b"Disposition-Notification-To: " + encoded + b" <x@track.example>", b"X-Face: " + word, b"Organization: " + word,
                     b"Received: from " + word + b" (track.example [192.0.2.1]) by <script>alert(1)</script> with ESMTPS id 1; Mon, 1 Jan 2024 00:00:00 +0000",
                     b"Received: " + b"(" * 500, b"Authentication-Results: " + word, b"MIME-Version: 1.0", b"Content-Type: multipart/mixed; boundary=b", b"",
                     b"--b", b"Content-Type: text/plain; charset=utf-8", b"", word + b" https://track.example/\"onmouseover=alert(1) javascript:alert(1) www.track.example/'><script>", body, b"--b--", b""])


def addresses_on(browser):
    """Where the links of this page lead within the box, each once; what ends the session is left out."""
    found = {}
    for link in browser.driver.execute_script("return [...document.querySelectorAll('a[href], iframe[src], img[src]')].map(x => x.href || x.src)"):
        parts = urlsplit(link)
        assert parts.scheme in ("https", "http", "tel"), link
        if parts.netloc == urlsplit(browser.root).netloc and not parts.path.startswith(("/logout", "/language")):
            found.setdefault(parts.path + ("?" + parts.query if parts.query else ""))
    return list(found)


def test_a_strangers_words_do_nothing_anywhere(school, browser, others):
    uid, = put(school, "ali", "Kata", [hostile_fields()])
    del others.seen[:]
    rung(browser)
    browser.open("/mail/Kata")
    assert "<script>alert(1)</script>" in browser.text("main")
    browser.open(f"/mail/Kata/{uid}")
    assert WORD in browser.text("h1")
    assert "{{csrf}}{{{csrf}}}" in browser.text("main")
    for address in addresses_on(browser):
        browser.open(address)
        browser.driver.execute_script(TOUCH)
    assert rung(browser) == []
    assert others.seen == []

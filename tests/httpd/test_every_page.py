"""Every page that a link leads to, and one of each kind of the administration, as the administrator sees it: WCAG rules, one heading, the keyboard alone, a phone's width, dark
and light, and nothing in the browser's console."""

import http.client
import re
import ssl
from urllib.parse import urlsplit

import pytest

from httpd.browser import DESKTOP, PHONE, Browser
from support.axe import violations

LEFT_OUT = ("/logout", "/admin/",  # the last test below, and test_admin.py
            "/language", "/static", "/ca.crt")
# One page of each kind: what is in its frame is the same as everywhere.
ADMINISTRATION = ["", "/people", "/people/ali", "/people/ali/delete", "/new-person", "/import", "/classes", "/classes/X-TKJ-1", "/school-year", "/aliases",
                  "/lists", "/lists/semua", "/names", "/names/smkn1pendalian.sch.id.", "/queue", "/trace", "/services", "/settings", "/settings/mail.outside",
                  "/settings/machine.ssh", "/statistics", "/site", "/audit"]
ALL_PAGES = 120  # more kinds of pages than that: the crawler goes round in circles

# What a mouse can use here, each once; and what has the keyboard's focus now.
USABLE = """
const inside = document.querySelector(arguments[0]);
return [...inside.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [contenteditable=true], iframe')]
  .filter(node => !node.disabled && !(node.tabIndex < 0 && node.ariaHidden) && node.checkVisibility({checkVisibilityCSS: true}) && node.getClientRects().length &&
                  !(node.type == 'radio' && !node.checked && document.querySelector(`input[name="${node.name}"]:checked`)))
  .map(node => { node.dataset.seen = node.dataset.seen || String(window.count = (window.count || 0) + 1); return [node.dataset.seen, node.outerHTML.slice(0, 120)]; });
"""
FOCUSED = """
const node = document.activeElement, style = getComputedStyle(node);
return [node.dataset.seen || '', node == document.body,
        style.outlineStyle !== 'none' || style.boxShadow !== 'none' || node.tagName == 'IFRAME' || node.tagName == 'MAIN', node.outerHTML.slice(0, 120)];
"""


def kind_of(address):
    """"/mail/INBOX/7?page=2" and "/mail/INBOX/9" are one kind of page."""
    parts = urlsplit(address)
    path = re.sub(r"/[0-9a-f]{8,}(?=/|$)", "/#", re.sub(r"/-?[0-9]+(?=/|$)", "/#", parts.path))
    path = re.sub(r"^/mail/[^/]+", "/mail/FOLDER", path)
    path = re.sub(r"^/admin/(\w+)/[^/]+", r"/admin/\1/ONE", path)
    return path, tuple(sorted(word.split("=")[0] for word in parts.query.split("&") if word))


def is_page(school, browser, address):
    """Something that is shown, not saved."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in browser.driver.get_cookies())
    connection = http.client.HTTPSConnection("localhost", school.ports["https"], context=ssl._create_unverified_context(), timeout=30)
    connection.request("GET", address, headers={"Cookie": cookies})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status < 400 and "Content-Disposition" not in answer.headers and \
        (answer.status in (302, 303, 307) or answer.headers.get("Content-Type", "").startswith("text/html"))


def links(browser):
    found = browser.driver.execute_script("return [...document.querySelectorAll('a[href]')].map(link => link.href)")
    return [link.removeprefix(browser.root).split("#")[0] for link in found if link.startswith(browser.root + "/")]


def crawl(school, browser, start):
    """One address of each kind of page."""
    known, todo, pages = set(), [start], []
    while todo:
        address = todo.pop(0)
        if kind_of(address) in known or address.startswith(LEFT_OUT):
            continue
        known.add(kind_of(address))
        if not is_page(school, browser, address):
            continue
        browser.open(address)
        if not browser.all("main"):
            continue  # a document for a frame
        pages.append(address)
        assert len(pages) < ALL_PAGES, pages
        todo += links(browser)
    return pages


@pytest.fixture(scope="module")
def mail(school):
    """What makes the pages full: a conversation, HTML, a picture and a file."""
    picture = b"\x89PNG\r\n\x1a\n".hex()
    letters = [("Rapat guru", "Message-ID: <1@x>\r\n", "text/plain", "Besok jam 8.\r\n"),
               ("Re: Rapat guru", "Message-ID: <2@x>\r\nReferences: <1@x>\r\nIn-Reply-To: <1@x>\r\n", "text/plain", "Baik.\r\n> Besok jam 8.\r\n"),
               ("Undangan", "", "text/html", "<h1>Undangan</h1><p>Lihat <a href='https://example.org/'>di sini</a></p><img src='https://example.org/a.png'>"),
               ("Berkas", "", "multipart/mixed; boundary=b", "--b\r\n\r\nTerlampir.\r\n--b\r\nContent-Type: application/pdf\r\n"
                "Content-Disposition: attachment; filename=tugas.pdf\r\n\r\n%PDF-1.4\r\n--b\r\nContent-Type: image/png\r\n"
                f"Content-Disposition: attachment; filename=foto.png\r\n\r\n{picture}\r\n--b--\r\n")]
    for subject, more, kind, text in letters:
        with school.submission("ali") as client:
            client.sendmail(school.address("ali"), [school.address("admin")],
                            f"From: Ali <{school.address('ali')}>\r\nTo: {school.address('admin')}\r\nSubject: {subject}\r\n{more}"
                            f"MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n{text}")
        school.wait_for_subject("admin", subject)


def tab_through(browser, inside):
    """Presses Tab until it has been everywhere; gives what a mouse can use and the keyboard not, and where no focus is to be seen."""
    usable = dict(browser.driver.execute_script(USABLE, inside))
    reached, unseen = set(), []
    browser.driver.execute_script("(document.querySelector(arguments[0] + '[tabindex]') || document.activeElement).focus()", inside)
    for _ in range(2 * len(usable) + 20):
        if reached >= set(usable):
            break
        browser.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9})
        seen, _, is_visible, text = browser.driver.execute_script(FOCUSED)
        if seen in usable and not is_visible and seen not in reached:
            unseen.append(text)
        reached.add(seen)
    return [text for seen, text in usable.items() if seen not in reached], unseen


def keyboard_faults(browser, address, inside):
    missed, unseen = tab_through(browser, inside)
    return [f"{address}: not reached by Tab: {text}" for text in missed] + [f"{address}: focus not to be seen: {text}" for text in unseen]


def faults_of(browser, address):
    faults = [f"{address}: {fault}" for fault in violations(browser.driver)]
    headings = len(browser.all("h1"))
    if headings != 1:
        faults.append(f"{address}: {headings} h1")
    if browser.overflows():
        faults.append(f"{address}: wider than the window")
    faults += [f"{address}: {error}" for error in browser.errors()]
    return faults


def look_at_all(school, browser, first):
    pages = crawl(school, browser, first)
    faults = []
    for address in pages:
        browser.open(address)
        faults += faults_of(browser, address)
    return pages, faults


def theme(browser, name):
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": name}]})


def test_every_page_on_a_desktop_with_the_keyboard_alone(school, mail):
    with Browser(school, size=DESKTOP, language="id") as browser:
        theme(browser, "light")
        faults = faults_of(browser, "/login")
        browser.log_in("admin")
        pages, found = look_at_all(school, browser, "/mail/INBOX")
        faults += found
        for address in pages:
            browser.open(address)
            faults += keyboard_faults(browser, address, "body" if address == pages[0] else "main")  # the frame is the same everywhere
        print(len(pages), "pages:", *pages, sep="\n")
        assert not faults, "\n".join(faults)


def test_every_page_on_a_phone_in_the_dark(school, mail):
    with Browser(school, size=PHONE, language="en") as browser:
        theme(browser, "dark")
        faults = faults_of(browser, "/login")
        browser.log_in("admin")
        pages, found = look_at_all(school, browser, "/mail/INBOX")
        faults += found
        browser.open("/no-such-page")
        faults += [fault for fault in faults_of(browser, "/no-such-page") if "404" not in fault]
        assert not faults, "\n".join(faults)


def test_every_kind_of_administration_page_with_the_keyboard_alone(school):
    """On a phone's width, in the dark; test_admin.py asks axe."""
    with Browser(school, size=PHONE, language="id") as browser:
        theme(browser, "dark")
        browser.log_in("admin")
        faults = []
        for page in ADMINISTRATION:
            browser.open("/admin" + page)
            faults += keyboard_faults(browser, page, "main" if page else "body")
            if browser.overflows():
                faults.append(f"{page}: wider than the window")
        assert not faults, "\n".join(faults)

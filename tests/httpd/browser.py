"""Headless Chromium for the webmail tests, with or without scripts, desktop or phone."""

import shutil
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from support.appliance import wait_until

DESKTOP = (1280, 800)
PHONE = (390, 844)
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--ignore-certificate-errors"]


class Browser:
    """Each action is one that a person sees: a link, a field, a button."""

    def __init__(self, school, scripts=True, size=DESKTOP, language="id", arguments=(), logs=("browser",), strategy="normal"):
        self.school = school
        self.folder = Path(tempfile.mkdtemp(prefix="kotakpos-browser-"))
        self.downloads = self.folder / "downloads"
        self.downloads.mkdir()
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ARGUMENTS + [*arguments, f"--user-data-dir={self.folder / 'profile'}", f"--window-size={size[0]},{size[1]}"]:
            options.add_argument(argument)
        preferences = {"download.default_directory": str(self.downloads), "download.prompt_for_download": False}
        if not scripts:
            preferences["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", preferences)
        options.page_load_strategy = strategy
        options.set_capability("goog:loggingPrefs", {log: "ALL" for log in logs})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.driver.set_page_load_timeout(30)
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE})
        self.root = f"https://localhost:{school.ports['https']}"
        self.open(f"/language/{language}?back=/login")

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def open(self, path):
        self.driver.get(self.root + path)

    @property
    def path(self):
        return self.driver.current_url.removeprefix(self.root)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector="body"):
        return self.one(selector).text

    def fill(self, name, value):
        field = self.one(f"[name={name}]")
        if field.get_attribute("type") != "file":
            field.clear()
        field.send_keys(value)

    def choose(self, name, value):
        Select(self.one(f"[name={name}]")).select_by_value(value)

    def click(self, selector):
        """Something that stays on the page."""
        self.one(selector).click()

    def go(self, element):
        """Clicks a link or button (a selector or the element itself) and waits for the page behind it."""
        element = self.one(element) if isinstance(element, str) else element
        before = self.seen()
        element.click()
        wait_until(lambda: self.has_left(before), 30, "the next page")

    def seen(self):
        """The page, the list in it and the message beside that: what an action replaces, as a whole or in part."""
        return [element.id for element in self.all("html, .list-pane, .reading-pane > *")]

    def has_left(self, before):
        try:
            return self.seen() != before and self.one("main") is not None
        except WebDriverException:  # the page between two pages
            return False

    def press(self, value):
        """The button of a form: name="do" value=VALUE."""
        self.go(next(button for button in self.all(f"button[name=do][value={value}]") if button.is_displayed()))

    def log_in(self, login, password="123"):
        self.open("/login")
        self.fill("login", login)
        self.fill("password", password)
        self.go("main button.primary")

    def log_out(self):
        self.click("header .menu summary")
        self.go("form[action='/logout'] button")

    def write(self):
        """The button that begins a mail: at the side on a desktop, in the bar on a phone."""
        self.go(next(link for link in self.all("a[href='/compose']") if link.is_displayed()))

    def rows(self):
        return [row.text for row in self.all(".messages li")]

    def wait_for_row(self, word):
        """Reloads the list until a row with this word is there."""

        def look():
            self.open("/mail/INBOX")
            return any(word in row for row in self.rows())

        wait_until(look, 20, f"the mail '{word}' in the list")

    def row(self, word):
        return next(row for row in self.all(".messages li") if word in row.text)

    def read(self, word):
        """Opens the page of the message whose row has this word."""
        self.open(self.row(word).find_element(By.CSS_SELECTOR, "a").get_attribute("href").removeprefix(self.root))

    def read_beside(self, word):
        """Opens it beside the list (scripts, desktop)."""
        link = self.row(word).find_element(By.CSS_SELECTOR, "a")
        uid = link.get_attribute("href").rsplit("/", 1)[1]
        link.click()
        wait_until(lambda: self.all(f".reading-pane article[data-uid='{uid}']"), 10, f"the message '{word}' beside the list")

    def downloaded(self, name):
        path = self.downloads / name
        wait_until(lambda: path.exists() and not list(self.downloads.glob("*.crdownload")), 20, f"the download {name}")
        return path.read_bytes()

    def errors(self):
        """What the console complained about: a policy that was broken, a script that failed."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE" and "the server responded with a status of 4" not in entry["message"]]

    def overflows(self):
        """Whether the page is wider than the window."""
        metrics = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})
        return metrics["cssContentSize"]["width"] > metrics["cssLayoutViewport"]["clientWidth"] + 1

"""Pictures of terminals: what tmux shows, as HTML, photographed by Chromium.

    picture(terminal, "wizard-language.png")
"""

import html
import re
import tempfile
from pathlib import Path

from selenium import webdriver

CELL = (8, 16)
COLOURS = ["#000000", "#c4353c", "#3f9142", "#e0b000", "#2b56a8", "#9b4f96", "#2aa1a8", "#e6e6e6",
           "#666666", "#f0616d", "#66c26a", "#f2d35e", "#6f9bea", "#cc86c8", "#5fd0d6", "#ffffff"]
INK, PAPER = "#e6e6e6", "#101418"
# Block characters as pictures: the font's own leave gaps that a phone cannot read.
BLOCKS = {"█": (0, 100), "▀": (0, 50), "▄": (50, 100)}


class Pen:
    def __init__(self):
        self.reset()

    def reset(self):
        self.ink, self.paper, self.bold, self.underlined, self.dim, self.reversed = None, None, False, False, False, False

    def take(self, numbers):
        """One SGR sequence (ECMA-48 8.3.117)."""
        for number in [int(word or 0) for word in numbers.split(";")]:
            if number == 0:
                self.reset()
            elif number in (1, 2, 4, 7):
                setattr(self, {1: "bold", 2: "dim", 4: "underlined", 7: "reversed"}[number], True)
            elif number in (22, 24, 27):
                for name in {22: ["bold", "dim"], 24: ["underlined"], 27: ["reversed"]}[number]:
                    setattr(self, name, False)
            elif 30 <= number <= 37:
                self.ink = COLOURS[number - 30]
            elif 40 <= number <= 47:
                self.paper = COLOURS[number - 40]
            elif number == 39:
                self.ink = None
            elif number == 49:
                self.paper = None
            elif 90 <= number <= 97:
                self.ink = COLOURS[number - 82]
            elif 100 <= number <= 107:
                self.paper = COLOURS[number - 92]

    def cell(self, character):
        ink, paper = self.ink or INK, self.paper or PAPER
        if self.reversed:
            ink, paper = paper, ink
        style = f"color:{ink};background:{paper}"
        if character in BLOCKS:
            top, bottom = BLOCKS[character]
            style = (f"background:linear-gradient({paper} {top}%,{ink} {top}%,{ink} {bottom}%,{paper} {bottom}%)")
            character = " "
        style += ";font-weight:bold" if self.bold else ""
        style += ";text-decoration:underline" if self.underlined else ""
        style += ";opacity:.7" if self.dim else ""
        return f'<i style="{style}">{html.escape(character)}</i>'


def as_html(screen, columns):
    pen, rows = Pen(), []
    for line in screen.split("\n"):
        cells = []
        for sequence, character in re.findall(r"\x1b\[([\d;]*)m|([^\x1b])", line):
            if character:
                cells.append(pen.cell(character))
            else:
                pen.take(sequence)
        cells += [Pen().cell(" ")] * (columns - len(cells))
        rows.append("<div>" + "".join(cells) + "</div>")
    return f"""<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: {PAPER}; font: 13px/{CELL[1]}px "DejaVu Sans Mono", monospace }}
div {{ white-space: pre; height: {CELL[1]}px }}
i {{ display: inline-block; width: {CELL[0]}px; height: {CELL[1]}px; font-style: normal; overflow: hidden; vertical-align: top }}
</style>{"".join(rows)}"""


def picture(terminal, file):
    columns, rows = map(int, terminal.tmux("display-message", "-p", "-t", "t", "#{window_width} #{window_height}").split())
    screen = terminal.screen(colours=True).rstrip("\n")
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--force-device-scale-factor=1", "--hide-scrollbars",
                     f"--window-size={columns * CELL[0]},{rows * CELL[1] + 200}"):
        options.add_argument(argument)
    with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as page:
        page.write(as_html(screen, columns))
        page.flush()
        browser = webdriver.Chrome(options=options)
        try:
            # The window's inside, without what a browser adds: the picture is as large as the terminal.
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": columns * CELL[0], "height": rows * CELL[1], "deviceScaleFactor": 1, "mobile": False})
            browser.get(Path(page.name).as_uri())
            browser.save_screenshot(str(file))
        finally:
            browser.quit()

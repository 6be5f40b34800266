"""The pictures of vm/README.md, from the machine's own screen: machine_pictures.py FOLDER (image/build before; PYTHONPATH=tests)."""

import sys
import tempfile
import time
from pathlib import Path

from image.box import first_page, ready
from support.machine import BOOT, Machine

target = Path(sys.argv[1])
with Machine() as box:
    first_page(box)  # on both screens
    time.sleep(5)
    box.type_on_screen("ret")
    time.sleep(10)
    box.picture(target / "README-wizard.png")
with tempfile.TemporaryDirectory() as folder:
    ready(folder)
    with Machine(folder=folder) as box:
        box.terminal.shows("Enter masuk sebagai administrator", seconds=BOOT)
        box.terminal.shows("Semua layanan", seconds=BOOT)
        time.sleep(70)  # the screen looks every minute
        box.picture(target / "README-console.png")

"""Debian's Thunderbird without a screen, driven by a script of its own (thunderbird.js), with the school's CA as an administrator's
policy installs it. It gets a folder of links to its files, so that nothing below /usr/lib is written.

    with Thunderbird(tmp_path, school, "ali") as program:
        program.says("changed")
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from support.appliance import wait_until

INSTALLED = Path("/usr/lib/thunderbird")
SCRIPT = Path(__file__).with_name("thunderbird.js")
SETUP = Path(__file__).with_name("thunderbird_setup.js")


class Thunderbird:
    def __init__(self, folder, school, login, password="123", script=SCRIPT):
        self.folder, self.out = folder, folder / "said"
        program, profile = folder / "program", folder / "profile"
        subprocess.run(["cp", "-rs", INSTALLED, program], check=True)
        # What it finds its own folder by must not be a link.
        for name in ("thunderbird-bin", "application.ini", "omni.ja"):
            (program / name).unlink()
            shutil.copy2(INSTALLED / name, program / name)
        preferences = program / "defaults" / "pref"
        if preferences.is_symlink():
            preferences.unlink()
        preferences.mkdir(parents=True, exist_ok=True)
        (preferences / "autoconfig.js").write_text(
            '// The first line is not read.\npref("general.config.filename", "school.cfg");\n'
            'pref("general.config.obscure_value", 0);\npref("general.config.sandbox_enabled", false);\n')
        text = "// The first line is not read.\n" + script.read_text()
        for name, value in {"OUT": self.out, "LOGIN": login, "PASSWORD": password, "PORT": school.ports["imaps"],
                            "HTTPS": school.ports["https"], "ADDRESS": school.address(login)}.items():
            text = text.replace(f"@{name}@", str(value))
        (program / "school.cfg").write_text(text)
        (program / "distribution").mkdir(exist_ok=True)
        (program / "distribution" / "policies.json").write_text(json.dumps(
            {"policies": {"Certificates": {"Install": [str(school.state / "ca.crt")]}, "DisableAppUpdate": True}}))
        profile.mkdir()
        (profile / "prefs.js").write_text('user_pref("mailnews.start_page.enabled", false);\n'
                                          'user_pref("datareporting.policy.dataSubmissionEnabled", false);\n')
        environment = {**os.environ, "HOME": str(folder), "MOZ_HEADLESS": "1", "LD_LIBRARY_PATH": str(INSTALLED), 
                       "MOZ_LOG": "IMAP:5", "MOZ_LOG_FILE": str(folder / "protocol")}
        with open(folder / "output", "wb") as output:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", program / "thunderbird-bin", "--headless", "--no-remote", "--profile", profile],
                env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def said(self):
        return self.out.read_text().splitlines() if self.out.exists() else []

    def says(self, line, seconds=60):
        def heard():
            failed = [text for text in self.said() if text.startswith("failed")]
            assert not failed, f"Thunderbird {failed[0]}, after {self.said()}"
            return line in self.said()

        wait_until(heard, seconds, f"'{line}' from Thunderbird")

    def protocol(self, mailbox):
        """What it and the server said to each other with that mailbox open, C: and S: lines."""
        lines = [re.match(rf".*:S-{mailbox}:(SendData|CreateNewLineFromSocket): (.*)", line)
                 for file in sorted(self.folder.glob("protocol*")) for line in file.read_text(errors="replace").splitlines()]
        return [("C: " if line[1] == "SendData" else "S: ") + line[2].strip() for line in lines if line]

    def go_on(self):
        """To what it does after "changed"."""
        self.out.with_name("said-go").touch()

    def ended(self, seconds=30):
        self.process.wait(seconds)

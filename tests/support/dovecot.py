"""Dovecot of Debian in a temporary folder on free ports, for comparison: IMAP, POP3 and LMTP, Maildir, every login with the password 123.

Starts only as root; `needs_dovecot` marks tests.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.appliance import PortBase, is_free, wait_until

MAIL_USER = "mail"  # Debian has it everywhere; the mailboxes belong to it
SBIN = "/usr/sbin:/sbin:/usr/bin:/bin"
needs_dovecot = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("dovecot", path=SBIN),
                                   reason="Dovecot is not installed, or only root may start it")

SETTINGS = """\
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot
protocols = imap pop3 lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/server.crt
ssl_key = <{folder}/server.key
default_process_limit = 6000
default_client_limit = 24000
default_vsz_limit = 2G
disable_plaintext_auth = no
log_path = {folder}/dovecot.log
mail_location = maildir:{folder}/mail/%n/Maildir
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 0
mail_fsync = optimized
passdb {{
  driver = static
  args = password=123
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%n allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
# The word for the port is ours: mail comes in there.
service lmtp {{
  inet_listener lmtp {{
    port = {smtp}
  }}
}}
{more}
"""


class Dovecot:
    name = "Dovecot"

    def __init__(self, more=""):
        """`more`: further lines of its configuration."""
        self.owner = pwd.getpwnam(MAIL_USER)
        self.folder = Path(tempfile.mkdtemp(prefix="kotakpos-dovecot-"))
        self.folder.chmod(0o755)
        self.reserved = PortBase()
        base = self.reserved.base
        self.ports = {"imap": base + 143, "imaps": base + 993, "pop3": base + 110, "pop3s": base + 995, "smtp": base + 25}
        self.mail = self.folder / "mail"
        self.mail.mkdir()
        os.chown(self.mail, self.owner.pw_uid, self.owner.pw_gid)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", self.folder / "server.key", "-out", self.folder / "server.crt", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "30"], check=True, capture_output=True)
        (self.folder / "dovecot.conf").write_text(SETTINGS.format(
            folder=self.folder, uid=self.owner.pw_uid, gid=self.owner.pw_gid, more=more, **self.ports))
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start(self):
        with open(self.folder / "output", "ab") as output:  # it warns of limits that the load does not reach
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", shutil.which("dovecot", path=SBIN), "-F", "-c", self.folder / "dovecot.conf"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        for port in self.ports.values():
            wait_until(lambda: not is_free(port), 20, f"a listener on port {port}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def restart(self):
        self.stop()
        self.start()

    def close(self):
        self.stop()
        self.reserved.release()
        if not os.environ.get("KOTAKPOS_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def give_mail_to_its_owner(self):
        """After files were written below `mail`."""
        subprocess.run(["chown", "-R", f"{self.owner.pw_uid}:{self.owner.pw_gid}", self.mail], check=True)

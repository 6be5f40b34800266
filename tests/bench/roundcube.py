"""Roundcube of Debian on Apache and PHP, with Dovecot and Postfix behind it, in a temporary folder on free ports.

The skin, the plugins and PHP's settings are Debian's; answers are compressed and TLS is on, as for us.
"""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from bench import school_mail
from bench.mail_servers import descendants
from bench.peers import DOVECOT, PostfixDovecot, listens
from support.appliance import DOMAIN, wait_until

ROOT = Path("/var/lib/roundcube/public_html")
# As an administrator would set it: login and imap processes are used again (Roundcube comes with a new connection each time).
TUNED = """
service imap-login {
  service_count = 0
  process_min_avail = 2
}
service imap {
  service_count = 256
  process_min_avail = 2
}
"""
APACHE = """\
ServerRoot /etc/apache2
ServerName localhost
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
Mutex file:{folder} default
ErrorLog {folder}/apache.log
LogLevel warn
User www-data
Group www-data
Listen 127.0.0.1:{https}
KeepAlive On
Timeout 60
{modules}
<Directory />
  AllowOverride None
  Require all denied
</Directory>
<Directory /var/lib/roundcube>
  AllowOverride All
</Directory>
<VirtualHost 127.0.0.1:{https}>
  DocumentRoot {root}
  SSLEngine on
  SSLCertificateFile {folder}/server.crt
  SSLCertificateKeyFile {folder}/server.key
  CustomLog {folder}/access.log common
  LogFormat "%h %l %u %t \\"%r\\" %>s %b" common
  SetEnv ROUNDCUBE_CONFIG_DIR {folder}/config
</VirtualHost>
Include /etc/roundcube/apache.conf
"""
MODULES = ("mpm_prefork authz_core authz_host auth_basic authn_core access_compat alias dir mime env setenvif filter deflate headers expires "
           "rewrite negotiation socache_shmcb ssl php8.2").split()
CONFIG = """\
<?php
$config = [];
$config['db_dsnw'] = 'sqlite:///{folder}/roundcube.db?mode=0640';
$config['imap_host'] = 'localhost:{imap}';
$config['smtp_host'] = 'localhost:{smtp}';
$config['smtp_user'] = '';
$config['smtp_pass'] = '';
$config['mail_domain'] = '{domain}';
$config['des_key'] = 'vierundzwanzig-Zeichen-24';
$config['plugins'] = [];
$config['skin'] = 'elastic';
$config['enable_spellcheck'] = false;
$config['log_dir'] = '{folder}/logs';
$config['temp_dir'] = '{folder}/temp';
$config['create_default_folders'] = true;
"""


class Roundcube(PostfixDovecot):
    name = "Roundcube"

    def start(self):
        with open(self.folder / "dovecot.conf", "a") as file:
            file.write(TUNED)
        super().start()
        self.ports["https"] = self.reserved.base + 443
        for name in ("config", "logs", "temp"):
            (self.folder / name).mkdir()
        words = {"folder": self.folder, "domain": DOMAIN, "root": ROOT, **self.ports}
        (self.folder / "config" / "config.inc.php").write_text(CONFIG.format(**words))
        for name in ("defaults.inc.php", "mimetypes.php"):
            shutil.copy2(Path("/etc/roundcube") / name, self.folder / "config")
        with sqlite3.connect(self.folder / "roundcube.db") as database:
            database.executescript(Path("/usr/share/roundcube/SQL/sqlite.initial.sql").read_text())
        for name in ("roundcube.db", "logs", "temp", "."):
            shutil.chown(self.folder / name, "www-data")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-keyout", self.folder / "server.key", "-out", self.folder / "server.crt"],
                       check=True, capture_output=True)
        available = Path("/etc/apache2/mods-available")
        modules = "\n".join(f"Include {available / name}.load" for name in MODULES) + "\n" + \
            "\n".join(f"Include {available / name}.conf" for name in MODULES if (available / f"{name}.conf").exists())
        (self.folder / "apache.conf").write_text(APACHE.format(modules=modules, **words))
        environment = {**os.environ, "APACHE_RUN_DIR": str(self.folder), "APACHE_LOG_DIR": str(self.folder)}
        self.apache = subprocess.Popen(["apache2", "-f", self.folder / "apache.conf", "-D", "FOREGROUND"], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, env=environment,
                                       start_new_session=True)  # its end is the end of its whole process group
        wait_until(lambda: listens(self.ports["https"]), 20, "Apache")

    def roots(self):
        return [self.apache.pid, self.dovecot.pid]

    def web_workers(self):
        return descendants(self.apache.pid)

    def fill(self, numbers, login):
        """Writes the Maildir itself."""
        maildir = self.folder / "mail" / login / "Maildir"
        for name in ("cur", "new", "tmp"):
            (maildir / name).mkdir(parents=True, exist_ok=True)
        for number in numbers:
            mail = school_mail.message(number)
            letters = "".join(letter for flag, letter in (("\\Flagged", "F"), ("\\Answered", "R"), ("\\Seen", "S")) if flag in mail.flags)
            raw = mail.raw.replace(b"\r\n", b"\n")
            path = maildir / "cur" / f"{mail.date}.M{number:07}P1.host,S={len(raw)},W={len(mail.raw)}:2,{letters}"
            path.write_bytes(raw)
            os.utime(path, (mail.date, mail.date))
        for path in [self.folder / "mail", *(self.folder / "mail").rglob("*")]:
            shutil.chown(path, "mail", "mail")

    def close(self):
        self.apache.terminate()
        self.apache.wait(20)
        super().close()


assert "imap-login" in DOVECOT  # the block that TUNED adds to

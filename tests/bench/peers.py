"""Postfix and Dovecot in a temporary folder on free ports: SMTP -> LMTP -> Maildir, fsync on, as Debian ships them."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from support.appliance import DOMAIN, PortBase, wait_until

MAIL_USER = "mail"  # Debian has it everywhere; the mailboxes belong to it

DOVECOT = """\
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
default_process_limit = 2000
default_client_limit = 4000
disable_plaintext_auth = no
log_path = {folder}/dovecot.log
mail_location = maildir:{folder}/mail/%n/Maildir
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
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
    port = 0
  }}
}}
service auth {{
  client_limit = 10000
}}
service anvil {{
  client_limit = 10000
}}
service lmtp {{
  unix_listener {folder}/lmtp {{
    mode = 0666
  }}
}}
"""

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.{domain}
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = static:yes
virtual_alias_maps = texthash:{folder}/postfix/virtual
virtual_alias_expansion_limit = 10000
lmtp_destination_recipient_limit = 50
virtual_transport = lmtp:unix:{folder}/lmtp
smtpd_client_connection_count_limit = 0
message_size_limit = 52428800
virtual_mailbox_limit = 0
mailbox_size_limit = 0
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
"""

MASTER_CF = """\
127.0.0.1:{smtp} inet n - n - - smtpd
postlog   unix-dgram n - n - 1 postlogd
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
local     unix - n n - - local
virtual   unix - n n - - virtual
lmtp      unix - - n - - lmtp
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
"""


class PostfixDovecot:
    name = "Postfix + Dovecot"

    def __init__(self, aliases=None):
        """`aliases`: local part -> local parts (or whole addresses) that it stands for."""
        owner = pwd.getpwnam(MAIL_USER)
        self.folder = Path(tempfile.mkdtemp(prefix="kotakpos-peers-"))
        self.folder.chmod(0o755)
        self.reserved = PortBase()
        self.ports = {"smtp": self.reserved.base + 25, "imap": self.reserved.base + 143}
        words = {"folder": self.folder, "domain": DOMAIN, "uid": owner.pw_uid, "gid": owner.pw_gid, **self.ports}
        for name in ("mail", "queue", "data", "postfix", "dovecot"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "mail", owner.pw_uid, owner.pw_gid)
        shutil.chown(self.folder / "data", "postfix")
        (self.folder / "dovecot.conf").write_text(DOVECOT.format(**words))
        (self.folder / "postfix" / "main.cf").write_text(MAIN_CF.format(**words))
        (self.folder / "postfix" / "master.cf").write_text(MASTER_CF.format(**words))
        (self.folder / "postfix" / "virtual").write_text("".join(
            f"{name}@{DOMAIN} {', '.join(target if '@' in target else f'{target}@{DOMAIN}' for target in targets)}\n"
            for name, targets in (aliases or {}).items()))
        self.start()

    def start(self):
        self.dovecot = subprocess.Popen(["dovecot", "-F", "-c", self.folder / "dovecot.conf"], stdin=subprocess.DEVNULL)
        subprocess.run(["postfix", "-c", self.folder / "postfix", "start"], check=True, capture_output=True)
        for port in self.ports.values():
            wait_until(lambda: listens(port), 20, f"a listener on port {port}")

    def roots(self):
        """The processes whose trees do the work."""
        return [self.dovecot.pid, int((self.folder / "queue" / "pid" / "master.pid").read_text())]

    def disk_bytes(self):
        return bytes_below(self.folder / "mail")

    def close(self):
        subprocess.run(["postfix", "-c", self.folder / "postfix", "stop"], capture_output=True)
        self.dovecot.send_signal(signal.SIGTERM)
        self.dovecot.wait(20)
        self.reserved.release()
        shutil.rmtree(self.folder, ignore_errors=True)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def bytes_below(folder):
    """Disk space of the files below a folder, each file once."""
    seen = {}
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                facts = os.lstat(os.path.join(path, name))
            except OSError:  # gone meanwhile
                continue
            seen[facts.st_ino] = facts.st_blocks * 512
    return sum(seen.values())


def cpu_seconds(roots):
    """User and system time of the processes, everything below them, and what they have already buried."""
    children, times = {}, {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            with open(f"/proc/{entry.name}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry.name))
        times[int(entry.name)] = sum(int(field) for field in fields[11:15])
    waiting, total = list(roots), 0
    while waiting:
        pid = waiting.pop()
        total += times.get(pid, 0)
        waiting += children.get(pid, [])
    return total / os.sysconf("SC_CLK_TCK")

"""Real servers of others, inside a Namespace: Postfix and Exim on port 25 of an address, and a validating unbound on
127.0.0.1. Each has a folder of its own and ends with the test, whatever happens."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from email import policy
from email.parser import BytesParser
from pathlib import Path

from support.appliance import BUILD, wait_until

EXIM_USER = "Debian-exim"  # compiled into Debian's Exim
EXIM_ID = 64999
MAIL_USER = "mail"  # Debian has it everywhere
TOOLS = Path(__file__).parent

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = {host}
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = {address}
smtp_bind_address = {address}
inet_protocols = ipv4
mynetworks = {clients}
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = texthash:{folder}/users
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtp_dns_support_level = dnssec
smtp_tls_security_level = dane
smtp_tls_loglevel = 1
smtpd_tls_security_level = may
smtpd_tls_loglevel = 1
smtpd_tls_received_header = yes
smtpd_tls_chain_files = {certificate}
tls_random_source = dev:/dev/urandom
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
"""

MASTER_CF = """\
{address}:25 inet n - n - - smtpd
postlog   unix-dgram n - n - 1 postlogd
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
"""

EXIM = """\
primary_hostname = {host}
exim_path = {program}
spool_directory = {folder}/spool
log_file_path = {folder}/log-%s
pid_file_path = {folder}/exim.pid
daemon_smtp_ports = 25
local_interfaces = {address}
deliver_drop_privilege = true
never_users = root
keep_environment =
host_lookup =
rfc1413_hosts = :
dns_dnssec_ok = 1
disable_ipv6 = true
domainlist ours = {domains}
hostlist clients = {clients}
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {certificate}
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
log_selector = +received_recipients +tls_cipher

begin acl
rcpt:
  accept hosts = +clients
  require domains = +ours
          verify = recipient
  accept

begin routers
here:
  driver = accept
  domains = +ours
  local_parts = lsearch;{folder}/users
  transport = maildir
nobody_here:
  driver = redirect
  domains = +ours
  allow_fail
  data = :fail: no such user here
elsewhere:
  driver = dnslookup
  dnssec_request_domains = *
  transport = remote

begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = {folder}/mail/$local_part_data
  create_directory
remote:
  driver = smtp
  interface = {address}
  dnssec_request_domains = *
  hosts_try_dane = *

begin retry
* * F,1h,5m
"""

UNBOUND = """\
server:
    interface: 127.0.0.1
    port: 53
    do-daemonize: no
    do-ip6: no
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: "{folder}/pid"
    use-syslog: no
    access-control: 127.0.0.0/8 allow
    num-threads: 1
    module-config: "validator iterator"
    root-hints: "/dev/null"
    trust-anchor-signaling: no
    do-not-query-localhost: no
"""


class Server:
    """A program in the foreground, in a folder of its own that others may walk through."""

    def __init__(self, network):
        self.network = network
        self.folder = Path(tempfile.mkdtemp(prefix=f"kotakpos-{type(self).__name__.lower()}-"))
        self.folder.chmod(0o755)
        self.process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def launch(self, *words):
        with open(self.folder / "output", "ab") as output:
            # setpriv: a test that is killed must not leave servers behind.
            self.process = subprocess.Popen(self.network.command("setpriv", "--pdeathsig", "TERM", *words),
                                            stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def log(self):
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("log*")))

    def said(self):
        return (self.folder / "output").read_text(errors="replace") + self.log()

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if not os.environ.get("KOTAKPOS_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)


class MailServer(Server):
    """`users`: local parts that it knows, in each of its `domains`. `certificate`: a file with key and chain. Whoever comes
    from one of `clients` may send through it."""

    def __init__(self, network, address, host, domains, users, certificate, clients):
        super().__init__(network)
        self.address, self.host, self.domains, self.users = address, host, domains, users
        self.words = {"folder": self.folder, "address": address, "host": host, "certificate": certificate, "clients": clients}

    def wait_until_ready(self):
        """In the namespace: its greeting is the proof."""
        wait_until(lambda: self.is_running() and self.listens(), 30, f"{type(self).__name__} on port 25; it said:\n{self.said()}\nand")

    def is_running(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{type(self).__name__} ended with {self.process.returncode}:\n{self.said()}")
        return True

    def listens(self):
        done = subprocess.run(self.network.command("ss", "-Hltn", f"src {self.address}:25"), capture_output=True, text=True)
        return "LISTEN" in done.stdout

    def find(self, user, words):
        """The letter with these words anywhere in it, parsed, or None; `letter.raw` is as it lies there."""
        for path in sorted((self.folder / "mail" / user / "new").glob("*")):
            raw = path.read_bytes()
            if words.encode() in raw:
                letter = BytesParser(policy=policy.default).parsebytes(raw)
                letter.raw = raw
                return letter
        return None

    def wait_for(self, user, words, seconds=30):
        try:
            return wait_until(lambda: self.find(user, words), seconds, f"'{words}' in the mailbox of {user} at {type(self).__name__}")
        except AssertionError as error:
            raise AssertionError(f"{error}; its log ends:\n{self.log()[-3000:]}") from None


class Postfix(MailServer):
    def start(self):
        owner = pwd.getpwnam(MAIL_USER)
        for name in ("queue", "data", "mail"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        shutil.chown(self.folder / "mail", MAIL_USER, MAIL_USER)
        words = {**self.words, "domains": ", ".join(self.domains), "uid": owner.pw_uid, "gid": owner.pw_gid}
        (self.folder / "main.cf").write_text(MAIN_CF.format(**words))
        (self.folder / "master.cf").write_text(MASTER_CF.format(**words))
        (self.folder / "users").write_text("".join(f"{user}@{domain} {user}/\n" for user in self.users for domain in self.domains))
        subprocess.run(["postfix", "-c", self.folder, "check"], check=True, capture_output=True)
        self.launch("/usr/lib/postfix/sbin/master", "-s", "-c", self.folder)
        self.wait_until_ready()

    def verified_dane(self, host):
        """Whether it has sent to `host` and its TLSA record was right."""
        return f"Verified TLS connection established to {host}" in self.log()


class Exim(MailServer):
    @staticmethod
    def accounts(network):
        """Its user, for this namespace only."""
        (network.etc / "passwd").write_text(Path("/etc/passwd").read_text() + f"{EXIM_USER}:x:{EXIM_ID}:{EXIM_ID}::/nonexistent:/bin/false\n")
        (network.etc / "group").write_text(Path("/etc/group").read_text() + f"{EXIM_USER}:x:{EXIM_ID}:\n")

    @staticmethod
    def unpack():
        """The program; to be called outside of any namespace, where Debian can be reached."""
        done = subprocess.run([TOOLS / "unpack_exim", BUILD / "exim"], capture_output=True, text=True)
        assert done.returncode == 0, f"Debian's Exim cannot be fetched:\n{done.stderr}"
        return done.stdout.strip()

    def start(self):
        program = self.unpack()
        for name in ("spool", "mail"):
            (self.folder / name).mkdir()
        for path in (self.folder, self.folder / "spool", self.folder / "mail"):
            os.chown(path, EXIM_ID, EXIM_ID)
        (self.folder / "users").write_text("".join(f"{user}: {user}\n" for user in self.users))
        (self.folder / "conf").write_text(EXIM.format(program=program, domains=" : ".join(self.domains), **self.words))
        self.launch(program, "-C", self.folder / "conf", "-bdf", "-q5m")
        self.wait_until_ready()

    def verified_dane(self, host):
        return re.search(f"H={re.escape(host)} .*CV=dane", self.log()) is not None


class Unbound(Server):
    """`zones`: (name, address of its server, trust anchor or None)."""

    def __init__(self, network, zones):
        super().__init__(network)
        self.zones = zones

    def start(self):
        text = UNBOUND.format(folder=self.folder)
        text += "".join(f'    trust-anchor: "{anchor}"\n' for _, _, anchor in self.zones if anchor)
        text += "".join(f'stub-zone:\n    name: "{name}"\n    stub-addr: {address}\n' for name, address, _ in self.zones)
        (self.folder / "conf").write_text(text)
        self.launch("/usr/sbin/unbound", "-d", "-c", self.folder / "conf")
        for zone, _, anchor in self.zones:
            wait_until(lambda: self.answers(zone, anchor), 20, f"unbound's {'validated ' if anchor else ''}answer for {zone}")

    def answers(self, zone, anchor):
        done = subprocess.run(self.network.command("dig", "@127.0.0.1", "+time=1", "+tries=1", "+dnssec", zone, "SOA"),
                              capture_output=True, text=True)
        flags = next((line for line in done.stdout.splitlines() if line.startswith(";; flags:")), "")
        return "status: NOERROR" in done.stdout and (not anchor or " ad" in flags.split(";")[2])

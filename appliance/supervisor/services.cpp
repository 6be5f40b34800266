#include "appliance/supervisor/services.h"

namespace supervisor
{

std::span<Service const> services()
{
    static std::vector<Service> const table = {
        {.name = "dnsd",
         .program = "dnsd",
         .roles = {"answer"},
         .user = "kp-dns",
         .sockets = {"dns-udp", "dns-tcp", "dot", "dns-control-local"},
         .reads = {"dns", "run/keeper.sock", "tls/server.crt", "tls/server.key"},
         .writes = {}},
        // Holds the keys: transfers, NOTIFY, UPDATE, TSIG, signing. Strangers reach it only through dnsd.
        {.name = "dns-keeper",
         .program = "dnsd",
         .roles = {"keeper"},
         .user = "kp-zone",
         .sockets = {"dns-keeper-local"},
         .reads = {"tls/server.crt"},
         .writes = {"dns", "dns-keys"}},
        // Parses what strangers send: it may ask who exists and append to the spool, and cannot read mail.
        {.name = "maild-in",
         .program = "maild",
         .roles = {"smtp", "submission"},
         .user = "kp-in",
         .sockets = {"smtp", "submission", "submissions", "submission-local"},
         .reads = {"school", "tls/server.crt", "tls/server.key"},
         .writes = {"spool"}},
        {.name = "maild-box",
         .program = "maild",
         .roles = {"queue", "imap", "pop3"},
         .user = "kp-box",
         .sockets = {"imap", "imaps", "pop3", "pop3s", "imap-local", "queue-poke", "mail-poke"},
         .reads = {"school", "dkim", "mail-secrets", "tls/server.crt", "tls/server.key"},
         .writes = {"spool", "mail"}},
        // What the web administration may do with queue, trace, services and the school's page
        // (appliance/desk/README.md).
        {.name = "desk",
         .program = "kotakpos",
         .roles = {"desk", "mail"},
         .user = "kp-desk",
         .sockets = {"desk-local"},
         .reads = {"school", "run", "ca.crt"},
         .writes = {"spool", "site"}},
        // The same for the zones.
        {.name = "desk-names",
         .program = "kotakpos",
         .roles = {"desk", "names"},
         .user = "kp-zone",
         .sockets = {"desk-names-local"},
         .reads = {"school", "tls/server.crt"},
         .writes = {"dns", "dns-keys"}},
        // Owns the school database (web sessions, people, classes); reaches mail, queue and zones only over
        // run/*.sock.
        {.name = "httpd",
         .program = "httpd",
         .roles = {},
         .user = "kp-web",
         .sockets = {"http", "https"},
         .reads = {"tls/server.crt", "tls/server.key", "site", "ca.crt", "run/imap.sock", "run/submission.sock",
                   "run/desk.sock", "run/desk-names.sock"},
         .writes = {"school", "web"}},
    };
    return table;
}

} // namespace supervisor

#pragma once
// kotakpos.conf: what this machine is. What people change (users, zones, policies) is in the school database.

#include "appliance/base/result.h"
#include "appliance/net/address.h"

#include <map>
#include <string>
#include <vector>

namespace config
{

/// Where IMAP and POP3 take a password before TLS (`login.cleartext`).
enum class Cleartext { no, loopback, trusted };

struct Config {
    std::string file; ///< where it was read from
    std::string state = "/var/lib/kotakpos";
    std::string database = "sqlite";
    bool lab = false;
    std::string language = "id";
    std::string hostname; ///< empty: mail.DOMAIN of the school database
    /// "dns", "dot", "smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s", "http", "https"; empty
    /// list: off.
    std::map<std::string, std::vector<net::Endpoint>> listen;
    std::string tls_certificate; ///< empty: tls/server.crt in the state folder
    std::string tls_key;
    std::vector<net::Network> trusted_networks;
    std::vector<net::Network> limits_exempt;
    Cleartext login_cleartext = Cleartext::no;
    std::vector<net::Endpoint> resolver; ///< whom mail asks for other domains; empty: those of /etc/resolv.conf
    unsigned dns_threads = 0;            ///< 0: one per core
    std::size_t message_size_max = std::size_t{50} << 20;

    /// A path below the state folder.
    std::string in_state(std::string const& name) const { return state + "/" + name; }
};

/// The services that can listen, in the contract's order, with their standard ports.
struct ServicePort {
    std::string_view name;
    std::uint16_t port;
};
std::vector<ServicePort> const& service_ports();

/// Defaults: every service on its standard port on all addresses.
Config defaults();
/// `key = value` lines. The error names file, line and key and is `refused` (exit 3).
base::Result<Config> read(std::string const& file);
base::Result<Config> parse(std::string_view text, std::string const& file);
/// The same file as text; read(write(c)) gives c.
std::string show(Config const& config);
/// Explicit choice, else $KOTAKPOS_CONFIG, else /etc/kotakpos/kotakpos.conf.
std::string default_file();

/// `key = value` with # comments, in order, as used by the answers of `setup` too.
struct Setting {
    std::size_t line;
    std::string key;
    std::string value;
};
base::Result<std::vector<Setting>> parse_settings(std::string_view text, std::string const& file);

} // namespace config

#include "appliance/config/config.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"

#include <cstdlib>
#include <functional>

namespace config
{

namespace
{
constexpr std::uint64_t smallest_message_limit = 64 << 10;
constexpr std::uint64_t largest_message_limit = std::uint64_t{1} << 30;
constexpr unsigned most_dns_threads = 64;

/// Sets one key from its text; false: a bad value.
using Setter = std::function<bool(Config&, std::string const&)>;

struct Key {
    Setter set;
    std::string_view expected; ///< what a good value looks like
};

bool set_yes_no(bool& to, std::string const& value)
{
    to = value == "yes";
    return value == "yes" || value == "no";
}

bool set_networks(std::vector<net::Network>& to, std::string const& value)
{
    to.clear();
    for (auto const& text : base::split_list(value)) {
        auto const network = net::Network::parse(text);
        if (!network) return false;
        to.push_back(*network);
    }
    return true;
}

bool set_endpoints(std::vector<net::Endpoint>& to, std::string const& value)
{
    to.clear();
    if (value == "off") return true;
    for (auto const& text : base::split_list(value)) {
        auto const endpoint = net::Endpoint::parse(text);
        if (!endpoint) return false;
        to.push_back(*endpoint);
    }
    return !to.empty();
}

bool set_resolvers(std::vector<net::Endpoint>& to, std::string const& value)
{
    constexpr std::uint16_t standard_port = 53;
    to.clear();
    for (auto const& text : base::split_list(value)) {
        auto const address = net::IpAddress::parse(text);
        auto const endpoint =
            address ? std::optional(net::Endpoint{*address, standard_port}) : net::Endpoint::parse(text);
        if (!endpoint || endpoint->port == 0) return false;
        to.push_back(*endpoint);
    }
    return !to.empty();
}

bool set_cleartext(Config& config, std::string const& value)
{
    if (value == "no")
        config.login_cleartext = Cleartext::no;
    else if (value == "loopback")
        config.login_cleartext = Cleartext::loopback;
    else if (value == "trusted")
        config.login_cleartext = Cleartext::trusted;
    else
        return false;
    return true;
}

bool set_threads(Config& config, std::string const& value)
{
    auto const number = base::parse_number(value, most_dns_threads);
    config.dns_threads = static_cast<unsigned>(number.value_or(0));
    return number.has_value();
}

bool set_message_size(Config& config, std::string const& value)
{
    auto const size = base::parse_size(value);
    if (!size || *size < smallest_message_limit || *size > largest_message_limit) return false;
    config.message_size_max = *size;
    return true;
}

bool set_text(std::string& to, std::string const& value)
{
    to = value;
    return !value.empty();
}

std::map<std::string, Key, std::less<>> const& keys()
{
    static auto const table = [] {
        std::map<std::string, Key, std::less<>> made;
        made["state"] = {[](Config& c, auto& v) { return set_text(c.state, v) && v.front() == '/'; },
                         "an absolute path"};
        made["database"] = {[](Config& c, auto& v) { return set_text(c.database, v) && v == "sqlite"; },
                            "sqlite (server engines come later)"};
        made["lab"] = {[](Config& c, auto& v) { return set_yes_no(c.lab, v); }, "yes or no"};
        made["language"] = {[](Config& c, auto& v) { return set_text(c.language, v) && (v == "id" || v == "en"); },
                            "id or en"};
        made["hostname"] = {[](Config& c, auto& v) { return set_text(c.hostname, v); }, "a host name"};
        made["tls.certificate"] = {[](Config& c, auto& v) { return set_text(c.tls_certificate, v); }, "a file"};
        made["tls.key"] = {[](Config& c, auto& v) { return set_text(c.tls_key, v); }, "a file"};
        made["trusted.networks"] = {[](Config& c, auto& v) { return set_networks(c.trusted_networks, v); },
                                    "networks like 192.168.10.0/24, separated by commas"};
        made["limits.exempt"] = {[](Config& c, auto& v) { return set_networks(c.limits_exempt, v); },
                                 "networks like 192.168.10.0/24, separated by commas"};
        made["login.cleartext"] = {set_cleartext, "no, loopback or trusted"};
        made["resolver"] = {[](Config& c, auto& v) { return set_resolvers(c.resolver, v); },
                            "addresses of DNS resolvers, separated by commas, like 127.0.0.1 or 127.0.0.1:5353"};
        made["dns.threads"] = {set_threads, "a number from 0 to 64"};
        made["message.size.max"] = {set_message_size, "a size from 64K to 1G, like 50M"};
        for (auto const& service : service_ports()) {
            std::string const name(service.name);
            made[name + ".listen"] = {[name](Config& c, auto& v) { return set_endpoints(c.listen[name], v); },
                                      "address:port or [v6]:port, separated by commas, or off"};
        }
        return made;
    }();
    return table;
}

std::string show_networks(std::vector<net::Network> const& networks)
{
    std::vector<std::string> parts;
    for (auto const& network : networks) parts.push_back(network.show());
    return base::join(parts, ", ");
}

std::string show_endpoints(std::vector<net::Endpoint> const& endpoints)
{
    std::vector<std::string> parts;
    for (auto const& endpoint : endpoints) parts.push_back(endpoint.show());
    return base::join(parts, ", ");
}
} // namespace

std::vector<ServicePort> const& service_ports()
{
    static std::vector<ServicePort> const ports = {
        {"dns", 53},    {"dot", 853},  {"smtp", 25},   {"submission", 587}, {"submissions", 465}, {"imap", 143},
        {"imaps", 993}, {"pop3", 110}, {"pop3s", 995}, {"http", 80},        {"https", 443}};
    return ports;
}

Config defaults()
{
    Config config;
    for (auto const& service : service_ports())
        config.listen[std::string(service.name)] = {*net::Endpoint::parse("0.0.0.0:" + std::to_string(service.port)),
                                                    *net::Endpoint::parse("[::]:" + std::to_string(service.port))};
    return config;
}

base::Result<std::vector<Setting>> parse_settings(std::string_view text, std::string const& file)
{
    std::vector<Setting> settings;
    std::size_t number = 0;
    for (auto line : base::split(text, '\n')) {
        ++number;
        auto const where = file + ", line " + std::to_string(number);
        if (line.find('\0') != std::string_view::npos || !base::is_utf8(line))
            return base::refused(where, "the line is not readable text", "save the file as UTF-8");
        line = base::trim(line);
        if (line.empty() || line.front() == '#') continue;
        auto const equals = line.find('=');
        if (equals == std::string_view::npos) return base::refused(where, "there is no '='", "write: key = value");
        auto value = base::trim(line.substr(equals + 1));
        settings.push_back({number, std::string(base::trim(line.substr(0, equals))), std::string(value)});
    }
    return settings;
}

base::Result<Config> parse(std::string_view text, std::string const& file)
{
    auto const settings = parse_settings(text, file);
    if (!settings) return settings.error();
    Config config = defaults();
    config.file = file;
    for (auto const& setting : *settings) {
        auto const where = file + ", line " + std::to_string(setting.line) + ", key '" + setting.key + "'";
        auto const key = keys().find(setting.key);
        if (key == keys().end())
            return base::refused(where, "there is no such key", "remove the line or correct the key's spelling");
        if (!key->second.set(config, setting.value))
            return base::refused(where, "'" + setting.value + "' is not a good value",
                                 "write " + std::string(key->second.expected));
    }
    return config;
}

base::Result<Config> read(std::string const& file)
{
    constexpr std::size_t largest = 1 << 20;
    auto const text = base::read_file(file, largest);
    if (!text) return base::refused(file, text.error().why, "run 'kotakpos setup', or name the file with --config");
    return parse(*text, file);
}

std::string show(Config const& config)
{
    std::string text = "# Kotakpos: this machine. Users, zones and policies are in the school database.\n";
    auto put = [&](std::string_view key, std::string const& value) {
        if (!value.empty()) text += std::string(key) + " = " + value + "\n";
    };
    put("state", config.state);
    put("database", config.database);
    put("lab", config.lab ? "yes" : "no");
    put("language", config.language);
    put("hostname", config.hostname);
    for (auto const& service : service_ports()) {
        auto const found = config.listen.find(std::string(service.name));
        auto const shown = found == config.listen.end() ? "" : show_endpoints(found->second);
        put(std::string(service.name) + ".listen", shown.empty() ? "off" : shown);
    }
    put("tls.certificate", config.tls_certificate);
    put("tls.key", config.tls_key);
    put("trusted.networks", show_networks(config.trusted_networks));
    put("limits.exempt", show_networks(config.limits_exempt));
    put("login.cleartext", config.login_cleartext == Cleartext::no         ? "no"
                           : config.login_cleartext == Cleartext::loopback ? "loopback"
                                                                           : "trusted");
    put("resolver", show_endpoints(config.resolver));
    put("dns.threads", std::to_string(config.dns_threads));
    put("message.size.max", std::to_string(config.message_size_max));
    return text;
}

std::string default_file()
{
    auto const* chosen = std::getenv("KOTAKPOS_CONFIG");
    return chosen && *chosen ? chosen : "/etc/kotakpos/kotakpos.conf";
}

} // namespace config

#include "appliance/tls/authority.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "appliance/net/address.h"
#include "appliance/tls/certificate.h"

#include <algorithm>
#include <ctime>
#include <optional>
#include <unistd.h>

namespace tls
{

namespace
{
constexpr std::int64_t day = 86400;
constexpr std::int64_t authority_life = 3652 * day; // 10 years
constexpr std::int64_t server_life = 800 * day;     // phones refuse more than 825 days
constexpr std::int64_t renew_before = 30 * day;
constexpr std::int64_t clock_slack = day; // pupils' machines run late by up to a day

constexpr char const* host_prefixes[] = {"",      "mail.", "www.",        "ns.",           "imap.",
                                         "smtp.", "pop3.", "autoconfig.", "autodiscover.", "mta-sts."};

std::string ca_file(std::string const& state) { return state + "/ca.crt"; }
std::string ca_key_file(std::string const& state) { return state + "/tls/ca.key"; }
std::string server_file(std::string const& state) { return state + "/tls/server.crt"; }
std::string server_key_file(std::string const& state) { return state + "/tls/server.key"; }

std::int64_t seconds(base::Clock const& clock) { return clock.now() / 1000000; }

bool exists(std::string const& file) { return ::access(file.c_str(), F_OK) == 0; }

void add_once(std::vector<std::string>& list, std::string const& entry)
{
    if (!entry.empty() && std::find(list.begin(), list.end(), entry) == list.end()) list.push_back(entry);
}

struct Names {
    std::vector<std::string> hosts;
    std::vector<std::string> addresses; ///< in the spelling of IpAddress::show
};

/// A name that could smuggle another entry into "DNS:a,DNS:b" must not get there.
bool is_host_name(std::string_view name)
{
    return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    });
}

base::Result<Names> names_of(Identity const& identity)
{
    Names names;
    for (auto const* prefix : host_prefixes) add_once(names.hosts, prefix + base::lower(identity.domain));
    add_once(names.hosts, base::lower(identity.hostname));
    if (identity.loopback) add_once(names.hosts, "localhost");
    for (auto const& host : names.hosts)
        if (!is_host_name(host))
            return base::refused(host, "this is not a host name", "use letters, digits, '-' and '.'");
    auto addresses = identity.addresses;
    if (identity.loopback) addresses.insert(addresses.end(), {"127.0.0.1", "::1"});
    for (auto const& text : addresses) {
        auto const address = net::IpAddress::parse(std::string_view(text).substr(0, text.find('/')));
        if (!address) return base::refused(text, "this is not an IP address");
        add_once(names.addresses, address->show());
    }
    return names;
}

std::string alternative_names(Names const& names)
{
    std::vector<std::string> parts;
    for (auto const& host : names.hosts) parts.push_back("DNS:" + host);
    for (auto const& address : names.addresses) parts.push_back("IP:" + address);
    return base::join(parts, ",");
}

base::Result<void> make_authority(std::string const& state, Identity const& identity, std::int64_t now)
{
    auto const key = make_key();
    Draft draft;
    draft.common_name = (identity.school_name.empty() ? identity.domain : identity.school_name) + " CA";
    draft.authority = true;
    draft.not_before = now - clock_slack;
    draft.not_after = now + authority_life;
    auto const certificate = make_certificate(draft, key.get(), {nullptr, key.get()});
    // The key first: a certificate without its key could never issue anything.
    if (auto written = base::write_file_atomically(ca_key_file(state), to_pem(key.get()), 0600); !written)
        return written;
    return base::write_file_atomically(ca_file(state), to_pem(certificate.get()), 0644);
}

base::Result<void> issue_from(std::string const& state, Identity const& identity, Names const& names,
                              std::int64_t now)
{
    auto const ca = read_certificate(ca_file(state));
    if (!ca) return ca.error();
    auto const ca_key = read_key(ca_key_file(state));
    if (!ca_key) return ca_key.error();
    auto const key = make_key();
    Draft draft;
    draft.common_name = "mail." + base::lower(identity.domain);
    draft.alternative_names = alternative_names(names);
    draft.not_before = now - clock_slack;
    draft.not_after = now + server_life;
    auto const certificate = make_certificate(draft, key.get(), {ca->get(), ca_key->get()});
    auto const chain = to_pem(certificate.get()) + to_pem(ca->get());
    if (auto written = base::write_file_atomically(server_key_file(state), to_pem(key.get()), 0640); !written)
        return written;
    return base::write_file_atomically(server_file(state), chain, 0644);
}

/// The server certificate is of this CA, names everything and lasts.
bool is_good(std::string const& state, Names const& names, std::int64_t now)
{
    auto const have = describe(server_file(state));
    if (!have || !exists(server_key_file(state)) || !is_issued_by(server_file(state), ca_file(state))) return false;
    if (have->not_after / 1000000 < now + renew_before) return false;
    auto const has = [&](std::string const& name) {
        return std::find(have->names.begin(), have->names.end(), name) != have->names.end();
    };
    return std::all_of(names.hosts.begin(), names.hosts.end(), has) &&
           std::all_of(names.addresses.begin(), names.addresses.end(), has);
}

std::string common_name(X509_NAME const* name)
{
    char text[256] = "";
    X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof text);
    return text;
}

std::optional<std::string> show_address(ASN1_OCTET_STRING const* bytes)
{
    auto const size = static_cast<std::size_t>(ASN1_STRING_length(bytes));
    auto const* data = ASN1_STRING_get0_data(bytes);
    std::string text;
    if (size == 4) {
        for (std::size_t i = 0; i < size; ++i) text += (i ? "." : "") + std::to_string(data[i]);
    } else if (size == 16) {
        for (std::size_t i = 0; i < size; i += 2)
            text += (i ? ":" : "") + base::hex({reinterpret_cast<char const*>(data) + i, 2});
    }
    auto const address = net::IpAddress::parse(text);
    return address ? std::optional(address->show()) : std::nullopt;
}

std::vector<std::string> names_in(X509* certificate)
{
    std::vector<std::string> names;
    GeneralNamesPtr const list(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    auto const* stack = reinterpret_cast<OPENSSL_STACK const*>(list.get());
    for (int i = 0; list && i < OPENSSL_sk_num(stack); ++i) {
        int kind = 0;
        void const* const value =
            GENERAL_NAME_get0_value(static_cast<GENERAL_NAME*>(OPENSSL_sk_value(stack, i)), &kind);
        auto const* text = static_cast<ASN1_STRING const*>(value);
        if (kind == GEN_DNS)
            names.emplace_back(reinterpret_cast<char const*>(ASN1_STRING_get0_data(text)),
                               static_cast<std::size_t>(ASN1_STRING_length(text)));
        else if (kind == GEN_IPADD)
            if (auto address = show_address(text)) names.push_back(*address);
    }
    return names;
}

base::Timestamp moment(ASN1_TIME const* time)
{
    std::tm parts{};
    ASN1_TIME_to_tm(time, &parts);
    return std::int64_t{timegm(&parts)} * 1000000;
}

base::Result<void> prepare_folder(std::string const& state)
{
    if (auto made = base::make_folders(state, 0755); !made) return made;
    return base::make_folders(state + "/tls", 0755);
}
} // namespace

base::Result<void> prepare(std::string const& state, Identity const& identity, base::Clock const& clock)
{
    auto const names = names_of(identity);
    if (!names) return names.error();
    if (auto made = prepare_folder(state); !made) return made;
    auto const now = seconds(clock);
    // A missing key alone is no reason for a new CA: somebody may keep it elsewhere, and pupils trust this one.
    if (!exists(ca_file(state)))
        if (auto made = make_authority(state, identity, now); !made) return made;
    if (is_good(state, *names, now)) return {};
    return issue_from(state, identity, *names, now);
}

base::Result<void> issue(std::string const& state, Identity const& identity, base::Clock const& clock)
{
    auto const names = names_of(identity);
    if (!names) return names.error();
    return issue_from(state, identity, *names, seconds(clock));
}

base::Result<Certificate> describe(std::string const& file)
{
    auto const certificate = read_certificate(file);
    if (!certificate) return certificate.error();
    auto* const read = certificate->get();
    return Certificate{common_name(X509_get_subject_name(read)), common_name(X509_get_issuer_name(read)),
                       names_in(read), moment(X509_get0_notBefore(read)), moment(X509_get0_notAfter(read))};
}

bool is_issued_by(std::string const& file, std::string const& ca_file)
{
    auto const certificate = read_certificate(file);
    auto const ca = read_certificate(ca_file);
    return certificate && ca && X509_verify(certificate->get(), X509_get0_pubkey(ca->get())) == 1;
}

} // namespace tls

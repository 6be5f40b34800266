#include "setup-tui/apply/mail_identity.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/directory/directory.h"
#include "dnsd/zone/zone_store.h"

#include <algorithm>

namespace setup
{

namespace
{
constexpr std::size_t longest_string = 255; // RFC 1035 3.3
constexpr std::size_t sts_id_octets = 8;
/// Changed whenever the text of the policy file changes (httpd/well_known.cpp).
constexpr std::string_view sts_version = "1";

/// TXT data: strings of at most 255 octets.
std::string quoted(std::string_view text)
{
    std::string data;
    for (std::size_t at = 0; at < text.size(); at += longest_string) {
        if (at > 0) data += ' ';
        auto const piece = base::replace_all(std::string(text.substr(at, longest_string)), "\\", "\\\\");
        data += '"' + base::replace_all(piece, "\"", "\\\"") + '"';
    }
    return data;
}

/// RFC 1918, 4193, link-local and loopback: what the Internet never sees as our address.
bool is_private(net::IpAddress const& address)
{
    for (auto const* text : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
                             "169.254.0.0/16", "fc00::/7", "fe80::/10", "::1/128"})
        if (net::Network::parse(text)->contains(address)) return true;
    return false;
}

/// A hard "-all" only where the Internet sees our mail come from the address that the zone names. `own`: the
/// mechanism for our own server, "mx" of the domain or "a" of the server's name.
std::string spf_text(MailPolicy const& policy, std::string const& own)
{
    bool const certain = !policy.private_address && (!policy.smart_host || !policy.spf.empty());
    return "v=spf1 " + own + (policy.spf.empty() ? "" : ' ' + policy.spf) + (certain ? " -all" : " ~all");
}

struct Service {
    std::string_view name;
    unsigned priority;
    unsigned port;
};
/// RFC 6186 and 8314: TLS from the start before STARTTLS.
constexpr Service services[] = {{"_imaps", 0, 993}, {"_imap", 10, 143},       {"_pop3s", 10, 995},
                                {"_pop3", 20, 110}, {"_submissions", 0, 465}, {"_submission", 10, 587}};
/// Outlook: where Autodiscover answers. Its name must have an address of its own (RFC 2782).
constexpr unsigned autodiscover_port = 443;
} // namespace

MailPolicy read_mail_policy(directory::Directory& people, dnsd::ZoneStore& zones)
{
    auto const setting = [&](char const* key, char const* otherwise) {
        return people.setting(key).value_or(otherwise);
    };
    MailPolicy policy;
    policy.domain = people.domain();
    policy.spf = setting("mail.spf", "");
    policy.dmarc = setting("mail.dmarc.publish", "quarantine");
    policy.sts = setting("mail.sts", "testing");
    policy.smart_host = !setting("mail.smarthost", "").empty();
    auto const records = zones.records(policy.domain);
    if (!records) return policy;
    for (auto const& record : *records) {
        auto const address =
            record.owner == "mail." + policy.domain + '.' ? net::IpAddress::parse(record.rdata) : std::nullopt;
        if (address && is_private(*address)) policy.private_address = true;
    }
    return policy;
}

std::vector<dnsd::OwnRecord> mail_records(MailPolicy const& policy, std::vector<maild::auth::DkimKey> const& keys,
                                          base::Timestamp now)
{
    constexpr auto ttl = maild::auth::key_ttl;
    auto const zone = policy.domain + '.';
    std::vector<dnsd::OwnRecord> records;
    auto const text = [&](std::string const& owner, std::string const& value) {
        records.push_back({owner, "TXT", quoted(value), ttl});
    };
    if (policy.spf != "off") {
        text(zone, spf_text(policy, "mx"));
        // RFC 7208 2.4: the HELO name stands for the null sender of our reports.
        text("mail." + zone, spf_text(policy, "a"));
    }
    for (auto const& key : keys) {
        if (key.publish_until.value_or(INT64_MAX) <= now) continue;
        text(key.selector + "._domainkey." + zone, key.record);
        records.back().until = key.publish_until;
    }
    if (policy.dmarc != "off")
        text("_dmarc." + zone, "v=DMARC1; p=" + policy.dmarc + "; rua=mailto:postmaster@" + policy.domain);
    text("_smtp._tls." + zone, "v=TLSRPTv1; rua=mailto:postmaster@" + policy.domain);
    if (policy.sts != "off") {
        auto const id = base::hex(base::sha256(policy.sts + ' ' + policy.domain + ' ' + std::string(sts_version)));
        text("_mta-sts." + zone, "v=STSv1; id=" + id.substr(0, 2 * sts_id_octets));
        records.push_back({"mta-sts." + zone, "CNAME", "www." + zone, ttl});
    }
    for (auto const* name : {"autoconfig.", "autodiscover."})
        records.push_back({name + zone, "CNAME", "www." + zone, ttl});
    for (auto const& service : services)
        records.push_back({std::string(service.name) + "._tcp." + zone, "SRV",
                           std::to_string(service.priority) + " 1 " + std::to_string(service.port) + " mail." + zone,
                           ttl});
    records.push_back(
        {"_autodiscover._tcp." + zone, "SRV", "0 1 " + std::to_string(autodiscover_port) + " www." + zone, ttl});
    return records;
}

base::Result<void> prepare_mail_identity(db::Database& school, db::Database& dns, dnsd::ZoneStore& zones,
                                         std::string const& keys_folder)
{
    auto const people = directory::make_sql_directory(school);
    if (people->domain().empty()) return {};
    maild::auth::KeyMaker maker(school, keys_folder);
    maker.make_missing();
    auto const policy = read_mail_policy(*people, zones);
    auto const records = mail_records(policy, maker.keys(), base::system_clock().now());
    return dnsd::set_own_records(dns, zones, policy.domain + '.', records);
}

} // namespace setup

#pragma once
// What tells other servers that mail is really the school's: keys of DKIM, and the records in the school's zone (SPF,
// DKIM, DMARC, MTA-STS, TLS-RPT, SRV). Made at setup, when the appliance starts, and after each change of a setting.

#include "appliance/db/database.h"
#include "dnsd/zone/own_records.h"
#include "maild/auth/key_ring.h"

#include <string>
#include <vector>

namespace directory
{
class Directory;
}

namespace setup
{

/// What the records depend on. The settings are described in the README of maild/auth.
struct MailPolicy {
    std::string domain;
    std::string spf;              ///< mail.spf: further terms, "include:relay.example"; "off": no record
    std::string dmarc;            ///< mail.dmarc.publish: none, quarantine, reject, off
    std::string sts;              ///< mail.sts: testing, enforce, none, off
    bool smart_host = false;      ///< mail leaves by other servers
    bool private_address = false; ///< the mail server's address is no public one
};
MailPolicy read_mail_policy(directory::Directory& people, dnsd::ZoneStore& zones);

/// The records of a school, whatever is served now. TXT data as in a zone file.
std::vector<dnsd::OwnRecord> mail_records(MailPolicy const& policy, std::vector<maild::auth::DkimKey> const& keys,
                                          base::Timestamp now);

/// Makes missing keys (`keys_folder`: dkim/) and brings the zone in step. Before there is a school: does nothing.
/// Throws base::StoreError.
base::Result<void> prepare_mail_identity(db::Database& school, db::Database& dns, dnsd::ZoneStore& zones,
                                         std::string const& keys_folder);

} // namespace setup

#pragma once
// What signed zones need from time to time: signatures before they expire, steps of key rolls, TLSA records of a new
// certificate. Called by the keeper's timer.

#include "dnsd/sign/own_certificate.h"
#include "dnsd/sign/zone_signing.h"

#include <map>
#include <string>

namespace dnsd
{

/// One thread at a time.
class Maintenance
{
public:
    /// `certificate`: the file of our TLS certificate, empty for none.
    Maintenance(db::Database& dns, EditZone edit, std::string keys_folder, std::string certificate,
                base::Clock const& clock = base::system_clock());

    /// Does what is due, but not more than a few hundred signatures; gives when it wants to be called again (at most
    /// a minute later). A zone whose key is missing is reported in the log once and left as it is. Throws StoreError.
    base::Timestamp run();

private:
    /// A look at all signatures of a zone, in pieces.
    struct Pass {
        base::Timestamp began = 0;
        std::string from;
    };
    bool take_steps(SigningStatus const& status);
    bool is_pass_due(SigningStatus const& status) const;
    bool go_on(SigningStatus const& status);
    void finish(SigningStatus const& status, Pass const& pass);
    void drop_past_records();
    void tidy_folder();
    void report(std::string const& zone, base::Error const& error);

    db::Database& dns_;
    base::Clock const& clock_;
    ZoneSigning signing_;
    OwnCertificate certificate_;
    std::map<std::string, Pass> passes_;
    std::map<std::string, std::string> reported_;
    base::Timestamp tidied_ = 0;
};

} // namespace dnsd

#pragma once
// TLSA records (RFC 6698, 7671, 7672) of our own TLS certificate, in the signed zones that have its names. Records
// that people wrote at such a name are left alone, and nothing is added to them.

#include "dnsd/sign/zone_signing.h"

#include <string>
#include <vector>

namespace dnsd
{

class OwnCertificate
{
public:
    OwnCertificate(db::Database& dns, ZoneSigning& signing, std::string file, base::Clock const& clock)
        : dns_(dns), signing_(signing), file_(std::move(file)), clock_(clock)
    {
    }

    /// Cheap when nothing has changed. Throws StoreError and what an edit throws.
    void keep_in_step();

private:
    void look_at_file();
    std::vector<std::string> remember(std::string const& digest);
    void update_zone(ZoneHead const& zone, std::vector<std::string> const& digests);

    db::Database& dns_;
    ZoneSigning& signing_;
    std::string file_;
    base::Clock const& clock_;
    std::string stamp_; ///< the file's, when it was read
    std::string digest_;
    std::vector<std::string> names_;
};

/// SHA-256 of the public key of a PEM file's first certificate; empty when it cannot be read.
std::string public_key_digest(std::string const& file);

/// The switch for these records; on at first.
void set_tlsa(db::Transaction& transaction, bool on);
bool has_tlsa(db::Reader& reader);

} // namespace dnsd

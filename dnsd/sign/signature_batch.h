#pragma once
// Many record sets to be signed at once, on all cores.

#include "dnsd/sign/private_key.h"
#include "dnsd/sign/signature.h"
#include "dnsd/zone/zone_edit.h"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dnsd
{

/// A key that signs now.
struct SigningKey {
    std::uint16_t tag = 0;
    std::shared_ptr<PrivateKey const> key;
};

class SignatureBatch
{
public:
    /// `zone` in wire form; times in seconds since 1970.
    SignatureBatch(std::string zone, std::int64_t now) : zone_(std::move(zone)), now_(now) {}

    /// Signed later by `make`; `rows` is one record set, `key` is kept.
    void add(std::span<Row const> rows, SigningKey const& key);
    std::size_t size() const { return jobs_.size(); }
    /// The RRSIG rows of everything that was added; the batch is empty then. Throws what a signature threw.
    std::vector<Row> make();

private:
    struct Job {
        std::string owner; ///< zone_key
        std::uint32_t ttl = 0;
        std::string head; ///< the RRSIG without its signature
        std::string data; ///< what is signed
        SigningKey const key;
    };
    using Makers = std::map<PrivateKey const*, SignatureMaker>;
    static Row sign(Job const& job, Makers& makers);

    std::string zone_;
    std::int64_t now_;
    std::vector<Job> jobs_;
};

/// A signature lives about two weeks and is replaced when less than half of that is left.
inline constexpr std::int64_t signature_validity = 14 * 86400;
inline constexpr std::int64_t signature_refresh = signature_validity / 2;
bool lasts(Signature const& signature, std::int64_t now);
/// Also not from the future (the clock was wrong when it was made).
bool is_fresh(Signature const& signature, std::int64_t now);

} // namespace dnsd

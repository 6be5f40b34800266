#include "maild/auth/outbound.h"

namespace maild::auth
{

namespace
{
/// A message goes to its destinations one after the other; later tries are signed anew, with the key of then.
constexpr base::Microseconds kept = std::chrono::minutes(1);
} // namespace

std::string OutboundSigner::fields_for(ReadBytes const& read, std::string const& cache_name)
{
    auto const now = clock_.now();
    {
        std::lock_guard const lock(mutex_);
        bool const fresh = now - cached_at_ < kept.count() && now >= cached_at_;
        if (!cache_name.empty() && cache_name == cached_name_ && fresh) return cached_;
    }
    auto fields = sign(read);
    std::lock_guard const lock(mutex_);
    cached_name_ = cache_name;
    cached_ = fields;
    cached_at_ = now;
    return fields;
}

std::string OutboundSigner::sign(ReadBytes const& read)
{
    auto const domain = domain_();
    Message const message(read);
    auto const from = message.from_domain();
    if (domain.empty() || (from != domain && !from.ends_with('.' + domain))) return {};
    auto const signers = keys_.signers();
    if (signers.empty()) return {};
    std::vector<Signer const*> borrowed;
    for (auto const& signer : signers) borrowed.push_back(signer.get());
    return sign_dkim(message, domain, borrowed, clock_.now());
}

} // namespace maild::auth

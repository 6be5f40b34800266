#pragma once
// Signs what leaves for other servers in the school's name (RFC 6376). Called when a message is sent, after
// everything that changes it.

#include "maild/auth/key_ring.h"

#include <functional>
#include <mutex>
#include <string>

namespace maild::auth
{

/// Safe from all threads.
class OutboundSigner
{
public:
    /// `domain`: the school's, asked each time.
    OutboundSigner(KeyRing& keys, std::function<std::string()> domain,
                   base::Clock const& clock = base::system_clock())
        : keys_(keys), domain_(std::move(domain)), clock_(clock)
    {
    }

    /// The DKIM-Signature fields to be put in front, with CRLF; empty when the From field is not ours or there is no
    /// key. Reads the message twice as a stream. Throws base::StoreError. `cache_name`: the same name means the same
    /// bytes, whose fields are kept for the next destination (empty: not kept).
    std::string fields_for(ReadBytes const& read, std::string const& cache_name);

private:
    std::string sign(ReadBytes const& read);

    KeyRing& keys_;
    std::function<std::string()> domain_;
    base::Clock const& clock_;
    std::mutex mutex_;
    std::string cached_name_;
    std::string cached_;
    base::Timestamp cached_at_ = 0;
};

} // namespace maild::auth

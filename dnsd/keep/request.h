#pragma once
// A message that the answering process handed over, taken apart as far as every kind of request needs it; and replies
// with the OPT record and the signature that it asks for.

#include "appliance/base/clock.h"
#include "dnsd/keep/message.h"
#include "dnsd/keep/tsig.h"
#include "dnsd/serve/elsewhere.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace dnsd
{

struct Request {
    Client client;
    std::string message; ///< without TSIG
    MessageHeader header;
    std::optional<Question> question; ///< the first one
    std::size_t question_end = header_size;
    bool has_edns = false;
    std::size_t udp_size = 512;
    std::optional<TsigContext> tsig; ///< verified
    std::string key;                 ///< the name of the key that signed, as people write it; or empty
};

/// Reads header, question and OPT. False: FORMERR.
bool read_request(Request& request);

/// Takes a whole reply.
using Send = std::function<void(std::string message)>;

/// The replies to one request, in order.
class Replies
{
public:
    Replies(Request& request, Send send, base::Clock const& clock)
        : request_(request), send_(std::move(send)), clock_(clock)
    {
    }

    /// A message to be filled: the first one repeats the question. TCP messages of at most `limit` octets.
    MessageWriter begin(unsigned rcode, std::uint16_t flags, std::size_t limit = 65535);
    /// Adds OPT (to the first) and the signature.
    void send(MessageWriter writer);
    /// Nothing but header and question.
    void refuse(unsigned rcode, std::uint16_t flags = 0) { send(begin(rcode, flags)); }
    /// A finished reply that only needs the signature; where that makes it too large for UDP, its beginning with TC.
    void sign_and_send(std::string message);

    bool is_udp() const { return request_.client.transport == Transport::udp; }

private:
    std::size_t room_for_tsig() const;

    Request& request_;
    Send send_;
    base::Clock const& clock_;
    bool first_ = true;
};

} // namespace dnsd

#pragma once
// A message as the mechanisms read it: its header in memory, its body piece by piece from wherever it lies.

#include "appliance/message/header.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::auth
{

/// At most `most` bytes from `offset`; empty: the end. May throw StoreError.
using ReadBytes = std::function<std::string(std::uint64_t offset, std::size_t most)>;

class Message
{
public:
    explicit Message(ReadBytes read);
    Message(Message const&) = delete;
    Message& operator=(Message const&) = delete;

    message::Header const& header() const { return header_; }
    /// The field as it stands, with its line end.
    std::string_view raw(message::HeaderField const& field) const
    {
        return std::string_view(head_).substr(field.begin, field.end - field.begin);
    }
    /// All of the body, in order.
    void each_body_piece(std::function<void(std::string_view)> const& take) const;
    /// The domain of the one author, in lower case and ASCII; empty when there is none or more than one domain.
    std::string from_domain() const;
    std::size_t from_fields() const { return header_.all("From").size(); }

private:
    ReadBytes read_;
    std::string head_; ///< the header, and the beginning of the body that came with it
    message::Header header_;
};

/// The domain as DNS has it, in lower case (RFC 5890); empty when it cannot be one.
std::string dns_domain(std::string_view domain);

} // namespace maild::auth

#pragma once
// The header of a message on its way in: our Received line in front, a look at what is there, and what a submission
// server adds (RFC 6409 section 8).

#include "appliance/base/clock.h"
#include "appliance/directory/directory.h"
#include "appliance/message/address_list.h"
#include "maild/queue/spool_body.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace maild::smtp
{

struct ReceivedLine {
    std::string hello;    ///< empty: where it came from is nobody's business
    std::string peer;     ///< address, or "local"
    std::string host;     ///< ours
    std::string protocol; ///< "ESMTPSA" (RFC 3848)
    std::string tls;      ///< "TLSv1.3 TLS_AES_256_GCM_SHA384", or empty
    std::string id;
    std::string recipient; ///< when there is only one
    base::Timestamp when = 0;
};
/// RFC 5321 4.4, with CRLF at the end.
std::string show(ReceivedLine const& line);
/// "ESMTP" with S for TLS and A for a login (RFC 3848), "UTF8SMTP" with the same (RFC 6531 4.3), "SMTP" after HELO.
struct ProtocolFacts {
    bool extended = false;
    bool utf8 = false;
    bool tls = false;
    bool login = false;
};
std::string protocol_name(ProtocolFacts const& facts);

/// What a look at the header found.
struct HeaderFacts {
    std::size_t hops = 0;                   ///< Received fields
    message::AddressList from;              ///< of all From fields
    bool has_from = false;                  ///< there is one, whatever is in it
    message::AddressList sender;            ///< of all Sender, Resent-From and Resent-Sender fields
    std::vector<std::string> solicitations; ///< classes in Solicitation fields (RFC 3865)
    bool is_cut = false;                    ///< too long or too many fields to be looked at
    std::string message_id;                 ///< Message-ID, also one that we add
};

/// What a header needs before it goes on: fields in front of it (with CRLF), and pieces of it that are left out.
struct Completion {
    struct Piece {
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    std::string fields = {};
    std::vector<Piece> left_out = {}; ///< in order
};
/// A submitted message gets From, Date, Message-ID and, when From names several people, Sender, where it lacks them;
/// its Bcc fields go (RFC 5322 3.6.3: who is in them is in the envelope), and what it says in our name about itself
/// (RFC 8601 section 5). Resent fields stay as they are.
struct Submitter {
    directory::User const& user;
    std::string domain;
    std::string host; ///< whose Authentication-Results are ours
};
Completion complete_submission(std::string_view header, Submitter const& submitter, base::Timestamp now);

/// A stranger's message loses the Authentication-Results fields that claim to be ours (RFC 8601 section 5).
Completion without_forged_results(std::string_view header, std::string_view host);

/// Stands between the DATA reader and the spool: holds the header back until it is complete (or too long to be looked
/// at), lets `complete` see it and put fields in front, then passes everything on.
class HeaderGate
{
public:
    /// Gets the header with its blank line (or without, when the message ends there).
    using Complete = std::function<Completion(std::string_view header)>;

    HeaderGate(queue::SpoolBody& body, Complete complete) : body_(body), complete_(std::move(complete)) {}

    void append(std::string_view bytes);
    /// The message has ended.
    void finish();
    HeaderFacts const& facts() const { return facts_; }

private:
    void open(std::size_t header_size);

    queue::SpoolBody& body_;
    Complete complete_;
    std::string held_;
    std::size_t searched_ = 0;
    bool is_open_ = false;
    HeaderFacts facts_;
};

} // namespace maild::smtp

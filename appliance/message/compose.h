#pragma once
// Makes new messages with CRLF: mail written in the webmail, and delivery reports (RFC 3464). Bcc is never written:
// the caller puts those recipients into the envelope only.

#include "appliance/base/clock.h"
#include "appliance/message/address_list.h"
#include "appliance/message/content.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace message
{

struct Attachment {
    std::string file_name;                         ///< UTF-8 or any bytes; a path in front is cut off
    std::string type = "application/octet-stream"; ///< anything that is no "type/subtype" becomes this
    Content content;
};

/// A message to be written. All texts UTF-8.
struct Draft {
    AddressList from, reply_to, to, cc;
    std::string subject;
    base::Timestamp date = 0;
    int zone_minutes = 0;
    std::string message_id;  ///< with or without brackets; empty: no field
    std::string in_reply_to; ///< the same
    std::vector<std::string> references;
    std::string text;                ///< text/plain; any line ends
    std::optional<std::string> html; ///< then multipart/alternative
    std::vector<Attachment> attachments;
    std::vector<std::pair<std::string, std::string>> more; ///< further fields (Auto-Submitted ...), ready values
};
/// Gives the message to `take` piece by piece: needs the memory of its texts, not of its attachments, which are read
/// twice where their form depends on what is in them. Throws what reading them throws.
void compose(Draft const& draft, Content::Take const& take);
/// The same in memory.
std::string compose(Draft const& draft);

/// "<random@domain>".
std::string new_message_id(std::string_view domain);

/// One recipient of a delivery report (RFC 3464 2.3). Empty fields are left out.
struct ReportRecipient {
    std::string original; ///< "rfc822;budi@..." as RCPT's ORCPT had it
    std::string final;    ///< the address itself
    std::string action;   ///< failed, delayed, delivered, relayed, expanded
    std::string status;   ///< "5.1.1"
    std::string remote_mta;
    std::string diagnostic; ///< the other server's reply, put after "smtp; "
    std::optional<base::Timestamp> last_attempt;
    std::optional<base::Timestamp> retry_until;
};

/// A multipart/report (RFC 6522): text for people, message/delivery-status, and the original or its header.
struct DeliveryReport {
    AddressItem from; ///< "Mail Delivery System <postmaster@...>"
    Address to;       ///< who sent the original
    std::string subject;
    base::Timestamp date = 0;
    std::string message_id;
    std::string in_reply_to; ///< Message-ID of the original, may be empty
    std::string text;        ///< UTF-8, for people
    std::string reporting_mta;
    std::string envelope_id; ///< MAIL's ENVID, may be empty
    std::optional<base::Timestamp> arrival;
    std::vector<ReportRecipient> recipients;
    std::string_view original;         ///< the whole message, or its beginning
    bool return_whole_message = false; ///< RET=FULL; else only its header is returned
    bool utf8 = false; ///< the sender used SMTPUTF8: message/global-delivery-status and so on (RFC 6533)
};
std::string compose_report(DeliveryReport const& report);

/// A multipart/report that says a message was shown to its reader, who wanted that said (RFC 8098).
struct DispositionReport {
    AddressItem from; ///< the reader
    AddressItem to;   ///< who asked
    std::string subject;
    base::Timestamp date = 0;
    std::string message_id;
    std::string in_reply_to; ///< Message-ID of the message that was read
    std::string text;        ///< UTF-8, for people
    std::string recipient;   ///< the reader's address
    std::string user_agent;  ///< "mail.school.example; Kotakpos"
};
std::string compose_disposition(DispositionReport const& report);

} // namespace message

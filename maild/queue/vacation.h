#pragma once
// The answer while somebody is away (RFC 3834): to whom, and how it reads. Pure functions.

#include "appliance/directory/filters.h"
#include "maild/queue/filter.h"

#include <optional>
#include <string>

namespace maild::queue
{

/// Who is away, and as whom the mail reached him.
struct Absent {
    directory::User const& user;
    directory::Vacation const& vacation;
    std::string address; ///< his own, full: the From of the answer
    std::string reached; ///< the recipient's address of the envelope
};

/// Whether this mail is answered, apart from when the last answer went there. No: to the null sender and to programs,
/// to lists and everything automatic, to junk, to whoever may be forged, to himself, to strangers where only the
/// school is answered, and when neither of his addresses stands in To or Cc.
bool is_to_be_answered(Absent const& absent, Message const& message, MailView const& mail);

/// The answer as a message with CRLF.
std::string vacation_answer(Absent const& absent, Message const& message, MailView const& mail,
                            std::string const& message_id, base::Timestamp now);

} // namespace maild::queue

#pragma once
// What SEARCH looks at (RFC 3501 and RFC 9051 6.4.4, TEXT and BODY): everything in a message that people read,
// decoded to UTF-8 and folded (fold.h). The one definition of it: whoever searches or indexes texts goes through
// here.

#include "appliance/message/mime.h"

#include <string>
#include <string_view>

namespace message
{

/// BODY or TEXT.
enum class SearchScope {
    body,            ///< text parts decoded, HTML also as it is seen, headers of enclosed messages
    header_and_body, ///< and the header, headers of parts, and names of attachments
};

/// Takes the texts one after the other. A needle is never looked for across two of them.
class TextVisitor
{
public:
    virtual ~TextVisitor() = default;
    /// A new text. `scope`: the narrowest one that has it.
    virtual void begin(SearchScope) {}
    /// A piece of the present text: folded UTF-8, cut between characters only.
    virtual void piece(std::string_view folded) = 0;
    /// The present text is complete; another one may follow.
    virtual void end() = 0;
    /// True: no more is needed.
    virtual bool is_satisfied() const { return false; }
};

/// Decodes in pieces: whatever the size of the message, memory holds some 100 KiB of its text (a HTML part: up to 1
/// MiB). Linear time.
void visit_texts(std::string_view message, Part const& root, SearchScope scope, TextVisitor& visitor);

/// Whether one of the texts holds the needle, which is folded UTF-8. The empty needle is in every message.
bool contains(std::string_view message, std::string_view folded_needle, SearchScope scope);

} // namespace message

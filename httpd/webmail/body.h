#pragma once
// Which parts of a message are its text, which are files, and the text as pieces that a template can show.

#include "httpd/mail/mail_client.h"
#include "httpd/template.h"

#include <string>
#include <string_view>
#include <vector>

namespace httpd::webmail
{

enum class Prefer { html, text };

/// Views borrow the message.
struct Body {
    std::vector<mail::BodyPart const*> texts; ///< to show one below the other: text/plain and text/html
    std::vector<mail::BodyPart const*> files; ///< to save
    bool has_both = false;                    ///< there is the same as plain text and as HTML
};
Body body_of(mail::BodyPart const& root, Prefer prefer);

/// The part with that section; null when there is none.
mail::BodyPart const* find_section(mail::BodyPart const& root, std::string_view section);

/// Raw bytes of a text part as UTF-8.
std::string decoded_text(mail::BodyPart const& part, std::string_view raw);

/// {level, pieces: [{link, text}]}: lines of equal quoting together, web addresses as links.
DataList text_blocks(std::string_view text);

} // namespace httpd::webmail

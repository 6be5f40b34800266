#pragma once
// Files that came with a message: their names, which of them a browser may show, whose pictures from elsewhere may be
// loaded.

#include "httpd/exchange.h"
#include "httpd/mail/mail_client.h"

#include <string>
#include <string_view>

namespace httpd::webmail
{

enum class Preview { none, picture, pdf, text };
/// By type and, where the type says nothing, by the ending of the name.
Preview preview_kind(mail::BodyPart const& part);

/// What browsers show as a picture and nothing else; SVG can hold scripts.
bool is_harmless_picture(mail::BodyPart const& part);

/// Safe to show and to save under.
std::string file_label(Exchange const& exchange, mail::BodyPart const& part);

/// The note of senders whose pictures are always shown: an address a line.
inline constexpr std::string_view trusted_note = "pictures";
bool is_trusted_sender(std::string_view note, mail::Message const& message);
/// Adds the sender of the route's message.
void trust_sender(Exchange& exchange);

} // namespace httpd::webmail

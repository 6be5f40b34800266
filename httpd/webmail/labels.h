#pragma once
// Labels: IMAP keywords on messages, with a name and a colour that the webmail keeps in a note beside the mail.

#include "httpd/template.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace httpd::webmail
{

struct Label {
    std::string keyword; ///< an atom: "pr", "label-4f2a"
    std::string color;   ///< one of label_colors
    std::string name;

    bool operator==(Label const&) const = default;
};

/// As in the style sheet: .c-red.
inline constexpr std::array<std::string_view, 9> label_colors = {"red",  "orange", "yellow", "green", "teal",
                                                                 "blue", "purple", "pink",   "grey"};
/// The note's name (mail::MailClient::note).
inline constexpr std::string_view labels_note = "labels";

/// A line each: keyword, colour, name. Lines that are none are left out.
std::vector<Label> read_labels(std::string_view note);
std::string show_labels(std::vector<Label> const& labels);

/// A keyword for a new label: from its name where that has letters, and none that is taken.
std::string new_keyword(std::string_view name, std::vector<Label> const& labels);

/// {keyword, name, color} of those that are among the message's keywords.
DataList label_data(std::vector<Label> const& labels, std::vector<std::string> const& keywords);
/// The same of all.
DataList label_data(std::vector<Label> const& labels);

} // namespace httpd::webmail

#pragma once
// What stands around the content of every page of somebody who is logged in: the parts of the webmail at the edge,
// the links at the side, files of a page's own. A page fills its template's data with frame_data() and adds its
// values. Pages without the frame (login, errors, help) begin with page_data().

#include "httpd/exchange.h"

#include <string>
#include <string_view>
#include <vector>

namespace httpd
{

/// Which part of the webmail a page belongs to; the edge shows it.
enum class Area { mail, contacts, settings, admin };

/// A link at the side, as the folders are in the mail.
struct SideLink {
    std::string icon; ///< a symbol of templates/_icons.html without its "i-": "key"
    std::string label, link;
    bool is_current = false;
    std::size_t count = 0; ///< a number behind it; 0 shows none
};

/// page_data() and the frame. `side_label` says what the links at the side are ("Settings"), for those who hear it.
Data frame_data(Exchange const& exchange, std::string const& title, Area area, std::string const& side_label = "",
                std::vector<SideLink> const& side = {});

/// A file of static/ that only this page needs: "compose.css", "admin.js".
void add_style(Data& data, std::string const& file);
void add_script(Data& data, std::string const& file);

/// The green line above the content. Redirects carry a word ("?notice=saved") and the page turns it into a text.
void set_notice(Data& data, std::string const& text);

/// "AR" for "Ali Rahman".
std::string initials(std::string_view name);

/// May open the web administration.
bool may_administer(directory::User const& user);

} // namespace httpd

#include "setup-tui/apply/page.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"

#include <string_view>
#include <unistd.h>

/// The compiled site/index.html (see setup-tui/CMakeLists.txt).
extern "C" char const kotakpos_first_page[];
extern "C" char const kotakpos_first_page_end[];

namespace setup
{

std::string html_escaped(std::string_view text)
{
    std::string result;
    for (char const c : text) {
        switch (c) {
        case '&': result += "&amp;"; break;
        case '<': result += "&lt;"; break;
        case '>': result += "&gt;"; break;
        case '"': result += "&quot;"; break;
        default: result += c;
        }
    }
    return result;
}

base::Result<void> write_first_page(std::string const& state, std::string const& school_name,
                                    std::string const& domain)
{
    auto const file = state + "/site/index.html";
    if (::access(file.c_str(), F_OK) == 0) return {};
    std::string page(kotakpos_first_page, static_cast<std::size_t>(kotakpos_first_page_end - kotakpos_first_page));
    page = base::replace_all(std::move(page), "@SCHOOL@", html_escaped(school_name));
    page = base::replace_all(std::move(page), "@DOMAIN@", html_escaped(domain));
    return base::write_file_atomically(file, page, 0644);
}

} // namespace setup

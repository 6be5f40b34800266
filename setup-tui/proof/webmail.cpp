#include "setup-tui/proof/proof.h"

#include "appliance/base/text.h"
#include "appliance/cli/mail_client.h"

#include <map>

namespace setup::proof
{

namespace
{
constexpr std::size_t longest_line = 8192;
constexpr std::uint64_t largest_page = std::uint64_t{8} << 20;

std::string read_line(net::Stream& stream)
{
    auto line = stream.read_line(longest_line, cli::mail_patience, net::after(cli::mail_patience));
    if (line.state != net::Line::State::complete) throw net::Disconnected("the web server stopped answering");
    return std::move(line.text);
}

struct Page {
    std::string status; ///< "200"
    std::string location;
    std::string body;
};

/// A browser without JavaScript: it keeps cookies, and makes a connection for each page.
class Browser
{
public:
    explicit Browser(Trial const& trial) : trial_(trial) {}

    Page get(std::string const& path) { return ask("GET " + path, ""); }
    Page post(std::string const& path, std::string const& form) { return ask("POST " + path, form); }

private:
    Page ask(std::string const& what, std::string const& form)
    {
        auto const host = "mail." + trial_.domain;
        auto stream = cli::connect_tls(trial_.config, "https", host);
        std::vector<std::string> cookies;
        for (auto const& [name, value] : cookies_) cookies.push_back(name + "=" + value);
        stream.write(what + " HTTP/1.1\r\nHost: " + host +
                     "\r\nConnection: close\r\nCookie: " + base::join(cookies, "; ") + "\r\n");
        if (!form.empty())
            stream.write("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
                         std::to_string(form.size()) + "\r\n");
        stream.write("\r\n" + form);
        stream.flush();
        return read_page(stream);
    }

    Page read_page(net::Stream& stream)
    {
        Page page;
        auto const first = read_line(stream); // "HTTP/1.1 200 OK"
        auto const blank = first.find(' ');
        if (blank != std::string::npos) page.status = first.substr(blank + 1, 3);
        std::uint64_t size = 0;
        for (auto line = read_line(stream); !line.empty(); line = read_line(stream)) {
            auto const colon = std::min(line.find(':'), line.size() - 1);
            auto const name = base::lower(line.substr(0, colon));
            auto const value = std::string(base::trim(std::string_view(line).substr(colon + 1)));
            if (name == "location") page.location = value;
            if (name == "set-cookie") keep_cookie(value);
            if (name == "content-length") size = base::parse_number(value, largest_page).value_or(0);
        }
        stream.read_exactly(page.body, static_cast<std::size_t>(size), net::after(cli::mail_patience));
        return page;
    }

    void keep_cookie(std::string const& text)
    {
        auto const pair = text.substr(0, text.find(';'));
        auto const equals = pair.find('=');
        if (equals != std::string::npos) cookies_[pair.substr(0, equals)] = pair.substr(equals + 1);
    }

    Trial const& trial_;
    std::map<std::string, std::string> cookies_;
};

/// The value of the hidden field `csrf`.
std::string token_of(std::string const& page)
{
    constexpr std::string_view mark = "name=\"csrf\" value=\"";
    auto const at = page.find(mark);
    if (at == std::string::npos) throw net::Disconnected("the login page has no form");
    auto const begin = at + mark.size();
    return page.substr(begin, page.find('"', begin) - begin);
}

std::string form_text(std::string const& text)
{
    std::string result;
    for (char const c : text) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        result += plain ? std::string(1, c) : "%" + base::hex(std::string(1, c));
    }
    return result;
}
} // namespace

void log_in_to_webmail(Trial const& trial)
{
    Browser browser(trial);
    auto const form = browser.get("/login");
    auto const answer = browser.post("/login", "csrf=" + token_of(form.body) + "&login=" + form_text(trial.to.login) +
                                                   "&password=" + form_text(trial.to.password));
    if (answer.status != "303") throw net::Disconnected("the webmail refused the login");
    auto list = browser.get(answer.location.empty() ? "/" : answer.location);
    for (int hops = 0; list.status == "303" && hops < 3; ++hops) list = browser.get(list.location);
    if (list.status != "200" || list.body.find(trial.subject) == std::string::npos)
        throw net::Disconnected("the mail is not in the webmail's list");
}

} // namespace setup::proof

// The last page: passwords, addresses, what the PCs need, and the webmail's address for phones.

#include "setup-tui/widgets/qr_code.h"
#include "setup-tui/widgets/text_view.h"
#include "setup-tui/wizard/outcome.h"

#include "appliance/base/text.h"

namespace setup::wizard
{

namespace
{
/// ":10443", or nothing for the standard port.
std::string port_of(config::Config const& config, std::string const& service)
{
    auto const found = config.listen.find(service);
    if (found == config.listen.end() || found->second.empty()) return {};
    auto const port = found->second.front().port;
    for (auto const& standard : config::service_ports())
        if (standard.name == service && standard.port == port) return {};
    return ":" + std::to_string(port);
}

/// The number itself: mail programs ask for it.
std::string port_number(config::Config const& config, std::string const& service)
{
    auto const found = config.listen.find(service);
    return found == config.listen.end() || found->second.empty() ? "-" : std::to_string(found->second.front().port);
}

std::string own_address(Draft const& answers)
{
    auto const address = answers.value("address");
    return address.substr(0, address.find('/'));
}

std::string passwords_text(Desk const& desk, Outcome const& outcome)
{
    if (outcome.passwords.empty()) return desk.text("Nobody's password was changed.") + "\n\n";
    bool is_any_made = false;
    std::string text;
    for (auto const& password : outcome.passwords) {
        auto const room = std::max<std::size_t>(password.login.size() + 1, 10);
        text += "  " + password.login + std::string(room - password.login.size(), ' ') +
                (password.was_made ? password.password : desk.text("(as you typed it)")) + "\n";
        is_any_made = is_any_made || password.was_made;
    }
    auto const heading = desk.text(is_any_made ? "Passwords: write them down, they are not shown again." : "Users:");
    return heading + "\n" + text + "\n";
}

std::string runner_text(Desk const& desk, Outcome const& outcome)
{
    if (outcome.needs_restart)
        return "\n\n" +
               desk.text("Names, language or practice mode have changed: end kotakpos run and start it again.");
    if (outcome.runner != proof::Runner::process) return {};
    return "\n\n" + desk.text("The box runs until this computer is switched off; start it again with: kotakpos run");
}

std::string everything(Desk const& desk, Outcome const& outcome)
{
    auto const& answers = outcome.answers;
    auto const domain = answers.value("domain");
    auto const mail = "mail." + domain;
    auto const https = port_of(outcome.config, "https"), http = port_of(outcome.config, "http");
    auto text = passwords_text(desk, outcome);
    text += desk.text("Webmail:") + "\n  https://" + mail + https + "/\n";
    text += desk.text("School page:") + "\n  https://www." + domain + https + "/\n";
    text += desk.text("Mail programs:") + "\n  " +
            desk.text("IMAP {1}, port {2}, TLS", {mail, port_number(outcome.config, "imaps")}) + "\n  " +
            desk.text("SMTP {1}, port {2}, TLS", {mail, port_number(outcome.config, "submissions")}) + "\n";
    text += desk.text("On the PCs (or in the router's DHCP), the DNS server is:") + "\n  " +
            answers.value("ns.address") + "\n";
    text += desk.text("The school's CA, to install on every device once:") + "\n  http://" + mail + http +
            "/ca.crt\n  " + outcome.config.in_state("ca.crt");
    if (answers.value("lab") == "yes")
        text += "\n\n" + desk.text("Practice mode is on: any password is accepted. Not for a school in real use.");
    return text + runner_text(desk, outcome);
}

/// By address: a phone reads it before it asks this box for names. In capitals, which make a smaller code.
std::string code_text(Outcome const& outcome)
{
    auto const address = own_address(outcome.answers);
    auto const host = address.find(':') == std::string::npos ? address : "[" + address + "]";
    return "HTTPS://" + host + port_of(outcome.config, "https") + "/";
}

void show_large(Desk& desk, QrCode const& code, std::string const& address)
{
    for (;;) {
        auto& screen = desk.screen;
        screen.clear();
        code.draw(screen, 0, 0);
        int const column = code.columns(screen) + 2;
        int row = 1;
        for (auto const& line :
             wrap(address + "\n\n" + desk.text("Point a phone's camera at it.") + "\n\n" + desk.text("Esc back"),
                  screen.columns() - column))
            screen.put(row++, column, line);
        auto const key = screen.read_key();
        if (key.kind == KeyKind::escape || key.kind == KeyKind::enter || key.kind == KeyKind::function) return;
    }
}
} // namespace

Go show_outcome(Desk& desk, Outcome const& outcome)
{
    auto const address = code_text(outcome);
    QrCode const code(address);
    TextView view;
    view.set_text(everything(desk, outcome));
    for (;;) {
        auto& screen = desk.screen;
        draw_frame(screen, {.title = desk.text("The box is ready"),
                            .place = desk.place,
                            .keys = desk.text("Enter finish   F4 large QR code   arrows scroll")});
        int const rows = content_rows(screen);
        int const code_column = screen.columns() - content_column - code.columns(screen);
        bool const fits = screen.is_utf8() && code.rows(screen) + 2 <= rows && code_column > screen.columns() / 2;
        int const columns = fits ? code_column - 2 * content_column : content_columns(screen);
        view.draw(screen, {content_row, content_column, rows, columns});
        if (fits) {
            code.draw(screen, content_row, code_column);
            screen.put(content_row + code.rows(screen), code_column, desk.text("The webmail, for phones"),
                       Style::dim);
        }
        auto const key = screen.read_key();
        if (key.kind == KeyKind::enter || (key.kind == KeyKind::function && key.number >= 9)) return Go::next;
        if (key.kind == KeyKind::function && key.number == 4) show_large(desk, code, address);
        view.take(key);
    }
}

} // namespace setup::wizard

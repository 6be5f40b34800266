#pragma once
// What all pages of the administration share: who may enter, the links at the side, notices and faults, the question
// before something is lost, the audit.

#include "appliance/directory/administration.h"
#include "httpd/exchange.h"
#include "httpd/frame.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace httpd::admin
{

/// May the person of this session open a page: with `only_administrators` an administrator; else also somebody who
/// looks after the class of the address (":class"), or the class of the pupil in it (":login"). Asked by the router,
/// always of the database: who is no teacher any more is out at once.
enum class Door { administrators, class_teachers };
bool may_enter(Exchange const& exchange, Door door);
bool is_administrator(Exchange const& exchange);

/// The frame with the administration's links; `current`: the page's address ("/admin/queue").
Data admin_data(Exchange const& exchange, std::string const& title, std::string_view current);

/// A red line above a form: what is wrong.
void set_fault(Data& data, std::string const& text);
/// The refusal in the reader's language, as one line.
std::string show(Exchange const& exchange, base::Error const& error);

/// Adds to the audit. `detail` is never a password.
void note(Exchange const& exchange, std::string const& action, std::string const& subject,
          std::string const& detail = "");

/// A page that asks once more and says what is lost.
struct Question {
    std::string title;
    std::vector<std::string> losses; ///< sentences
    std::string button;
    std::string action;                                           ///< where the form goes
    std::vector<std::pair<std::string, std::string>> fields = {}; ///< sent along
    std::string back;                                             ///< where "no" leads
    std::string_view current;                                     ///< the page at the side
};
Response ask(Exchange const& exchange, Question const& question, int status = 200);

/// A choice of a select: value, text, whether it is chosen.
DataList choices(std::vector<std::pair<std::string, std::string>> const& values, std::string const& chosen);
std::vector<std::pair<std::string, std::string>> role_choices(Exchange const& exchange);
std::vector<std::pair<std::string, std::string>> class_choices(Exchange const& exchange);
std::vector<std::pair<std::string, std::string>> writer_choices(Exchange const& exchange);
std::string role_text(Exchange const& exchange, directory::Role role);

/// "/admin/people/budi"
std::string link_to(std::string_view place, std::string const& name, std::string_view rest = "");

/// Login and first password, to be printed and cut. Shown by the answer to a POST and kept nowhere.
struct Slip {
    directory::User user;
    std::string password;
};
Response slips_page(Exchange const& exchange, std::string const& title, std::string_view current,
                    std::vector<Slip> slips, std::string const& back);

} // namespace httpd::admin

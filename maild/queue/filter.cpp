#include "maild/queue/filter.h"

#include "appliance/base/text.h"
#include "appliance/message/address_list.h"
#include "appliance/message/fold.h"
#include "appliance/message/mime.h"
#include "maild/limits.h"

#include <algorithm>

namespace maild::queue
{

namespace
{
using Condition = directory::FilterCondition;
using Action = directory::FilterAction;

/// Names and addresses of the fields, a text each, and the bare addresses too: "is" means one of them.
std::vector<std::string> people(message::Header const& header, std::initializer_list<std::string_view> names)
{
    std::vector<std::string> found;
    for (auto const name : names)
        for (auto const* field : header.all(name)) {
            auto const list = message::parse_address_list(field->value());
            for (auto const& item : list) {
                if (item.kind != message::AddressItem::Kind::mailbox) continue;
                found.push_back(message::fold(item.address()));
                found.push_back(message::fold(message::show_address_list({item})));
            }
        }
    return found;
}

bool compares(Condition::How how, std::string_view text, std::string_view wanted)
{
    switch (how) {
    case Condition::How::contains:
    case Condition::How::lacks: return text.find(wanted) != std::string_view::npos;
    case Condition::How::is: return base::trim(text) == wanted;
    case Condition::How::begins: return text.starts_with(wanted);
    case Condition::How::ends: return text.ends_with(wanted);
    case Condition::How::above:
    case Condition::How::below: break;
    }
    return false;
}

void add_keyword(mailbox::Flags& flags, std::string const& keyword)
{
    auto const is_there = std::any_of(flags.keywords.begin(), flags.keywords.end(),
                                      [&](auto const& known) { return base::equal_ignoring_case(known, keyword); });
    if (!is_there) flags.keywords.push_back(keyword);
    std::sort(flags.keywords.begin(), flags.keywords.end(),
              [](auto const& a, auto const& b) { return base::lower(a) < base::lower(b); });
}

void apply(Action const& action, Verdict& verdict)
{
    switch (action.what) {
    case Action::What::move: verdict.mailbox = action.value; break;
    case Action::What::trash: verdict.mailbox = "Trash"; break;
    case Action::What::label: add_keyword(verdict.flags, action.value); break;
    case Action::What::star: verdict.flags.system |= mailbox::flag_flagged; break;
    case Action::What::read: verdict.flags.system |= mailbox::flag_seen; break;
    case Action::What::copy:
        if (std::find(verdict.copies.begin(), verdict.copies.end(), action.value) == verdict.copies.end())
            verdict.copies.push_back(action.value);
        break;
    }
}
} // namespace

MailView::MailView(Message const& message)
    : message_(message),
      begin_(message.body.read(message.return_path, limits::header_looked_at)),
      header_(message::Header::parse(begin_))
{
}

std::vector<std::string> MailView::texts(Condition const& condition) const
{
    switch (condition.what) {
    case Condition::What::from: return people(header_, {"From", "Sender", "Reply-To"});
    case Condition::What::to: return people(header_, {"To", "Cc", "Resent-To", "Resent-Cc", "Delivered-To"});
    case Condition::What::subject: return {message::fold(header_.first_decoded("Subject"))};
    case Condition::What::list: return {message::fold(header_.first_decoded("List-Id"))};
    case Condition::What::header: return {message::fold(header_.first_decoded(condition.header))};
    case Condition::What::size:
    case Condition::What::attachment: break;
    }
    return {};
}

/// The only condition that looks behind the header: at most limits::filter_scan bytes.
bool MailView::has_attachment() const
{
    auto const most = static_cast<std::size_t>(std::min<std::uint64_t>(message_.size, limits::filter_scan));
    auto const text = message_.body.read(message_.return_path, most);
    return message::has_attachment(message::scan(text));
}

bool MailView::fits(Condition const& condition) const
{
    if (condition.what == Condition::What::attachment)
        return has_attachment() == (condition.how != Condition::How::lacks);
    if (condition.what == Condition::What::size) {
        auto const bytes = base::parse_number(condition.value).value_or(0);
        return condition.how == Condition::How::above ? message_.size > bytes : message_.size < bytes;
    }
    auto const wanted = message::fold(base::trim(condition.value));
    auto const all = texts(condition);
    bool const found =
        std::any_of(all.begin(), all.end(), [&](auto const& text) { return compares(condition.how, text, wanted); });
    return found != (condition.how == Condition::How::lacks);
}

bool MailView::fits(directory::Filter const& filter) const
{
    auto const one = [&](Condition const& condition) { return fits(condition); };
    if (!filter.enabled || filter.conditions.empty()) return false;
    return filter.needs_all ? std::all_of(filter.conditions.begin(), filter.conditions.end(), one)
                            : std::any_of(filter.conditions.begin(), filter.conditions.end(), one);
}

Verdict judge(std::vector<directory::Filter> const& filters, MailView const& mail)
{
    Verdict verdict;
    for (auto const& filter : filters) {
        if (!mail.fits(filter)) continue;
        for (auto const& action : filter.actions) apply(action, verdict);
        if (filter.stops) break;
    }
    return verdict;
}

} // namespace maild::queue

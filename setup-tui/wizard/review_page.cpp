// Everything that was answered, and the zone files that come of it, before anything is changed.

#include "setup-tui/apply/school.h"
#include "setup-tui/steps/checks.h"
#include "setup-tui/widgets/text_view.h"
#include "setup-tui/wizard/desk.h"
#include "setup-tui/wizard/outcome.h"

#include "appliance/base/text.h"

#include <algorithm>

namespace setup::wizard
{

namespace
{
/// An answer in the words of its page.
std::string shown(Desk const& desk, Field const& field, std::string const& value)
{
    for (std::size_t i = 0; i < field.choices.size(); ++i)
        if (field.choices[i] == value) return desk.text(field.choice_labels[i]);
    if (field.type == FieldType::password)
        return value.empty() ? desk.text(desk.is_there_already() ? "(stays as it is)" : "(is made, shown at the end)")
                             : "********";
    if (field.key != "users") return value.empty() ? "-" : value;
    std::vector<std::string> logins;
    for (auto const& part : base::split_list(value))
        if (auto const user = parse_user(part))
            logins.push_back(user->class_name.empty() ? user->login : user->login + " (" + user->class_name + ")");
    return logins.empty() ? "-" : base::join(logins, ", ");
}

std::string everything(Desk const& desk, Draft const& draft)
{
    constexpr int label_width = 24;
    std::string text;
    for (auto const& step : steps()) {
        if (step.first_time_only && desk.is_there_already()) continue;
        for (auto const& field : step.fields) {
            if (!applies(field, draft)) continue;
            auto const label = desk.text(field.label);
            text += label + std::string(static_cast<std::size_t>(std::max(1, label_width - columns_of(label))), ' ') +
                    shown(desk, field, draft.value(field.key)) + "\n";
        }
    }
    if (desk.is_there_already())
        return text + "\n" + desk.text("The school is there already. Its zones, users and mails stay as they are.") +
               "\n";
    return text + "\n" + desk.text("The zone files (records that prove the mail's sender are added):") + "\n\n" +
           zone_preview(draft);
}
} // namespace

Go review(Desk& desk)
{
    auto const draft = filled_in(desk.draft);
    TextView view;
    view.set_text(everything(desk, draft));
    auto const message = desk.take_message();
    for (;;) {
        auto& screen = desk.screen;
        draw_frame(screen, {.title = desk.text("Everything at a glance"),
                            .place = desk.place,
                            .keys = desk.text("Enter apply   arrows scroll   Esc back   F10 quit"),
                            .message = message});
        auto const row =
            put_text(screen, content_row, desk.text("Nothing has been changed yet. Enter does all of it.")) + 1;
        view.draw(screen, {row, content_column, content_row + content_rows(screen) - row, content_columns(screen)});
        auto const key = screen.read_key();
        if (key.kind == KeyKind::enter || (key.kind == KeyKind::function && key.number == 9)) return Go::next;
        if (key.kind == KeyKind::escape) return Go::back;
        if (key.kind == KeyKind::function && key.number == 10) return Go::quit;
        view.take(key);
    }
}

} // namespace setup::wizard

// A page made of a step's fields: what most pages of the wizard are.

#include "appliance/box/dhcp.h"
#include "setup-tui/apply/clock.h"
#include "setup-tui/steps/strength.h"
#include "setup-tui/widgets/form.h"
#include "setup-tui/wizard/address_probe.h"
#include "setup-tui/wizard/desk.h"

#include "appliance/base/text.h"

#include <algorithm>

namespace setup::wizard
{

namespace
{
class QuestionPage
{
public:
    QuestionPage(Desk& desk, Step const& step) : desk_(desk), step_(step) {}

    Go run()
    {
        for (;;) {
            auto form = make_form();
            form.focus(std::min(focus_, form.size() - 1));
            bool const accepted = form.run(desk_.screen, [&](Form& filled) { return accept(filled); });
            if (accepted) return Go::next;
            if (form.asked_to_quit()) return Go::quit;
            if (!asked_again_) return Go::back;
            asked_again_ = false;
        }
    }

private:
    std::string text(std::string_view id) const { return id.empty() ? std::string() : desk_.text(id); }

    Draft answers_before(Field const& field) const { return filled_in(desk_.draft, &field); }

    FormField make_field(Field const& field) const
    {
        auto const value = shown_answer(field, answers_before(field));
        FormField made;
        made.label = text(field.label);
        made.help = text(field.help);
        made.lesson = text(field.lesson);
        made.editor = LineEditor(field.type == FieldType::password ? Shown::masked : Shown::plain, value);
        for (std::size_t i = 0; i < field.choices.size(); ++i)
            made.choices.emplace_back(field.choices[i], text(field.choice_labels[i]));
        if (field.offers)
            for (auto const& offer : field.offers(desk_.draft)) made.choices.emplace_back(offer, offer);
        made.choose(value);
        return made;
    }

    Form make_form()
    {
        fields_.clear();
        std::vector<FormField> shown;
        for (auto const& field : step_.fields) {
            if (!applies(field, answers_before(field))) continue;
            fields_.push_back(&field);
            shown.push_back(make_field(field));
        }
        Form form({.title = text(step_.title),
                   .intro = text(step_.help),
                   .keys = text("Enter next   Tab field   F1 help   Esc back   F10 quit"),
                   .place = desk_.place,
                   .help_keys = text("Enter close   arrows scroll"),
                   .message = desk_.take_message()},
                  std::move(shown));
        form.on_leave([this](Form& filled, std::size_t number) { look_at(filled, number); });
        form.on_change([this](Form& filled, std::size_t number) { changed(filled, number); });
        for (std::size_t i = 0; i < fields_.size(); ++i) note_strength(form, i);
        return form;
    }

    /// Keeps an answer that differs from the suggestion; one that does not goes on following what it comes from.
    void store(Form const& form, std::size_t number)
    {
        auto const& field = *fields_[number];
        auto value = form.value(number);
        if (field.type != FieldType::password) value = base::trim(value);
        auto without = answers_before(field);
        without.erase(field.key);
        if (value == shown_answer(field, without))
            desk_.draft.erase(field.key);
        else
            desk_.draft.set(field.key, value);
    }

    std::string refusal(std::size_t number) const
    {
        auto const& field = *fields_[number];
        auto draft = answers_before(field);
        draft.set(field.key, shown_answer(field, draft));
        if (auto const problem = problem_of(field, draft)) return sentence(desk_, *problem);
        if (field.key == dhcp_key && draft.value(field.key) == "yes") return other_server(draft);
        return {};
    }

    /// Who else gives addresses there: two harm the LAN. An interface where nobody answered is asked once.
    std::string other_server(Draft const& draft) const
    {
        auto const interface = draft.value("network.interface");
        if (interface == quiet_interface_) return {};
        if (auto const server = box::other_dhcp_server(interface))
            return desk_.text("Another DHCP server answers in this network ({1}): switch that one off first, or "
                              "leave this at no.",
                              {server->show()});
        quiet_interface_ = interface;
        return {};
    }

    /// What is odd about a good answer.
    std::string doubt(std::size_t number) const
    {
        auto const& field = *fields_[number];
        auto const draft = answers_before(field);
        auto const value = shown_answer(field, draft);
        if (field.doubt)
            if (auto const odd = field.doubt(value, draft)) return text(*odd);
        if (field.key == "address" && is_in_use(value, draft.value("network.interface")))
            return desk_.text("Another device in the network answers at {1}: choose another address, or switch that "
                              "device off.",
                              {value.substr(0, value.find('/'))});
        return {};
    }

    void look_at(Form& form, std::size_t number)
    {
        store(form, number);
        auto problem = refusal(number);
        form.field(number).problem = problem.empty() ? doubt(number) : problem;
    }

    void note_strength(Form& form, std::size_t number) const
    {
        auto const& field = *fields_[number];
        if (field.key != "admin.password") return;
        constexpr std::string_view words[] = {"too easy", "just enough", "good", "very good"};
        auto const password = form.value(number);
        auto const points = static_cast<std::size_t>(strength(password, "admin"));
        std::string bar;
        for (std::size_t i = 0; i < std::size(words); ++i)
            bar += i <= points && !password.empty() ? sign::full : sign::empty;
        form.field(number).note =
            password.empty() ? "" : desk_.text("Strength: {1} {2}", {bar, desk_.text(words[points])});
    }

    void changed(Form& form, std::size_t number)
    {
        store(form, number);
        note_strength(form, number);
        auto const& field = *fields_[number];
        if (!field.choices.empty()) { // other questions may apply now, or other words
            focus_ = number;
            asked_again_ = true;
            form.stop();
            return;
        }
        for (std::size_t i = number + 1; i < fields_.size(); ++i)
            if (!desk_.draft.has(fields_[i]->key) && fields_[i]->choices.empty() && !fields_[i]->offers)
                form.field(i).editor.set_text(shown_answer(*fields_[i], answers_before(*fields_[i])));
    }

    std::optional<std::string> accept(Form& form)
    {
        for (std::size_t i = 0; i < fields_.size(); ++i) store(form, i);
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            auto const problem = refusal(i);
            if (problem.empty()) continue;
            form.field(i).problem = problem;
            form.focus(i);
            return desk_.text("Please correct {1}.", {text(fields_[i]->label)});
        }
        return take_clock();
    }

    /// The time goes on while people answer other questions: it is set now, and not asked for again.
    std::optional<std::string> take_clock()
    {
        auto const asked =
            std::find_if(fields_.begin(), fields_.end(), [](auto const* field) { return field->key == clock_key; });
        if (asked == fields_.end()) return std::nullopt;
        if (auto const set = set_clock(shown_answer(**asked, desk_.draft)); !set)
            return desk_.text("The clock cannot be set: {1}.", {set.error().why});
        desk_.draft.erase(clock_key);
        desk_.draft.erase("now.clock");
        return std::nullopt;
    }

    Desk& desk_;
    Step const& step_;
    mutable std::string quiet_interface_;
    std::vector<Field const*> fields_; ///< those that are asked now
    std::size_t focus_ = 0;
    bool asked_again_ = false;
};
} // namespace

Go ask(Desk& desk, Step const& step) { return QuestionPage(desk, step).run(); }

} // namespace setup::wizard

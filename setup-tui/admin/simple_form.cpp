#include "setup-tui/admin/simple_form.h"

#include "appliance/base/text.h"

namespace setup
{

bool ask_form(Desk& desk, std::string_view title, std::string_view lesson, std::vector<Question> questions,
              std::function<void(std::vector<std::string> const&)> const& accept, std::string_view done)
{
    std::vector<FormField> fields;
    for (auto& question : questions) {
        FormField field{.label = desk.text(question.label),
                        .help = desk.text(question.help),
                        .editor = LineEditor(question.shown, question.value),
                        .choices = std::move(question.choices),
                        .lesson = desk.text(lesson)};
        if (!field.choices.empty()) field.choose(question.value);
        fields.push_back(std::move(field));
    }
    Form form({.title = desk.text(title),
               .keys = desk.text("Tab next field") + "   F9 " + desk.text(done) + "   " + desk.text("F1 help") +
                       "   " + desk.text("Esc back"),
               .place = desk.school_name,
               .help_keys = desk.text("Esc back")},
              std::move(fields));
    return form.run(desk.screen, [&](Form& filled) {
        return desk.attempt([&] {
            std::vector<std::string> answers;
            for (std::size_t i = 0; i < filled.size(); ++i) answers.emplace_back(base::trim(filled.value(i)));
            accept(answers);
        });
    });
}

} // namespace setup

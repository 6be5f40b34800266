// Apply and proof: each step on the screen, done or failed with the reason, and a way back.

#include "setup-tui/apply.h"
#include "setup-tui/proof/proof.h"
#include "setup-tui/widgets/progress.h"
#include "setup-tui/wizard/outcome.h"

#include "appliance/base/text.h"
#include "appliance/cli/mail_client.h"
#include "appliance/db/database.h"
#include "appliance/i18n/composed.h"
#include "appliance/supervisor/status_file.h"

#include <cstdio>
#include <functional>
#include <optional>
#include <unistd.h>

namespace setup::wizard
{

namespace
{
using Clock = std::chrono::steady_clock;
constexpr auto look_again = std::chrono::milliseconds(100);

enum class State { waiting, now, done, failed };

struct Row {
    std::string title;
    State state = State::waiting;
    std::chrono::milliseconds took{0};
};

enum class After { again, back, go_on, quit };

class ApplyPage
{
public:
    ApplyPage(Desk& desk, Outcome& outcome, bool was_cut) : desk_(desk), outcome_(outcome), was_cut_(was_cut) {}

    Go run()
    {
        outcome_.answers = filled_in(desk_.draft);
        outcome_.passwords = make_passwords(outcome_.answers, was_cut_ || !desk_.is_there_already());
        for (;;) {
            begin_again();
            auto const trouble = work();
            if (!trouble) return finished();
            switch (ask_what_now(*trouble)) {
            case After::again: continue;
            case After::back: return Go::back;
            case After::go_on: return Go::next;
            case After::quit: return Go::quit;
            }
        }
    }

private:
    void begin_again()
    {
        rows_.clear();
        for (auto const part : parts()) rows_.push_back({desk_.text(title(part))});
        first_of_proof_ = rows_.size();
        for (std::string_view const id : {"The box starts", "The name server answers", "A mail goes from {1} to {2}",
                                          "{2} logs in to the webmail and finds it"})
            rows_.push_back({desk_.text(id, {from().login, to().login})});
        current_ = rows_.size();
        is_applied_ = false;
    }

    /// The two people of the proof: the first two whose passwords are known, else the administrator to itself.
    std::vector<FirstPassword> known() const
    {
        std::vector<FirstPassword> users;
        if (!desk_.is_there_already() || was_cut_)
            for (auto const& password : outcome_.passwords)
                if (password.login != "admin") users.push_back(password);
        if (users.empty() && !outcome_.passwords.empty() && outcome_.passwords.front().login == "admin")
            users.push_back(outcome_.passwords.front());
        return users;
    }
    proof::Account from() const
    {
        auto const users = known();
        return users.empty() ? proof::Account{"admin", ""}
                             : proof::Account{users.front().login, users.front().password};
    }
    proof::Account to() const
    {
        auto const users = known();
        return users.size() < 2 ? from() : proof::Account{users[1].login, users[1].password};
    }

    /// Ends the row that is on, and begins another.
    void begin_row(std::size_t number)
    {
        auto const now = Clock::now();
        if (current_ < rows_.size()) {
            rows_[current_].state = State::done;
            rows_[current_].took = std::chrono::duration_cast<std::chrono::milliseconds>(now - began_);
        }
        current_ = number;
        began_ = now;
        if (number < rows_.size()) rows_[number].state = State::now;
        draw("");
        desk_.screen.show();
    }

    std::optional<base::Error> work()
    {
        bool const ran_before = runs_already();
        auto const applied =
            apply(outcome_.answers, {.config_file = desk_.config_file,
                                     .needs_ports = !ran_before,
                                     .sets_passwords = was_cut_,
                                     .progress = [this](Part part) { begin_row(static_cast<std::size_t>(part)); }});
        if (!applied) return applied.error();
        is_applied_ = true;
        config_changed_ = config_changed_ || applied->config_changed;
        begin_row(first_of_proof_);
        auto config = config::read(desk_.config_file);
        if (!config) return config.error();
        outcome_.config = *config;
        if (::chdir(outcome_.config.state.c_str()) != 0)
            return base::failed(outcome_.config.state, "the state folder cannot be entered", "check its owner");
        auto const configuration = config_changed_ ? proof::Configuration::changed : proof::Configuration::as_before;
        auto const started = proof::start_box(
            outcome_.config, configuration, [this] { static_cast<void>(desk_.screen.read_key_within(look_again)); });
        if (!started) return started.error();
        outcome_.runner = *started;
        outcome_.needs_restart = ran_before && config_changed_ && *started == proof::Runner::there_already;
        return prove();
    }

    bool runs_already() const
    {
        auto const config = config::read(desk_.config_file);
        return config && supervisor::running_supervisor(config->state) != 0;
    }

    std::optional<base::Error> prove()
    {
        try {
            // A school that was there already: nobody's password is known, so a token of a minute serves.
            std::optional<db::Database> school;
            std::unique_ptr<directory::Directory> people;
            std::optional<cli::Token> token;
            auto sender = from(), receiver = to();
            if (sender.password.empty()) {
                school.emplace(db::Options{.path = "school/school.db", .schema = "school"});
                people = directory::make_sql_directory(*school);
                auto const user = people->find_user(sender.login);
                if (!user) return base::failed("admin", "there is no such user", "add it with 'kotakpos user add'");
                token.emplace(*people, user->id);
                sender.password = receiver.password = token->text();
            }
            proof::Trial const trial{
                outcome_.config,
                outcome_.answers.value("domain"),
                sender,
                receiver,
                desk_.text("The first mail"),
                desk_.text("This mail was sent by the setup of Kotakpos, to prove that the box works.")};
            std::size_t row = first_of_proof_;
            for (auto const& step : {proof::ask_dns, proof::send_mail, proof::log_in_to_webmail}) {
                begin_row(++row);
                step(trial);
            }
            begin_row(rows_.size());
            return std::nullopt;
        } catch (net::Disconnected const& error) { // what the proof is there to find
            return base::failed("", error.what(), "see 'kotakpos status' and the log");
        } catch (base::Failure const& failure) {
            return failure.error();
        } catch (base::StoreError const& error) {
            return base::failed("", error.what(), "see 'kotakpos status' and the log");
        }
    }

    static char const* mark(State state)
    {
        switch (state) {
        case State::waiting: return " ";
        case State::now: return sign::now.data();
        case State::done: return sign::done.data();
        case State::failed: return sign::failed.data();
        }
        return " ";
    }

    static Style style(State state)
    {
        switch (state) {
        case State::waiting: return Style::dim;
        case State::now: return Style::strong;
        case State::done: return Style::good;
        case State::failed: return Style::error;
        }
        return Style::normal;
    }

    void draw(std::string const& keys)
    {
        auto& screen = desk_.screen;
        draw_frame(screen, {.title = desk_.text("Setting up"),
                            .place = desk_.place,
                            .keys = keys.empty() ? desk_.text("Please wait.") : keys});
        std::size_t done = 0;
        for (auto const& row : rows_) done += row.state == State::done ? 1 : 0;
        int const columns = content_columns(screen) - 6;
        screen.put(content_row, content_column, bar(done, rows_.size(), columns));
        screen.put(content_row, content_column + columns + 1, std::to_string(done * 100 / rows_.size()) + "%");
        int line = content_row + 2;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            if (i == first_of_proof_) screen.put(line++, content_column, desk_.text("The proof:"), Style::strong);
            auto const& row = rows_[i];
            screen.put(line, content_column, mark(row.state), style(row.state));
            screen.put(line, content_column + 2, row.title, row.state == State::waiting ? Style::dim : Style::normal,
                       58);
            if (row.state == State::done) screen.put(line, content_column + 61, show_time(row.took), Style::dim);
            ++line;
        }
        next_line_ = line;
    }

    static std::string show_time(std::chrono::milliseconds time)
    {
        char text[32];
        std::snprintf(text, sizeof text, "%6.2f s", static_cast<double>(time.count()) / 1000);
        return text;
    }

    /// In the person's language; sentences that were put together below too.
    std::string show(base::Error const& error) const
    {
        auto const& texts = i18n::catalog(desk_.language());
        return base::Error{i18n::translate(texts, error.what), i18n::translate(texts, error.why),
                           i18n::translate(texts, error.to_do), error.refused}
                   .line() +
               ".";
    }

    After ask_what_now(base::Error const& error)
    {
        if (current_ < rows_.size()) rows_[current_].state = State::failed;
        auto const what_is =
            desk_.text(is_applied_ ? "The box is set up, but not all of it works yet. Nothing is lost."
                                   : "The box is as it was before, and your answers are kept.");
        auto const keys = desk_.text(is_applied_ ? "Enter try again   F9 go on   Esc back   F10 quit"
                                                 : "Enter try again   Esc back to the answers   F10 quit");
        for (;;) {
            draw(keys);
            int const line = put_text(desk_.screen, next_line_, show(error), Style::error, 4);
            put_text(desk_.screen, line, what_is);
            auto const key = desk_.screen.read_key();
            if (key.kind == KeyKind::enter) return After::again;
            if (key.kind == KeyKind::escape) return After::back;
            if (key.kind == KeyKind::function && key.number == 10) return After::quit;
            if (key.kind == KeyKind::function && key.number == 9 && is_applied_) return After::go_on;
        }
    }

    Go finished()
    {
        for (;;) {
            draw(desk_.text("Enter next"));
            put_text(desk_.screen, next_line_ + 1, desk_.text("Everything works."), Style::good);
            auto const key = desk_.screen.read_key();
            if (key.kind == KeyKind::enter || (key.kind == KeyKind::function && key.number >= 9)) return Go::next;
        }
    }

    Desk& desk_;
    Outcome& outcome_;
    bool was_cut_;
    std::vector<Row> rows_;
    std::size_t first_of_proof_ = 0;
    std::size_t current_ = 0;
    bool is_applied_ = false;
    bool config_changed_ = false; ///< by this attempt or one before
    Clock::time_point began_ = Clock::now();
    int next_line_ = 0;
};
} // namespace

Go carry_out(Desk& desk, Outcome& outcome, bool was_cut) { return ApplyPage(desk, outcome, was_cut).run(); }

} // namespace setup::wizard

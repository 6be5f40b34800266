// Several sessions change one mailbox; each keeps the books that a client keeps (which UID has which number). The
// books must never contradict what the server says, and agree in the end.

#include "appliance/base/text.h"
#include "tests/maild/imap_fixture.h"
#include "tests/support/catch.h"

#include <random>

using support::has;
using support::ImapClient;
using support::ImapSchool;

namespace
{
/// One client and its books: numbers_[i] is the UID of message i + 1, 0 while unknown.
class Bookkeeper
{
public:
    explicit Bookkeeper(ImapSchool& school) : client_(school)
    {
        client_.log_in();
        read(client_.say("s SELECT INBOX"), false);
    }

    void act(std::mt19937& random)
    {
        auto const count = numbers_.size();
        auto const any = [&] { return std::to_string(random() % count + 1); };
        auto const any_uid = [&] { return std::to_string(numbers_[random() % count]); };
        auto const choice = random() % 10;
        if (count < 5 || choice < 3)
            read(client_.append("INBOX", "Subject: x\r\n\r\nx\r\n"), false);
        else if (choice == 3)
            say("STORE " + any() + " +FLAGS (\\Deleted)", true);
        else if (choice == 4)
            say("STORE " + any() + ":" + any() + " +FLAGS (kata" + std::to_string(random() % 5) + ")", true);
        else if (choice == 5)
            say("FETCH " + any() + ":" + any() + " (UID FLAGS)", true);
        else if (choice == 6)
            say("EXPUNGE", false);
        else if (choice == 7)
            say("UID MOVE " + any_uid() + ":" + any_uid() + " INBOX", false);
        else if (choice == 8)
            say("UID COPY " + any_uid() + " INBOX", false);
        else
            say("SEARCH UNSEEN", true);
    }
    /// Learns the UIDs that it has not been told.
    void settle()
    {
        say("NOOP", false);
        say("FETCH 1:* UID", false);
    }
    std::vector<std::uint32_t> const& numbers() const { return numbers_; }

private:
    void say(std::string const& command, bool holds_expunges) { read(client_.say("t " + command), holds_expunges); }

    void read(std::string const& answers, bool holds_expunges)
    {
        for (auto const line : base::split(answers, '\n')) {
            base::Cursor cursor(line);
            if (!cursor.take("* ")) continue;
            auto const number = cursor.take_number(1000000);
            if (!number) continue;
            if (cursor.take(" EXISTS"))
                exists(*number);
            else if (cursor.take(" EXPUNGE"))
                expunge(*number, holds_expunges);
            else if (auto const uid = line.find("UID "); uid != std::string_view::npos)
                fetched(*number, line.substr(uid + 4));
        }
        if (unknown_ > 0 && !asking_) ask();
    }
    void ask()
    {
        asking_ = true;
        read(client_.say("u FETCH " + std::to_string(numbers_.size() - unknown_ + 1) + ":* UID"), true);
        asking_ = false;
        // A message that was expunged before it could be asked stays unknown until its EXPUNGE comes.
        for (std::size_t i = 0; i < numbers_.size(); ++i)
            if (numbers_[i] == 0) numbers_[i] = 4000000000U + static_cast<std::uint32_t>(++placeholders_);
        unknown_ = 0;
    }
    void exists(std::size_t count)
    {
        REQUIRE(count >= numbers_.size());
        unknown_ += count - numbers_.size();
        numbers_.resize(count);
    }
    void expunge(std::size_t number, bool held)
    {
        REQUIRE_FALSE(held);
        REQUIRE(number >= 1);
        REQUIRE(number <= numbers_.size());
        numbers_.erase(numbers_.begin() + static_cast<std::ptrdiff_t>(number - 1));
    }
    void fetched(std::size_t number, std::string_view text)
    {
        base::Cursor cursor(text);
        auto const uid = static_cast<std::uint32_t>(cursor.take_number(4294967295).value_or(0));
        REQUIRE(number <= numbers_.size());
        auto& known = numbers_[number - 1];
        if (known != 0) REQUIRE(known == uid);
        known = uid;
    }

    ImapClient client_;
    std::vector<std::uint32_t> numbers_;
    std::size_t unknown_ = 0; ///< at the end, not asked yet
    std::size_t placeholders_ = 0;
    bool asking_ = false;
};
} // namespace

TEST_CASE("the books of many sessions on one mailbox never contradict the server", "[imap][rfc3501]")
{
    ImapSchool school;
    std::vector<std::unique_ptr<Bookkeeper>> keepers;
    for (int i = 0; i < 5; ++i) keepers.push_back(std::make_unique<Bookkeeper>(school));
    std::mt19937 random(20261121);
    for (int i = 0; i < 300; ++i) keepers[random() % keepers.size()]->act(random);
    for (auto& keeper : keepers) keeper->settle();
    for (auto& keeper : keepers) CHECK(keeper->numbers() == keepers[0]->numbers());
    CHECK(keepers[0]->numbers().size() > 5);
}

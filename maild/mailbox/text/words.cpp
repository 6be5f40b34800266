#include "maild/mailbox/text/words.h"

namespace maild::mailbox::text
{

namespace
{
class WordCollector final : public message::TextVisitor
{
public:
    explicit WordCollector(Words& words) : words_(words) {}

    void begin(message::SearchScope scope) override
    {
        bool const is_body = scope == message::SearchScope::body;
        set_ = is_body ? &words_.body : &words_.header;
        bytes_ = is_body ? &body_bytes_ : &header_bytes_;
    }

    void piece(std::string_view folded) override
    {
        base::Cursor cursor(folded);
        while (!cursor.at_end()) {
            auto const run = cursor.take_while(word_bytes);
            is_long_ = is_long_ || word_.size() + run.size() > word_bytes_max;
            if (!is_long_) word_ += run;
            if (cursor.at_end()) return; // the next piece may go on with the word
            end();
            cursor.take_while(no_word_bytes);
        }
    }

    void end() override
    {
        if (is_long_) words_.is_complete = false;
        if (!is_long_ && !word_.empty()) keep();
        word_.clear();
        is_long_ = false;
    }

private:
    static constexpr base::ByteSet no_word_bytes = base::ByteSet::range(0, 255).without(word_bytes);

    void keep()
    {
        if (set_->contains(word_)) return;
        if (*bytes_ + word_.size() > words_bytes_max) {
            words_.is_complete = false;
            return;
        }
        *bytes_ += word_.size();
        set_->insert(word_);
    }

    Words& words_;
    std::unordered_set<std::string>* set_ = &words_.body;
    std::size_t* bytes_ = &body_bytes_;
    std::size_t header_bytes_ = 0;
    std::size_t body_bytes_ = 0;
    std::string word_; ///< begun, not ended
    bool is_long_ = false;
};
} // namespace

Words words_of(std::string_view message)
{
    Words words;
    WordCollector collector(words);
    message::visit_texts(message, message::scan(message), message::SearchScope::header_and_body, collector);
    return words;
}

Needle::Needle(std::string_view folded)
{
    base::Cursor cursor(folded);
    while (!cursor.at_end()) {
        std::string pattern = cursor.offset() > 0 ? "\n" : "";
        auto const word = cursor.take_while(word_bytes);
        if (word.empty()) {
            cursor.take_bytes(1);
            continue;
        }
        pattern += word;
        if (!cursor.at_end()) pattern += '\n';
        patterns.push_back(pattern);
    }
    is_exact = base::Cursor(folded).take_while(word_bytes).size() == folded.size();
}

} // namespace maild::mailbox::text

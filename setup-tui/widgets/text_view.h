#pragma once
// A long text to be read: help, a message, a log that grows while one looks at it.

#include "setup-tui/widgets/table.h"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace setup
{

class TextView
{
public:
    enum class Start { top, end };

    explicit TextView(Start start = Start::top) : follows_(start == Start::end) {}

    void set_text(std::string_view text);
    /// One more line at the end; the oldest go when there are too many. At the end, the view follows.
    void add_line(std::string line);

    void draw(Screen& screen, Area const& area);
    /// False: not a key for moving.
    bool take(Key const& key);
    bool is_at_end() const { return follows_; }

private:
    void break_lines(int columns);

    static constexpr std::size_t most_lines = 10000;
    std::deque<std::string> lines_;   ///< as they came
    std::vector<std::string> broken_; ///< as wide as the screen
    int broken_for_ = -1;             ///< columns; -1: to be broken again
    std::size_t top_ = 0;
    std::size_t page_ = 1;
    bool follows_;
};

} // namespace setup

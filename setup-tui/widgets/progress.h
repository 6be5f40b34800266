#pragma once
// Long work in a thread of its own, with a bar that moves and a way to stop it.

#include "setup-tui/widgets/screen.h"

#include <atomic>
#include <functional>
#include <string>

namespace setup
{

/// What the work tells the screen, and hears from it. Used by both threads.
class Progress
{
public:
    void report(std::size_t done) { done_ = done; }
    bool is_cancelled() const { return cancelled_; }

    std::size_t done() const { return done_; }
    void cancel() { cancelled_ = true; }

private:
    std::atomic<std::size_t> done_ = 0;
    std::atomic<bool> cancelled_ = false;
};

struct ProgressTexts {
    std::string title;
    std::string what;       ///< "Adding users"
    std::string keys;       ///< "Esc stop"
    std::string cancelling; ///< shown from Esc until the work has ended
};

/// A bar of so many columns.
std::string bar(std::size_t done, std::size_t total, int columns);

/// Runs `work` and shows how far it is until it has ended. Esc asks it to stop (it decides whether it still can); so
/// does a signal, which then goes on as Stopped. What the work throws is thrown here.
void run_with_progress(Screen& screen, ProgressTexts const& texts, std::size_t total,
                       std::function<void(Progress&)> const& work);

} // namespace setup

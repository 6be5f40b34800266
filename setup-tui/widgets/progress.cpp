#include "setup-tui/widgets/progress.h"

#include "setup-tui/widgets/frame.h"

#include <algorithm>
#include <future>

namespace setup
{

namespace
{
constexpr auto look_again = std::chrono::milliseconds(100); // a slow line shows ten changes a second at most

void draw(Screen& screen, ProgressTexts const& texts, Progress const& progress, std::size_t total)
{
    draw_frame(screen, texts.title, texts.keys, progress.is_cancelled() ? texts.cancelling : "");
    auto const done = std::min(progress.done(), total);
    auto const percent = total == 0 ? 100 : done * 100 / total;
    int const row = screen.rows() / 2 - 2;
    int const columns = screen.columns() - 2 * content_column - 6;
    screen.put(row, content_column, texts.what);
    screen.put(row + 2, content_column, bar(done, total, columns));
    screen.put(row + 2, content_column + columns + 1, std::to_string(percent) + "%");
    screen.put(row + 4, content_column, std::to_string(done) + " / " + std::to_string(total));
}
} // namespace

std::string bar(std::size_t done, std::size_t total, int columns)
{
    auto const room = static_cast<std::size_t>(std::max(0, columns));
    auto const filled = total == 0 ? room : std::min(room, room * done / total);
    std::string text;
    for (std::size_t i = 0; i < room; ++i) text += i < filled ? sign::full : sign::empty;
    return text;
}

void run_with_progress(Screen& screen, ProgressTexts const& texts, std::size_t total,
                       std::function<void(Progress&)> const& work)
{
    Progress progress;
    auto result = std::async(std::launch::async, [&] { work(progress); });
    while (result.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        try {
            draw(screen, texts, progress, total);
            auto const key = screen.read_key_within(look_again);
            if (key && key->kind == KeyKind::escape) progress.cancel();
        } catch (Stopped const&) { // the thread uses what this function's caller owns: it must end first
            progress.cancel();
            result.wait();
            throw;
        }
    }
    result.get();
}

} // namespace setup

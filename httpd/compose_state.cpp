#include "httpd/compose_state.h"

#include "appliance/base/secret.h"

namespace httpd
{

namespace
{
constexpr std::size_t most_forms = 50; ///< open at once in one session; the oldest is forgotten
constexpr std::size_t most_files = 100;
} // namespace

ComposeState::File::File(UploadedFile uploaded)
    : id(base::random_hex(8)),
      name(std::move(uploaded.name)),
      type(std::move(uploaded.type)),
      content(std::move(uploaded.content))
{
}

ComposeState::Entry& ComposeState::entry(std::string const& token)
{
    auto& entry = entries_[token];
    entry.used = std::chrono::steady_clock::now();
    if (entries_.size() > most_forms) {
        auto oldest = entries_.end();
        for (auto i = entries_.begin(); i != entries_.end(); ++i)
            if (i->first != token && i->second.stage != Stage::busy &&
                (oldest == entries_.end() || i->second.used < oldest->second.used))
                oldest = i;
        if (oldest != entries_.end()) entries_.erase(oldest);
    }
    return entry;
}

ComposeState::FilePtr ComposeState::keep(std::string const& token, UploadedFile file, std::size_t most)
{
    auto const kept = std::make_shared<File const>(std::move(file));
    std::lock_guard const lock(mutex_);
    std::size_t total = kept->content.size();
    for (auto const& [other, held] : entries_)
        for (auto const& one : held.files) total += one->content.size();
    auto& mine = entry(token);
    if (total > most || mine.files.size() >= most_files) return nullptr;
    mine.files.push_back(kept);
    return kept;
}

std::vector<ComposeState::FilePtr> ComposeState::files(std::string const& token)
{
    std::lock_guard const lock(mutex_);
    auto const found = entries_.find(token);
    return found == entries_.end() ? std::vector<FilePtr>() : found->second.files;
}

void ComposeState::remove(std::string const& token, std::string const& file_id)
{
    std::lock_guard const lock(mutex_);
    if (auto const found = entries_.find(token); found != entries_.end())
        std::erase_if(found->second.files, [&](FilePtr const& file) { return file->id == file_id; });
}

void ComposeState::remove_files(std::string const& token)
{
    std::lock_guard const lock(mutex_);
    entry(token).files.clear();
}

bool ComposeState::is_known(std::string const& token)
{
    std::lock_guard const lock(mutex_);
    auto const found = entries_.find(token);
    return found != entries_.end() && found->second.is_known;
}

void ComposeState::note(std::string const& token)
{
    std::lock_guard const lock(mutex_);
    entry(token).is_known = true;
}

std::uint32_t ComposeState::draft(std::string const& token)
{
    std::lock_guard const lock(mutex_);
    auto const found = entries_.find(token);
    return found == entries_.end() ? 0 : found->second.draft;
}

void ComposeState::set_draft(std::string const& token, std::uint32_t uid)
{
    std::lock_guard const lock(mutex_);
    auto& mine = entry(token);
    mine.draft = uid;
    mine.is_known = true;
}

ComposeState::Begin ComposeState::begin(std::string const& token)
{
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return entry(token).stage != Stage::busy; });
    auto& mine = entry(token);
    if (mine.stage == Stage::sent) return Begin::already_sent;
    if (mine.stage == Stage::discarded) return Begin::discarded;
    mine.stage = Stage::busy;
    return Begin::go;
}

void ComposeState::end(std::string const& token, Stage stage)
{
    std::lock_guard const lock(mutex_);
    auto& mine = entry(token);
    mine.stage = stage;
    if (stage != Stage::written) {
        mine.files.clear();
        mine.is_known = true;
    }
    changed_.notify_all();
}

void ComposeState::reopen(std::string const& token)
{
    std::lock_guard const lock(mutex_);
    if (auto& mine = entry(token); mine.stage != Stage::busy) mine.stage = Stage::written;
}

void ComposeState::sent(std::string const& token) { end(token, Stage::sent); }
void ComposeState::discarded(std::string const& token) { end(token, Stage::discarded); }
void ComposeState::not_sent(std::string const& token) { end(token, Stage::written); }

} // namespace httpd

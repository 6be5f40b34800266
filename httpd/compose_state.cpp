#include "httpd/compose_state.h"

#include "appliance/base/secret.h"

namespace httpd
{

namespace
{
constexpr std::size_t most_forms = 50; ///< open at once in one session; the oldest is forgotten
constexpr std::size_t most_files = 100;
} // namespace

ComposeState::Entry& ComposeState::entry(std::string const& token)
{
    auto& entry = entries_[token];
    entry.used = std::chrono::steady_clock::now();
    if (entries_.size() > most_forms) {
        auto oldest = entries_.end();
        for (auto i = entries_.begin(); i != entries_.end(); ++i)
            if (i->first != token && i->second.stage != Stage::sending &&
                (oldest == entries_.end() || i->second.used < oldest->second.used))
                oldest = i;
        if (oldest != entries_.end()) entries_.erase(oldest);
    }
    return entry;
}

ComposeState::FilePtr ComposeState::keep(std::string const& token, UploadedFile file, std::size_t most)
{
    std::lock_guard const lock(mutex_);
    std::size_t total = file.bytes.size();
    for (auto const& [other, held] : entries_)
        for (auto const& one : held.files) total += one->file.bytes.size();
    auto& mine = entry(token);
    if (total > most || mine.files.size() >= most_files) return nullptr;
    mine.files.push_back(std::make_shared<File const>(File{base::random_hex(8), std::move(file)}));
    return mine.files.back();
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

ComposeState::Begin ComposeState::begin(std::string const& token)
{
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return entry(token).stage != Stage::sending; });
    auto& mine = entry(token);
    if (mine.stage == Stage::sent) return Begin::already_sent;
    mine.stage = Stage::sending;
    return Begin::go;
}

void ComposeState::end(std::string const& token, Stage stage)
{
    std::lock_guard const lock(mutex_);
    auto& mine = entry(token);
    mine.stage = stage;
    if (stage == Stage::sent) mine.files.clear();
    changed_.notify_all();
}

void ComposeState::sent(std::string const& token) { end(token, Stage::sent); }
void ComposeState::not_sent(std::string const& token) { end(token, Stage::written); }

} // namespace httpd

#pragma once
// What a session remembers of the mails being written in it: files already uploaded, and which forms were sent, so
// that a form posted twice sends one mail.

#include "httpd/form.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace httpd
{

/// Safe from all threads.
class ComposeState
{
public:
    struct File {
        std::string id; ///< random, names it in the form
        UploadedFile file;
    };
    using FilePtr = std::shared_ptr<File const>;

    /// Keeps a file for the form with this token; null when the session holds too much already (`most` bytes).
    FilePtr keep(std::string const& token, UploadedFile file, std::size_t most);
    std::vector<FilePtr> files(std::string const& token);
    void remove(std::string const& token, std::string const& file_id);

    enum class Begin { go, already_sent };
    /// Before sending: waits while another request sends the same form. `go` must be followed by sent() or
    /// not_sent().
    Begin begin(std::string const& token);
    void sent(std::string const& token);
    void not_sent(std::string const& token);

private:
    enum class Stage { written, sending, sent };
    struct Entry {
        Stage stage = Stage::written;
        std::vector<FilePtr> files;
        std::chrono::steady_clock::time_point used;
    };
    Entry& entry(std::string const& token);
    void end(std::string const& token, Stage stage);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, Entry> entries_;
};

} // namespace httpd

#pragma once
// What a session remembers of the mails being written in it: files already uploaded, where their drafts are, and
// which forms were sent, so that a form posted twice sends one mail.

#include "httpd/form.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
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
        explicit File(UploadedFile uploaded);

        std::string id;   ///< random, names it in the form
        std::string name; ///< as the browser sent it
        std::string type; ///< "" when none was sent
        HiddenFile content;
    };
    using FilePtr = std::shared_ptr<File const>;

    /// Keeps a file for the form with this token; null when the session holds too much already (`most` bytes).
    FilePtr keep(std::string const& token, UploadedFile file, std::size_t most);
    std::vector<FilePtr> files(std::string const& token);
    void remove(std::string const& token, std::string const& file_id);
    void remove_files(std::string const& token);

    /// The form was made here: nothing else need be asked about it. False: another session, or one before a restart
    /// of this program, may know more.
    bool is_known(std::string const& token);
    void note(std::string const& token);
    /// The UID of the form's draft; 0: there is none.
    std::uint32_t draft(std::string const& token);
    void set_draft(std::string const& token, std::uint32_t uid);

    enum class Begin { go, already_sent, discarded };
    /// Before sending or saving: waits while another request does so with the same form. `go` must be followed by
    /// sent(), not_sent() or discarded().
    Begin begin(std::string const& token);
    void sent(std::string const& token);
    void not_sent(std::string const& token);
    /// Thrown away, with its files.
    void discarded(std::string const& token);
    /// What was sent or thrown away came back: it may be sent.
    void reopen(std::string const& token);

private:
    enum class Stage { written, busy, sent, discarded };
    struct Entry {
        Stage stage = Stage::written;
        bool is_known = false;
        std::uint32_t draft = 0;
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

#include "httpd/html/document.h"

#include "httpd/limits.h"

#include <csetjmp>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace httpd::html
{

namespace
{
/// All memory of one parse, given back at once: gumbo's own way of freeing recurses as deep as the document is
/// nested. Beyond the limits it jumps out of the parser, which is plain C and holds nothing but this memory.
class Arena
{
public:
    Arena() = default;
    ~Arena()
    {
        for (void* block : blocks_) std::free(block);
    }
    Arena(Arena const&) = delete;
    Arena& operator=(Arena const&) = delete;

    static void* allocate(void* self, std::size_t size) { return static_cast<Arena*>(self)->take(size); }
    static void deallocate(void*, void*) {}

    std::jmp_buf give_up; ///< set before the parser starts

private:
    static constexpr std::size_t block_size = 256 << 10;
    static constexpr std::size_t alignment = 16;

    void* take(std::size_t size)
    {
        size = (size + alignment - 1) / alignment * alignment;
        if ((++calls_ & 255) == 0 && spent() > limits::html_time) std::longjmp(give_up, 1);
        if (size > left_) {
            auto const wanted = size > block_size ? size : block_size;
            total_ += wanted;
            if (total_ > limits::html_memory) std::longjmp(give_up, 1);
            next_ = static_cast<char*>(std::malloc(wanted));
            if (!next_) std::longjmp(give_up, 1);
            blocks_.push_back(next_);
            left_ = wanted;
        }
        auto* const result = next_;
        next_ += size;
        left_ -= size;
        return result;
    }

    static std::chrono::nanoseconds now()
    {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    }
    std::chrono::nanoseconds spent() const { return now() - begin_; }

    std::vector<void*> blocks_;
    char* next_ = nullptr;
    std::size_t left_ = 0;
    std::size_t total_ = 0;
    unsigned calls_ = 0;
    std::chrono::nanoseconds begin_ = now();
};

/// No object with a destructor may live in here: longjmp does not run it.
GumboOutput* parse_or_give_up(Arena& arena, GumboOptions const& options, char const* text, std::size_t size)
{
    if (setjmp(arena.give_up) != 0) return nullptr;
    return ::gumbo_parse_with_options(&options, text, size);
}
} // namespace

bool with_document(std::string const& text, std::function<void(GumboNode const& root)> const& visit)
{
    auto const arena = std::make_unique<Arena>();
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = &Arena::allocate;
    options.deallocator = &Arena::deallocate;
    options.userdata = arena.get();
    options.max_errors = 0;
    auto const* output = parse_or_give_up(*arena, options, text.data(), text.size());
    if (!output) return false;
    visit(*output->root);
    return true;
}

std::size_t child_count(GumboNode const& node)
{
    if (node.type == GUMBO_NODE_ELEMENT || node.type == GUMBO_NODE_TEMPLATE) return node.v.element.children.length;
    if (node.type == GUMBO_NODE_DOCUMENT) return node.v.document.children.length;
    return 0;
}

GumboNode const& child(GumboNode const& node, std::size_t index)
{
    auto const& children = node.type == GUMBO_NODE_DOCUMENT ? node.v.document.children : node.v.element.children;
    return *static_cast<GumboNode const*>(children.data[index]);
}

std::string_view text_of(GumboNode const& node)
{
    switch (node.type) {
    case GUMBO_NODE_TEXT:
    case GUMBO_NODE_WHITESPACE:
    case GUMBO_NODE_CDATA: return node.v.text.text;
    default: return {};
    }
}

bool is_html_element(GumboNode const& node)
{
    return node.type == GUMBO_NODE_ELEMENT && node.v.element.tag_namespace == GUMBO_NAMESPACE_HTML;
}

} // namespace httpd::html

#include "maild/smtp/grammar.h"
#include "maild/smtp/reply.h"
#include "tests/support/catch.h"

using namespace maild::smtp;
namespace queue = maild::queue;

namespace
{
/// The code with which `work` is refused; 0: it is not.
template <class Work>
int code_of(Work const& work)
{
    try {
        static_cast<void>(work());
    } catch (ClientError const& error) {
        return error.reply().code;
    }
    return 0;
}
int mail_code(std::string_view text)
{
    return code_of([&] { return must_parse_mail(text); });
}
int recipient_code(std::string_view text)
{
    return code_of([&] { return must_parse_recipient(text, message::Utf8::refuse); });
}
} // namespace

TEST_CASE("a command is a verb in any case and its arguments", "[smtp][grammar]")
{
    CHECK(must_parse_command("mail FROM:<a@b>").verb == "MAIL");
    CHECK(must_parse_command("NOOP  hello ").arguments == "hello");
    CHECK(must_parse_command("QUIT").arguments.empty());
    CHECK(code_of([] { return must_parse_command(""); }) == 500);
    CHECK(code_of([] { return must_parse_command(" QUIT"); }) == 500);
    CHECK(code_of([] { return must_parse_command("QUIT:"); }) == 500);
    CHECK(code_of([] { return must_parse_command(std::string_view("NO\0OP", 5)); }) == 500);
    CHECK(code_of([] { return must_parse_command("NOOP a\rb"); }) == 500);
}

TEST_CASE("MAIL takes a path and its parameters (RFC 5321 4.1.1.2, RFC 1870, RFC 3461)", "[smtp][grammar]")
{
    auto const mail =
        must_parse_mail("FROM:<Ali@School.Example> SIZE=1000 body=8bitmime RET=HDRS ENVID=QQ+2B1 AUTH=<>");
    CHECK(mail.sender.show() == "Ali@school.example");
    CHECK(mail.size == 1000U);
    CHECK(mail.body_type == queue::BodyType::eight_bit);
    CHECK(mail.returns == queue::Returns::headers);
    CHECK(mail.envelope_id == "QQ+1");
    CHECK(must_parse_mail("FROM:<>").sender.is_null());
    CHECK(must_parse_mail("from: <a@b.c>").sender.show() == "a@b.c");
    CHECK(must_parse_mail("FROM:<a@b> SIZE=99999999999999999999").size > std::uint64_t{1} << 60);
}

TEST_CASE("MAIL refuses what is not its grammar", "[smtp][grammar]")
{
    for (auto const* text : {"", "FROM", "FROM:", "FROM:a@b", "FROM:<a@b", "FROM:<a@b>x", "TO:<a@b>",
                             "FROM:<a@b> SIZE=", "FROM:<a@b> SIZE=x", "FROM:<a@b> SIZE=-1", "FROM:<a@b> RET=ALL",
                             "FROM:<a@b> ENVID=+0D+0A", "FROM:<a b@c>", "FROM:<@>"})
        CHECK(mail_code(text) == 501);
    CHECK(mail_code("FROM:<a@b> FOO=1") == 555);
    CHECK(mail_code("FROM:<a@b> BODY=BINARYMIME") == 0);
    CHECK(mail_code("FROM:<a@b> BODY=9BIT") == 501);
    CHECK(mail_code("FROM:<a@b> SIZE=1 SIZE=2") == 555);
    CHECK(mail_code("FROM:<\xC3\xA9@b>") == 553);
    CHECK(mail_code("FROM:<\xC3\xA9@b> SMTPUTF8") == 0);
}

TEST_CASE("RCPT takes a path, NOTIFY and ORCPT (RFC 3461 4.1, 4.2)", "[smtp][grammar]")
{
    auto const rcpt =
        must_parse_recipient("TO:<budi> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;budi+40school", message::Utf8::refuse);
    CHECK(rcpt.recipient.show() == "budi");
    CHECK(rcpt.notify == (queue::notify_success | queue::notify_delay));
    CHECK(rcpt.original == "rfc822;budi@school");
    CHECK(must_parse_recipient("TO:<@a.b,@c.d:budi@e.f>", message::Utf8::refuse).recipient.show() == "budi@e.f");
    CHECK(recipient_code("TO:<>") == 501);
    CHECK(recipient_code("TO:<budi> NOTIFY=NEVER,SUCCESS") == 501);
    CHECK(recipient_code("TO:<budi> NOTIFY=") == 501);
    CHECK(recipient_code("TO:<budi> ORCPT=rfc822") == 501);
    CHECK(recipient_code("TO:<budi> ORCPT=rfc822;a+0D+0AX-Evil:+20yes") == 501);
    CHECK(recipient_code("TO:<budi> X=1") == 555);
    CHECK(recipient_code("TO:<" + std::string(300, 'a') + "@b.c>") == 501);
}

TEST_CASE("xtext comes back as it went (RFC 3461 4)", "[smtp][grammar]")
{
    for (auto const* text : {"", "plain", "a+b=c", "blank and \xC3\xA9"})
        CHECK(decode_xtext(encode_xtext(text)) == text);
    CHECK_FALSE(decode_xtext("+4"));
    CHECK_FALSE(decode_xtext("a=b"));
    CHECK_FALSE(decode_xtext("+zz"));
}

TEST_CASE("EHLO takes domains, literals and the odd names of old machines", "[smtp][grammar]")
{
    for (auto const* name : {"client.example", "[192.0.2.1]", "[IPv6:::1]", "LAB_PC-07", "localhost"})
        CHECK(code_of([&] { return must_parse_hello(name); }) == 0);
    for (auto const* name : {"", "a b", "a\"b", "<script>"})
        CHECK(code_of([&] { return must_parse_hello(name); }) == 501);
}

TEST_CASE("BDAT takes a number and LAST, or nobody knows what follows (RFC 3030 2)", "[smtp][grammar][rfc3030]")
{
    using Chunk = ChunkReader::Chunk;
    CHECK(parse_bdat("0")->octets == 0);
    CHECK(parse_bdat("86")->chunk == Chunk::more_follow);
    CHECK(parse_bdat("86 last")->chunk == Chunk::last);
    CHECK(parse_bdat("99999999999999999999999")->octets == UINT64_MAX);
    for (auto const* text : {"", "LAST", "x", "-1", "1x", "1LAST", "1 LAS", "1 LAST 2", "0x10"})
        CHECK_FALSE(parse_bdat(text));
}

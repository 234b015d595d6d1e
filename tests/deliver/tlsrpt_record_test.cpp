// Where a domain wants its reports: the TXT record of RFC 8460 §3 as people write it, and as they get it wrong.
#include <catch2/catch_test_macros.hpp>

#include <fmt/format.h>

#include "harness/deliver/gzip.h"
#include "harness/deliver/tlsrpt_record.h"
#include "resolver/dns/text.h"

using namespace harness::deliver;

namespace {

using Texts = std::vector<std::string>;

std::vector<dns::Bytes> rdata(const Texts& records) {
    std::vector<dns::Bytes> all;
    for (const auto& record : records) all.push_back(*dns::rdata_from_text(dns::RrType::TXT, record, dns::Name()));
    return all;
}

Texts mail_of(const Texts& records) {
    const auto found = report_addresses(rdata(records));
    return found ? found->mail : Texts{"none: " + found.error()};
}

} // namespace

TEST_CASE("tlsrpt: addresses of a record in all its forms") {
    const Texts one{"r@a.example"};
    CHECK(mail_of({R"("v=TLSRPTv1;rua=mailto:r@a.example")"}) == one);
    CHECK(mail_of({R"("v=TLSRPTv1; rua=mailto:r@a.example;")"}) == one);
    CHECK(mail_of({R"("v=TLSRPTv1; x-y.z=1; rua=MAILTO:r@a.example?subject=x ; other=2")"}) == one);
    CHECK(mail_of({R"("v=TLS" "RPTv1;rua=mail" "to:r@a.example")"}) == one);
    CHECK(mail_of({R"("v=TLSRPTv1;rua=mailto:r%2Bx@a.example")"}) == Texts{"r+x@a.example"});
    CHECK(mail_of({R"("v=TLSRPTv1;rua=mailto:r@a.example , mailto:s@b.example,mailto:r@a.example")"}) ==
          Texts{"r@a.example", "s@b.example"});
    CHECK(mail_of({R"("something else")", R"("v=TLSRPTv2;rua=mailto:x@a.example")",
                   R"("v=TLSRPTv1;rua=mailto:r@a.example")"}) == one);
    const auto both = report_addresses(rdata({R"("v=TLSRPTv1;rua=https://a.example/x,mailto:r@a.example")"}));
    REQUIRE(both);
    CHECK(both->https == Texts{"https://a.example/x"});
    CHECK(both->mail == one);
}

TEST_CASE("tlsrpt: what has to be taken for no record says why") {
    const auto begins = [](const Texts& records, const std::string& why) {
        const auto found = mail_of(records);
        INFO(found.front());
        return found.front().starts_with("none: ") && found.front().find(why) != std::string::npos;
    };
    CHECK(begins({}, "no TXT record there begins with"));
    CHECK(begins({R"("v=tlsrptv1;rua=mailto:r@a.example")"}, "no TXT record there begins with"));
    CHECK(begins({R"(" v=TLSRPTv1;rua=mailto:r@a.example")"}, "no TXT record there begins with"));
    CHECK(begins({R"("v=TLSRPTv1;rua=mailto:r@a.example")", R"("v=TLSRPTv1;rua=mailto:s@a.example")"},
                 "2 TXT records there begin with"));
    CHECK(begins({R"("v=TLSRPTv1;")"}, "names no mailto: or https: address"));
    CHECK(begins({R"("v=TLSRPTv1;rua=mailto:nobody")"}, "names no mailto: or https: address"));
    CHECK(begins({R"("v=TLSRPTv1;rua=mailto:r@a.example%0D%0AX:")"}, "names no mailto: or https: address"));
    CHECK(begins({R"("v=TLSRPTv1;rua=ftp://a.example/")"}, "names no mailto: or https: address"));
    CHECK(begins({R"("v=TLSRPTv1;nonsense;rua=mailto:r@a.example")"}, "where a field is expected"));
    CHECK_FALSE(report_addresses({dns::Bytes{9, 'v'}})); // a string that is longer than the record
}

TEST_CASE("tlsrpt: the name below a domain that leaves no room for it is none") {
    std::string longest;
    for (int i = 0; i < 4; ++i) longest += std::string(i < 3 ? 63 : 57, 'a') + (i < 3 ? "." : "");
    CHECK(tlsrpt_name("a.example")->to_text() == "_smtp._tls.a.example.");
    CHECK_FALSE(tlsrpt_name(longest));
}

TEST_CASE("gzip: a member of its own, without name and time (RFC 1952 §2.3)") {
    const auto packed = gzip(std::string(10'000, 'x'));
    REQUIRE(packed.size() > 18);
    CHECK(packed.size() < 200);
    CHECK(dns::Bytes(packed.begin(), packed.begin() + 8) == dns::Bytes{0x1f, 0x8b, 8, 0, 0, 0, 0, 0});
    CHECK(dns::Bytes(packed.end() - 4, packed.end()) == dns::Bytes{0x10, 0x27, 0, 0}); // ISIZE, least octet first
    CHECK(gzip("").size() >= 18);
}

TEST_CASE("tlsrpt: a record decides neither what a terminal gets nor how many mails are sent") {
    const auto bad = mail_of({R"("v=TLSRPTv1;\027[2J\200")"});
    CHECK(bad.front().find("\"?[2J?\"") != std::string::npos);
    const auto longest = mail_of({R"("v=TLSRPTv1;)" + std::string(200, 'a') + "\""});
    CHECK(longest.front().find("\"" + std::string(100, 'a') + "...\"") != std::string::npos);
    const auto clean = report_addresses(rdata({R"("v=TLSRPTv1;rua=https://a.example/\027[2J,https://a.example/b")"}));
    REQUIRE(clean);
    CHECK(clean->https == Texts{"https://a.example/b"});

    std::string many = R"("v=TLSRPTv1;rua=")";
    for (int i = 0; i < 30; ++i) many += fmt::format(" \"{}mailto:r{}@a.example\"", i == 0 ? "" : ",", i);
    const auto found = mail_of({many});
    REQUIRE(found.size() == 10);
    CHECK(found.front() == "r0@a.example");
}

#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/message.h"
#include "resolver/dns/text.h"

TEST_CASE("message text: everything is shown") {
    dns::Message message = dns::make_query({dns::Name::literal("www.example."), dns::RrType::A}, 7);
    message.header.response = true;
    message.rcode = dns::Rcode::SERVFAIL;
    message.answer.push_back(dns::record_from_text("www.example. 60 IN A 192.0.2.1").value());
    message.authority.push_back(dns::record_from_text("example. 60 IN NS ns.example.").value());
    message.edns->options.push_back({3, {1, 2}});
    message.add_extended_error({dns::EdeCode::dnssec_bogus, "no luck"});
    CHECK(dns::to_text(message) == ";; QUERY, status SERVFAIL, id 7, flags qr rd cd\n"
                                   ";; EDNS: version 0, flags do, udp 1232\n"
                                   ";; EDE: 6 (DNSSEC Bogus): no luck\n"
                                   ";; OPT 3: 0102\n"
                                   ";; QUESTION:\n"
                                   ";www.example. A\n"
                                   ";; ANSWER:\n"
                                   "www.example. 60 IN A 192.0.2.1\n"
                                   ";; AUTHORITY:\n"
                                   "example. 60 IN NS ns.example.\n");
}

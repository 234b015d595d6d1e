// Input: DNS messages, each behind its length in two octets; they answer the questions of a session in turn.
#include <cstddef>
#include <cstdint>

#include "validator/validation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    dns::Reader reader(dns::ByteView(data, size));
    const auto next = [&]() -> validator::Response {
        const auto length = reader.u16();
        const auto octets = length ? reader.octets(*length) : dns::wire_error(dns::WireErrorCode::truncated);
        const auto message = octets ? dns::Message::parse(*octets) : dns::wire_error(dns::WireErrorCode::truncated);
        if (!message) return validator::NoAnswer{validator::NoAnswerCause::malformed, {}};
        return validator::Answered{*message, {"fuzz"}, {}};
    };
    const auto policy = validator::Policy::of(validator::AlgorithmProfile::rfc9904);
    const auto anchors = validator::TrustAnchors::from_zone_file(
        ". DS 47005 13 2 2eb6e9f2480126691594d649a5a613de3052e37861634641bb568746f2ffc4d4");
    validator::Validation validation({dns::Name::literal("_25._tcp.example.com."), dns::RrType::TLSA}, *anchors, policy,
                                     {1559347200});
    for (auto step = validation.advance(); std::holds_alternative<validator::Needs>(step); step = validation.advance())
        for (const auto& question : std::get<validator::Needs>(step).questions) validation.supply(question, next());
    return 0;
}

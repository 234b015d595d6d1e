#include "harness/validating_face.h"

#include "resolver/answering.h"

namespace harness {

namespace {

constexpr std::size_t cached_keys = 10'000; // zones; far more than a scenario has

std::optional<dns::Rcode> refusal(const dns::Message& query) {
    if (query.header.opcode != dns::Opcode::QUERY) return dns::Rcode::NOTIMP;
    if (query.questions.size() != 1) return dns::Rcode::FORMERR;
    const auto type = query.questions.front().type;
    const auto zone_transfer = {static_cast<dns::RrType>(251), static_cast<dns::RrType>(252)}; // IXFR, AXFR
    for (const auto one : zone_transfer)
        if (type == one) return dns::Rcode::REFUSED;
    return std::nullopt;
}

dns::Message refuse(const dns::Message& query, dns::Rcode rcode) {
    dns::Message response;
    response.header = query.header;
    response.header.response = response.header.recursion_available = true;
    response.header.authentic_data = response.header.authoritative = response.header.truncated = false;
    response.questions = query.questions;
    response.rcode = rcode;
    return response;
}

} // namespace

ValidatingFace::ValidatingFace(const zones::Hierarchy& hierarchy, validator::TrustAnchors anchors, Clock clock,
                               Behind behind)
    : hierarchy_(hierarchy)
    , anchors_(std::move(anchors))
    , policy_(validator::Policy::of(validator::AlgorithmProfile::rfc9904))
    , keys_(cached_keys)
    , clock_(std::move(clock))
    , behind_(std::move(behind)) {}

validator::Response ValidatingFace::ask(const dns::Question& question) const {
    const auto query = dns::make_query(question, 0);
    // A reply of any size, as over TCP.
    const auto octets = zones::reply_recursively(hierarchy_, query, behind_(question), 65'535);
    if (!octets) return validator::NoAnswer{validator::NoAnswerCause::timeout, {}};
    auto message = dns::Message::parse(*octets);
    if (!message) return validator::NoAnswer{validator::NoAnswerCause::malformed, {}};
    if (message->rcode == dns::Rcode::SERVFAIL) return validator::NoAnswer{validator::NoAnswerCause::servfail, {}};
    if (message->rcode == dns::Rcode::REFUSED) return validator::NoAnswer{validator::NoAnswerCause::refused, {}};
    return validator::Answered{std::move(*message), {}, {}};
}

std::optional<dns::Bytes> ValidatingFace::reply(const dns::Message& query, std::size_t limit) {
    if (const auto rcode = refusal(query)) return refuse(query, *rcode).build(limit);
    const auto& question = query.questions.front();
    if (query.header.checking_disabled) { // RFC 4035 §3.2.2: the client validates, and gets what there is
        const auto behind = behind_(question);
        const bool fails = behind == zones::Recursion::silent || behind == zones::Recursion::garbage;
        return zones::answer_recursively(hierarchy_, query, fails ? zones::Recursion::servfail : behind).build(limit);
    }
    validator::Validation validation(question, anchors_, policy_, clock_(), &keys_);
    const auto verdict = run(validation);
    return resolver::answer_for(query, verdict, &validation.evidence(), {}, clock_()).build(limit);
}

validator::Lookup ValidatingFace::look_up(const dns::Question& question) {
    validator::Validation validation(question, anchors_, policy_, clock_(), &keys_);
    return {question, run(validation), {}};
}

validator::Verdict ValidatingFace::run(validator::Validation& validation) const {
    for (;;) { // bounded by Limits::questions
        auto step = validation.advance();
        if (auto* verdict = std::get_if<validator::Verdict>(&step)) return std::move(*verdict);
        for (const auto& needed : std::get<validator::Needs>(step).questions) validation.supply(needed, ask(needed));
    }
}

} // namespace harness

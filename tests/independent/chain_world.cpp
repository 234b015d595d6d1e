#include "tests/independent/chain_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <random>

namespace independent {

namespace {

using test::CertificateSpec;

constexpr const char *long_ago = "20010101000000Z", *past = "20020101000000Z", *future = "20900101000000Z",
                     *far_future = "20950101000000Z", *since = "20200101000000Z";

std::string authority_name(std::size_t level, std::size_t depth) {
    return level == depth ? "Root CA" : fmt::format("Issuing CA {}", level);
}

// `depth` authorities above the leaf; with none the leaf has signed itself.
ChainWorld plain(std::size_t depth) {
    ChainWorld world;
    world.name = fmt::format("depth-{}", depth);
    for (std::size_t level = 0; level <= depth; ++level) {
        CertificateSpec spec = level == 0 ? test::leaf_spec() : test::root_spec();
        spec.subject = level == 0 ? reference_name : authority_name(level, depth);
        spec.issuer = level == depth ? spec.subject : authority_name(level + 1, depth);
        if (level == 0) spec.dns_ids = {reference_name};
        if (level > 0) spec.key_usage = std::uint8_t{0x06};
        spec.not_before = since;
        spec.not_after = far_future;
        spec.serial = static_cast<unsigned>(level + 1);
        world.specs.push_back(spec);
        world.sent.push_back(level);
    }
    return world;
}

struct Deviation {
    const char* name;
    std::size_t least, most; // depths at which it makes sense
    std::function<void(ChainWorld&)> make;
};

CertificateSpec& leaf(ChainWorld& world) { return world.specs.front(); }
CertificateSpec& authority(ChainWorld& world) { return world.specs.at(1); }
CertificateSpec& root(ChainWorld& world) { return world.specs.back(); }

void expire(CertificateSpec& spec) {
    spec.not_before = long_ago;
    spec.not_after = past;
}
void postpone(CertificateSpec& spec) { spec.not_before = future; }

// All keys of a kind: certificates of the same name keep fitting one another.
void use_keys(ChainWorld& world, const std::string& kind, std::size_t from) {
    for (std::size_t i = 0; i < world.specs.size(); ++i) {
        auto& spec = world.specs[i];
        const std::size_t issuer = std::min(i + 1, world.specs.size() - 1);
        if (i >= from) spec.key = kind + "key of " + spec.subject;
        if (issuer >= from) spec.issuer_key = kind + "key of " + world.specs[issuer].subject;
    }
}

CertificateSpec unrelated() {
    CertificateSpec spec = test::root_spec();
    spec.subject = spec.issuer = "Unrelated CA";
    spec.not_before = since;
    spec.not_after = far_future;
    return spec;
}

// The root's name and key, certified by an authority that nobody knows.
CertificateSpec cross_signed(const ChainWorld& world) {
    CertificateSpec spec = world.specs.back();
    spec.issuer = "Other Root CA";
    spec.serial = 99;
    return spec;
}

dns::Bytes address_name() { return {0x87, 0x04, 192, 0, 2, 25}; }        // iPAddress
dns::Bytes mail_name() { return {0x81, 0x05, 'a', '@', 'b', '.', 'c'}; } // rfc822Name

void without_names(ChainWorld& world, const std::string& common_name) {
    leaf(world).dns_ids.clear();
    if (leaf(world).issuer == leaf(world).subject) leaf(world).issuer = common_name;
    leaf(world).key = leaf(world).key.empty() ? "key of " + leaf(world).subject : leaf(world).key;
    if (world.specs.size() == 1) leaf(world).issuer_key = leaf(world).key;
    leaf(world).subject = common_name;
}

std::vector<Deviation> date_deviations() {
    return {
        {"leaf-expired", 0, 5, [](ChainWorld& w) { expire(leaf(w)); }},
        {"leaf-future", 0, 2, [](ChainWorld& w) { postpone(leaf(w)); }},
        {"ca-expired", 2, 3, [](ChainWorld& w) { expire(authority(w)); }},
        {"ca-future", 2, 2, [](ChainWorld& w) { postpone(authority(w)); }},
        {"root-expired", 1, 2, [](ChainWorld& w) { expire(root(w)); }},
        {"root-future", 2, 2, [](ChainWorld& w) { postpone(root(w)); }},
    };
}

std::vector<Deviation> presented_deviations() {
    return {
        {"root-absent", 1, 3, [](ChainWorld& w) { w.sent.pop_back(); }},
        {"leaf-alone", 2, 2, [](ChainWorld& w) { w.sent = {0}; }},
        {"intermediate-missing", 2, 3, [](ChainWorld& w) { w.sent.erase(w.sent.begin() + 1); }},
        {"unordered", 2, 5, [](ChainWorld& w) { std::reverse(w.sent.begin() + 1, w.sent.end()); }},
        {"leaf-twice", 1, 2, [](ChainWorld& w) { w.sent.insert(w.sent.begin() + 1, 0); }},
        {"extra-last", 1, 2, [](ChainWorld& w) { w.extra.push_back(unrelated()); }},
        {"extra-first", 1, 2,
         [](ChainWorld& w) {
             w.extra.push_back(unrelated());
             w.extra_first = true;
         }},
        {"cross-signed-besides", 1, 2, [](ChainWorld& w) { w.extra.push_back(cross_signed(w)); }},
        {"cross-signed-before", 2, 2,
         [](ChainWorld& w) {
             w.extra.push_back(cross_signed(w));
             w.extra_first = true;
         }},
        {"cross-signed-instead", 2, 2,
         [](ChainWorld& w) {
             w.extra.push_back(cross_signed(w));
             w.sent.pop_back();
         }},
    };
}

std::vector<Deviation> authority_deviations() {
    return {
        {"ca-flag-false", 2, 2,
         [](ChainWorld& w) {
             authority(w).ca = false;
             authority(w).key_usage.reset();
         }},
        {"ca-without-constraints", 2, 2, [](ChainWorld& w) { authority(w).ca.reset(); }},
        {"root-flag-false", 1, 1,
         [](ChainWorld& w) {
             root(w).ca = false;
             root(w).key_usage.reset();
         }},
        {"ca-version-1", 2, 2, [](ChainWorld& w) { authority(w).version = 1; }},
        {"root-version-1", 1, 2, [](ChainWorld& w) { root(w).version = 1; }},
        {"ca-must-not-sign", 2, 2, [](ChainWorld& w) { authority(w).key_usage = std::uint8_t{0x80}; }},
        {"root-must-not-sign", 1, 1, [](ChainWorld& w) { root(w).key_usage = std::uint8_t{0x80}; }},
        {"path-length-0-at-ca-2", 3, 3, [](ChainWorld& w) { w.specs.at(2).path_length = 0; }},
        {"path-length-0-at-root", 2, 2, [](ChainWorld& w) { root(w).path_length = 0; }},
        {"path-length-1-at-root", 2, 2, [](ChainWorld& w) { root(w).path_length = 1; }},
        {"permitted-other", 2, 2, [](ChainWorld& w) { authority(w).permitted_dns = {"net"}; }},
        {"permitted-ours", 2, 2, [](ChainWorld& w) { authority(w).permitted_dns = {"mail.example"}; }},
        {"excluded-ours", 2, 2, [](ChainWorld& w) { authority(w).excluded_dns = {"example"}; }},
        {"root-permits-other", 2, 2, [](ChainWorld& w) { root(w).permitted_dns = {"net"}; }},
        {"ca-for-clients", 2, 2, [](ChainWorld& w) { authority(w).server_auth = false; }},
        {"leaf-for-clients", 0, 2, [](ChainWorld& w) { leaf(w).server_auth = false; }},
        {"leaf-for-servers", 2, 2, [](ChainWorld& w) { leaf(w).server_auth = true; }},
        {"leaf-is-ca", 0, 1, [](ChainWorld& w) { leaf(w).ca = true; }},
        {"leaf-version-1", 0, 2, [](ChainWorld& w) { leaf(w).version = 1; }},
        {"leaf-critical-unknown", 0, 2, [](ChainWorld& w) { leaf(w).unknown_critical = true; }},
        {"ca-critical-unknown", 2, 2, [](ChainWorld& w) { authority(w).unknown_critical = true; }},
    };
}

std::vector<Deviation> signature_deviations() {
    return {
        {"leaf-forged", 1, 2, [](ChainWorld& w) { leaf(w).issuer_key = "forger"; }},
        {"ca-forged", 2, 2, [](ChainWorld& w) { authority(w).issuer_key = "forger"; }},
        {"leaf-sha1", 1, 2, [](ChainWorld& w) { leaf(w).hash = "SHA-1"; }},
        {"root-sha1", 2, 2, [](ChainWorld& w) { root(w).hash = "SHA-1"; }},
        {"key-id-wrong", 1, 2, [](ChainWorld& w) { leaf(w).wrong_authority_key_id = "somebody"; }},
        {"key-ids-absent", 1, 2,
         [](ChainWorld& w) {
             for (auto& spec : w.specs) spec.key_ids = false;
         }},
        {"all-rsa", 0, 2, [](ChainWorld& w) { use_keys(w, "rsa:", 0); }},
        {"all-p521", 2, 2, [](ChainWorld& w) { use_keys(w, "p521:", 0); }},
        {"cas-ed25519", 1, 2, [](ChainWorld& w) { use_keys(w, "ed25519:", 1); }},
        {"all-ed25519", 0, 2, [](ChainWorld& w) { use_keys(w, "ed25519:", 0); }},
    };
}

Deviation named(const char* name, const std::vector<std::string>& dns_ids, std::size_t most = 1) {
    return {name, 1, most, [dns_ids](ChainWorld& w) { leaf(w).dns_ids = dns_ids; }};
}

std::vector<Deviation> name_deviations() {
    using namespace std::string_literals;
    return {
        named("name-other", {"other.example"}, 2),
        {"name-other-self-signed", 0, 0, [](ChainWorld& w) { leaf(w).dns_ids = {"other.example"}; }},
        named("name-second", {"other.example", reference_name}),
        named("name-upper-case", {"MX.Mail.EXAMPLE"}),
        named("name-final-dot", {"mx.mail.example."}),
        named("wildcard", {"*.mail.example"}),
        named("wildcard-two-labels", {"*.example"}),
        named("wildcard-whole", {"*"}),
        named("wildcard-partial-left", {"mx*.mail.example"}),
        named("wildcard-partial-right", {"*x.mail.example"}),
        named("wildcard-inner", {"mx.*.example"}),
        named("name-nul", {"mx.mail.example\0.evil.example"s}),
        named("name-space", {"mx.mail.example "}),
        named("name-suffix", {"mail.example"}),
        {"cn-alone", 0, 2, [](ChainWorld& w) { leaf(w).dns_ids.clear(); }},
        {"cn-wildcard", 1, 1, [](ChainWorld& w) { without_names(w, "*.mail.example"); }},
        {"cn-other", 1, 1, [](ChainWorld& w) { without_names(w, "other.example"); }},
        {"cn-words", 1, 1, [](ChainWorld& w) { without_names(w, "Mail Server"); }},
        {"nameless", 0, 2, [](ChainWorld& w) { without_names(w, ""); }},
        {"address-san", 1, 1,
         [](ChainWorld& w) {
             leaf(w).dns_ids.clear();
             leaf(w).extra_general_name = address_name();
         }},
        {"address-san-cn-other", 1, 1,
         [](ChainWorld& w) {
             without_names(w, "other.example");
             leaf(w).extra_general_name = address_name();
         }},
        {"mail-san", 1, 1,
         [](ChainWorld& w) {
             leaf(w).dns_ids.clear();
             leaf(w).extra_general_name = mail_name();
         }},
    };
}

std::vector<Deviation> deviations() {
    std::vector<Deviation> all;
    for (auto&& part :
         {date_deviations(), presented_deviations(), authority_deviations(), signature_deviations(), name_deviations()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

struct RecordSet {
    const char* name;
    std::size_t least; // depth
    std::vector<dns::Bytes> tlsa;
    bool ee_name_checks = false;
};

std::vector<RecordSet> record_sets(const std::vector<dns::Bytes>& made, const ChainWorld& world) {
    const auto key = [&](std::size_t i) {
        const auto& spec = world.specs[i];
        return test::Key(spec.key.empty() ? "key of " + spec.subject : spec.key).spki();
    };
    const auto stranger = test::Key("stranger").spki();
    const std::size_t top = made.size() - 1, above = std::min<std::size_t>(1, top);
    using test::record;
    return {
        {"3-1-1", 0, {record(3, 1, 1, key(0))}},
        {"3-0-2", 0, {record(3, 0, 2, made[0])}},
        {"3-0-0", 0, {record(3, 0, 0, made[0])}},
        {"3-1-1-stale", 0, {record(3, 1, 1, stranger)}},
        {"3-1-1-of-issuer", 1, {record(3, 1, 1, key(above))}},
        {"2-0-1-leaf", 0, {record(2, 0, 1, made[0])}},
        {"2-1-1-leaf", 0, {record(2, 1, 1, key(0))}},
        {"2-1-0-leaf", 0, {record(2, 1, 0, key(0))}},
        {"2-0-1-issuer", 2, {record(2, 0, 1, made[above])}},
        {"2-1-2-issuer", 2, {record(2, 1, 2, key(above))}},
        {"2-1-0-issuer", 2, {record(2, 1, 0, key(above))}},
        {"2-0-1-root", 1, {record(2, 0, 1, made[top])}},
        {"2-1-1-root", 1, {record(2, 1, 1, key(top))}},
        {"2-0-0-root", 1, {record(2, 0, 0, made[top])}},
        {"2-1-0-root", 1, {record(2, 1, 0, key(top))}},
        {"agility-3", 0, {record(3, 1, 1, key(0)), record(3, 1, 2, stranger)}},
        {"agility-2", 1, {record(2, 1, 2, stranger), record(2, 1, 1, key(top)), record(2, 0, 1, stranger)}},
        {"rollover-3", 0, {record(3, 1, 1, stranger), record(3, 1, 1, key(0))}},
        {"mixed-3-stale-2", 1, {record(3, 1, 1, stranger), record(2, 0, 1, made[top])}},
        {"named-3-1-1", 0, {record(3, 1, 1, key(0))}, true},
        {"named-3-1-1-2-0-1", 1, {record(3, 1, 1, key(0)), record(2, 0, 1, made[top])}, true},
        {"1-1-1", 0, {record(1, 1, 1, key(0))}},
        {"1-0-1-stale", 0, {record(1, 0, 1, stranger)}},
        {"0-0-1-root", 1, {record(0, 0, 1, made[top])}},
        {"0-1-1-issuer", 2, {record(0, 1, 1, key(above))}},
        {"0-0-1-stale-1-1-1", 1, {record(0, 0, 1, stranger), record(1, 1, 1, key(0))}},
    };
}

} // namespace

std::vector<ChainWorld> single_deviations() {
    std::vector<ChainWorld> worlds;
    for (std::size_t depth = 0; depth <= 5; ++depth) worlds.push_back(plain(depth));
    for (const auto& deviation : deviations())
        for (std::size_t depth = deviation.least; depth <= deviation.most; ++depth) {
            ChainWorld world = plain(depth);
            deviation.make(world);
            world.name += fmt::format(" {}", deviation.name);
            worlds.push_back(std::move(world));
        }
    return worlds;
}

std::vector<ChainWorld> drawn_deviations(std::uint64_t seed, std::size_t count) {
    const auto all = deviations();
    std::mt19937_64 random(seed);
    const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
    std::vector<ChainWorld> worlds;
    while (worlds.size() < count) {
        const std::size_t depth = below(4), wanted = 1 + below(3);
        ChainWorld world = plain(depth);
        // Names come last in the list, what is presented before them; in this order they do not undo one another.
        std::vector<std::size_t> drawn;
        for (std::size_t i = 0; i < wanted; ++i) drawn.push_back(below(all.size()));
        std::sort(drawn.begin(), drawn.end());
        drawn.erase(std::unique(drawn.begin(), drawn.end()), drawn.end());
        for (const std::size_t i : drawn) {
            if (depth < all[i].least || depth > all[i].most || world.sent.size() <= depth) continue;
            all[i].make(world);
            world.name += fmt::format(" {}", all[i].name);
        }
        worlds.push_back(std::move(world));
    }
    return worlds;
}

std::vector<ChainCase> cases_of(const ChainWorld& world) {
    std::vector<dns::Bytes> made, extra, presented;
    for (const auto& spec : world.specs) made.push_back(test::make_certificate(spec));
    for (const auto& spec : world.extra) extra.push_back(test::make_certificate(spec));
    for (const std::size_t i : world.sent) presented.push_back(made[i]);
    presented.insert(world.extra_first ? presented.begin() + 1 : presented.end(), extra.begin(), extra.end());
    std::vector<ChainCase> cases;
    for (auto& set : record_sets(made, world))
        if (world.specs.size() > set.least)
            cases.push_back({world.name, set.name, set.ee_name_checks, presented, std::move(set.tlsa), made.back()});
    return cases;
}

std::vector<ChainCase> some_cases_of(const ChainWorld& world) {
    std::uint32_t turn = 0;
    for (const char c : world.name) turn = turn * 31 + static_cast<unsigned char>(c);
    auto cases = cases_of(world);
    std::vector<ChainCase> some;
    for (auto& one : cases)
        if (turn++ % 3 == 0) some.push_back(std::move(one));
    return some;
}

} // namespace independent

"""`danelab record` and `resolve --from`: what a live lookup says, the recording says again, without a network."""
import json
import pathlib

from support import Case, danelab, main
from resolve_test import STATES, VERDICTS


def without_time(report):
    document = json.loads(report)
    del document["elapsed_ms"]
    return json.dumps(document)  # the order of keys counts


class Record(Case):
    def record(self, *arguments):
        path = self.folder / "lookup.json"
        done = danelab("record", *arguments, "-o", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assert_fits(json.loads(path.read_text()), "recording")
        return path

    def assert_same(self, scenario, name, type_, code):
        live = danelab("resolve", "--scenario", scenario, "--format", "json", name, type_)
        again = danelab("resolve", "--from", self.record("--scenario", scenario, name, type_), "--format", "json")
        self.assertEqual((live.returncode, again.returncode), (code, code))
        self.assertEqual(without_time(again.stdout), without_time(live.stdout))
        return json.loads(again.stdout)

    def test_every_verdict_is_the_same_offline(self):
        for name, type_, security, code in VERDICTS:
            with self.subTest(f"{name} {type_}"):
                self.assertEqual(self.assert_same(STATES, name, type_, code)["security"], security)

    def with_resolver(self, **behaviour):
        document = json.loads(pathlib.Path(STATES).read_text())
        document["timeouts"] = {"resolver_try_ms": 100 if behaviour["recursion"] == "silent" else 2000}
        document["resolvers"] = [{"address": "127.0.0.1", **behaviour}]
        if behaviour.get("recursion") != "dnssec":
            document["expect"] = {"security": "bogus" if "rrsig" in behaviour["recursion"] else "indeterminate", "reasons": ["no-answer"]}
        path = self.folder / "scenario.json"
        path.write_text(json.dumps(document))
        return path

    def test_resolvers_that_do_not_help(self):
        for recursion, code, reason in [("silent", 3, "no-answer"), ("garbage", 3, "answer-malformed"), ("refuses", 3, "refused-by-resolver"),
                                        ("servfail", 3, "servfail"), ("strips-rrsig", 1, "rrsig-missing"), ("formerr-on-edns", 1, "rrsig-missing")]:
            with self.subTest(recursion):
                document = self.assert_same(self.with_resolver(recursion=recursion), "www.good.example", "A", code)
                self.assertIn(reason, [r["id"] for r in document["reasons"]])
                self.assertGreater(document["queries"], 0)

    def test_the_text_is_the_same_but_for_the_last_line(self):
        live = danelab("resolve", "--scenario", STATES, "old.good.example").stdout.splitlines()
        again = danelab("resolve", "--from", self.record("--scenario", STATES, "old.good.example")).stdout.splitlines()
        self.assertEqual(again[:-1], live[:-1])

    def test_the_clock_may_be_another(self):
        path = self.record("--scenario", STATES, "www.good.example")
        for at, security, code in [("2026-06-02T00:00:00Z", "secure", 0), ("2027-06-02T00:00:00Z", "bogus", 1)]:
            done = danelab("resolve", "--from", path, "--at", at, "--format", "json")
            self.assertEqual((json.loads(done.stdout)["security"], done.returncode), (security, code))

    def test_the_anchors_may_be_others(self):
        path = self.record("--scenario", STATES, "www.good.example")
        anchor = self.folder / "other.key"
        anchor.write_text(". DS 20326 8 2 e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d\n")
        done = danelab("resolve", "--from", path, "--anchor", anchor, "--format", "json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["reasons"][0]["id"]), (1, "ds-algorithm-not-in-dnskey"))

    def test_a_question_that_was_not_recorded_is_named(self):
        path = self.record("--scenario", STATES, "www.good.example")
        done = danelab("resolve", "--from", path, "--format", "json", "mail.good.example", "MX")
        document = json.loads(done.stdout)
        self.assert_fits(document, "resolve")
        reason = document["reasons"][0]
        self.assertEqual((done.returncode, reason["id"], reason["name"], reason["type"]), (3, "not-recorded", "mail.good.example.", "MX"))

    def test_without_a_file_it_goes_to_standard_output(self):
        done = danelab("record", "--scenario", STATES, "www.good.example")
        self.assert_fits(json.loads(done.stdout), "recording")

    def test_verbose_lists_what_the_recording_holds(self):
        done = danelab("resolve", "-v", "--from", self.record("--scenario", STATES, "www.good.example"))
        self.assertRegex(done.stderr, r"recorded www\.good\.example\. A at 2026-06-01T00:00:00Z from 127\.0\.0\.1:53 .* over UDP: NOERROR")

    def test_nothing_is_asked(self):
        path = self.record("--scenario", STATES, "www.good.example")
        self.assert_one_line(danelab("resolve", "--from", path, "--server", "127.0.0.1"), 2, "--from")
        self.assert_one_line(danelab("resolve", "--from", path, "--scenario", STATES), 2, "--from")
        self.assert_one_line(danelab("resolve"), 2, "name")

    def test_files_that_are_no_recordings(self):
        good = self.record("--scenario", STATES, "www.good.example").read_bytes()
        for about, content in [("empty", b""), ("cut", good[:3000]), ("noise", bytes(range(256)) * 4), ("scenario", pathlib.Path(STATES).read_bytes()),
                               ("deep", b"[" * 100_000), ("message", good.replace(b'"message": "', b'"message": "////', 1)),
                               ("line", good.replace(b'"now": "2026', b'"now": "never', 1))]:
            with self.subTest(about):
                path = self.folder / f"{about}.json"
                path.write_bytes(content)
                self.assert_one_line(danelab("resolve", "--from", path, "www.good.example"), 2, f"{about}.json")
        self.assert_one_line(danelab("resolve", "--from", self.folder / "line.json"), 2, "line.json:7: /now")
        self.assert_one_line(danelab("resolve", "--from", self.folder / "none.json"), 2, "none.json")

    def test_a_chain_proves_what_the_lookup_found(self):
        anchor = self.folder / "root.key"
        recording = json.loads(self.record("--scenario", STATES, "www.good.example").read_text())
        anchor.write_text("\n".join(recording["anchors"]) + "\n")
        again = ["--anchor", anchor, "--at", recording["now"], "--format", "json"]
        for encoding in ("wire", "hex", "base64"):
            for name, type_, security, code in VERDICTS:
                path = self.folder / "chain"
                with self.subTest(f"{name} {type_} {encoding}"):
                    done = danelab("record", "--scenario", STATES, name, type_, "--chain", "--encoding", encoding, "-o", path)
                    if security not in ("secure", "insecure"):
                        self.assert_one_line(done, 3, "--chain", security)
                        continue
                    self.assertEqual((done.returncode, done.stdout), (0, f"{name}. {type_}: {security}: authentication chain recorded\n"))
                    judged = danelab("resolve", "--from", path, *again, name, type_)
                    document = json.loads(judged.stdout)
                    self.assert_fits(document, "resolve")
                    self.assertEqual((document["security"], judged.returncode, document["queries"]), (security, code, 0))
                    live = json.loads(danelab("resolve", "--scenario", STATES, "--format", "json", name, type_).stdout)
                    if security == "secure":
                        self.assertEqual((document["answer"], document["rcode"]), (live["answer"], live["rcode"]))
                    other = danelab("resolve", "--from", path, *again, "other.good.example", "TLSA")
                    self.assertNotIn(other.returncode, (0, 2), "it proves nothing else")

    def test_files_that_are_no_chains(self):
        path = self.folder / "chain.hex"
        danelab("record", "--scenario", STATES, "www.good.example", "--chain", "--encoding", "hex", "-o", path)
        good = path.read_text()
        self.assert_one_line(danelab("resolve", "--from", path), 2, "--from", "NAME")
        for about, content in [("cut", good[:-3]), ("odd", good[:-2]), ("letters", "zz" + good), ("lifetime", "0000"), ("lines", "\n\n"),
                               ("pointer", "0000c0" + good[6:])]:
            with self.subTest(about):
                path.write_text(content)
                self.assert_one_line(danelab("resolve", "--from", path, "www.good.example", "A"), 2, "chain.hex")


if __name__ == "__main__":
    main()

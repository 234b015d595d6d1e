"""`danelab replay`: its reports and exit codes, over files written here."""
import json
import os
import tempfile
import xml.etree.ElementTree

from support import Case, danelab, main

ANCHOR = ("example. IN DS 1 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16")


def scenario(rcode, option="verbosity: 1"):
    """An unsigned answer under an anchor whose keys nobody has: SERVFAIL is right."""
    return f"""server:
    trust-anchor: "{ANCHOR}"
    val-override-date: "20270115080000"
    {option}
forward-zone:
    name: "."
    forward-addr: 192.0.2.53
CONFIG_END
SCENARIO_BEGIN An answer without keys
RANGE_BEGIN 0 100
    ADDRESS 192.0.2.53
ENTRY_BEGIN
MATCH opcode qtype qname
ADJUST copy_id
REPLY QR NOERROR
SECTION QUESTION
www.example. IN A
SECTION ANSWER
www.example. IN A 192.0.2.1
ENTRY_END
RANGE_END
STEP 1 QUERY
ENTRY_BEGIN
REPLY RD DO
SECTION QUESTION
www.example. IN A
ENTRY_END
STEP 10 CHECK_ANSWER
ENTRY_BEGIN
MATCH all
REPLY QR RD RA DO {rcode}
SECTION QUESTION
www.example. IN A
ENTRY_END
SCENARIO_END
"""


class Replay(Case):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def replay(self, *arguments):
        return danelab("replay", *arguments)

    def test_pass_fail_skip_and_exit_codes(self):
        good = self.file("good.rpl", scenario("SERVFAIL"))
        bad = self.file("bad.rpl", scenario("NOERROR"))
        other = self.file("other.crpl", scenario("SERVFAIL", "module-config: \"dns64 validator iterator\""))
        self.assertEqual(self.replay(good).returncode, 0)
        self.assertEqual(self.replay(bad).returncode, 1)
        done = self.replay("--format", "json", self.folder.name)
        self.assertEqual(done.returncode, 1, done.stderr)
        report = json.loads(done.stdout)
        self.assert_fits(report, "replay")
        self.assertEqual({f["file"]: f["result"] for f in report["files"]}, {good: "pass", bad: "fail", other: "skip"})
        self.assertEqual(report["totals"], {"files": 3, "pass": 1, "fail": 1, "skip": 1})
        why = {f["file"]: f["why"] for f in report["files"]}
        self.assertIn("RCODE: expected NOERROR, seen SERVFAIL", why[bad])
        self.assertIn("dns64", why[other])

        done = self.replay("--format", "junit", self.folder.name)
        suite = xml.etree.ElementTree.fromstring(done.stdout)
        self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("skipped")), ("3", "1", "1"))

    def test_what_is_unknown_is_one_line_with_file_and_line(self):
        good = self.file("good.rpl", scenario("SERVFAIL"))
        bad = self.file("bad.rpl", scenario("SERVFAIL", "frobnicate: yes"))
        done = self.replay("--format", "json", bad, good)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"{bad}:4: expected a known option, not 'frobnicate:'", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertEqual([f["result"] for f in json.loads(done.stdout)["files"]], ["fail", "pass"])

    def test_a_waiver_explains_a_failure(self):
        bad = self.file("bad.rpl", scenario("NOERROR"))
        waivers = self.file("waivers.json", '{"about": "x", "waivers": [{"file": "bad.rpl", "why": "on purpose"}]}')
        done = self.replay("--waivers", waivers, bad)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("waived: on purpose", done.stdout)
        self.assertEqual(self.replay("--waivers", waivers, "--no-waivers", bad).returncode, 1)

    def test_verbose_tells_questions_and_verdicts(self):
        done = self.replay("-v", self.file("good.rpl", scenario("SERVFAIL")))
        self.assertIn("www.example. A", done.stdout)
        self.assertIn("indeterminate", done.stdout)

    def test_usage(self):
        self.assertEqual(self.replay().returncode, 2)
        self.assertEqual(self.replay(os.path.join(self.folder.name, "none.rpl")).returncode, 2)
        self.assertEqual(self.replay(self.folder.name).returncode, 2)  # a folder without scenario files


if __name__ == "__main__":
    main()

"""`danelab run`: all 29 rows, its reports, its exit codes, and that a wrong expectation does not go unnoticed."""
import json
import xml.etree.ElementTree

from support import SCENARIOS, Case, danelab, main

MANDATORY, OPPORTUNISTIC = range(1, 16), range(1, 15)


class Run(Case):
    def report(self, *arguments):
        done = danelab("run", "--format", "json", *arguments, limit=240)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        document = json.loads(done.stdout)
        self.assert_fits(document, "run")
        return done.returncode, document

    def test_every_row_of_both_tables_is_as_expected(self):
        code, report = self.report("--tables")
        rows = {(s["table"], s["row"]) for s in report["scenarios"] if "table" in s}
        self.assertEqual(rows, {("mandatory", n) for n in MANDATORY} | {("opportunistic", n) for n in OPPORTUNISTIC})
        self.assertEqual([(s["id"], s.get("failures")) for s in report["scenarios"] if not s["ok"]], [])
        self.assertEqual(code, 0)
        totals = report["totals"]
        self.assertEqual((totals["run"], totals["failed"], totals["skipped"]), (totals["ok"], 0, 0))
        self.assertEqual(totals["run"], len(report["scenarios"]))

        for scenario in report["scenarios"]:
            with self.subTest(scenario["id"]):
                seen, action = scenario["seen"], scenario["expected"]["action"]
                # What is told must hang together, whatever was expected.
                self.assertEqual(seen["action"], action)
                self.assertEqual(seen["delivered"], action != "dane-fail")
                self.assertEqual(seen["authenticated"], action == "dane-success")
                for column, state in scenario["expected"]["states"].items():
                    self.assertEqual(scenario["states"].get(column), state, column)
                negative = {"insecure", "bogus", "failed"} & set(scenario["expected"]["states"].values())
                self.assertTrue(scenario["reasons"] or not negative, "a negative state without a reason")

        self.check_realizations(report)

    def check_realizations(self, report):
        """Three ways for each state, five to be bogus, two for a certificate to fail: by the ids of what was run."""
        ways = {}
        for scenario in report["scenarios"]:
            states = scenario["expected"]["states"]
            for part in scenario["id"].split("/")[-1].split(","):
                column, _, way = part.partition("=")
                if column in states:
                    ways.setdefault((scenario["table"], scenario["row"], column, states[column]), set()).add(way)
        for (table, row, column, state), found in ways.items():
            least = {"bogus": 5, "failed": 2}.get(state, 3)
            with self.subTest(table=table, row=row, column=column, state=state):
                self.assertGreaterEqual(len(found), least)

    def test_text_shows_both_tables_row_by_row(self):
        done = danelab("run", "--tables", limit=240)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("DANE mandatory", done.stdout)
        self.assertIn("DANE opportunistic", done.stdout)
        rows = [line for line in done.stdout.splitlines() if line.rstrip().endswith(" ok")]
        self.assertEqual(len(rows), 29, done.stdout)
        self.assertNotIn("\x1b", done.stdout, "no colours where no terminal is")

    def test_everything_is_run_unless_told_otherwise(self):
        done = danelab("run", limit=240)
        self.assertEqual(done.returncode, 0, done.stdout)
        counts = {words[-6]: int(words[-5]) for words in map(str.split, done.stdout.splitlines()) if words[-2:] == ["as", "expected"]}
        for group in ("table", "mx", "addresses", "aliases", "records", "smtp", "resolvers", "time", "rollovers", "dnssec"):
            self.assertGreater(counts.get(group, 0), 0, group)
        self.assertGreaterEqual(sum(counts.values()), 600)

    def test_rules_with_their_scenarios(self):
        done = danelab("run", "--rules", "--format", "json", "mx")
        self.assertEqual(done.returncode, 0, done.stderr)
        document = json.loads(done.stdout)
        self.assert_fits(document, "rules")
        self.assertEqual(len(document["rules"]), 207)
        obeyed = {rule["rule"]: [s["id"] for s in rule["obeys"]] for rule in document["rules"]}
        self.assertIn("mx/null", obeyed["D-035"])
        self.assertEqual(danelab("run", "--rules", "--format", "tap").returncode, 2)

    def test_results_do_not_depend_on_the_number_of_jobs(self):
        def outcome(jobs):
            _, report = self.report("--filter", "table/mandatory/0[135]/*", "--jobs", jobs)
            # The clients' ports in the log of a run are the kernel's choice.
            return [(s["id"], s["ok"], s["states"], s["reasons"]) for s in report["scenarios"]]
        self.assertEqual(outcome(1), outcome(4))

    def test_shards_are_the_whole(self):
        def ids(*arguments):
            return [line.split("\t")[0] for line in danelab("run", "--list", *arguments).stdout.splitlines()]
        parts = [ids("--shard", f"{i}/3") for i in (1, 2, 3)]
        self.assertEqual(sorted(sum(parts, [])), sorted(ids()))
        self.assertTrue(all(parts))

    def test_junit_and_tap_tell_the_same(self):
        which = ["--filter", "table/opportunistic/0[12]/*"]
        _, report = self.report(*which)
        junit = xml.etree.ElementTree.fromstring(danelab("run", "--format", "junit", *which).stdout)
        cases = junit.findall(".//testcase")
        self.assertEqual(len(cases), report["totals"]["run"])
        self.assertEqual({f"{c.get('classname')}/{c.get('name')}" for c in cases}, {s["id"] for s in report["scenarios"]})
        tap = danelab("run", "--format", "tap", *which).stdout.splitlines()
        self.assertEqual(tap[:2], ["TAP version 13", f"1..{len(cases)}"])
        self.assertEqual(len([line for line in tap if line.startswith("ok ")]), len(cases))

    def test_every_scenario_file_is_as_expected(self):
        files = [str(path.relative_to(SCENARIOS).with_suffix("")) for path in sorted(SCENARIOS.rglob("*.json"))]
        self.assertGreater(len(files), 10)
        code, report = self.report(*files)
        self.assertEqual([(s["id"], s.get("failures")) for s in report["scenarios"] if not s["ok"]], [])
        self.assertEqual((code, len(report["scenarios"])), (0, len(files)))

    def test_the_fault_is_seen_not_computed_from_the_expectation(self):
        """One expectation broken at a time: exit 1, and the report says which."""
        def wrong_action(s): s["expect"].update(action="dane-fail")
        def wrong_delivery(s): s["expect"].update(delivered=not s["expect"].get("delivered", True))
        def wrong_state(s): s["expect"].setdefault("states", {}).update(a="bogus"); s["expect"]["reasons"] = ["rrsig-expired"]
        def wrong_reason(s): s["expect"]["reasons"] = ["rrsig-expired"]
        for change, word in [(wrong_action, "dane-fail"), (wrong_delivery, "deliver"), (wrong_state, "bogus"), (wrong_reason, "rrsig-expired")]:
            with self.subTest(change.__name__):
                path = self.copy_of("seed/success", change)
                done = danelab("run", path)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn("NOT AS EXPECTED", done.stdout)
                self.assertIn("copy", done.stdout, "the scenario is named")
                self.assertIn(word, done.stdout, "what was expected is said")
                _, report = self.report(path)
                self.assertEqual(report["totals"]["failed"], 1)
                self.assertTrue(report["scenarios"][0]["failures"])

    def test_a_wrong_verdict_is_noticed_too(self):
        path = self.copy_of("seed/success", lambda s: (s.pop("client"), s.update(ask="ietf.org. MX", expect={
            "security": "bogus", "reasons": ["rrsig-expired"]})))
        done = danelab("run", path)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("secure", done.stdout)


if __name__ == "__main__":
    main()

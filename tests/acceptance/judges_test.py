"""`danelab run --sut` with DNSSEC judges: the four that we know, users' own, lying and hostile ones; and `command:`."""
import json
import shutil
import unittest

from support import HERE, Case, danelab, main

OBSTACLE = danelab("shell", "-q", str(HERE / "states.json"), "--", "true")
OBSTACLE = OBSTACLE.stderr if OBSTACLE.returncode == 3 else ""
JUDGES = ("delv", "unbound-host", "drill", "unbound")
# What all of them say as the RFCs have it; drill knows success and failure alone, so that the rest is a failure to it.
AGREED = {"dnssec/secure/p256": "secure", "dnssec/secure/name-error-nsec3": "secure", "dnssec/bogus/rrsig-expired": "bogus",
          "dnssec/bogus/name-error-denial-missing": "bogus"}
NOT_FOR_DRILL = {"dnssec/insecure/unsigned-delegation": "insecure", "dnssec/indeterminate/servfail": "indeterminate"}
TABLE = "table/opportunistic/05/mx=rsa,a=nsec3-salted,tlsa=rrsig-expired"
LOOKUP = "dig +short +cdflag -t ${type} ${name}"


def cells_of(document):
    return {(cell["sut"], cell["scenario"]): cell for cell in document["cells"]}


class Input(Case):
    def broken(self, text):
        file = self.folder / "judge.json"
        file.write_text(json.dumps({"name": "x", "command": ["true"], "claims": [{"exit": 0, "outcome": "secure"}], "judges": "dnssec", **text}))
        return danelab("run", "--sut", file, "dnssec/secure/p256")

    def test_bad_input_is_one_line(self):
        self.assert_one_line(self.broken({"judges": "dane"}), 2, "/judges", "expected dnssec")
        self.assert_one_line(self.broken({"claims": [{"exit": 0, "outcome": "verified"}]}), 2, "/claims/0/outcome", "indeterminate")
        self.assert_one_line(self.broken({"log": "/var/log/x"}), 2, "/log", "no meaning")
        self.assert_one_line(self.broken({"port": "465"}), 2, "/port", "no meaning")
        del_judges = self.folder / "mail.json"
        del_judges.write_text('{"name": "x", "command": ["true"], "claims": [{"exit": 0, "outcome": "secure"}]}')
        self.assert_one_line(danelab("run", "--sut", del_judges, "dnssec/secure/p256"), 2, "/claims/0/outcome", "verified-insecure-mx")
        self.assert_one_line(danelab("run", "--sut", "command:", "seed/success"), 2, "expected what a shell is to run")
        self.assert_one_line(danelab("run", "--sut", "command:true ${recipent}", "seed/success"), 2, "${recipent}", "${recipient}")
        self.assert_one_line(danelab("run", "--sut", "command:true ${recipient", "seed/success"), 2, "is no value")
        self.assert_one_line(danelab("sut", "check", "command:"), 2, "expected what a shell is to run")

    def test_list_and_check_know_them(self):
        listed = {one["name"]: one for one in json.loads(danelab("sut", "list", "--format", "json").stdout)}
        for name in JUDGES:
            self.assertEqual([mode["judged_as"] for mode in listed[name]["modes"]], ["dnssec"])
            done = danelab("sut", "check", name)
            if shutil.which(name):
                self.assertRegex(done.stdout, rf"(?m)^{name}: ready: installed: .*\d+\.\d+")
            else:
                self.assertRegex(done.stdout, rf"{name}: (missing: {name}.*danelab sut fetch {name}|ready: unpacked)")
        self.assertRegex(danelab("sut", "check", "command:no-such-program --to ${recipient}").stdout, "missing: no-such-program")


@unittest.skipIf(OBSTACLE, OBSTACLE)
class Runs(Case):
    def judge(self, script, claims=({"exit": 0, "outcome": "secure"},), **more):
        file = self.folder / "mine.json"
        file.write_text(json.dumps({"name": "mine", "judges": "dnssec", "command": ["sh", "-c", script], "claims": list(claims), **more}))
        return str(file)

    def run_sut(self, sut, *scenarios, code):
        done = danelab("run", "--sut", sut, *scenarios, "--format", "json")
        self.assertEqual(done.returncode, code, done.stderr + done.stdout[-2000:])
        document = json.loads(done.stdout)
        self.assert_fits(document, "sut-report")
        return document

    def test_the_known_judges_over_a_few_scenarios(self):
        here = [name for name in JUDGES if danelab("sut", "check", name).returncode == 0]
        if not here:
            self.skipTest("none of delv, unbound-host, drill and unbound is installed or unpacked: `danelab sut fetch delv unbound-host drill unbound`")
        document = self.run_sut(",".join(here), *AGREED, *NOT_FOR_DRILL, TABLE, code=1 if "drill" in here else 0)
        cells = cells_of(document)
        self.assertEqual(len(cells), len(here) * (len(AGREED) + len(NOT_FOR_DRILL) + 1))
        for name in here:
            for scenario, word in AGREED.items():
                with self.subTest(f"{name} {scenario}"):
                    cell = cells[name, scenario]
                    self.assertEqual((cell["outcome"], cell["agrees"], cell["profile"]), (word, True, "rfc4035"), cell["log"])
                    self.assertEqual(len(cell["answers"]), 1)
            for scenario, word in NOT_FOR_DRILL.items():
                with self.subTest(f"{name} {scenario}"):
                    cell = cells[name, scenario]
                    self.assertEqual((cell["outcome"], cell["allowed"]), ("bogus" if name == "drill" else word, [word]), cell["log"])
            with self.subTest(f"{name} {TABLE}"):
                cell = cells[name, TABLE]
                self.assertGreaterEqual(len(cell["answers"]), 2)
                self.assertEqual((cell["outcome"], cell["agrees"]), ("bogus", True), cell["answers"])
                self.assertEqual({answer["said"] == answer["expected"] for answer in cell["answers"]}, {True})

    def test_a_users_own_judge_is_asked_through_a_resolver_that_does_not_validate(self):
        if not shutil.which("dig"):
            self.skipTest("dig is not installed")
        script = f'test -n "$({LOOKUP.replace("+cdflag ", "")})" && echo ${{class}} ${{resolver}}'
        claims = [{"pattern": "^IN 127\\.0\\.0\\.1", "outcome": "bogus"}, {"exit": 1, "outcome": "indeterminate"}]
        document = self.run_sut(self.judge(script, claims), "dnssec/bogus/rrsig-expired", code=0)
        (cell,) = document["cells"]
        self.assertEqual(cell["outcome"], "bogus")
        self.assertIn("www.fine.example. A", cell["queries"])
        self.assertEqual(document["totals"], {"cells": 1, "agree": 1, "deviate": 0, "skipped": 0})

    def test_a_liar_is_caught_in_every_format(self):
        liar = self.judge("echo trust me")
        self.assertEqual(self.run_sut(liar, "dnssec/secure/p256", code=0)["totals"]["agree"], 1)
        document = self.run_sut(liar, "dnssec/bogus/rrsig-expired", TABLE, code=1)
        cells = cells_of(document)
        cell = cells["mine", "dnssec/bogus/rrsig-expired"]
        self.assertEqual((cell["outcome"], cell["allowed"], cell["agrees"]), ("secure", ["bogus"], False))
        self.assertEqual(cell["answers"], [{"question": "www.fine.example. A", "said": "secure", "expected": "bogus"}])
        cell = cells["mine", TABLE]
        self.assertFalse(cell["agrees"])
        self.assertEqual([answer["said"] for answer in cell["answers"]], ["secure"] * len(cell["answers"]))
        file = self.folder / "report.json"
        file.write_text(json.dumps(document))
        show = lambda form: danelab("report", "merge", file, "--format", form).stdout
        line = "www.fine.example. A: secure, expected bogus"
        self.assertIn(f"answers  {line}", show("text"))
        self.assertRegex(show("text"), r"mine default .*against rfc4035")
        self.assertIn("2 cells: 0 agree with rfc4035, 2 deviate", show("text"))
        self.assertRegex(show("junit"), rf"<failure message=\"allowed bogus, seen secure; {line}")
        self.assertRegex(show("tap"), rf"(?s)not ok 1 - mine default dnssec/bogus/rrsig-expired\n# .*{line}")
        self.assertIn(line, show("html"))

    def test_who_asked_nothing_did_not_find_out_that_there_is_no_answer(self):
        claims = [{"exit": 2, "outcome": "indeterminate"}]
        (cell,) = self.run_sut(self.judge("exit 2", claims), "dnssec/indeterminate/servfail", code=1)["cells"]
        self.assertEqual((cell["outcome"], cell["contradictions"]), ("indeterminate", ['the program says "indeterminate", but asked no question']))
        if shutil.which("dig"):
            self.run_sut(self.judge(f"{LOOKUP}; exit 2", claims), "dnssec/indeterminate/servfail", code=0)

    def test_a_baseline_notices_one_answer_of_several(self):
        file = self.folder / "report.json"
        document = self.run_sut(self.judge("true"), TABLE, code=1)
        file.write_text(json.dumps(document))
        self.assertEqual(danelab("report", "merge", file, "--baseline", file).returncode, 0)
        before = self.folder / "before.json"
        answers = document["cells"][0]["answers"]
        answers[0]["said"] = "insecure" # as secure as before is not the same
        before.write_text(json.dumps(document))
        done = danelab("report", "merge", file, "--baseline", before)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"was {answers[0]['question']}: insecure", done.stderr)

    def test_a_report_with_a_word_out_of_place_is_one_line(self):
        document = self.run_sut(self.judge("true"), "dnssec/secure/p256", code=0)
        file = self.folder / "report.json"
        for change in ({"outcome": "fine"}, {"twin": "bogus"}, {"answers": [{"question": "x", "expected": "verified"}]}):
            with self.subTest(change):
                file.write_text(json.dumps({**document, "cells": [{**document["cells"][0], **change}]}))
                self.assert_one_line(danelab("report", "merge", file), 2, "report.json", "word")

    def test_hostile_judges_cost_their_cell_alone(self):
        for name, script, word in (("hangs", "sleep 600", "hung"), ("crashes", "kill -SEGV $$", "crashed: signal 11"),
                                   ("forks-away", "sleep 600 & sleep 600 & exit 0", "hung"), ("says-nothing", "exit 3", "no claim fits"),
                                   ("binary", "head -c 300000 /dev/urandom; exit 9", "no claim fits")):
            with self.subTest(name):
                # Bad on the first scenario alone: the second is asked all the same.
                sometimes = f"test ${{name}} = www.plain.example. || {{ {script}; }}"
                document = self.run_sut(self.judge(sometimes, deadline_ms=2000), "dnssec/secure/p256", str(self.plain()), code=1)
                bad, good = document["cells"]
                self.assertIn(word, bad["trouble"])
                self.assertEqual((bad["agrees"], good["outcome"]), (False, "secure"))
        (cell,) = self.run_sut(self.judge("true", between=[["sh", "-c", "echo no daemon; exit 4"]]), "dnssec/secure/p256", code=1)["cells"]
        self.assertRegex(cell["trouble"], "cannot be prepared: sh .*exit status 4: no daemon")

    def plain(self):
        return self.copy_of("dnssec/secure/p256", lambda scenario: (
            scenario["zones"].append({"apex": "plain.example.", "records": ["www A 192.0.2.1"]}), scenario.update(ask="www.plain.example. A")))

    def test_judges_and_mail_clients_share_a_run(self):
        client = self.folder / "client.json"
        client.write_text('{"name": "client", "command": ["true"], "claims": [{"exit": 0, "outcome": "deferred"}]}')
        cells = cells_of(self.run_sut(f"{self.judge('true')},{client}", TABLE, "dnssec/secure/p256", code=1))
        self.assertEqual(sorted(cells), [("client", TABLE), ("mine", "dnssec/secure/p256"), ("mine", TABLE)])
        self.assertEqual(cells["client", TABLE]["profile"], "rfc7672")

    def test_a_command_line_is_a_system(self):
        good = "table/opportunistic/01/*"
        for line, words in (("command:exit 75", ("deferred", False)), ("command:test ${mode} != opportunistic, || exit 1", ("deferred", False))):
            done = danelab("run", "--sut", line, "--filter", good, "--shard", "1/9", "--format", "json")
            (cell,) = json.loads(done.stdout)["cells"]
            self.assertEqual((cell["sut"], cell["mode"]), ("command", "opportunistic"))
            self.assertEqual((cell["outcome"], cell["agrees"]), words, cell)
        self.assertIn("no server received the message", cell["contradictions"][0])
        self.assertIn('says "delivered"', cell["contradictions"][0])
        done = danelab("run", "--sut", "command:no-such-program ${recipient}", "--filter", good, "--shard", "1/9")
        self.assert_one_line(done, 3, "no-such-program")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Checks zones/rules/dane.json: no number is missing, and each rule that binds the client has evidence of both kinds.
Usage: dane_rules.py ROOT | --self-test

Evidence that a rule is obeyed: a file below zones/scenarios that lists it in "rules", or a test file named in "tests" with a
TEST_CASE("D-nnn ...") that has a SECTION("obeys..."). Evidence of what happens where it is broken: a scenario that lists it
in "breaks", or such a SECTION("breaks..."). A rule that binds nothing built here says so in "not_here" and needs neither.
Rules that bind servers and publishers need one or the other too, as far as they are not "not_here"."""
import json, pathlib, re, sys, tempfile

LAST = 207
SOURCE = re.compile(r"RFC \d+ §(\d+|[A-Z])(\.\d+)*")
WORDS = {"binds": {"client", "server", "publisher"},
         "strength": {"MUST", "MUST*", "SHOULD", "SHOULD*", "MAY", "MAY*", "practice"}}


def sections_of(text, rule):
    """The SECTION names of the rule's test cases in one test file; None where it has no such case."""
    starts = [(m.start(), m[1]) for m in re.finditer(r'^(?:TEST_CASE|TEMPLATE_TEST_CASE)\(\s*"([^"\s]*)', text, re.MULTILINE)]
    bodies = [text[at:(starts[i + 1][0] if i + 1 < len(starts) else len(text))]
              for i, (at, name) in enumerate(starts) if name == rule]
    if not bodies:
        return None
    return re.findall(r'(?:DYNAMIC_)?SECTION\(\s*"([^"]*)', "\n".join(bodies))


def scenario_evidence(root, known):
    """({rule: obeying files}, {rule: breaking files}, complaints)."""
    obeyed, broken, complaints = {}, {}, []
    for file in sorted((root / "zones" / "scenarios").rglob("*.json")):
        scenario, name = json.loads(file.read_text(encoding="utf-8")), file.relative_to(root).as_posix()
        for key, evidence in (("rules", obeyed), ("breaks", broken)):
            for rule in scenario.get(key, []):
                evidence.setdefault(rule, []).append(name)
                if rule.startswith("D-") and rule not in known:
                    complaints.append(f"{name}: there is no rule {rule}")
        for rule in set(scenario.get("rules", [])) & set(scenario.get("breaks", [])):
            complaints.append(f"{name}: {rule} is both obeyed and broken")
    return obeyed, broken, complaints


def check_rule(root, rule, obeyed, broken):
    number = rule["rule"]
    for key, words in WORDS.items():
        if rule.get(key) not in words:
            yield f"{number}: {key} is none of {', '.join(sorted(words))}"
    if not rule.get("sources") or not all(SOURCE.fullmatch(source) for source in rule["sources"]):
        yield f"{number}: sources are not all of the form RFC nnnn §x.y"
    if not rule.get("title"):
        yield f"{number}: no title"
    sections = []
    for name in rule.get("tests", []):
        found = sections_of((root / name).read_text(encoding="utf-8"), number) if (root / name).is_file() else None
        if found is None:
            yield f"{number}: {name} has no TEST_CASE that begins with it"
        sections += found or []
    if rule.get("not_here"):
        if number in obeyed or number in broken or sections:
            yield f"{number}: is not here, and yet there is evidence"
        return
    for kind, evidence in (("obeys", obeyed), ("breaks", broken)):
        if number not in evidence and not any(section.startswith(kind) for section in sections):
            yield f'{number}: nothing that {kind} it'


def check(root):
    rules = json.loads((root / "zones" / "rules" / "dane.json").read_text(encoding="utf-8"))["rules"]
    numbers = [rule["rule"] for rule in rules]
    for number in (f"D-{n:03}" for n in range(1, LAST + 1)):
        if numbers.count(number) != 1:
            yield f"{number}: stands in the table {numbers.count(number)} times, not once"
    obeyed, broken, complaints = scenario_evidence(root, set(numbers))
    yield from complaints
    for rule in rules:
        yield from check_rule(root, rule, obeyed, broken)
    for name in sorted((root / "tests").rglob("*_test.cpp")):
        for number in re.findall(r'^TEST_CASE\(\s*"(D-\d+) ', name.read_text(encoding="utf-8"), re.MULTILINE):
            path = name.relative_to(root).as_posix()
            if not any(rule["rule"] == number and path in rule.get("tests", []) for rule in rules):
                yield f"{number}: {path} has a test case for it that the table does not name"


def self_test():
    """Each mistake in a small tree must be found."""
    good_rule = {"rule": "D-001", "binds": "client", "strength": "MUST", "sources": ["RFC 1 §2.1"], "title": "x"}
    good_test = 'TEST_CASE("D-001 x") { SECTION("obeys") {} SECTION("breaks: y") {} }\n'

    def complaints(rule=good_rule, obeys=None, breaks=None, test=None, twice=False):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            files = {"zones/rules/dane.json": json.dumps({"rules": [rule] * (2 if twice else 1)}),
                     "zones/scenarios/a.json": json.dumps({"rules": obeys or []}),
                     "zones/scenarios/b.json": json.dumps({"breaks": breaks or []})}
            if test is not None:
                files["tests/a_test.cpp"] = test
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            return [c for c in check(root) if "D-001" in c or "there is no rule" in c]

    both = {"obeys": ["D-001"], "breaks": ["D-001"]}
    tested = good_rule | {"tests": ["tests/a_test.cpp"]}
    assert not complaints(**both), complaints(**both)
    assert not complaints(tested, test=good_test)
    assert not complaints(tested, test=good_test.replace("breaks", "other"), breaks=["D-001"])
    assert not complaints(good_rule | {"not_here": "nothing of this is built here"})
    assert complaints(), "no evidence"
    assert complaints(obeys=["D-001"]), "nothing breaks it"
    assert complaints(breaks=["D-001"]), "nothing obeys it"
    assert complaints(obeys=["D-001", "D-999"], breaks=["D-001"]), "a number that is not there"
    assert complaints(**both, twice=True)
    assert complaints(good_rule | {"binds": "nobody"}, **both)
    assert complaints(good_rule | {"strength": "must"}, **both)
    assert complaints(good_rule | {"sources": ["RFC 1"]}, **both)
    assert complaints(good_rule | {"title": ""}, **both)
    assert complaints(tested, test=None, **both), "a test file that is not there"
    assert complaints(tested, test=good_test.replace("breaks", "other"))
    assert complaints(test=good_test, **both), "a test case that the table does not name"
    assert complaints(good_rule | {"not_here": "nothing of this is built here"}, **both)
    print("ok: every planted mistake was found")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        sys.exit(0)
    found = list(check(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "ok: every rule is shown from both sides")
    sys.exit(1 if found else 0)

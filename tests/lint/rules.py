#!/usr/bin/env python3
"""Checks the table of rules in validator/README.md: no number is missing, and what a row names is there.
Usage: rules.py ROOT | --self-test

A row is `| V-nnn | what it asks for (RFC) | code | obeys and breaks |`. `code` names source files. The last column names test files, each
with a TEST_CASE("V-nnn ...") that has a SECTION("obeys...") and a SECTION("breaks...") somewhere among the named files,
and scenario files that list the rule in "rules". Where `code` is `-`, the last column says why: `not a stub's: ...` or
`optional, not built: ...`."""
import json, pathlib, re, sys, tempfile

LAST = 267
ROW = re.compile(r"^\| (V-(\d+)) \|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
CASE = re.compile(r'^TEST_CASE\(\s*"(V-\d+) ', re.MULTILINE)
EXCUSE = re.compile(r"(not a stub's|optional, not built): .{20,}")


def sections_of(text, rule):
    """The SECTION names of the rule's test cases in one test file; None where it has no such case."""
    starts = [(m.start(), m[1]) for m in re.finditer(r'^(?:TEST_CASE|TEMPLATE_TEST_CASE)\(\s*"([^"\s]*)', text, re.MULTILINE)]
    bodies = [text[at:(starts[i + 1][0] if i + 1 < len(starts) else len(text))]
              for i, (at, name) in enumerate(starts) if name == rule]
    if not bodies:
        return None
    return re.findall(r'(?:DYNAMIC_)?SECTION\(\s*"([^"]*)', "\n".join(bodies))


def check_evidence(root, rule, names):
    """Complaints about the files of the last column."""
    sections, scenarios = [], 0
    for name in names:
        file = root / name
        if not file.is_file():
            yield f"{rule}: {name} does not exist"
        elif name.endswith(".json"):
            scenarios += 1
            if rule not in json.loads(file.read_text(encoding="utf-8")).get("rules", []):
                yield f'{rule}: {name} does not list it in "rules"'
        else:
            found = sections_of(file.read_text(encoding="utf-8"), rule)
            if found is None:
                yield f"{rule}: {name} has no TEST_CASE that begins with it"
            sections += found or []
    if scenarios >= 2 and not sections:
        return  # a scenario and its twin
    for kind in ("obeys", "breaks"):
        if not any(section.startswith(kind) for section in sections) and not (kind == "breaks" and scenarios):
            yield f'{rule}: no SECTION that begins with "{kind}"'


def check(root):
    text = (root / "validator" / "README.md").read_text(encoding="utf-8")
    rows = [(m[1], int(m[2]), m[3].strip(), m[4].strip(), m[5].strip()) for m in ROW.finditer(text)]
    numbers = [row[1] for row in rows]
    for number in range(1, LAST + 1):
        if numbers.count(number) != 1:
            yield f"V-{number:03}: {numbers.count(number)} rows, not one"
    for rule, _, rfc, code, evidence in rows:
        if not rfc:
            yield f"{rule}: names no source"
        if code == "-":
            if not EXCUSE.match(evidence):
                yield f"{rule}: says neither where it is nor why it is not"
            continue
        if not code or not evidence:
            yield f"{rule}: the row is empty"
            continue
        for name in re.split(r"[,\s]+", code):
            if not (root / name).is_file():
                yield f"{rule}: {name} does not exist"
        yield from check_evidence(root, rule, re.split(r"[,\s]+", evidence))
    tests = {m[1] for file in (root / "tests").rglob("*_test.cpp") for m in CASE.finditer(file.read_text(encoding="utf-8"))}
    for rule in sorted(tests - {row[0] for row in rows}):
        yield f"{rule}: a test case names it, but the table has no such rule"


def self_test():
    """Each mistake in a small tree must be found."""
    good_test = 'TEST_CASE("V-001 x") { SECTION("obeys") {} SECTION("breaks: y") {} }\n'

    def complaints(row, test=good_test):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {"validator/README.md": row, "validator/a.cpp": "", "tests/a_test.cpp": test,
                               "zones/a.json": '{"rules": []}'}.items():
                (root / name).parent.mkdir(exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            return [c for c in check(root) if c.startswith("V-001")]

    good = "| V-001 | RFC 1 | validator/a.cpp | tests/a_test.cpp |\n"
    assert not complaints(good), complaints(good)
    assert complaints(good + good)
    assert complaints(good.replace("a.cpp", "b.cpp"))
    assert complaints(good.replace("a_test", "b_test"))
    assert complaints(good.replace("tests/a_test.cpp", "zones/a.json"))
    assert complaints(good, good_test.replace("breaks", "other"))
    assert complaints(good, good_test.replace("V-001", "V-002"))
    assert complaints("| V-001 | RFC 1 | | |\n")
    assert complaints("| V-001 | RFC 1 | - | because |\n")
    assert not complaints("| V-001 | RFC 1 | - | not a stub's: it binds the signer of a zone alone |\n")
    print("ok: every planted mistake was found")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        sys.exit(0)
    found = list(check(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "ok: the table of rules is whole")
    sys.exit(1 if found else 0)

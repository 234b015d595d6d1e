#!/usr/bin/env python3
"""Checks citations: `RFC nnnn` or `RFC nnnn §x.y`, with a number listed in rfcs.txt. Usage: rfc_refs.py ROOT | --self-test"""
import pathlib, re, sys, tempfile

FOLDERS = ("resolver", "validator", "tlsa", "zones", "harness", "tests", "packaging")
SUFFIXES = (".h", ".cpp", ".md", ".json", ".txt", ".cmake", ".1")
# Texts of others and lists of our own: kept as they are.
SKIPPED = ("tests/lint/", "tests/fuzz/corpus/", "tests/vectors/", "packaging/vendor/")
MENTION = re.compile(r"\bRFCs?(?=[\s_-]*\d{3,5}\b)([\s_-]*)(\d{3,5})\b(?=(?P<after>.{0,24}))", re.DOTALL)
SECTION = re.compile(r"\s*,?\s*\(?(?:[Ss]ections?|[Ss]ec\.?|[Cc]lause|[Pp]aragraph|§)\s*\w")
GOOD_SECTION = re.compile(r" §(?:\d+|[A-Z])(?:\.\d+)*")


def known_numbers(lists):
    return {line.split()[0] for line in lists.read_text(encoding="utf-8").splitlines() if line[:1].isdigit()}


def check_text(text, known):
    """(offset, complaint) for every wrong citation."""
    for mention in MENTION.finditer(text):
        space, number, after = mention[1], mention[2], mention["after"]
        if number not in known:
            yield mention.start(), f"RFC {number} is not listed in tests/lint/rfcs.txt"
        if not mention[0].startswith("RFC ") or space != " ":
            yield mention.start(), f"spell it `RFC {number}`"
        if SECTION.match(after) and not GOOD_SECTION.match(after):
            yield mention.start(), f"spell the section `RFC {number} §x.y`"


def check(root, known):
    files = [p for folder in FOLDERS for p in (root / folder).rglob("*") if p.suffix in SUFFIXES]
    files += [p for p in (root / "README.md", root / "CMakeLists.txt") if p.exists()]
    for file in sorted(files):
        path = file.relative_to(root).as_posix()
        if file.is_file() and not path.startswith(SKIPPED):
            text = file.read_text(encoding="utf-8", errors="replace")
            for offset, complaint in check_text(text, known):
                yield f"{path}:{text.count(chr(10), 0, offset) + 1}: {complaint}"


def self_test():
    wrong = ["RFC 5515 §8.2", "RFC4035 §5.3", "RFC-4035", "RFC 4035, section 5.3.1", "RFC 4035 Section 5.3", "RFC 4035 § 5.3",
             "RFC 4035 sec. 5", "RFCs 4035", "RFC  4035", "RFC 4035 (section 5)"]
    right = ["RFC 4035", "RFC 4035 §5.3.1: must", "RFC 5155 §B.1", "(RFC 7672 §2.2)", "the rfc9904 profile", "rules of RFC 4035."]
    known = known_numbers(pathlib.Path(__file__).with_name("rfcs.txt"))
    for text in wrong:
        assert list(check_text(f"// {text}\n", known)), f"not caught: {text}"
    for text in right:
        assert not list(check_text(f"// {text}\n", known)), f"wrongly caught: {text}"
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "validator").mkdir()
        (pathlib.Path(folder) / "validator/rrsig.cpp").write_text("// fine: RFC 4035 §5.3\n// RFC 4045 §5.3\n")
        found = list(check(pathlib.Path(folder), known))
        assert found == ["validator/rrsig.cpp:2: RFC 4045 is not listed in tests/lint/rfcs.txt"], found


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        print("every planted mistake was caught")
    else:
        found = list(check(pathlib.Path(sys.argv[1]), known_numbers(pathlib.Path(__file__).with_name("rfcs.txt"))))
        print("\n".join(found) or "citations: clean")
        sys.exit(1 if found else 0)

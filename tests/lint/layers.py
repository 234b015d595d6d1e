#!/usr/bin/env python3
"""Which folder may include what, and what stays out of the lower layers. Usage: layers.py ROOT | --self-test"""
import pathlib, re, sys, tempfile

# folder: (project folders it may include, third-party prefixes it may include)
LAYERS = {
    "resolver/dns": (["resolver/dns"], []),
    "validator": (["validator", "resolver/dns"], ["fmt/"]),
    "zones": (["zones", "validator", "resolver/dns"], ["botan/", "fmt/"]),
    "tlsa": (["tlsa", "validator", "resolver/dns"], ["botan/", "fmt/"]),
    "resolver": (["resolver", "validator"], ["boost/", "fmt/"]),
    "harness": (["harness", "tlsa", "zones", "resolver", "validator"], ["boost/", "botan/", "nlohmann/", "CLI/", "fmt/", "pugi"]),
}
FILES = {"validator/crypto.cpp": ["botan/"]}  # what single files may include beyond their folder's list
THIRD_PARTY = ("boost/", "botan/", "nlohmann/", "CLI/", "fmt/", "catch2/", "pugi")
NO_INPUT_OUTPUT = ("resolver/dns", "validator", "zones", "tlsa")  # std headers only, no clock, nothing printed
BANNED = re.compile(r"\w+_clock::now|std::time\s*\(|\brandom_device\b|std::c(?:out|err|log)\b|(?<![\w])f?printf\s*\(|\bputs\s*\(")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def layer_of(path):
    return next((l for l in sorted(LAYERS, key=len, reverse=True) if path.startswith(l + "/")), None)


def check(root):
    findings = []
    for file in sorted(p for folder in ("resolver", "validator", "zones", "tlsa", "harness", "tests")
                       for p in (root / folder).rglob("*") if p.suffix in (".h", ".cpp")):
        path = file.relative_to(root).as_posix()
        layer = layer_of(path)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            def report(text):
                findings.append(f"{path}:{number}: {text}")
            include = INCLUDE.match(line)
            if include and include[1] == '"':
                if layer_of(include[2]) is None and not include[2].startswith("tests/"):
                    report(f'"{include[2]}" is not spelled from the repository root')
                elif layer and layer_of(include[2]) not in LAYERS[layer][0] + ["resolver/dns"]:
                    report(f'{layer} must not include "{include[2]}"')
            elif include and layer:
                name = include[2]
                if name.startswith(THIRD_PARTY):
                    if not name.startswith(tuple(LAYERS[layer][1] + FILES.get(path, [])) or ("\0",)):
                        report(f"{path} must not include <{name}>")
                elif layer in NO_INPUT_OUTPUT and ("/" in name or name.endswith(".h")):
                    report(f"{layer} does no input or output: <{name}> is not a C++ standard header")
            elif layer in NO_INPUT_OUTPUT and BANNED.search(line.split("//")[0]):
                report(f"{layer} reads no clock, no randomness and prints nothing: {line.strip()}")
    return findings


def self_test():
    wrong = {"resolver/dns/a.h": "#include <botan/hash.h>", "resolver/dns/b.h": '#include "validator/verdict.h"',
             "resolver/dns/c.cpp": "#include <sys/socket.h>", "validator/rrsig.cpp": "#include <botan/pubkey.h>",
             "validator/d.cpp": '#include "resolver/stub.h"', "tlsa/e.h": "#include <boost/asio.hpp>",
             "tlsa/f.cpp": '#include "zones/signer.h"', "zones/g.cpp": "#include <nlohmann/json.hpp>",
             "resolver/h.cpp": '#include "tlsa/decide.h"', "harness/i.cpp": '#include "report.h"',
             "validator/j.cpp": "auto t = std::chrono::system_clock::now();", "zones/k.cpp": "std::cout << 1;"}
    right = {"resolver/dns/a.cpp": '#include "resolver/dns/name.h"\n#include <vector>', "validator/crypto.cpp": "#include <botan/hash.h>",
             "validator/a.cpp": '#include "resolver/dns/name.h"\nstd::snprintf(b, 2, "x");', "resolver/a.cpp":
             '#include "validator/a.h"\n#include "resolver/dns/a.h"\n#include <boost/asio.hpp>\n#include <sys/socket.h>',
             "harness/a.cpp": '#include "zones/a.h"\n#include <CLI/CLI.hpp>', "tests/dns/a_test.cpp": '#include "tests/support/a.h"'}
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in {**wrong, **right}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text + "\n")
        caught = [finding.split(":")[0] for finding in check(root)]
    assert sorted(caught) == sorted(wrong), f"caught {sorted(caught)}, not {sorted(wrong)}"


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        print("every planted mistake was caught")
    else:
        found = check(pathlib.Path(sys.argv[1]))
        print("\n".join(found) or "layers: clean")
        sys.exit(1 if found else 0)

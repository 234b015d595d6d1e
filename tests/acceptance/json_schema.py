"""The part of JSON Schema 2020-12 that our schemas use, with the standard library alone. An unknown keyword is an error: a
check that is silently left out would be none."""
import json, re

ANNOTATIONS = {"$schema", "$id", "title", "description", "default", "$defs", "$comment", "examples"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def errors(value, schema, root=None, at=""):
    """What is wrong, one line each; at is a JSON pointer."""
    root = schema if root is None else root
    found = []
    if isinstance(schema, bool):
        return [] if schema else [f"{at}: not allowed"]
    for keyword, argument in schema.items():
        if keyword in ANNOTATIONS or keyword in ("then", "else"):
            continue
        check = CHECKS.get(keyword)
        if check is None:
            raise ValueError(f"schema keyword {keyword} is not known here")
        found += check(value, argument, schema, root, at)
    return found


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def check_type(value, argument, schema, root, at):
    names = argument if isinstance(argument, list) else [argument]
    return [] if any(is_type(value, name) for name in names) else [f"{at}: {json.dumps(value)[:60]} is no {' or '.join(names)}"]


def check_properties(value, argument, schema, root, at):
    if not isinstance(value, dict):
        return []
    return [e for key, sub in argument.items() if key in value for e in errors(value[key], sub, root, f"{at}/{key}")]


def check_additional(value, argument, schema, root, at):
    if not isinstance(value, dict):
        return []
    extra = [key for key in value if key not in schema.get("properties", {})
             and not any(re.search(p, key) for p in schema.get("patternProperties", {}))]
    return [e for key in extra for e in errors(value[key], argument, root, f"{at}/{key}")]


def check_required(value, argument, schema, root, at):
    return [f"{at}: {key} is missing" for key in argument if key not in value] if isinstance(value, dict) else []


def check_items(value, argument, schema, root, at):
    return [e for i, item in enumerate(value) for e in errors(item, argument, root, f"{at}/{i}")] if isinstance(value, list) else []


def check_pattern(value, argument, schema, root, at):
    return [f"{at}: {value!r} does not fit {argument}"] if isinstance(value, str) and not re.search(argument, value) else []


def check_ref(value, argument, schema, root, at):
    target = root
    for part in argument.removeprefix("#/").split("/"):
        target = target[part]
    return errors(value, target, root, at)


def check_any(value, argument, schema, root, at):
    return [] if any(not errors(value, sub, root, at) for sub in argument) else [f"{at}: {json.dumps(value)[:60]} fits none of anyOf"]


def bound(fails, kind, text):
    def check(value, argument, schema, root, at):
        return [f"{at}: {text} {argument}"] if is_type(value, kind) and fails(value, argument) else []
    return check


CHECKS = {
    "type": check_type, "properties": check_properties, "additionalProperties": check_additional, "required": check_required,
    "items": check_items, "pattern": check_pattern, "$ref": check_ref, "anyOf": check_any,
    "enum": lambda value, argument, schema, root, at: [] if value in argument else [f"{at}: {value!r} is none of {argument}"],
    "minimum": bound(lambda v, a: v < a, "number", "less than"), "maximum": bound(lambda v, a: v > a, "number", "more than"),
    "minItems": bound(lambda v, a: len(v) < a, "array", "fewer items than"),
    "maxItems": bound(lambda v, a: len(v) > a, "array", "more items than"),
    "minLength": bound(lambda v, a: len(v) < a, "string", "shorter than"),
}

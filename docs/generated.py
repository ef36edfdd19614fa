"""The pages of the command and of the Python API, made from the parser and from the public names."""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType

import didymium
from didymium.arguments import parser
from didymium.endings import OUR_FAULT, STOPPED_WITH_PLAN
from didymium.errors import BadWorkbook, NoPlan, OutputInUse, Unfinished
from didymium.rules import RULES
from didymium.rules.rule import Rule

WIDTH = 100
EXAMPLES = {
    "new": "didymium new my_case.xlsx --example --years 2026-2035 --regions australia japan",
    "check": "didymium check my_case.xlsx --mark my_case_with_notes.xlsx",
    "solve": "didymium solve my_case.xlsx --gap 1 --time-limit 300 --out outputs/mine",
    "resume": "didymium resume outputs/mine --time-limit 600",
    "stress": "didymium stress outputs/mine --draws 500 --seed 1",
    "frontier": "didymium frontier my_case.xlsx --steps 5 --out outputs/frontier",
    "alternatives": "didymium alternatives my_case.xlsx --within 1 --start outputs/mine",
    "sensitivity": "didymium sensitivity my_case.xlsx --inputs 10 --out outputs/sensitivity",
    "explain": "didymium explain outputs/mine --project mountain_pass_60k",
    "verify": "didymium verify outputs/mine --key ministry.pub",
    "sign": "didymium sign outputs/mine --key ministry",
    "keys": "didymium keys ministry",
    "compare": "didymium compare outputs/mine outputs/other --out outputs/difference.xlsx",
    "report": "didymium report outputs/mine --pdf",
    "brief": "didymium brief outputs/mine --pptx",
    "export": "didymium export outputs/mine my_tables",
    "upgrade": "didymium upgrade old_case.xlsx new_case.xlsx",
    "open": "didymium open my_cases",
    "run": "didymium run inputs/example_study.toml --workers auto",
    "runs": "didymium runs --kind solve --since 2026-11-30",
    "completion": "didymium completion bash",
}
EXIT_CODES = {
    0: "done; for `solve`: a plan proven to the gap",
    OUR_FAULT: (
        "a fault of the program: also a result whose own checks fail, which is kept as `broken-results.xlsx` and is no"
        " result"
    ),
    BadWorkbook.exit_code: (
        "the input or an option is wrong, or the folder cannot be written; every problem is named and nothing was"
        " solved"
    ),
    NoPlan.exit_code: "no plan meets every requirement; the result files name what would have to give, and by how much",
    STOPPED_WITH_PLAN: "stopped at a limit or by hand, with a plan, which is written with its gap",
    Unfinished.exit_code: "stopped without a plan",
    OutputInUse.exit_code: "the result could no longer be written, or the output not be printed",
}


def command_page() -> str:
    """docs/command.md: every command with its options and an example, and the exit codes."""
    parts = [
        "# The command\n",
        "Made from the program's own parser by `make docs`; do not edit. `didymium COMMAND --help` prints the same.\n",
        *_top_options(parser()),
        *(_command(name, command, text) for name, command, text in commands(parser())),
        "## Exit codes\n\n| code | means |\n|---|---|",
        *(f"| {code} | {meaning} |" for code, meaning in sorted(EXIT_CODES.items())),
    ]
    return "\n".join(parts) + "\n"


def model_page() -> str:
    """docs/model.md with its table of rules made from the functions that are marked @rule."""
    page = (Path(__file__).parent / "model.md").read_text(encoding="utf-8")
    start, end = page.index("<!-- rules"), page.index("<!-- end of rules -->")
    head = page[start:].split("\n", 1)[0]
    table = ["| rule | function | file | in words |", "|---|---|---|---|", *map(_rule, RULES)]
    return "\n".join([page[:start] + head, "", *table, "", page[end:]])


def _rule(rule: Rule) -> str:
    module = rule.add.__module__.removeprefix("didymium.").replace(".", "/")
    sentence = " ".join(str(rule.__doc__).split("\n\n")[0].split())
    sentence = re.sub(r" \(rules? \d[^)]*\)", "", sentence)
    return f"| {rule.number} | `{rule.__name__}` | `{module}.py` | {sentence} |"


def commands(top: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    """Each command's name, parser and description."""
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            described = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, command in action.choices.items():
                if name in described:
                    yield name, command, described[name]


def _top_options(top: argparse.ArgumentParser) -> list[str]:
    options = [a for a in top._actions if a.option_strings and a.dest != "help"]
    if not options:
        return []
    return ["| option | does |\n|---|---|", *(_option(action) for action in options), ""]


def _command(name: str, command: argparse.ArgumentParser, description: str) -> str:
    actions = [a for a in command._actions if a.dest != "help"]
    lines = [f"## {name}\n", f"{description[:1].upper()}{description[1:]}.\n", f"    {EXAMPLES[name]}\n"]
    lines += ["| argument | does |", "|---|---|", *map(_option, sorted(actions, key=lambda a: bool(a.option_strings)))]
    if command.epilog:
        lines.append(f"\nHow to use it: {' '.join(command.epilog.split())}.")
    lines += [f"\nOnly one of: {_alternatives(group)}." for group in command._mutually_exclusive_groups]
    return "\n".join(lines) + "\n"


def _option(action: argparse.Action) -> str:
    """A row of the table: the flag with its value, and its help."""
    value = str(action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper())
    several = "..." if action.nargs == "+" else ""
    flags = ", ".join(action.option_strings)
    shown = f"{flags} {value}" if flags and action.nargs != 0 else flags or value + several
    text = (action.help or "") % {"default": action.default, "prog": "didymium"}
    shown = shown.replace("|", "\\|")
    return f"| `{shown}` | {text} |"


def _alternatives(group: argparse._MutuallyExclusiveGroup) -> str:
    return ", ".join(f"`{action.option_strings[0]}`" for action in group._group_actions)


def api_page() -> str:
    """docs/api.md: every public name with its signature and docstring."""
    names = {name: getattr(didymium, name) for name in didymium.__all__}
    functions = {n: x for n, x in names.items() if inspect.isfunction(x)}
    classes = {n: x for n, x in names.items() if inspect.isclass(x)}
    errors = {n: x for n, x in classes.items() if issubclass(x, Exception)}
    parts = [
        "# Python",
        _INTRO,
        f"```python\n{_EXAMPLE}```",
        "## Functions",
        *(_function(f"didymium.{name}", f) for name, f in sorted(functions.items())),
        "## Classes",
        *(_class(name, c) for name, c in sorted(classes.items()) if name not in errors),
        "## Errors",
        "Every error is a `DidymiumError`; `exit_code` is what the command returns for it.",
        *(_error(name, c) for name, c in sorted(errors.items())),
    ]
    other = [n for n, x in names.items() if n not in functions and n not in classes and not isinstance(x, ModuleType)]
    assert not other, f"public names that the page does not know how to show: {other}"
    return "\n\n".join(parts) + "\n"


_INTRO = """Made from the signatures and docstrings of the public names by `make docs`; do not edit. The package is
typed. Amounts are t/year, money is million US dollars (M USD) of constant value, unless a name says otherwise."""
_EXAMPLE = """import didymium

inputs = didymium.read("inputs/allied.xlsx")
plan = didymium.solve(inputs, gap_percent=1, time_limit=300)
print(plan.cost, plan.status)
print(plan.investments)  # a DataFrame; plan["trade"], plan["prices"] and others likewise
plan.save("outputs/mine")
"""


def _function(name: str, function: object, level: str = "###") -> str:
    return f"{level} {name.rpartition('.')[2]}\n\n```python\n{signature(name, function)}\n```\n\n{_text(function)}"


def signature(name: str, function: object) -> str:
    """A signature on one line, or with one parameter a line where it is long."""
    found = inspect.signature(function)  # type: ignore[arg-type]
    parameters = [p for p in found.parameters.values() if p.name != "self"]
    result = found.return_annotation
    arrow = "" if result is inspect.Signature.empty or inspect.isclass(function) else f" -> {_annotation(result)}"
    shown, starred = [], False
    for p in parameters:
        if p.kind is p.KEYWORD_ONLY and not starred:
            shown.append("*")
            starred = True
        starred = starred or p.kind is p.VAR_POSITIONAL
        shown.append(_parameter(p))
    line = f"{name}({', '.join(shown)}){arrow}"
    return line if len(line) <= WIDTH else f"{name}(\n" + "".join(f"    {p},\n" for p in shown) + f"){arrow}"


def _parameter(p: inspect.Parameter) -> str:
    star = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
    typed = "" if p.annotation is p.empty else f": {_annotation(p.annotation)}"
    if p.default is p.empty:
        return f"{star}{p.name}{typed}"
    enum = isinstance(p.default, Enum)
    default = f"{type(p.default).__name__}.{p.default.name}" if enum else repr(p.default)
    default = "..." if "factory" in default else default
    return f"{p.name}{typed}{' = ' if typed else '='}{default}"


def _annotation(annotation: object) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def _class(name: str, class_: type) -> str:
    """A class with its fields or parameters, its properties and its methods."""
    parts = [f"### {name}", _text(class_)]
    if issubclass(class_, Enum):
        parts.append("One of: " + ", ".join(f"`{one.name}` ({one.value})" for one in class_) + ".")
    if hasattr(class_, "__dataclass_fields__"):
        parts.append(f"```python\n{signature(name, class_)}\n```")
    members = list(_members(class_))
    for kind in ("Properties", "Methods"):
        found = [(n, m) for n, m in members if isinstance(m, property) == (kind == "Properties")]
        if found:
            parts.append(f"{kind}:\n\n" + "\n".join(_member(n, m) for n, m in found))
    return "\n\n".join(parts)


def _members(class_: type) -> Iterator[tuple[str, object]]:
    """Public properties and methods, the class's own first, then those of the classes it is made from."""
    seen = set()
    for owner in class_.__mro__:
        if not owner.__module__.startswith("didymium"):
            continue
        for name, member in vars(owner).items():
            bound = isinstance(member, (classmethod, staticmethod))
            shown = not name.startswith("_") or name == "__getitem__"
            if shown and name not in seen and (bound or isinstance(member, property) or inspect.isfunction(member)):
                seen.add(name)
                yield name, getattr(class_, name) if bound else member


def _member(name: str, member: object) -> str:
    text = " ".join(_text(member).split())
    if isinstance(member, property):
        result = inspect.signature(member.fget).return_annotation  # type: ignore[arg-type]
        return f"- `{name}: {_annotation(result)}`. {text}".rstrip()
    shown = " ".join(signature(name, member).split()).replace("( ", "(").replace(", )", ")")
    return f"- `{shown}`. {text}".rstrip()


def _error(name: str, class_: type) -> str:
    return f"### {name}\n\nExit code {class_.exit_code}. {_text(class_)}"  # type: ignore[attr-defined]


def _text(of: object) -> str:
    """The docstring, without its indentation."""
    return inspect.getdoc(of) or ""

"""Scripts by which bash, zsh and fish complete the commands and flags of `didymium`, made from the parser itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag of a command: its spellings, its help, whether a value follows it, and the values where they are
    listed."""

    spellings: tuple[str, ...]
    help: str
    has_value: bool
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """A command, its flags, and the words that may stand without a flag where they are listed (else: files)."""

    name: str
    help: str
    flags: tuple[Flag, ...]
    words: tuple[str, ...] = ()


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the script for a shell: bash, zsh or fish."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](commands_of(parser), _flags(parser))


def commands_of(parser: argparse.ArgumentParser) -> list[Command]:
    """Return every command of a parser, in its order."""
    action = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    help_of = {a.dest: a.help or "" for a in action._choices_actions}
    return [
        Command(name, help_of[name], _flags(sub), tuple(word for a in sub._actions for word in _words(a)))
        for name, sub in action.choices.items()
    ]


def _words(action: argparse.Action) -> Iterator[str]:
    if not action.option_strings:
        yield from map(str, action.choices or ())


def _flags(parser: argparse.ArgumentParser) -> tuple[Flag, ...]:
    return tuple(
        Flag(tuple(a.option_strings), a.help or "", a.nargs != 0, tuple(map(str, a.choices or ())))
        for a in parser._actions
        if a.option_strings
    )


def _bash(commands: list[Command], flags: tuple[Flag, ...]) -> str:
    lines = [
        "# bash completion of didymium; `didymium completion --help` says where it goes",
        "_didymium() {",
        '    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}"',
        "    COMPREPLY=()",
        '    if [ "$COMP_CWORD" -eq 1 ]; then',
        "        " + _bash_reply([*(c.name for c in commands), *(s for flag in flags for s in flag.spellings)]),
        "        return",
        "    fi",
        '    case "$command $before" in',
        *(line for command in commands for flag in command.flags for line in _bash_values(command, flag)),
        "    esac",
        '    case "$command $word" in',
        *(line for command in commands for line in _bash_words(command)),
        "    esac",
        "}",
        "complete -o bashdefault -o default -F _didymium didymium",
    ]
    return "\n".join(lines) + "\n"


def _bash_values(command: Command, flag: Flag) -> Iterator[str]:
    """What may follow a flag: its listed values, or files, which bash itself offers where there is no reply."""
    if flag.has_value:
        reply = f"{_bash_reply(flag.choices)}; " if flag.choices else ""
        for spelling in flag.spellings:
            yield f'        "{command.name} {spelling}") {reply}return ;;'


def _bash_words(command: Command) -> Iterator[str]:
    """A flag where the word begins as one, else the command's own words, if it has any."""
    flags = [spelling for flag in command.flags for spelling in flag.spellings]
    yield f'        "{command.name} -"*) {_bash_reply(flags)} ;;'
    if command.words:
        yield f'        "{command.name} "*) {_bash_reply(command.words)} ;;'


def _bash_reply(words: Sequence[str]) -> str:
    return f'COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$word"))'


def _zsh(commands: list[Command], flags: tuple[Flag, ...]) -> str:
    lines = [
        "#compdef didymium",
        "# zsh completion of didymium; `didymium completion --help` says where it goes",
        "_didymium() {",
        "    local -a commands",
        "    commands=(",
        *(f"        {_quoted(c.name + ':' + c.help)}" for c in commands),
        "    )",
        "    if (( CURRENT == 2 )); then",
        "        _describe -t commands command commands",
        f"        compadd -- {' '.join(s for flag in flags for s in flag.spellings)}",
        "        return",
        "    fi",
        "    local command=$words[2]",
        "    shift words; (( CURRENT-- ))",
        "    case $command in",
    ]
    for command in commands:
        lines.append(f"        {command.name}) _arguments \\")
        lines += [f"            {_quoted(spec)} \\" for flag in command.flags for spec in _zsh_specs(flag)]
        values = f":word:({' '.join(command.words)})" if command.words else "*:file:_files"
        lines.append(f"            {_quoted(values)} ;;")
    lines += ["    esac", "}", "compdef _didymium didymium"]
    return "\n".join(lines) + "\n"


def _zsh_specs(flag: Flag) -> Iterator[str]:
    help_text = "".join(f"\\{c}" if c in "[]:\\" else c for c in flag.help)
    value = f":value:({' '.join(flag.choices)})" if flag.choices else ":value:_files" if flag.has_value else ""
    for spelling in flag.spellings:
        yield f"{spelling}[{help_text}]{value}"


def _fish(commands: list[Command], flags: tuple[Flag, ...]) -> str:
    lines = ["# fish completion of didymium; `didymium completion --help` says where it goes"]
    lines += [f"complete -c didymium -n __fish_use_subcommand {_fish_flag(flag)}" for flag in flags]
    for c in commands:
        lines.append(f"complete -c didymium -n __fish_use_subcommand -f -a {c.name} -d {_fish_quoted(c.help)}")
    for c in commands:
        when = f"-n '__fish_seen_subcommand_from {c.name}'"
        lines += [f"complete -c didymium {when} {_fish_flag(flag)}" for flag in c.flags]
        if c.words:
            lines.append(f"complete -c didymium {when} -f -a '{' '.join(c.words)}'")
    return "\n".join(lines) + "\n"


def _fish_flag(flag: Flag) -> str:
    spelt = " ".join(f"-l {s[2:]}" if s.startswith("--") else f"-s {s[1:]}" for s in flag.spellings)
    value = f" -x -a '{' '.join(flag.choices)}'" if flag.choices else " -r" if flag.has_value else ""
    return f"{spelt}{value} -d {_fish_quoted(flag.help)}"


def _quoted(text: str) -> str:
    """A text in single quotes, as bash and zsh read them."""
    return "'" + text.replace("'", "'\\''") + "'"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

"""``lensym --completion SHELL``: a script by which a shell completes verbs, options and the names that they take."""

from __future__ import annotations

import importlib

from lensym.cli import VERBS
from lensym.errors import unknown_name

_BASH = """_lensym() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" verb="${{COMP_WORDS[1]}}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="{verbs} --help --version --completion"
  elif [ "${{word#-}}" != "$word" ]; then
    case "$verb" in
{cases}
    esac
  fi
  if [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}}
complete -o filenames -F _lensym lensym"""

_ZSH = "autoload -U +X bashcompinit && bashcompinit\n"

SHELLS = {"bash": "", "zsh": _ZSH}
"""Shells, and what stands before bash's script in them."""


def completion(shell: str) -> str:
    """The script for a shell; files are completed where no verb or option is."""
    if shell not in SHELLS:
        raise unknown_name("shell", shell, SHELLS)
    cases = "\n".join(f'      {verb}) words="{" ".join(_options(verb))}" ;;' for verb in VERBS)
    return SHELLS[shell] + _BASH.format(verbs=" ".join(VERBS), cases=cases)


def _options(verb: str) -> list[str]:
    parser = importlib.import_module(f"lensym.cli.{verb}").VERB.parser()
    return [name for action in parser._actions for name in action.option_strings if name.startswith("--")]

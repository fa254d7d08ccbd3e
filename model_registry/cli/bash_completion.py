"""Completion for bash, which splits words at signs that references contain."""

from __future__ import annotations

import os

from click.shell_completion import BashComplete, add_completion_class, split_arg_string

_SOURCE = r"""
%(complete_func)s() {
    local line="${COMP_LINE:0:COMP_POINT}" last="${COMP_WORDS[COMP_CWORD]}" head type value
    # Bash splits words at signs such as @ and =, too, and replaces only what follows the last one.
    [[ "$COMP_WORDBREAKS" == *"$last"* ]] && last=
    head="${line##*[[:space:]]}"
    head="${head%%"$last"}"
    shopt -q hostcomplete && head="${head%%@}"  # then it replaces an @, too
    while IFS=, read -r type value; do
        case "$type" in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                printf -v value '%%q' "${value#"$head"}"
                COMPREPLY+=("$value")
                ;;
        esac
    done < <(env COMP_WORDS="$line" %(complete_var)s=bash_complete "$1" 2>/dev/null)
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class ReferenceBashComplete(BashComplete):
    """Completes whole words; the script leaves out what bash does not replace."""

    source_template = _SOURCE

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one to complete, and its begin."""
        line = os.environ["COMP_WORDS"]
        _, *words = split_arg_string(line)
        if not words or line[-1].isspace():
            return words, ""
        return words[:-1], words[-1]


def register() -> None:
    """Let Click use this completion for bash."""
    add_completion_class(ReferenceBashComplete)

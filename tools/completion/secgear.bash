# bash completion of secgear(1). Words and options are asked of the command: its help is their only source.
_secgear_words() { # the words that may come first, or the options and words of subcommand $1
    if [ $# -eq 0 ]; then
        secgear --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p'
        printf '%s\n' --help --version
    else
        secgear "$1" --help 2>/dev/null | sed -n "s/^.*secgear $1 \([a-z][a-z|-]*\)\( .*\|\)$/\1/p" | tr '|' '\n' | sort -u
        secgear "$1" --help 2>/dev/null | grep -oE -e '--[a-z][a-z-]*' | sort -u
    fi
}

_secgear() {
    local current=${COMP_WORDS[COMP_CWORD]} line
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_secgear_words)" -- "$current")
        return
    fi
    case $current in
    -*) mapfile -t COMPREPLY < <(compgen -W "$(_secgear_words "${COMP_WORDS[1]}" | grep '^-')" -- "$current") ;;
    *)
        [ "$COMP_CWORD" -gt 2 ] || mapfile -t COMPREPLY < <(compgen -W "$(_secgear_words "${COMP_WORDS[1]}" | grep -v '^-')" -- "$current")
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
        ;;
    esac
}
complete -o filenames -F _secgear secgear

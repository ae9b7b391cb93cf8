#compdef secgear
# zsh completion of secgear(1). Words and options are asked of the command: its help is their only source.
_secgear_commands() { # "name:what it does", one a line
    secgear --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\)  *\(.*\)/\1:\2/p'
}

_secgear_words() { # the options and words of subcommand $1
    secgear "$1" --help 2>/dev/null | sed -n "s/^.*secgear $1 \([a-z][a-z|-]*\)\( .*\|\)$/\1/p" | tr '|' '\n' | sort -u
    secgear "$1" --help 2>/dev/null | grep -oE -e '--[a-z][a-z-]*' | sort -u
}

_secgear() {
    local -a commands words_of
    if (( CURRENT == 2 )); then
        commands=("${(@f)$(_secgear_commands)}")
        _describe 'subcommand' commands
        return
    fi
    words_of=("${(@f)$(_secgear_words "$words[2]")}")
    if [[ $words[CURRENT] == -* ]]; then
        compadd -- ${(M)words_of:#-*}
    else
        (( CURRENT > 3 )) || compadd -- ${words_of:#-*}
        _files
    fi
}

[[ $zsh_eval_context == *file* ]] || _secgear "$@"

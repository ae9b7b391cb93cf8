# fish completion of secgear(1). Words and options are asked of the command: its help is their only source.
function __secgear_commands
    secgear --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\)  *\(.*\)/\1\t\2/p'
end

function __secgear_words
    set -l words (commandline -opc)
    set -q words[2]; or return
    if test (count $words) -eq 2
        secgear $words[2] --help 2>/dev/null | sed -n "s/^.*secgear $words[2] \([a-z][a-z|-]*\)\( .*\|\)\$/\1/p" | tr '|' '\n' | sort -u
    end
    secgear $words[2] --help 2>/dev/null | grep -oE -e '--[a-z][a-z-]*' | sort -u
end

complete -c secgear -n 'test (count (commandline -opc)) -eq 1' -f -a '(__secgear_commands)'
complete -c secgear -n 'test (count (commandline -opc)) -gt 1' -a '(__secgear_words)'

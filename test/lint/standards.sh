#!/bin/sh
# Each standard, and each section of it, that a comment or document cites is listed in
# docs/standards.md.
list=docs/standards.md
cited=$(grep -rhoE --include='*.[ch]' --include='*.md' --include='*.py' --exclude=standards.md \
    '(RFC [0-9]{4}|SP 800-[0-9]+[A-Z]?|FIPS [0-9]+-?[0-9]*|SEC 1|X\.[0-9]{3})(, [A-Z]?[0-9]+(\.[0-9]+)*)?' \
    include common lib* tee_device tools codegen attestation test docs samples | sort -u)
echo "$cited" | {
    status=0
    while read -r citation; do
        standard=${citation%%,*}
        section=${citation#"$standard"}
        row=$(grep -F "| $standard |" $list) || { echo "$list: $standard is missing"; status=1; continue; }
        case " $(echo "$row" | tr ',|' '  ') " in
        *" ${section#, } "*) ;;
        *) [ -z "$section" ] || { echo "$list: $citation is missing"; status=1; } ;;
        esac
    done
    exit $status
}

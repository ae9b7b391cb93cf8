#!/bin/sh
# Each exported function of include/ has a comment with the labels of CONTRIBUTING.md in their order,
# and that describes its parameters by name, in their order.
cat include/*.h >/dev/null && awk '
function bad(why) { print FILENAME ":" FNR ": " why; failed = 1 }
function arguments(text,    depth, count, i, c) { # of the first parenthesis
    sub(/^[^(]*\(/, "", text); depth = 1; count = 1
    if (text ~ /^(void)?\)/) return 0
    for (i = 1; depth > 0 && i <= length(text); i++) {
        c = substr(text, i, 1)
        depth += (c == "(") - (c == ")")
        count += c == "," && depth == 1
    }
    return count - (text ~ /, *\.\.\./)
}
function check(    i, at, found, rest) {
    gsub(/__attribute__ *\(\((visibility\("default"\)|format\([a-z]+, [0-9], [0-9]\))\)\)/, "", text)
    if (!have) { bad("an exported function without a comment: " text); return }
    if (labels != " returns owner threads source sample")
        bad("labels are not returns, owner, threads, source, sample:" labels)
    if (arguments(text) != count) bad("describes " count " of " arguments(text) " parameters: " text)
    rest = text
    for (i = 1; i <= count; i++) {
        at = match(rest, "[^a-z_]" names[i] "[^a-z_0-9]")
        if (!at) bad("no parameter, or not here: " names[i])
        else rest = substr(rest, at + 1)
    }
}
FNR == 1 { inside = have = statement = 0 }
/^\/\*\*$/ { inside = 1; have = 0; count = 0; labels = ""; next }
inside && /^ \* (in|out|in\/out) +[a-z_]/ { if (labels != "") bad("parameters come first"); names[++count] = $3 }
inside && /^ \* (returns|owner|threads|source|sample)( |$)/ { labels = labels " " $2 }
inside && /^ \*\/$/ { inside = 0; have = 1; next }
!inside && !statement && (have || /^(CC_API_SPEC|__attribute__\(\(visibility)/) && /^[a-z_A-Z]/ { statement = 1; text = "" }
statement { text = text " " $0; if (/;/) { check(); statement = have = 0 } }
END { exit failed }' include/*.h

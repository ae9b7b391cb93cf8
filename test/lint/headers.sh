#!/bin/sh
# Each public header compiles alone, as C99 and as C++17.
status=0
alone() { # compiler language standard header
    printf '#include "%s"\n' "$4" | "$1" -x "$2" -std="$3" -D_DEFAULT_SOURCE -Wall -Wextra -Werror \
        -Iinclude -fsyntax-only - || { echo "include/$4: does not compile alone as $3"; status=1; }
}
cxx=${CXX:-c++}
command -v "$cxx" >/dev/null 2>&1 || { echo "skipped: C++17, no C++ compiler"; cxx=; }
for header in include/*.h; do
    alone "${CC:-cc}" c c99 "${header#include/}"
    [ -z "$cxx" ] || alone "$cxx" c++ c++17 "${header#include/}"
done
exit $status

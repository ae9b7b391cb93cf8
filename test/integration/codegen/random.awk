# Prints an EDL file of `count` random functions on each side, from `seed`; the types of
# plain_types.h are known to it.
function one_of(list,    parts, n) { n = split(list, parts, "|"); return parts[int(rand() * n) + 1] }
function add(text) { params = params (params == "" ? "" : ", ") text }
function amount(word, i,    name) {
    if (rand() < 0.3)
        return ", " word "=" int(rand() * 40)
    name = substr(word, 1, 1) i
    behind = behind ", " one_of(INTEGERS) " " name
    return ", " word "=" name
}
function param(i,    kind, direction, type, attributes) {
    kind = rand(); behind = ""
    direction = one_of("in|out|in, out")
    type = one_of(TYPES)
    if (kind < 0.25) {
        add(type " p" i)
    } else if (kind < 0.4) {
        type = one_of(TYPES "|struct d|struct dd")
        if (type ~ /struct d/ && direction == "out") direction = "in, out"
        add("[" direction "] " type " p" i "[" int(rand() * 4 + 1) "]" (rand() < 0.5 ? "[3]" : ""))
    } else if (kind < 0.5) {
        if (direction == "out") direction = "in"
        add("[" direction one_of(", string] char|, wstring] wchar_t") " *p" i)
    } else if (kind < 0.6) {
        add("[" direction one_of(", isary] four|, isptr, count=2] int_ptr") " p" i)
    } else if (kind < 0.65) {
        add("[in, isptr, readonly, size=4] const_int_ptr p" i)
    } else if (kind < 0.7) {
        add("[user_check] " type " *p" i)
    } else {
        type = one_of(TYPES "|struct d|struct dd|void")
        if (type ~ /struct d/ && direction == "out") direction = "in"
        attributes = direction
        if (type == "void" || rand() < 0.5) attributes = attributes amount("size", i)
        if (rand() < 0.5) attributes = attributes amount("count", i)
        add("[" attributes "] " (direction == "in" && rand() < 0.5 ? "const " : "") type " *p" i behind)
    }
}
function declare(name,    i, n) {
    params = ""
    n = int(rand() * 7)
    for (i = 0; i < n; i++) param(i)
    return one_of(TYPES "|void|void|void") " " name "(" params ")"
}
BEGIN {
    srand(seed)
    INTEGERS = "int|unsigned|size_t|int64_t|uint8_t|enum e|long|bool|char|wchar_t"
    TYPES = "char|unsigned char|short|int|unsigned|long long|unsigned long|float|double|long double" \
            "|int8_t|uint64_t|size_t|wchar_t|bool|enum e|struct p|union u|struct nest|struct hp"
    print "enclave {\n    include \"stdbool.h\"\n    include \"plain_types.h\""
    print "    enum e { A0, B0 = 7, C0 = B0 };\n    struct p { char c; long l; };"
    print "    union u { int i; double d; };"
    print "    struct nest { struct p a; uint8_t b[3]; struct p cs[2][2]; union u v; };"
    print "    struct hp { int *raw; struct hp *next; char *arr[3]; struct inner i; int n; };"
    print "    struct inner { void *vp; short s; };"
    print "    struct d { [size=n] void *v; int n; [count=m] struct p *ps; unsigned m;"
    print "        [size=4, count=m] uint8_t *x; [size=10] char *t; int *plain; struct inner in; };"
    print "    struct dd { [count=k] struct d *ds; uint8_t k; struct d two[2]; bool b; long double l;"
    print "        [count=2] struct hp *hps; [size=64] struct nest *nests; [count=k] bool *bs; };"
    print "    trusted {"
    for (f = 0; f < count; f++) print "        public " declare("ecall" f) ";"
    print "    };\n    untrusted {"
    for (f = 0; f < count; f++)
        print "        " declare("ocall" f) one_of("| propagate_errno| allow(ecall0)") ";"
    print "    };\n};"
}

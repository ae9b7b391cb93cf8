/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What the EDL compiler accepts and refuses, mode by mode, with the whole text and the place. Each
 * row is the inside of `trusted { ... };`, or with @ of a whole file; `~` stands where the message
 * points.
 */
#include "compile.h"

#define ANY ((enum mode)99)
#define PLAIN ((enum mode)98) /* trustzone and penglai */
#define RICH ((enum mode)97)  /* sgx and secgear */

struct row {
    enum mode mode;
    const char *text;
    const char *message; /* an error's, unless it begins with "warning: "; NULL: accepted */
};

static const struct row ROWS[] = {
    /* directions */
    {ANY, "public void f([in] int *p);", NULL},
    {ANY, "public void f([out] int *p);", NULL},
    {ANY, "public void f([in, out] int *p);", NULL},
    {ANY, "public void f(int *~p);",
     "pointer/array should have direction attribute or `user_check'"},
    {ANY, "public void f(int ~a[2]);",
     "pointer/array should have direction attribute or `user_check'"},
    {ANY, "public void f([in, ~in] int *p);", "duplicated attribute: `in'"},
    {ANY, "public void f([out, in, ~out] int *p);", "duplicated attribute: `out'"},
    {ANY, "public void f([in, size=1, ~size=2] int *p);", "duplicated attribute: `size'"},
    {ANY, "public void f([in, count=1, ~count=2] int *p);", "duplicated attribute: `count'"},
    {ANY, "public void f([~foo] int *p);", "unknown attribute: foo"},
    {ANY, "public void f([~un] int *p);", "unknown attribute: un - did you mean `in'?"},
    {ANY, "public void f([~] int *p);", "no attribute specified."},
    {ANY, "public void f([in] int ~x);", "unexpected pointer attributes for `int'"},
    {ANY, "public void f([in] my_t ~x);",
     "`my_t' is considered plain type but decorated with pointer attributes"},
    {ANY, "public void f(void ~x);", "parameter `x' has `void' type."},
    /* size and count */
    {ANY, "public void f([in, size=n] int *p, size_t n);", NULL},
    {ANY, "public void f([in, size=8, count=n] int *p, my_len_t n);", NULL},
    {ANY, "public void f([size=4] int *~p);",
     "size/string attributes must be used with pointer direction"},
    {ANY, "public void f([in, size=~zz] int *p);", "parameter `zz' not found."},
    {ANY, "public void f([in, count=~zz] int *p);", "parameter `zz' not found."},
    {ANY, "public void f([in, size=~q] int *p, [in] int *q);",
     "`size' names `q', which is no integer by value"},
    {ANY, "public void f([in, size=~d] int *p, double d);",
     "`size' names `d', which is no integer by value"},
    {ANY, "public void f([in, size=~p] int *p);", "`size' names `p', which is no integer by value"},
    {ANY, "public void f([in, size=~99999999999999999999] int *p);", "`size' is too large"},
    {ANY, "public void f([in, ~size] int *p);", "`size' needs a value: size=N or size=parameter"},
    {ANY, "public void f([in=~3] int *p);", "`in' takes no value"},
    {ANY, "public void f([in, size=~0x10] int *p);",
     "unexpected token: 0x10 (numbers are decimal, without sign or suffix)"},
    {ANY, "public void f([in, ~sizefunc=g] int *p);",
     "The attribute 'sizefunc' is deprecated. Please use 'size' attribute instead."},
    {ANY, "public void f([in] void *~p);", "`f': void pointer `p' - buffer size unknown"},
    {ANY, "public void f([in, count=3] void *~p);", "`f': void pointer `p' - buffer size unknown"},
    {ANY, "public void f([in, size=3] void *p);", NULL},
    /* text */
    {ANY, "public void f([in, string] char *s);", NULL},
    {ANY, "public void f([in, out, string] char *s);", NULL},
    {ANY, "public void f([in, wstring] wchar_t *s);", NULL},
    {ANY, "public void f([out, string] char *~s);",
     "string/wstring should be used with an `in' attribute"},
    {ANY, "public void f([in, string, size=3] char *~s);",
     "size attributes are mutual exclusive with (w)string attribute"},
    {ANY, "public void f([in, string, wstring] char *~s);",
     "`string' and `wstring' are mutual exclusive"},
    {ANY, "public void f([in, string] int *~s);",
     "`f': invalid `string' attribute - `s' is not char pointer."},
    {ANY, "public void f([in, wstring] char *~s);",
     "`f': invalid `wstring' attribute - `s' is not wchar_t pointer."},
    {ANY, "public void f([string] char *~s);",
     "size/string attributes must be used with pointer direction"},
    /* const */
    {ANY, "public void f([in] const int *p);", NULL},
    {ANY, "public void f([out] const int *~p);",
     "`f': `p' is readonly - cannot be used with `out'"},
    {ANY, "public void f([in, out] const int *~p);",
     "`f': `p' is readonly - cannot be used with `out'"},
    {ANY, "public void f(const int ~x);", "`const' needs a pointer"},
    /* arrays */
    {ANY, "public void f([in] int a[2][3]);", NULL},
    {ANY, "public void f([in, size=4] int ~a[2]);",
     "`f': invalid `size' attribute - `a' is explicitly declared array."},
    {ANY, "public void f([in, count=4] int ~a[2]);",
     "`f': invalid `count' attribute - `a' is explicitly declared array."},
    {ANY, "public void f([in] int a[~]);", "Flexible array is not supported."},
    {ANY, "public void f([in] int a[~0]);", "Zero-length array is not supported."},
    {ANY, "public void f([in] int *~a[2]);",
     "`f': Pointer array not allowed - `a' is a pointer array."},
    {ANY, "public int f~[3]();", "f: returning an array is not supported - use pointer instead."},
    /* foreign types */
    {ANY, "public void f([in, isptr] ptr_t p);", NULL},
    {ANY, "public void f([in, isptr, readonly] ptr_t p);", NULL},
    {ANY, "public void f([in, isary] arr_t a);", NULL},
    {ANY, "public void f([in, isptr] int *~p);",
     "`isptr', attributes are only for user defined type, not for `int*'."},
    {ANY, "public void f([in, isary, isptr] x_t ~p);",
     "`isary' cannot be used with `isptr' together"},
    {ANY, "public void f([in, isary, string] x_t ~p);",
     "`isary' cannot be used with `string/wstring' together"},
    {ANY, "public void f([in, isary, size=3] x_t ~p);",
     "Pointer size attributes cannot be used with foreign array"},
    {ANY, "public void f([in, readonly] x_t *~p);",
     "`readonly' attribute is only used with `isptr' attribute."},
    {ANY, "public void f([out, isptr, readonly] x_t ~p);",
     "`f': `p' is readonly - cannot be used with `out'"},
    {ANY, "public void f([in, isary] arr_t ~a[2]);",
     "`f': invalid `isary' attribute - `a' is explicitly declared array."},
    /* names */
    {ANY, "public void f(int a, int ~a);", "two parameters are called `a'"},
    {ANY, "public void f(int ~while);",
     "`while' is reserved in C or in generated code - choose another name"},
    {ANY, "public void f(int ~cc_e_x);",
     "`cc_e_x' is reserved in C or in generated code - choose another name"},
    {ANY, "public void f(int ~class);",
     "warning: `class' is a word of C++: generated code does not compile there"},
    {ANY, "@struct s { int ~new; }; trusted { public void f(); };",
     "warning: `new' is a word of C++: generated code does not compile there"},
    {ANY, "public void f(x_t ~x_t);", "parameter `x_t' hides the type of that name"},
    {ANY, "public void f(int ret, int in_buf, int out_buf, int ms, int retval, int result);", NULL},
    {ANY, "public void f(); public int ~f();", "Multiple definition of function \"f\" detected."},
    {ANY, "public void f(~signed char x);",
     "unexpected token: signed - EDL has int8_t, short, int and long, which are"},
    {ANY, "public void ~memcpy();", "`memcpy' is a function of the C library"},
    {RICH, "public void ~f() transition_using_threads; public void f_async();",
     "`f' makes a function `f_async', which this file has already"},
    {ANY, "public void ~strtoull();", "`strtoull' is a function of the C library"},
    {ANY, "public void ~pthread_self();", "`pthread_self' is a function of the C library"},
    {ANY, "public void f(int ~bool);",
     "`bool' is reserved in C or in generated code - choose another name"},
    {ANY, "@struct s { int a; }; trusted { public void f(union ~s u); };",
     "`union s' is declared as `struct s'"},
    {ANY, "@union u { int a; }; struct s { enum ~u a; }; trusted { public void f(); };",
     "`enum u' is declared as `union u'"},
    {ANY, "@struct f { int a; }; trusted { public void ~f(); };",
     "`f' is a type of this file as well"},
    {ANY, "@enum e { ~f }; trusted { public void f(); };",
     "enumerator `f' is a function or type of this file as well"},
    /* functions */
    {MODE_TRUSTZONE, "public void f(); void ~g();",
     "g :Trustzone mode is not support 'private' feature"},
    {MODE_PENGLAI, "public void f(); void ~g();",
     "g :PengLai mode is not support 'private' feature"},
    {RICH, "public void f(); void ~g();", "warning: private ECALL `g' is not used by any OCALL"},
    {RICH, "public void f([user_check] void *p);", NULL},
    {MODE_TRUSTZONE, "public void f([user_check] void *~p);",
     "f :Trustzone mode is not support 'user_check' feature"},
    {MODE_PENGLAI, "public void f([user_check] void *~p);",
     "f :PengLai mode is not support 'user_check' feature"},
    {ANY, "public void f([in, user_check] void *~p);",
     "pointer direction and `user_check' are mutual exclusive"},
    {MODE_PENGLAI, "public void ~f() transition_using_threads;",
     "f :PengLai mode is not support 'switchless' feature"},
    {RICH, "public void f() transition_using_threads;", NULL},
    {MODE_TRUSTZONE, "public void f() transition_using_threads;", NULL},
    {RICH, "void f();", "the enclave `a' contains no public root ECALL."},
    {ANY, "", "the enclave `a' contains no public root ECALL."},
    {MODE_SECGEAR, "public ~int *f();",
     "`f' returns a pointer, which has no meaning on the other side - use an [out] parameter"},
    {MODE_SGX, "public ~int *f();",
     "warning: `f' returns a pointer, which has no meaning on the other side"},
    {MODE_SECGEAR, "public int f([in] char **~p);",
     "`f': `p' is a pointer to pointers, which have no meaning on the other side - pass the data "
     "itself, or uint64_t for a number"},
    {MODE_SGX, "public int f([in] char **~p);",
     "warning: `f': `p' points to pointers: they are copied as numbers, not what they point to"},
    /* syntax */
    {ANY, "public int f(int~)", "unexpected token: ), expected a name"},
    {ANY, "public int f(int a,~);", "unexpected token: ), expected a type"},
    {ANY, "public int f(int a) ~extra;", "unexpected token: extra, expected `;'"},
    {ANY, "~private int f();",
     "unexpected token: private - a function without `public' is private"},
    {ANY, "public int f(); ~$", "unexpected token: $"},
    {ANY, "public int f(); ~/* ", "unterminated comment"},
    {ANY, "include ~\"a", "unterminated string"},
    /* untrusted functions */
    {ANY, "@trusted { public void f(); }; untrusted { void o([in] int *p) propagate_errno; };",
     NULL},
    {RICH, "@trusted { public void f(); void g(); }; untrusted { void o() allow(g); };", NULL},
    {ANY, "@trusted { public void f(); }; untrusted { void o() allow(~zz); };",
     "\"o\" declared to allow unknown function \"zz\"."},
    {ANY, "@trusted { public void f(); }; untrusted { void o() allow(~o); };",
     "\"o\" declared to allow unknown function \"o\"."},
    {ANY, "@trusted { public void f(); }; untrusted { [~zz] void o(); };",
     "invalid function attribute: zz"},
    {ANY, "@trusted { public void f(); }; untrusted { [stdcall, ~cdecl] void o(); };",
     "unexpected `cdecl',  conflict with `STDCALL'."},
    {MODE_TRUSTZONE, "@trusted { public void f(); }; untrusted { [dllimport] void ~o(); };",
     "o:Trustzone mode is not support dllimport"},
    {RICH, "@trusted { public void f(); }; untrusted { [dllimport] void o(); };", NULL},
    {ANY, "@trusted { public void f(); }; untrusted { void ~f(); };",
     "Multiple definition of function \"f\" detected."},
    /* composite types */
    {ANY, "@struct s { int a; }; trusted { public struct s f(struct s s, [in] struct s *p); };",
     NULL},
    {ANY, "@struct s { ~}; trusted { public void f(); };",
     "unexpected token: }, expected a member"},
    {ANY, "@struct s { int a; }; struct ~s { int a; }; trusted { public void f(); };",
     "duplicated structure definition `s'"},
    {ANY, "@struct s { int a; int ~a; }; trusted { public void f(); };",
     "two members are called `a'"},
    {ANY, "@struct s { void ~a; }; trusted { public void f(); };",
     "struct member `a' has `void' type."},
    {ANY, "@union s { void ~a; }; trusted { public void f(); };",
     "union member `a' has `void' type."},
    {ANY, "@struct s { [in] int *~a; }; trusted { public void f(); };",
     "direction attribute is not allowed for structure member."},
    {ANY, "@struct s { [string] char *~a; }; trusted { public void f(); };",
     "`string', attribute is not allowed for structure member."},
    {ANY, "@struct s { [isptr] p_t ~a; }; trusted { public void f(); };",
     "`isptr', attribute is not allowed for structure member."},
    {ANY, "@struct s { [size=~zz] int *a; }; trusted { public void f(); };",
     "member `zz' not found."},
    {ANY, "@struct s { [size=16] int *a; }; trusted { public void f([in] struct s *s); };", NULL},
    {ANY, "@struct s { [size=n] int *a; int n; }; trusted { public void f(struct s ~s); };",
     "the structure declaration \"s\" specifies a deep copy is expected. Referenced by value in "
     "function \"f\" detected."},
    {ANY, "@struct s { [size=n] int *a; int n; }; trusted { public void f([out] struct s *~s); };",
     "the structure declaration \"s\" specifies a deep copy, should not be used with an `out' "
     "attribute in function \"f\"."},
    {ANY, "@struct s { [size=n] int *a; int n; }; trusted { public void f([in] ~s *p); };",
     "`s' in function `f' is a structure and it specifies a deep copy. Use `struct s' instead."},
    {ANY, "@struct s { int *a; }; trusted { public void f(struct s ~s); };",
     "warning: the structure declaration \"s\" has pointers and is referenced by value in function "
     "\"f\". Part of the data may not be copied."},
    {ANY, "@struct s { struct s ~a; }; trusted { public void f(); };", "`s' contains itself"},
    {ANY, "@struct s { struct t a; }; struct t { struct s ~a; }; trusted { public void f(); };",
     "`s' contains itself"},
    {ANY, "@struct s { struct s *next; }; trusted { public void f(); };", NULL},
    {ANY, "@enum e { A, B = 3, C = B }; trusted { public void f(enum e e); };", NULL},
    {ANY, "@enum { A }; trusted { public void f(); };", NULL},
    {ANY, "@enum e { A, ~A }; trusted { public void f(); };", "duplicated enumerator `A'"},
    {ANY, "@enum e { A, ~}; trusted { public void f(); };",
     "unexpected token: }, expected an enumerator"},
    {ANY, "@enum e { ~A = 99999999999 }; trusted { public void f(); };",
     "enumerator `A' does not fit an int"},
    {ANY, "@from ~\"a.edl\" import *; trusted { public void f(); };",
     "detected circled import for `a.edl'"},
    /* grammar */
    {ANY,
     "@trusted { include \"x.h\" public void f(); }; untrusted { include \"y.h\" void o(); }; "
     "trusted { };",
     NULL},
    {ANY, "@trusted { public void f() ~};", "unexpected token: }, expected `;'"},
    {ANY, "@trusted { public void f(); } ~include \"x.h\"",
     "unexpected token: include, expected `;'"},
    {ANY, "@trusted ~public void f();", "unexpected token: public, expected `{'"},
    {ANY, "@include ~x.h trusted { public void f(); };",
     "unexpected token: x, expected a header in quotes"},
    {ANY, "@include ~\"\" trusted { public void f(); };",
     "unexpected token: , expected a header in quotes"},
    {ANY, "@from \"b.edl\" import ~; trusted { public void f(); };",
     "unexpected token: ;, expected a function's name or `*'"},
    {ANY, "@~import \"b.edl\"; trusted { public void f(); };",
     "unexpected token: import, expected include, from, struct, union, enum, trusted, untrusted or "
     "the closing `}'"},
    {ANY, "@~trsuted { public void f(); };",
     "unexpected token: trsuted, expected include, from, struct, union, enum, trusted, untrusted "
     "or the closing `}' - did you mean `trusted'?"},
    {ANY, "~pubic void f();", "unexpected token: pubic - did you mean `public'?"},
    {ANY,
     "public unsigned short int f(unsigned a, long int b, unsigned long long c, long double d);",
     NULL},
    {ANY, "public int f(unsigned long ~double x);", "unexpected token: double, expected a name"},
    {ANY, "public int f([in, size=~-1] int *p);", "unexpected token: -"},
    {ANY, "public int f([in, size=n~+1] int *p, int n);", "unexpected token: +"},
    {ANY, "public int f(int a[1~+1]);", "unexpected token: +"},
    {ANY, "public int f(int a[~n], int n);", "unexpected token: n, expected a decimal number"},
    {ANY, "public int f(int ~(*p)(int));", "unexpected token: (, expected a name"},
    {ANY, "public int f(int a, ~...);", "unexpected token: ..."},
    {ANY, "@struct s { int a ~: 3; }; trusted { public void f(); };", "unexpected token: :"},
    {ANY, "@struct s { struct ~{ int a; } b; }; trusted { public void f(); };",
     "unexpected token: {, expected a name"},
    {ANY, "@struct s { int a; } ~x; trusted { public void f(); };",
     "unexpected token: x, expected `;'"},
    {ANY, "@enum e { A = ~-1 }; trusted { public void f(); };", "unexpected token: -"},
    {ANY, "@enum e { ~}; trusted { public void f(); };",
     "unexpected token: }, expected an enumerator"},
    {ANY, "@enum e { A = 1 ~B }; trusted { public void f(); };",
     "unexpected token: B, expected `,' or `}'"},
    {ANY, "public int f(int a) ~allow(f);", "unexpected token: allow, expected `;'"},
    {ANY, "public int f(int a) ~propagate_errno;",
     "unexpected token: propagate_errno, expected `;'"},
    {ANY, "@trusted { public void f(); }; untrusted { ~public void o(); };",
     "unexpected token: public, expected a type"},
    {RICH,
     "@trusted { public void f(); }; untrusted { void o() allow() propagate_errno "
     "transition_using_threads; void p() transition_using_threads propagate_errno; };",
     NULL},
    {ANY,
     "@trusted { public void f(); }; untrusted { void o() propagate_errno ~propagate_errno; };",
     "unexpected token: propagate_errno, expected `;'"},
    {ANY, "@trusted { public void f(); }; untrusted { [cdecl, cdecl] void o(); };", NULL},
    {ANY, "@trusted { public void f(); }; untrusted { [~cdcel] void o(); };",
     "invalid function attribute: cdcel - did you mean `cdecl'?"},
    {ANY, "public void f(const int *~p);",
     "pointer/array should have direction attribute or `user_check'"},
    {ANY, "public void f([in] int ~const *p);", "unexpected token: const, expected a name"},
    /* attributes */
    {ANY, "public void f([in, size=~len] int *p, int lem);",
     "parameter `len' not found. - did you mean `lem'?"},
    {ANY, "public void f([in, wstring] wchar_t *a, [in, string] char *b);", NULL},
    {ANY, "public void f([out, wstring] wchar_t *~a);",
     "string/wstring should be used with an `in' attribute"},
    {ANY, "public void f([in, string, count=3] char *~s);",
     "size attributes are mutual exclusive with (w)string attribute"},
    {ANY, "public void f([in, wstring, size=3] wchar_t *~s);",
     "size attributes are mutual exclusive with (w)string attribute"},
    {MODE_SGX, "public void f([in, count=n] void **~p, int n);",
     "warning: `f': `p' points to pointers: they are copied as numbers, not what they point to"},
    {ANY, "public void f([in, user_check, size=3] int *~p);",
     "pointer direction and `user_check' are mutual exclusive"},
    {RICH, "public void f([user_check, size=3] int *~p);",
     "size/string attributes must be used with pointer direction"},
    {ANY, "public void f([in, string] char ~s[4]);",
     "`f': invalid `string' attribute - `s' is explicitly declared array."},
    {ANY, "public void f([in, isary] int ~a);",
     "`isary', attributes are only for user defined type, not for `int'."},
    {ANY, "public void f([in, isptr, string] text_t s);", NULL},
    {ANY, "public void f([in, isptr] p_t ~a[2]);",
     "`f': Pointer array not allowed - `a' is a pointer array."},
    {ANY, "public void f([in, count=n, size=n] int *p, unsigned n, [out, count=8] double *q);",
     NULL},
    {ANY, "public void f([in, size=b] int *p, bool b);", NULL},
    {ANY, "public void f([in, size=e] int *p, enum e e);", NULL},
    {ANY, "public void f([in, size=~s] int *p, struct s s);",
     "`size' names `s', which is no integer by value"},
    /* structures */
    {ANY,
     "@struct s { [size=n, count=2] int *a; size_t n; }; trusted { public void f([in] struct s *s, "
     "[in, out, count=3] struct s *t, [in] struct s u[2]); };",
     NULL},
    {ANY,
     "@struct s { [count=2] int *a; }; struct t { struct s s; struct s more[2]; [count=1] struct s "
     "*p; }; trusted { public void f([in, out] struct t *t); };",
     NULL},
    {ANY,
     "@struct s { [count=2] int *a; }; struct t { struct s s; }; trusted { public void f(struct t "
     "~t); };",
     "the structure declaration \"t\" specifies a deep copy is expected. Referenced by value in "
     "function \"f\" detected."},
    {ANY, "@struct s { [count=2] int *a; }; trusted { public struct ~s f(); };",
     "the structure declaration \"s\" specifies a deep copy is expected. Referenced by value in "
     "function \"f\" detected."},
    {ANY, "@struct s { [count=1] struct s *~next; }; trusted { public void f(); };",
     "`next' leads back to \"s\": a deep copy can not follow a chain of unknown length - pass an "
     "array"},
    {ANY,
     "@struct s { [count=1] struct t *t; }; struct t { [count=1] struct s *~s; }; trusted { public "
     "void f(); };",
     "`s' leads back to \"s\": a deep copy can not follow a chain of unknown length - pass an "
     "array"},
    {ANY, "@struct s { [out] int *~a; }; trusted { public void f(); };",
     "direction attribute is not allowed for structure member."},
    {RICH, "@struct s { [user_check] int *~a; }; trusted { public void f(); };",
     "direction attribute is not allowed for structure member."},
    {ANY, "@struct s { [isary] a_t ~a; }; trusted { public void f(); };",
     "`isary', attribute is not allowed for structure member."},
    {ANY, "@struct s { [readonly] a_t ~a; }; trusted { public void f(); };",
     "`readonly', attribute is not allowed for structure member."},
    {ANY, "@struct s { [wstring] wchar_t *~a; }; trusted { public void f(); };",
     "`wstring', attribute is not allowed for structure member."},
    {ANY, "@struct s { [~] int *a; }; trusted { public void f(); };", "no attribute specified."},
    {ANY, "@struct s { [size=4] int ~a; }; trusted { public void f(); };",
     "unexpected pointer attributes for `int'"},
    {ANY, "@struct s { [size=4] int ~a[2]; }; trusted { public void f(); };",
     "`s': invalid `size' attribute - `a' is explicitly declared array."},
    {ANY, "@struct s { [count=4] int **~a; }; trusted { public void f(); };",
     "a pointer to pointers can not be copied with its structure"},
    {ANY, "@struct s { [count=4] void *~a; }; trusted { public void f(); };",
     "`s': void pointer `a' - buffer size unknown"},
    {ANY, "@struct s { [count=~b] int *a; int *b; }; trusted { public void f(); };",
     "`count' names `b', which is no integer by value"},
    {ANY, "@struct s { [size=~lne] int *a; int len; }; trusted { public void f(); };",
     "member `lne' not found. - did you mean `len'?"},
    {ANY, "@struct s { int a[~]; }; trusted { public void f(); };",
     "Flexible array is not supported."},
    {ANY, "@struct s { int a[~0]; }; trusted { public void f(); };",
     "Zero-length array is not supported."},
    {ANY, "@struct s { const int *~a; }; trusted { public void f(); };",
     "`const' is not allowed for a member"},
    {ANY, "@union u { [size=4] int *~a; }; trusted { public void f(); };",
     "size/count attributes are not allowed for union member."},
    {MODE_SECGEAR, "@union u { int *~a; int b; }; trusted { public void f(); };",
     "`a' is a pointer in a union, and would show an address to the other side - use uint64_t for "
     "a number, or a struct"},
    {MODE_SGX, "@union u { int *~a; int b; }; trusted { public void f(); };",
     "warning: `a' is a pointer in a union, and shows an address to the other side"},
    {ANY, "@struct s { int *a; }; union u { struct s ~s; int b; }; trusted { public void f(); };",
     "\"s\" has pointers and can not be a member of a union: nobody could say whether they are "
     "meant"},
    {ANY, "@struct s { int a; }; union ~s { int a; }; trusted { public void f(); };",
     "duplicated structure definition `s'"},
    {ANY, "@struct s { int a; }; trusted { public void f([in] ~s *p); };",
     "warning: `s' in function `f' is a structure. Use `struct s' instead."},
    {RICH,
     "@struct s { [count=2] int *a; }; trusted { public void f([in] struct s *~s) "
     "transition_using_threads; };",
     "a deep copy is not supported with transition_using_threads"},
    /* functions */
    {RICH, "@trusted { public void f(); void run(); }; untrusted { void o() allow(~rnu); };",
     "\"o\" declared to allow unknown function \"rnu\". - did you mean `run'?"},
    {PLAIN, "@trusted { public void f(); }; untrusted { void o() transition_using_threads; };",
     NULL},
    {MODE_PENGLAI, "@trusted { public void f(); }; untrusted { [dllimport] void ~o(); };",
     "o:PengLai mode is not support dllimport"},
    {RICH,
     "@trusted { public void f(); void g(); }; untrusted { void o([user_check] void *p) allow(f, "
     "g); [stdcall] void p(); [fastcall, dllimport] int q(); };",
     NULL},
    {MODE_TRUSTZONE, "@trusted { public void f(); }; untrusted { void o([user_check] void *~p); };",
     "o :Trustzone mode is not support 'user_check' feature"},
    {ANY, "public struct s f(union u u, enum e e, struct t ~t[2]);",
     "pointer/array should have direction attribute or `user_check'"},
    {ANY, "public void f(); public void ~f();", "Multiple definition of function \"f\" detected."},
};

/* The file of a row; the column of its mark, 0 without one. */
static size_t row_text(const struct row *row, char *ret_text, size_t room)
{
    char *mark;

    snprintf(ret_text, room,
             row->text[0] == '@' ? "enclave { %s };" : "enclave { trusted { %s }; };",
             row->text + (row->text[0] == '@'));
    mark = strchr(ret_text, '~');
    if (mark == NULL)
        return 0;
    memmove(mark, mark + 1, strlen(mark));
    return (size_t)(mark - ret_text) + 1;
}

static void row_check(const struct row *row, enum mode mode, size_t at)
{
    bool warns = row->message != NULL && strncmp(row->message, "warning: ", 9) == 0;
    char text[2048], wanted[2048], place[32] = "", *messages;
    size_t column = row_text(row, text, sizeof text);
    unsigned errors;

    messages = messages_of(text, mode, &errors);
    ck_assert_msg(errors == (row->message == NULL || warns ? 0u : 1u),
                  "row %zu, mode %d, %s: %u errors:\n%s", at, mode, text, errors, messages);
    if (row->message != NULL) {
        if (column > 0)
            snprintf(place, sizeof place, "a.edl:1:%zu: ", column);
        snprintf(wanted, sizeof wanted, "%s%s%s\n", place, warns ? "" : "error: ", row->message);
        ck_assert_msg(strstr(messages, wanted) != NULL, "row %zu, mode %d: wanted %sin %s", at,
                      mode, wanted, messages);
    }
    free(messages);
}

START_TEST(rules_accept_and_refuse_as_the_table_says)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        for (enum mode mode = MODE_SECGEAR; mode <= MODE_PENGLAI; mode++) {
            bool plain = mode == MODE_TRUSTZONE || mode == MODE_PENGLAI;

            if (ROWS[i].mode == ANY || ROWS[i].mode == mode || (ROWS[i].mode == PLAIN && plain) ||
                (ROWS[i].mode == RICH && !plain))
                row_check(&ROWS[i], mode, i);
        }
}
END_TEST

START_TEST(errors_of_each_part_of_a_file_are_reported_in_one_run)
{
    unsigned errors;
    char *messages = messages_of("enclave {\n"
                                 "struct s { int a : 3; void b; };\n"
                                 "enum e { A = -1, };\n"
                                 "bogus;\n"
                                 "trusted { public void f(int *p); public void g(; void h(,);\n"
                                 "public void i([in, size=q] int *p); };\n"
                                 "untrusted { void o() allow(nope); };\n};",
                                 MODE_SECGEAR, &errors);

    for (int line = 2; line <= 7; line++) {
        char place[16];

        snprintf(place, sizeof place, "a.edl:%d:", line);
        ck_assert_msg(strstr(messages, place) != NULL || line == 7, "line %d in %s", line,
                      messages);
    }
    ck_assert_uint_ge(errors, 7);
    free(messages);
}
END_TEST

/* A chain of structs by value deeper than the limit is an error, not a stack overflow. */
START_TEST(nesting_is_limited)
{
    struct lines text = {0};
    unsigned errors;
    char *messages;

    lines_add(&text, "enclave {\n");
    for (int i = 0; i < 5000; i++)
        lines_add(&text, "struct s%d { struct s%d a; };\n", i, i + 1);
    lines_add(&text, "struct s5000 { int x; }; trusted { public void f(); }; };");
    messages = messages_of(text.data, MODE_SECGEAR, &errors);
    ck_assert_ptr_nonnull(strstr(messages, "is nested deeper than 100 levels"));
    ck_assert_uint_ge(errors, 1);
    free(messages);
    lines_free(&text);
}
END_TEST

/* Numbers of functions are 16 bits wide. */
START_TEST(more_functions_than_the_runtime_takes_are_an_error)
{
    struct lines text = {0};
    unsigned errors;
    char *messages;

    lines_add(&text, "enclave { trusted {\n");
    for (int i = 0; i <= UINT16_MAX; i++)
        lines_add(&text, "public void f%d();\n", i);
    lines_add(&text, "}; };");
    for (enum mode mode = MODE_SECGEAR; mode <= MODE_PENGLAI; mode++) {
        messages = messages_of(text.data, mode, &errors);
        ck_assert_ptr_nonnull(strstr(messages, "65536 ecalls and 0 ocalls, the runtime takes at "
                                               "most 65535 of each"));
        ck_assert_uint_eq(errors, mode == MODE_SECGEAR ? 1 : 0);
        free(messages);
    }
    lines_free(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("codegen/rules");
    TCase *tcase = tcase_of(suite, "rules");

    tcase_add_test(tcase, rules_accept_and_refuse_as_the_table_says);
    tcase_add_test(tcase, errors_of_each_part_of_a_file_are_reported_in_one_run);
    tcase_add_test(tcase, nesting_is_limited);
    tcase_add_test(tcase, more_functions_than_the_runtime_takes_are_an_error);
    return suite_main(suite);
}

/* Types that the EDL file knows by name only. */
#ifndef NESTED_TYPES_H
#define NESTED_TYPES_H
#include <stdbool.h>
typedef unsigned short my_len_t;
typedef bool my_flag_t;
typedef struct my_gap {
    char small;
    long large;
} my_gap_t;
#endif

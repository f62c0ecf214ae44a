/* Any bytes as a number: read as the C library reads it (both take the longest number at the start), written and read again to the
   same bits; the eight or four bytes themselves as a double and a float too. */
#define LSTMFC_IMPLEMENTATION
#include "../../lstmfc.h"
#include <stdlib.h>

static void same(double x, double y) { if (memcmp(&x, &y, sizeof x) != 0) __builtin_trap(); }

static void round_trip(double x, float f) {
    char text[32], printed[48];
    double back = 0;
    size_t length;
    int32_t digits;
    if (!lstmfc_is_finite(x)) x = 1;
    if (!lstmfc_is_finite((double)f)) f = 1;
    length = lstmfc_format_double(text, x);
    if (lstmfc_parse_double(text, length, &back) != length) __builtin_trap();
    same(back, x);
    same(strtod(text, NULL), x);
    for (digits = 1; digits <= 17; digits += 4) {
        lstmfc_format_digits(text, x, digits);
        snprintf(printed, sizeof printed, "%.*g", (int)digits, x);
        if (strcmp(text, printed) != 0) __builtin_trap();
    }
    length = lstmfc__format_float(text, f);
    if (lstmfc_parse_double(text, length, &back) != length) __builtin_trap();
    same((double)(float)back, (double)f);
    same((double)strtof(text, NULL), (double)f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = (char *)malloc(size + 1), *end;
    double x = 0, theirs;
    float f = 0;
    size_t taken;
    memcpy(text, data, size);
    taken = lstmfc_parse_double((const char *)data, size, &x);      /* the fuzzer's own bytes: reading behind them is found */
    if (taken > size) __builtin_trap();
    if (taken) {
        text[taken] = 0;
        theirs = strtod(text, &end);
        if (end != text + taken) __builtin_trap();
        same(x, theirs);
    }
    round_trip(x, (float)(x < 3e38 && x > -3e38 ? x : 1));
    if (size >= sizeof f) memcpy(&f, data, sizeof f);
    if (size >= sizeof x) memcpy(&x, data, sizeof x);
    round_trip(x, f);
    free(text);
    return 0;
}

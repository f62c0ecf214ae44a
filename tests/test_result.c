// also: double native
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"

TEST(names) {
    CHECK_TEXT(lstmfc_result_name(LSTMFC_OK), "ok");
    CHECK_TEXT(lstmfc_result_name(LSTMFC_ERROR_MEMORY), "memory");
    CHECK_TEXT(lstmfc_result_name(4711), "unknown");
    CHECK_TEXT(lstmfc_result_text(-4711), "unknown result");
#define CHECK_RESULT(code, value, name, text) CHECK_INT(code, value); CHECK_TEXT(lstmfc_result_name(value), name); CHECK_TEXT(lstmfc_result_text(value), text);
    LSTMFC_RESULTS(CHECK_RESULT)
}

/* promised of every build: nothing is contracted, also under gnu mode with -march=native */
TEST(build) {
    CHECK_INT(lstmfc_version(), LSTMFC_VERSION_HEX);
    CHECK_HAS(lstmfc_build_info(), LSTMFC_VERSION_TEXT);
    CHECK_HAS(lstmfc_build_info(), sizeof(lstmfc_real) == 4 ? "real float" : "real double");
    CHECK_HAS(lstmfc_build_info(), "no contraction");
    CHECK(strstr("scalar sse2 avx2 avx512 neon wasm", lstmfc_simd_name()) != NULL);
}

TEST(messages) {
    lstmfc_error err;
    char text[8];
    memset(&err, 0, sizeof err);
    CHECK_INT(lstmfc__fail_at(&err, LSTMFC_ERROR_DATA, 12, 3, 456, "%s: row %d of %l, %z%c %%", "f.csv", -7, INT64_MIN, (size_t)9, '!'), LSTMFC_ERROR_DATA);
    CHECK_TEXT(err.message, "f.csv: row -7 of -9223372036854775808, 9! %");
    CHECK(err.code == LSTMFC_ERROR_DATA && err.line == 12 && err.column == 3 && err.offset == 456);
    lstmfc__fail(&err, LSTMFC_ERROR_SPEC, "%s", (const char *)NULL);
    CHECK_TEXT(err.message, "(null)");
    CHECK(err.line == 0 && err.column == 0 && err.offset == 0);
    CHECK_INT(lstmfc__fail(NULL, LSTMFC_ERROR_SPEC, "quiet"), LSTMFC_ERROR_SPEC);
    lstmfc__fail(&err, LSTMFC_ERROR_MEMORY, "%z", SIZE_MAX);       /* a size is never negative */
    CHECK_TEXT(err.message, sizeof(size_t) == 8 ? "18446744073709551615" : "4294967295");
    lstmfc__fail_at(&err, LSTMFC_ERROR_DATA, INT64_MAX, INT64_MAX, 0, "far");
    CHECK(err.line == INT32_MAX && err.column == INT32_MAX);
    CHECK(lstmfc__print(text, sizeof text, "%s", "0123456789") == 10);
    CHECK_TEXT(text, "0123456");
    CHECK(lstmfc__print(NULL, 0, "abc") == 3);
}

TEST(long_messages) {       /* cut, never overrun */
    struct { lstmfc_error err; char guard[16]; } box;
    char long_text[2000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = 0;
    memset(&box, 0x5a, sizeof box);
    lstmfc__fail(&box.err, LSTMFC_ERROR_DATA, "%s", long_text);
    CHECK(strlen(box.err.message) == sizeof box.err.message - 1);
    CHECK(box.guard[0] == 0x5a && box.guard[15] == 0x5a);
}

TEST(first_error_stays) {   /* a call handed NULL because an earlier one failed keeps the earlier error */
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    lstmfc__fail(&err, LSTMFC_ERROR_OPEN, "first");
    CHECK_INT(lstmfc__fail_null(&err, "candles"), LSTMFC_ERROR_OPEN);
    CHECK_TEXT(err.message, "first");
    memset(&err, 0, sizeof err);
    CHECK_INT(lstmfc__fail_null(&err, "candles"), LSTMFC_ERROR_ARGUMENT);
    CHECK_TEXT(err.message, "candles is NULL");
    CHECK_INT(lstmfc__fail_null(NULL, "candles"), LSTMFC_ERROR_ARGUMENT);
}

TEST(nearest) {
    static const char *const names[] = { "lstm", "gru", "dense", "dropout", "batchnorm", "csv" };
    static const struct { const char *written, *meant; } cases[] = {
        { "ltsm", "lstm" }, { "lstn", "lstm" }, { "desne", "dense" }, { "batch_norm", "batchnorm" }, { "dropuot", "dropout" }, { "cvs", "csv" }, { "csb", "csv" }, { "xyzzy", NULL }, { "", NULL } };
    size_t i, j;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lstmfc__nearest best = {NULL, 0};
        for (j = 0; j < sizeof names / sizeof names[0]; j++) lstmfc__nearest_offer(&best, cases[i].written, strlen(cases[i].written), names[j]);
        if (cases[i].meant) CHECK_TEXT(best.name, cases[i].meant); else CHECK(best.name == NULL);
    }
}

int main(void) { RUN(names); RUN(build); RUN(messages); RUN(long_messages); RUN(first_error_stays); RUN(nearest); return test_end(); }

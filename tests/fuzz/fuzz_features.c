/* Any text as features: refused with a column inside the text, or compiled; then its canonical text compiles to itself, and over
   40 bars with holes the batch equals the stream, nothing is infinite, and nothing is valid before its lookback (but a rule that one side decides). Seeds: words of
   the language, strung together by the first byte when it is above 0x7f. */
#define LSTMFC_IMPLEMENTATION
#include "../../lstmfc.h"

enum { BARS = 40, WORDS = 90 };

static const char *const glue[] = {"(", ")", ",", ".", "+", "-", "*", "/", " = ", "@", "col(", "\"", "0", "1", "2", "3", "14", "0.5", "-1", "x", "close", "open", "high",
    "low", "volume", "time", "all_columns", "@e", "@d", "k", "hist", "percent", "state", "lower", "(3)", "(2,3)", "(close,3)", ",close", "/close", " < ", " >= ", " == ", " != ", " and ", " or ", "not "};

static size_t spell(const uint8_t *data, size_t size, char *text, size_t room) {
    size_t i, n = 0, count;
    const lstmfc_function_info *table = lstmfc_functions(&count);
    for (i = 1; i < size; i++) {
        size_t g = sizeof glue / sizeof glue[0], word = data[i] % (g + count);
        const char *s = word < g ? glue[word] : table[word - g].name;
        if (n + strlen(s) + 1 >= room) break;
        strcpy(text + n, s);
        n += strlen(s);
    }
    text[n] = 0;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int64_t time[BARS];
    static double columns[5][BARS];
    static char text[4096];
    lstmfc_candles candles, one;
    lstmfc_features_desc desc;
    lstmfc_error err;
    lstmfc_features *f, *again;
    size_t i, t, n;
    memset(&candles, 0, sizeof candles);
    memset(&desc, 0, sizeof desc);
    memset(&err, 0, sizeof err);
    if (size > 2000) return 0;
    if (size && data[0] > 0x7f) {
        n = spell(data, size, text, sizeof text);
    } else {
        memcpy(text, data, size);
        text[size] = 0;
        n = strlen(text);
    }
    desc.start_dependent = 1;
    desc.rules = size % 2;
    f = lstmfc_features_compile(text, &desc, &err);
    if (!f) {
        if (err.code != LSTMFC_ERROR_SPEC || err.column < 1 || (size_t)err.column > n + 1 || err.offset < err.column - 1 || (size_t)err.offset > n || !err.message[0]) __builtin_trap();
        return 0;
    }
    if (err.code) __builtin_trap();
    again = lstmfc_features_compile(lstmfc_features_spec(f), &desc, &err);
    if (!again || strcmp(lstmfc_features_spec(f), lstmfc_features_spec(again)) != 0) __builtin_trap();
    if (again->node_count != f->node_count || lstmfc_features_lookback(f) != lstmfc_features_lookback(again)) __builtin_trap();
    if (lstmfc_features_stable(f, 0) < lstmfc_features_lookback(f)) __builtin_trap();
    lstmfc_features_free(again);

    for (t = 0; t < BARS; t++) {
        uint64_t bits = lstmfc_hash(size, t);
        time[t] = (int64_t)t * 3600000 - 1000000;
        for (i = 0; i < 5; i++) columns[i][t] = (double)(lstmfc_hash(bits, i) % 1000) / 100;
        if (t == 17) columns[bits % 5][t] = lstmfc_nan();
        if (t == 25) columns[bits % 5][t] = 1e308 * 10;
        if (t % 9 == 4) columns[1][t] = columns[2][t] = columns[3][t];
    }
    candles.count = BARS;
    candles.time = time;
    candles.open = columns[0]; candles.high = columns[1]; candles.low = columns[2]; candles.close = columns[3]; candles.volume = columns[4];
    n = (size_t)lstmfc_features_count(f);
    if (n < 500 && f->ring_floats < 1000000) {
        double *matrix = (double *)malloc(n * BARS * sizeof *matrix), *row = (double *)malloc(n * sizeof *row);
        if (lstmfc_features_evaluate(f, &candles, matrix, &err) == LSTMFC_OK) {
            lstmfc_features_state *state = lstmfc_features_state_create(f, NULL);
            for (t = 0; t < BARS; t++) {
                one = candles;
                one.count = 1; one.time += t; one.open += t; one.high += t; one.low += t; one.close += t; one.volume += t;
                if (lstmfc_features_peek(state, &one, 0, row, NULL) != LSTMFC_OK || memcmp(row, matrix + t * n, n * sizeof *row) != 0) __builtin_trap();
                if (lstmfc_features_push(state, &one, 0, row, NULL) != LSTMFC_OK) __builtin_trap();
                if (memcmp(row, matrix + t * n, n * sizeof *row) != 0) __builtin_trap();
                for (i = 0; i < n; i++) {
                    if (lstmfc_is_finite(row[i]) ? !desc.rules && (int64_t)t < lstmfc_features_lookback_of(f, (int32_t)i) : !lstmfc_is_nan(row[i])) __builtin_trap();
                }
            }
            lstmfc_features_state_free(state);
        } else if (err.code != LSTMFC_ERROR_DATA) {
            __builtin_trap();
        }
        free(matrix);
        free(row);
    }
    lstmfc_features_free(f);
    return 0;
}

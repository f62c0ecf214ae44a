/* Any bytes as CSV, the first two choosing the options: read or refused; what was read keeps its promises, and reads the same
   through a stream as from memory. */
#define LSTMFC_IMPLEMENTATION
#include "../../lstmfc.h"

typedef struct piece { const char *text; size_t length; } piece;

static size_t read_piece(void *context, char *out, size_t size, const char **cause) {
    piece *p = (piece *)context;
    size_t n = p->length < size ? p->length : size;
    (void)cause;
    memcpy(out, p->text, n);
    p->text += n;
    p->length -= n;
    return n;
}

static void keeps_promises(const lstmfc_candles *c, const lstmfc_csv_report *r) {
    size_t t, i;
    lstmfc_candles *half;
    if (c->count == 0 || r->kept != (int64_t)c->count || r->kept > r->rows) __builtin_trap();
    for (t = 0; t < c->count; t++) {
        if (t && c->time[t] <= c->time[t - 1]) __builtin_trap();
        for (i = 0; i < 4; i++) {
            const double *x = lstmfc__role_values(c, (int32_t)i);
            if (x && !(lstmfc_is_finite(x[t]) && x[t] > 0)) __builtin_trap();
        }
    }
    for (i = 0; i < c->column_count; i++)
        for (t = 0; t < c->count; t++)
            if (lstmfc_is_nan(c->columns[i].values[t]) ? !c->columns[i].missing || !c->columns[i].missing[t] : !lstmfc_is_finite(c->columns[i].values[t])) __builtin_trap();
    half = lstmfc_candles_slice(c, 0, c->count / 2, NULL);
    if (!half || lstmfc__series_fingerprint(half, 0, half->count) != lstmfc__series_fingerprint(c, 0, half->count)) __builtin_trap();
    lstmfc_candles_append(half, LSTMFC_TIME_LAST, 1, 1, 1, 1, 1, NULL);
    lstmfc_candles_free(half);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const columns[] = {"", "close=b", "close=,open=", "time=a"};
    lstmfc_error err, again;
    lstmfc_csv_report report, streamed;
    lstmfc_csv_desc desc;
    lstmfc_candles *c, *s;
    lstmfc__csv csv;
    piece p;
    int64_t time;
    if (size < 2) return 0;
    memset(&err, 0, sizeof err);
    memset(&again, 0, sizeof again);
    memset(&desc, 0, sizeof desc);
    desc.report = &report;
    desc.duplicates = data[0] % 3;
    desc.decimal = data[0] / 3 % 3;
    desc.header = data[0] / 9 % 3;
    desc.max_fill = data[0] / 27 % 3;
    desc.drop_last = data[0] / 81 % 2;
    desc.time_format = data[1] % 8;
    desc.columns = columns[data[1] / 8 % 4];
    desc.now = data[1] / 32 == 7 ? (int64_t)1577840400000 : 0;
    desc.last = data[1] / 32 == 6;
    data += 2;
    size -= 2;
    c = lstmfc_candles_parse_csv((const char *)data, size, &desc, &err);
    if (c) keeps_promises(c, &report);
    else if (!err.code || !err.message[0] || err.line < 0) __builtin_trap();
    if (size < 64 && lstmfc_parse_time((const char *)data, size, &time) && time >= 0 && time < 253402300800000) {  /* 1970 to 9999 */
        char text[32];
        int64_t back;
        size_t length = lstmfc_format_time(text, time);
        if (lstmfc_parse_time(text, length, &back) != length || back != time) __builtin_trap();
    }
    if (size % 16) { lstmfc_candles_free(c); return 0; }        /* the stream's window of half a megabyte is slow to make */
    memset(&csv, 0, sizeof csv);
    p.text = (const char *)data;
    p.length = size;
    csv.err = &again;
    csv.text = "";
    csv.read = read_piece;
    csv.context = &p;
    desc.report = &streamed;
    s = lstmfc__csv_run(&csv, &desc);
    if ((s != NULL) != (c != NULL) || memcmp(&err, &again, sizeof err) != 0 || memcmp(&report, &streamed, sizeof report) != 0) __builtin_trap();
    if (s && lstmfc__series_fingerprint(s, 0, s->count) != lstmfc__series_fingerprint(c, 0, c->count)) __builtin_trap();
    lstmfc_candles_free(c);
    lstmfc_candles_free(s);
    return 0;
}

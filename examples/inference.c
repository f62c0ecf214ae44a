/* inference.c - a program that only forecasts: no training, no CSV reader, no files of the library's own, one thread, plain C.
       cc -Os -ffunction-sections -fdata-sections -Wl,--gc-sections -I.. inference.c -o inference -lm && ./inference model.json candles.csv
   What is not called is not linked: bench/weight.sh prints what is left. With -DNETWORK_ONLY it is smaller by the feature language
   and its indicators: raw rows go into the network of the model file, as `lstmfc infer` does.
   The first run reads the whole of candles.csv (time,open,high,low,close,volume) and keeps the stream's state; whoever starts again
   with that state need not replay the history. */
#define LSTMFC_STATIC
#define LSTMFC_NO_STDIO
#define LSTMFC_NO_THREADS
#define LSTMFC_NO_SIMD
#define LSTMFC_IMPLEMENTATION
#include "lstmfc.h"
#include <stdio.h>                  /* for this program's own reading and printing */
#include <stdlib.h>
#include <string.h>

/* A whole file; free() it. NULL: it cannot be read. */
static char *whole(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    char *text = NULL, *grown;
    size_t room = 0;
    *length = 0;
    while (file && !feof(file) && !ferror(file)) {
        if (*length + 65536 > room) {
            room = room ? 2 * room : 1 << 17;
            grown = (char *)realloc(text, room);
            if (!grown) break;
            text = grown;
        }
        *length += fread(text + *length, 1, 65535, file);
    }
    if (file) fclose(file);
    if (text) text[*length] = 0;
    return text;
}

#ifdef NETWORK_ONLY
/* One window of zeros through the network: a real program has its rows from a sensor. */
static int forecast(const char *text, size_t length, const char *unused, lstmfc_error *err) {
    lstmfc_model *model = lstmfc_model_load_memory(text, length, NULL, err);
    lstmfc_scratch *scratch = model ? lstmfc_scratch_create(model, 1, err) : NULL;
    size_t inputs = (size_t)lstmfc_model_inputs(model), window = (size_t)lstmfc_model_window(model);
    float *rows = scratch ? (float *)calloc(window * inputs, sizeof *rows) : NULL, out = 0;
    lstmfc_batch batch;
    int ok = 0;
    (void)unused;
    memset(&batch, 0, sizeof batch);
    batch.rows = rows; batch.row_count = batch.window = window; batch.row_stride = inputs; batch.count = 1;
    if (rows && lstmfc_model_outputs(model) == 1) ok = lstmfc_model_predict(model, scratch, &batch, &out, err) == LSTMFC_OK;
    else if (rows) fprintf(stderr, "a network of one output is needed\n");
    if (ok) printf("output for a window of zeros: %.6f\n", (double)out);
    free(rows);
    lstmfc_scratch_free(scratch);
    lstmfc_model_free(model);
    return ok;
}
#else
/* The time of a line, as 2022-01-01T00:00:00Z or a number of seconds or milliseconds, and its five numbers; 0: it is not a bar (a
   header). The library's own reader of times knows more ways to write them, and weighs 4 kB. */
static int bar(const char *line, const char *end, int64_t *time, double number[5]) {
    int year, month, day, hour, minute, second, used = 0;
    char cell[32];
    double epoch;
    size_t k, n = 0;
    while (line + n < end && line[n] != ',') n++;
    if (!n || n >= sizeof cell) return 0;
    memcpy(cell, line, n);
    cell[n] = 0;
    if (sscanf(cell, "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used) == 6) {
        if (cell[used] && strcmp(cell + used, "Z")) return 0;
        *time = lstmfc_time_from_civil(year, month, day) + ((hour * 60 + minute) * 60 + second) * INT64_C(1000);
    } else {
        if (lstmfc_parse_double(cell, n, &epoch) != n) return 0;
        *time = (int64_t)(epoch < 1e11 ? epoch * 1000 : epoch);
    }
    for (k = 0; k < 5; k++) {
        line += n;
        if (line == end || *line++ != ',') return 0;
        n = lstmfc_parse_double(line, (size_t)(end - line), &number[k]);
        if (!n) return 0;
    }
    return 1;
}

static int forecast(const char *text, size_t length, const char *csv, lstmfc_error *err) {
    lstmfc_forecaster *forecaster = lstmfc_forecaster_load_memory(text, length, NULL, err);
    lstmfc_stream *stream = forecaster ? lstmfc_stream_create(forecaster, err) : NULL, *restarted = NULL;
    lstmfc_forecast next;
    lstmfc_candles one;
    lstmfc_writer state;
    double n[5];
    int64_t time, bars;
    const char *end;
    int done;

    memset(&next, 0, sizeof next);
    memset(&one, 0, sizeof one);
    one.count = 1;
    one.time = &time;
    one.open = &n[0]; one.high = &n[1]; one.low = &n[2]; one.close = &n[3]; one.volume = &n[4];
    for (; stream && *csv; csv = *end ? end + 1 : end) {
        for (end = csv; *end && *end != '\n'; end++) {}
        if (!bar(csv, end, &time, n)) continue;
        if (lstmfc_stream_push(stream, &one, 0, &next, err) != LSTMFC_OK) break;
    }
    /* what a bot does before it stops, and when it starts again */
    lstmfc_writer_init(&state, NULL);
    if (stream && lstmfc_stream_save_memory(stream, &state, err) == LSTMFC_OK)
        restarted = lstmfc_stream_load_memory(forecaster, state.text, state.length, err);
    bars = lstmfc_stream_bars(restarted, NULL);
    done = bars > 0 && next.reason == LSTMFC_FORECAST_MADE;
    if (done)
        printf("after %ld bars: forecast %.6g of the next; the stream's state is %lu bytes\n", (long)bars, next.value,
               (unsigned long)state.length);
    else if (restarted) fprintf(stderr, "no forecast after %ld bars (lines of time,open,high,low,close,volume)\n", (long)bars);
    lstmfc_writer_free(&state);
    lstmfc_stream_free(restarted);
    lstmfc_stream_free(stream);
    lstmfc_forecaster_free(forecaster);
    return done;
}
#endif

int main(int argc, char **argv) {
    lstmfc_error err;
    size_t length = 0, csv_length = 0;
    char *model = argc > 1 ? whole(argv[1], &length) : NULL, *csv = argc > 2 ? whole(argv[2], &csv_length) : NULL;
    int ok = 0;
    memset(&err, 0, sizeof err);
    if (argc < 3) fprintf(stderr, "Usage: inference model.json candles.csv\n");
    else if (!model || !csv) fprintf(stderr, "%s cannot be read\n", argv[model ? 2 : 1]);
    else ok = forecast(model, length, csv, &err);
    if (err.code) fprintf(stderr, "%s\n", err.message);
    free(csv);
    free(model);
    return !ok;
}

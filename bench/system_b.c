/* system_b.c - system B's own claims of time and size beside ours: processor time, medians of rounds.
       cc -O3 -I. bench/system_b.c -o build/bench/system_b -lm && build/bench/system_b btcusdt_1h.csv [result.json]
   The claims are of a TypeScript program on a machine that nobody named: 500 candles x 100 epochs in 3 to 8 s, a prediction in 1 ms, 24
   steps in 5 ms, ten symbols in 100 ms, a model file of 100 KB. The aim is a tenth of each (of training a tenth of the 3 s). */
#define _POSIX_C_SOURCE 200809L
#define LSTMFC_IMPLEMENTATION
#define LSTMFC_STATIC
#include "lstmfc.h"
#include <stdio.h>
#include <time.h>

enum { ROUNDS = 9, SYMBOLS = 10 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- memory: what is held, told by the sizes of the library's own calls ---- */
static size_t held;
static void *take(void *context, size_t size) { (void)context; held += size; return malloc(size); }
static void *change(void *context, void *p, size_t old_size, size_t new_size) {
    (void)context;
    held += new_size - old_size;
    return realloc(p, new_size);
}
static void give(void *context, void *p, size_t size) { (void)context; held -= size; free(p); }

static lstmfc_error err;
static void stop(int bad) { if (bad) { fprintf(stderr, "%s\n", err.message); exit(1); } }

static lstmfc_forecaster_desc system_b(void) {
    lstmfc_forecaster_desc d = lstmfc_forecaster_desc_default();
    d.target = LSTMFC_TARGET_PRICE;
    d.horizon = 1;
    d.window = 20;
    d.features = "log_return(close)";
    d.model = "lstm 32 | dense 1";
    d.test = 0.2;
    d.training.epochs = 100;
    d.training.patience = LSTMFC_NONE;                  /* all hundred */
    return d;
}

/* Bytes that a forecaster and a stream of it hold. */
static void weigh(const lstmfc_writer *file, int32_t simd, size_t *forecaster, size_t *stream) {
    lstmfc_env env;
    lstmfc_forecaster *fc;
    lstmfc_stream *s;
    memset(&env, 0, sizeof env);
    env.allocator.allocate = take; env.allocator.resize = change; env.allocator.release = give;
    env.simd = simd;
    held = 0;
    fc = lstmfc_forecaster_load_memory(file->text, file->length, &env, &err);
    stop(!fc);
    *forecaster = held;
    s = lstmfc_stream_create(fc, &err);
    stop(!s);
    *stream = held - *forecaster;
    lstmfc_stream_free(s);
    lstmfc_forecaster_free(fc);
}

typedef struct item { const char *name, *unit; double theirs, ours[ROUNDS], scale; } item;

static double middle(item *it) {
    lstmfc_sort(ROUNDS, it->ours);
    return it->ours[ROUNDS / 2];
}

int main(int argc, char **argv) {
    static item items[] = {
        {"500 candles x 100 epochs (the low end of 3 to 8 s)", "s", 3, {0}, 1}, {"one prediction (stream, next bar)", "us", 1000, {0}, 1e6},
        {"one prediction from the newest 21 candles", "us", 1000, {0}, 1e6}, {"24 steps with intervals, next bar", "us", 5000, {0}, 1e6},
        {"10 symbols, a prediction of 500 candles each", "ms", 100, {0}, 1e3},
        {"not claimed: a prediction, 100 outcomes replayed first", "us", 1000, {0}, 1e6}
    };
    lstmfc_csv_desc csv;
    lstmfc_candles *all, *bars, *newest;
    lstmfc_forecaster_desc desc = system_b();
    lstmfc_forecaster *fc[SYMBOLS] = {NULL};
    lstmfc_forecast out[24];
    lstmfc_writer file, bare;
    size_t first, forecaster, stream, plain, plain_stream, k, i;
    int round, reached = 0, claims = 0;
    char cpu[128] = "unknown", line[256];
    FILE *info = fopen("/proc/cpuinfo", "r"), *result;
    if (argc < 2) { fprintf(stderr, "usage: system_b CANDLES.csv [RESULT.json]\n"); return 2; }
    while (info && fgets(line, sizeof line, info))
        if (!strncmp(line, "model name", 10)) { snprintf(cpu, sizeof cpu, "%.*s", (int)strcspn(strchr(line, ':') + 2, "\n"), strchr(line, ':') + 2); break; }
    if (info) fclose(info);
    memset(&csv, 0, sizeof csv);
    all = lstmfc_candles_load_csv(argv[1], &csv, &err);
    stop(!all);
    first = all->count > 700 ? all->count - 700 : 0;
    bars = lstmfc_candles_slice(all, first, 500, &err);
    stop(!bars);
    newest = lstmfc_candles_slice(all, first + 479, 21, &err);  /* a window of 20 returns */
    stop(!newest);
    for (k = 0; k < SYMBOLS; k++) {                     /* ten networks, as of ten symbols */
        desc.training.seed = (int64_t)k;
        desc.training.epochs = k ? 5 : 100;
        fc[k] = lstmfc_forecaster_fit(bars, &desc, &err);
        stop(!fc[k]);
    }
    lstmfc_writer_init(&file, NULL);
    stop(lstmfc_forecaster_save_memory(fc[0], &file, &err));
    desc = system_b();
    for (round = 0; round < ROUNDS; round++) {
        lstmfc_forecaster *made;
        lstmfc_stream *s;
        lstmfc_steps *fed;
        double t = now();
        made = lstmfc_forecaster_fit(bars, &desc, &err);
        items[0].ours[round] = now() - t;
        stop(!made);
        lstmfc_forecaster_free(made);
        s = lstmfc_stream_create(fc[0], &err);
        for (i = 0; i < 500; i++) stop(lstmfc_stream_push(s, bars, i, out, &err));
        t = now();
        for (i = 500; i < 600; i++) stop(lstmfc_stream_push(s, all, first + i, out, &err));
        items[1].ours[round] = (now() - t) / 100;
        lstmfc_stream_free(s);
        t = now();
        for (i = 0; i < 20; i++) stop(lstmfc_forecaster_predict(fc[0], newest, 1, out, &err));
        items[2].ours[round] = (now() - t) / 20;
        t = now();
        for (i = 0; i < 20; i++) stop(lstmfc_forecaster_predict(fc[0], bars, 1, out, &err));
        items[5].ours[round] = (now() - t) / 20;
        fed = lstmfc_steps_create(fc[0], bars, 24, &err);
        stop(!fed);
        t = now();
        for (i = 500; i < 520; i++) stop(lstmfc_steps_push(fed, all, first + i, &err) || lstmfc_steps_forecast(fed, out, &err));
        items[3].ours[round] = (now() - t) / 20;
        lstmfc_steps_free(fed);
        t = now();
        for (k = 0; k < SYMBOLS; k++) stop(lstmfc_forecaster_predict(fc[k], bars, 1, out, &err));
        items[4].ours[round] = now() - t;
    }
    weigh(&file, LSTMFC_SIMD_BEST, &forecaster, &stream);
    weigh(&file, LSTMFC_SIMD_SCALAR, &plain, &plain_stream);
    desc.history = LSTMFC_HISTORY_NONE;
    lstmfc_forecaster_free(fc[1]);
    fc[1] = lstmfc_forecaster_fit(bars, &desc, &err);
    stop(!fc[1]);
    lstmfc_writer_init(&bare, NULL);
    stop(lstmfc_forecaster_save_memory(fc[1], &bare, &err));
    weigh(&bare, LSTMFC_SIMD_SCALAR, &k, &i);
    result = argc > 2 ? fopen(argv[2], "w") : NULL;
    if (result) fprintf(result, "{\n \"command\": \"build/bench/system_b %s %s\",\n \"version\": \"%s\",\n \"machine\": \"%s\",\n \"build\": \"%s\",\n"
                        " \"data\": \"500 hourly bars, 700 before the end of the file\",\n \"measured\": \"processor time, medians of %d rounds\",\n \"items\": [\n",
                        strrchr(argv[1], '/') ? strrchr(argv[1], '/') + 1 : argv[1], argv[2], LSTMFC_VERSION_TEXT, cpu, lstmfc_build_info(), ROUNDS);
    printf("%-54s %10s %10s %8s\n", "", "theirs", "ours", "times");
    for (k = 0; k < sizeof items / sizeof items[0]; k++) {
        double ours = middle(&items[k]) * items[k].scale, ratio = items[k].theirs / ours;
        if (strncmp(items[k].name, "not claimed", 11)) { claims++; reached += ratio >= 10; }
        printf("%-54s %7.4g %-2s %7.4g %-2s %8.1f%s\n", items[k].name, items[k].theirs, items[k].unit, ours, items[k].unit, ratio, ratio < 10 ? "  below 10" : "");
        if (result) fprintf(result, "  {\"name\": \"%s\", \"unit\": \"%s\", \"theirs\": %.6g, \"ours\": %.6g, \"times\": %.4g, \"aim\": 10}%s\n", items[k].name,
                            items[k].unit, items[k].theirs, ours, ratio, k + 1 < sizeof items / sizeof items[0] ? "," : "");
    }
    weigh(&bare, LSTMFC_SIMD_SCALAR, &k, &i);
    printf("model file %lu bytes (100 KB claimed); without the history of its epochs %lu, 60,000 the aim\n", (unsigned long)file.length, (unsigned long)bare.length);
    printf("in memory %lu bytes, of which weights %d; without packed copies (scalar) %lu, without history too %lu, 25,600 (25 KB) the aim; a stream %lu\n",
           (unsigned long)forecaster, 4 * 4385, (unsigned long)plain, (unsigned long)k, (unsigned long)stream);
    printf("%d of %d claims beaten ten times; %s\n", reached, claims, cpu);
    if (result) {
        fprintf(result, " ],\n \"file_bytes\": %lu,\n \"file_bytes_without_history\": %lu,\n \"memory_bytes\": %lu,\n \"memory_bytes_scalar\": %lu,\n"
                        " \"memory_bytes_scalar_without_history\": %lu,\n \"weights_bytes\": %d,\n \"stream_bytes\": %lu\n}\n", (unsigned long)file.length,
                (unsigned long)bare.length, (unsigned long)forecaster, (unsigned long)plain, (unsigned long)k, 4 * 4385, (unsigned long)stream);
        fclose(result);
    }
    return 0;
}

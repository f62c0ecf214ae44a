/* native.c: the work of `make bench-web` by the native library, one worker of bench/web/run.mjs. It speaks a line protocol:
       export DIR                       writes what all contestants share: DIR/W.rows, .targets, .weights (float32); answers the works
       check WORK simd=LEVEL            numbers to compare (see `check` below)
       epoch|window|step WORK simd=LEVEL seconds=S      {"units":12,"wall":0.31,"cpu":0.3}: epochs, windows one by one,
                                                        rows with carried state; seconds by the wall and of the processor
   One line of JSON each. */
#if !defined(_WIN32)
#define _POSIX_C_SOURCE 200809L     /* clock_gettime */
#endif
#define LSTMFC_IMPLEMENTATION
#include "../../lstmfc.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Inputs, windows, batches and losses of the works of bench.c; L1-L3 with one LSTM of 64 and a dense head, W1-W3 with the networks there.
   The norm of the gradient is not clipped: the peers' own training loops do not. */
typedef struct work { const char *name, *spec; int32_t inputs, window, batch, loss; } work;
static const work works[] = {
    { "L1", "lstm 64 | dense 1", 1, 20, 32, LSTMFC_LOSS_MSE },
    { "L2", "lstm 64 | dense 1", 108, 16, 16, LSTMFC_LOSS_MSE },
    { "L3", "lstm 64 | dense 1 sigmoid", 30, 24, 32, LSTMFC_LOSS_BCE },
    { "W1", "lstm 32 | dense 1", 1, 20, 32, LSTMFC_LOSS_MSE },
    { "W2", "lstm 64 | lstm 64 | dense 1", 108, 16, 16, LSTMFC_LOSS_MSE },
    { "W3", "lstm 128 | lstm 64 | dense 32 relu | dense 16 relu | dense 1 sigmoid", 30, 24, 32, LSTMFC_LOSS_BCE }
};
enum { WORKS = sizeof works / sizeof *works, WINDOWS = 512, CHECKED = 4 };

static void fatal(const char *what, const char *why) {
    printf("{\"error\":\"%s: %s\"}\n", what, why);
    fflush(stdout);
    exit(1);
}

typedef struct state {
    const work *work;
    int32_t simd;
    float *rows, *targets;
    size_t row_count;
    lstmfc_model *model;
    lstmfc_trainer *trainer;
    lstmfc_scratch *scratch;
    size_t next;
} state;

/* Windows start at rows 0, 1, ... WINDOWS - 1, as a series gives them. */
static void data_of(state *s, const work *w) {
    size_t i, inputs = (size_t)w->inputs;
    lstmfc_rng rng;
    s->work = w;
    s->row_count = WINDOWS + (size_t)w->window - 1;
    s->rows = (float *)malloc(s->row_count * inputs * sizeof *s->rows);
    s->targets = (float *)malloc(WINDOWS * sizeof *s->targets);
    if (!s->rows || !s->targets) fatal(w->name, "no memory");
    lstmfc_rng_seed(&rng, 7 + (uint64_t)(w - works) % 3);
    for (i = 0; i < s->row_count * inputs; i++) s->rows[i] = (float)lstmfc_rng_normal(&rng);
    for (i = 0; i < WINDOWS; i++)
        s->targets[i] = w->loss == LSTMFC_LOSS_BCE ? (float)lstmfc_rng_below(&rng, 2) : (float)lstmfc_rng_normal(&rng);
}

static lstmfc_batch batch_of(const state *s, size_t first, size_t count) {
    lstmfc_batch batch;
    memset(&batch, 0, sizeof batch);
    batch.rows = s->rows + first * (size_t)s->work->inputs;
    batch.row_count = s->row_count - first;
    batch.row_stride = (size_t)s->work->inputs;
    batch.window = (size_t)s->work->window;
    batch.count = count;
    batch.targets = s->targets + first;
    return batch;
}

/* A fresh model, and a trainer of its first `windows` windows. */
static void fresh(state *s, size_t windows) {
    lstmfc_env env = lstmfc_env_default();
    lstmfc_model_desc desc;
    lstmfc_training_desc training = lstmfc_training_desc_default();
    lstmfc_batch fit;
    lstmfc_error err;
    lstmfc_scratch_free(s->scratch);
    lstmfc_trainer_free(s->trainer);
    lstmfc_model_free(s->model);
    memset(&desc, 0, sizeof desc);
    memset(&err, 0, sizeof err);
    env.simd = s->simd;
    env.threads = 1;
    desc.spec = s->work->spec;
    desc.inputs = s->work->inputs;
    desc.window = s->work->window;
    desc.seed = 1;
    desc.env = &env;
    training.epochs = 1000000;
    training.batch = s->work->batch;
    training.loss = s->work->loss;
    training.patience = LSTMFC_NONE;
    training.seed = 1;
    training.optimizer.clip_norm = LSTMFC_NONE;
    training.env = &env;
    s->model = lstmfc_model_create(&desc, &err);
    if (!s->model) fatal(s->work->name, err.message);
    fit = batch_of(s, 0, windows);
    s->trainer = lstmfc_trainer_create(s->model, &fit, NULL, &training, &err);
    s->scratch = lstmfc_scratch_create(s->model, CHECKED, &err);
    if (!s->trainer || !s->scratch) fatal(s->work->name, err.message);
    s->next = 0;
}

static state *state_of(const char *name, int32_t simd) {
    static state states[64];
    static int count;
    int i;
    for (i = 0; i < count; i++)
        if (!strcmp(states[i].work->name, name) && states[i].simd == simd) return &states[i];
    for (i = 0; i < WORKS; i++)
        if (!strcmp(works[i].name, name) && count < 64) {
            states[count].simd = simd;
            data_of(&states[count], &works[i]);
            fresh(&states[count], WINDOWS);
            return &states[count++];
        }
    fatal(name, "no such work");
    return NULL;
}

/* ---- the works for everybody */

static void put(const char *folder, const char *name, const char *ending, const float *values, size_t count, const char *mode) {
    char path[1200];
    FILE *file;
    snprintf(path, sizeof path, "%s/%s.%s", folder, name, ending);
    file = fopen(path, mode);
    if (!file || fwrite(values, sizeof *values, count, file) != count || fclose(file)) fatal(path, "cannot be written");
}

static void export_works(const char *folder) {
    int i;
    printf("{\"version\":\"%s\",\"windows\":%d,\"checked\":%d,\"works\":[", LSTMFC_VERSION_TEXT, WINDOWS, CHECKED);
    for (i = 0; i < WORKS; i++) {
        const work *w = &works[i];
        state *s = state_of(w->name, LSTMFC_SIMD_SCALAR);
        int32_t k;
        put(folder, w->name, "rows", s->rows, s->row_count * (size_t)w->inputs, "wb");
        put(folder, w->name, "targets", s->targets, WINDOWS, "wb");
        for (k = 0; k < lstmfc_model_tensors(s->model); k++) {
            lstmfc_tensor tensor;
            lstmfc_model_tensor(s->model, k, &tensor);
            put(folder, w->name, "weights", tensor.data, tensor.count, k ? "ab" : "wb");
        }
        printf("%s{\"name\":\"%s\",\"spec\":\"%s\",\"inputs\":%d,\"window\":%d,\"batch\":%d,\"loss\":\"%s\"}", i ? "," : "", w->name,
               w->spec, w->inputs, w->window, w->batch, w->loss == LSTMFC_LOSS_BCE ? "bce" : "mse");
    }
    printf("]}\n");
}

/* ---- work */

static double seconds_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void list(const char *key, const float *values, size_t count) {
    size_t i;
    printf("%s\"%s\":[", key[0] == 'o' ? "{" : ",", key);
    for (i = 0; i < count; i++) printf("%s%.9g", i ? "," : "", (double)values[i]);
    printf("]");
}

static void predict(state *s, size_t first, size_t count, float *out) {
    lstmfc_batch batch = batch_of(s, first, count);
    lstmfc_error err;
    if (lstmfc_model_predict(s->model, s->scratch, &batch, out, &err) != LSTMFC_OK) fatal(s->work->name, err.message);
}
static void step(state *s, size_t row, float *out) {
    lstmfc_error err;
    const float *at = s->rows + row * (size_t)s->work->inputs;
    if (lstmfc_model_step(s->model, s->scratch, at, out, &err) != LSTMFC_OK) fatal(s->work->name, err.message);
}
static void epoch(state *s) {
    lstmfc_error err;
    if (lstmfc_trainer_step(s->trainer, 0, &err) < 0) fatal(s->work->name, err.message);
}

/* outputs: windows 0 .. 3 with fresh weights; stream: the output after the rows of window 0, one by one; trained: the windows again after
   three updates by the first batch; epoch: after one epoch over all windows instead. */
static void check(state *s) {
    float out[CHECKED];
    int i;
    fresh(s, (size_t)s->work->batch);
    predict(s, 0, CHECKED, out);
    list("outputs", out, CHECKED);
    lstmfc_scratch_reset(s->scratch);
    for (i = 0; i < s->work->window; i++) step(s, (size_t)i, out);
    list("stream", out, 1);
    for (i = 0; i < 3; i++) epoch(s);
    predict(s, 0, CHECKED, out);
    list("trained", out, CHECKED);
    fresh(s, WINDOWS);
    epoch(s);
    predict(s, 0, CHECKED, out);
    list("epoch", out, CHECKED);
    printf("}\n");
    fresh(s, WINDOWS);
}

static void timed(state *s, char item, double seconds) {
    double start = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID), wall;
    long units = 0, chunk = item == 'e' ? 1 : 64, i;
    float out[1];
    do {
        for (i = 0; i < chunk; i++) {
            if (item == 'e') epoch(s);
            else if (item == 'w') predict(s, s->next, 1, out);
            else step(s, s->next, out);
            s->next = (s->next + 1) % WINDOWS;
        }
        units += chunk;
        wall = seconds_of(CLOCK_MONOTONIC) - start;
    } while (wall < seconds);
    printf("{\"units\":%ld,\"wall\":%.9g,\"cpu\":%.9g}\n", units, wall, seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu);
}

int main(void) {
    char line[1200], item[16], name[1024], level[16];
    while (fgets(line, sizeof line, stdin)) {
        double seconds = 0.1;
        int words = sscanf(line, "%15s %1023s simd=%15s seconds=%lf", item, name, level, &seconds);
        if (words == 2 && !strcmp(item, "export")) export_works(name);
        else if (words >= 3) {
            int32_t simd = !strcmp(level, "sse2") ? LSTMFC_SIMD_SSE2 : !strcmp(level, "scalar") ? LSTMFC_SIMD_SCALAR : 0;
            state *s = state_of(name, simd);
            if (!strcmp(item, "check")) check(s);
            else if (!strcmp(item, "epoch") || !strcmp(item, "window") || !strcmp(item, "step")) timed(s, item[0], seconds);
            else fatal(item, "no such item");
        } else fatal(line[0] == '\n' ? "an empty line" : item, "not understood");
        fflush(stdout);
    }
    return 0;
}

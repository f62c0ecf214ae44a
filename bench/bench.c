/* bench.c: ours, as one worker of bench/run.py. It speaks a line protocol, so that many programs can be kept ready and asked in turn:
       ITEM WORK key=value ...      on standard input, for example   train W1 threads=1 seconds=0.2 simd=avx2
       one line of JSON             on standard output, for example  {"units":3200,"wall":0.2013,"cpu":0.2009,"check":0.4713}
   units: what was done (sequences, steps, bytes, floating-point operations), wall and cpu: the seconds it took; check: a number that
   depends on the result. What this version cannot do answers {"absent":"why"}, what went wrong {"error":"what"}.
       bench DIR                    works in DIR: `export` writes there what the peers load (see share), and no item allocates while it is timed */
#if !defined(_WIN32)
#define _POSIX_C_SOURCE 200809L     /* clock_gettime */
#endif
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { ROWS = 4096, SETS = 16, CHECKED = 4, LARGE = 256 };

/* The networks W1-W4 of every table; A is the hourly classifier, trained whole. */
typedef struct work {
    const char *name, *spec;
    int32_t inputs, window, batch, loss;
    double clip;                    /* largest global norm; 0 = no clipping */
} work;
static const work works[] = {
    { "W1", "lstm 32 | dense 1", 1, 20, 32, LSTMFC_LOSS_MSE, 0 },
    { "W2", "lstm 64 | lstm 64 | dense 1", 108, 16, 16, LSTMFC_LOSS_MSE, 1 },
    { "W3", "lstm 128 | lstm 64 | dense 32 relu | dense 16 relu | dense 1 sigmoid", 30, 24, 32, LSTMFC_LOSS_BCE, 0 },
    { "W4", "lstm 256 | lstm 128 | lstm 64 | dense 64 swish | dense 32 swish | dense 1", 20, 60, 32, LSTMFC_LOSS_HUBER, 0 },
    { "A", "lstm 128 l2=1e-4 | batchnorm | dropout 0.3 | lstm 64 l2=1e-4 | batchnorm | dropout 0.25 | dense 32 relu l2=1e-4 | "
           "batchnorm | dropout 0.2 | dense 16 relu l2=1e-4 | dropout 0.1 | dense 1 sigmoid", 30, 24, 32, LSTMFC_LOSS_BCE, 0 }
};
enum { WORKS = 4, SYSTEM_A = 4 };
static const char *const losses[] = { LSTMFC_CHOICES_LOSS(LSTMFC__NAME) };

/* ---- answers, clocks, memory */

static void fatal(const char *what, const char *why) {
    printf("{\"error\":\"%s: %s\"}\n", what, why);
    fflush(stdout);
    exit(1);
}
static void *memory(size_t size) {
    void *p = malloc(size ? size : 1);
    if (!p) fatal("bench", "no memory");
    return p;
}
static double seconds_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
static double wall_seconds(void) { return seconds_of(CLOCK_MONOTONIC); }
static double cpu_seconds(void) { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

/* kB; VmHWM is this program's own, ru_maxrss may hold what the parent had before exec. Without /proc only the peak is known. */
static long resident_kb(const char *key) {
    struct rusage usage;
    char line[128];
    long kb = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, key, strlen(key))) { kb = strtol(line + strlen(key), NULL, 10); break; }
    if (file) fclose(file);
    if (!kb && !getrusage(RUSAGE_SELF, &usage)) kb = usage.ru_maxrss;
    return kb;
}

/* ---- what all programs share: files in DIR, written once by `export`

   W.txt      lines "key value ...": spec inputs window batch loss clip rows sets, and the sizes the C++ peers want:
              "lstm I H" or "dense I O activation" for each layer
   W.weights  float32, each layer: kernel [I][4H], recurrent [H][4H], bias [4H] (gates i,f,g,o) or kernel [I][O], bias [O]
   W.rows     float32 [rows][inputs]; W.targets float32 [rows], of the window that starts at that row
   W.first    int64 [sets][batch]: the windows of each training batch */
typedef struct data { float *rows, *targets; int64_t *first; } data;
static data shared[WORKS];
static const char *directory = "build/bench";

/* Made from a fixed seed, so that every process has the same without reading it. */
static const data *data_of(const work *w) {
    data *d = &shared[w - works];
    size_t i, cells = (size_t)ROWS * (size_t)w->inputs, windows = (size_t)SETS * (size_t)w->batch;
    lstmfc_rng rng;
    if (d->rows) return d;
    lstmfc_rng_seed(&rng, 7 + (uint64_t)(w - works));
    d->rows = (float *)memory(cells * sizeof *d->rows);
    d->targets = (float *)memory(ROWS * sizeof *d->targets);
    d->first = (int64_t *)memory(windows * sizeof *d->first);
    for (i = 0; i < cells; i++) d->rows[i] = (float)lstmfc_rng_normal(&rng);
    for (i = 0; i < ROWS; i++)
        d->targets[i] = w->loss == LSTMFC_LOSS_BCE ? (float)lstmfc_rng_below(&rng, 2) : (float)lstmfc_rng_normal(&rng);
    for (i = 0; i < windows; i++) d->first[i] = (int64_t)lstmfc_rng_below(&rng, (uint64_t)(ROWS - w->window + 1));
    return d;
}

static lstmfc_model *model_of(const work *w, int32_t simd, int32_t threads) {
    lstmfc_env env = lstmfc_env_default();
    lstmfc_model_desc desc;
    lstmfc_error err;
    lstmfc_model *model;
    memset(&desc, 0, sizeof desc);
    memset(&err, 0, sizeof err);
    env.simd = simd;
    env.threads = threads;
    desc.spec = w->spec;
    desc.inputs = w->inputs;
    desc.window = w->window;
    desc.seed = 1;
    desc.env = &env;
    model = lstmfc_model_create(&desc, &err);
    if (!model) fatal(w->name, err.message);
    return model;
}

static FILE *create(const char *name, const char *ending) {
    char path[512];
    FILE *file;
    snprintf(path, sizeof path, "%s/%s.%s", directory, name, ending);
    file = fopen(path, "wb");
    if (!file) fatal(path, "cannot be written");
    return file;
}
static void put(FILE *file, const void *values, size_t size, size_t count) {
    if (fwrite(values, size, count, file) != count) fatal(directory, "cannot be written");
}
static void close_file(FILE *file) {
    if (fclose(file)) fatal(directory, "cannot be written");
}

/* The activation of layer `index` as the layer text names it. */
static void activation_of(const char *spec, int index, char out[16]) {
    char name[16];
    int size;
    while (index-- > 0) spec = strchr(spec, '|') + 1;
    if (sscanf(spec, " %15s %d %15s", name, &size, out) < 3 || !strcmp(out, "|")) strcpy(out, "linear");
}

static void export_work(const work *w) {
    const data *d = data_of(w);
    lstmfc_model *model = model_of(w, 0, 1);
    FILE *text = create(w->name, "txt"), *weights = create(w->name, "weights"), *file;
    lstmfc_tensor tensor;
    char activation[16];
    int32_t i;
    fprintf(text, "spec %s\ninputs %d\nwindow %d\nbatch %d\nloss %s\nclip %g\nrows %d\nsets %d\n", w->spec, w->inputs, w->window,
            w->batch, losses[w->loss], w->clip, ROWS, SETS);
    for (i = 0; i < lstmfc_model_tensors(model); i++) {
        lstmfc_model_tensor(model, i, &tensor);
        put(weights, tensor.data, sizeof *tensor.data, tensor.count);
        if (strstr(tensor.name, "lstm.kernel")) fprintf(text, "lstm %d %d\n", tensor.shape[0], tensor.shape[1] / 4);
        if (strstr(tensor.name, "dense.kernel")) {
            activation_of(w->spec, atoi(tensor.name), activation);
            fprintf(text, "dense %d %d %s\n", tensor.shape[0], tensor.shape[1], activation);
        }
    }
    close_file(text);
    close_file(weights);
    put(file = create(w->name, "rows"), d->rows, sizeof *d->rows, (size_t)ROWS * (size_t)w->inputs);
    close_file(file);
    put(file = create(w->name, "targets"), d->targets, sizeof *d->targets, ROWS);
    close_file(file);
    put(file = create(w->name, "first"), d->first, sizeof *d->first, (size_t)SETS * (size_t)w->batch);
    close_file(file);
    lstmfc_model_free(model);
}

/* ---- one object for each item, work, level and thread count that was asked for, kept until the end */

enum { TRAIN, OVERLAP, COPIED, LATENCY, BATCH, STREAM };
typedef struct object {
    char key[96];
    int item;
    const work *work;
    lstmfc_model *model;
    lstmfc_scratch *scratch;
    lstmfc_gradients *gradients;
    lstmfc_optimizer *optimizer;
    lstmfc_loss_desc loss_desc;
    lstmfc_batch batch[SETS];       /* training */
    lstmfc_batch windows;           /* inference */
    float *outputs;
    size_t next;                    /* batch or row of the next call */
    double check, call_seconds;     /* the last loss or output; how long one call took before it was timed */
} object;

/* Training batches. random: windows from anywhere. overlap: windows that start at consecutive rows, as a series gives them without
   shuffling. copied: the same windows, each copied out of the series, as the peers take them. */
static void batches(object *o) {
    const work *w = o->work;
    const data *d = data_of(w);
    size_t s, i, window = (size_t)w->window, columns = (size_t)w->inputs, count = (size_t)w->batch;
    for (s = 0; s < SETS; s++) {
        lstmfc_batch *b = &o->batch[s];
        float *targets = (float *)memory(count * sizeof *targets);
        int64_t *first = (int64_t *)memory(count * sizeof *first);
        float *copy = o->item == COPIED ? (float *)memory(count * window * columns * sizeof *copy) : NULL;
        for (i = 0; i < count; i++) {
            int64_t row = o->item == TRAIN ? d->first[s * count + i] : d->first[s * count] % (ROWS - w->window - w->batch) + (int64_t)i;
            targets[i] = d->targets[row];
            first[i] = copy ? (int64_t)(i * window) : row;
            if (copy) memcpy(copy + i * window * columns, d->rows + (size_t)row * columns, window * columns * sizeof *copy);
        }
        b->rows = copy ? copy : d->rows;
        b->row_count = copy ? count * window : ROWS;
        b->row_stride = columns;
        b->first_row = first;
        b->count = count;
        b->window = window;
        b->targets = targets;
    }
}

static object *object_of(int item, const work *w, int32_t simd, int32_t threads) {
    static object *objects[512];
    static size_t count;
    char key[96];
    object *o;
    size_t i;
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    snprintf(key, sizeof key, "%d %s %d %d", item, w->name, simd, threads);
    for (i = 0; i < count; i++)
        if (!strcmp(objects[i]->key, key)) return objects[i];
    if (count == sizeof objects / sizeof *objects) fatal("bench", "too many objects");
    o = (object *)memory(sizeof *o);
    memset(o, 0, sizeof *o);
    strcpy(o->key, key);
    o->item = item;
    o->work = w;
    o->model = model_of(w, simd, threads);
    o->outputs = (float *)memory(LARGE * sizeof *o->outputs);
    if (item <= COPIED) {
        lstmfc_optimizer_desc desc;
        memset(&desc, 0, sizeof desc);
        desc.clip_norm = w->clip > 0 ? w->clip : LSTMFC_NONE;
        o->loss_desc.loss = w->loss;
        o->gradients = lstmfc_gradients_create(o->model, (size_t)w->batch, &err);
        o->optimizer = lstmfc_optimizer_create(o->model, &desc, &err);
        if (!o->gradients || !o->optimizer) fatal(w->name, err.message);
        batches(o);
    } else {
        const data *d = data_of(w);
        o->scratch = lstmfc_scratch_create(o->model, item == BATCH ? LARGE : 1, &err);
        if (!o->scratch) fatal(w->name, err.message);
        o->windows.rows = d->rows;
        o->windows.row_count = ROWS;
        o->windows.row_stride = (size_t)w->inputs;
        o->windows.first_row = d->first;
        o->windows.count = item == BATCH ? LARGE : 1;
        o->windows.window = (size_t)w->window;
    }
    objects[count++] = o;
    return o;
}

/* One call: a training batch, or one prediction. Returns the units done. */
static double call(object *o) {
    lstmfc_error err;
    lstmfc_result result;
    double units;
    memset(&err, 0, sizeof err);
    if (o->item <= COPIED) {
        const lstmfc_batch *b = &o->batch[o->next];
        result = lstmfc_gradients_compute(o->gradients, o->model, b, &o->loss_desc, NULL, 1, &o->check, NULL, NULL, &err);
        if (result == LSTMFC_OK) result = lstmfc_optimizer_step(o->optimizer, o->model, o->gradients, 0, NULL, &err);
        o->next = (o->next + 1) % SETS;
        units = (double)b->count;
    } else if (o->item >= STREAM) {
        const float *row = o->windows.rows + o->next * o->windows.row_stride;
        result = lstmfc_model_step(o->model, o->scratch, row, o->outputs, &err);
        o->next = (o->next + 1) % ROWS;
        o->check = (double)o->outputs[0];
        units = 1;
    } else {
        result = lstmfc_model_predict(o->model, o->scratch, &o->windows, o->outputs, &err);
        o->check = (double)o->outputs[0];
        units = (double)o->windows.count;
    }
    if (result != LSTMFC_OK) fatal(o->work->name, err.message);
    return units;
}

static void answer(double units, double wall, double cpu, double check) {
    printf("{\"units\":%.17g,\"wall\":%.9g,\"cpu\":%.9g,\"check\":%.9g}\n", units, wall, cpu, check);
}

/* Calls for about `seconds`; the first time one call more, before the clock starts. The clock is read every 2 ms or so. */
static void timed(object *o, double seconds) {
    double wall, cpu, end, units = 0;
    size_t i, chunk;
    if (o->call_seconds <= 0) {
        call(o);
        wall = wall_seconds();
        call(o);
        o->call_seconds = wall_seconds() - wall + 1e-9;
    }
    chunk = o->call_seconds > 0.002 ? 1 : (size_t)(0.002 / o->call_seconds);
    wall = wall_seconds();
    cpu = cpu_seconds();
    do {
        for (i = 0; i < chunk; i++) units += call(o);
        end = wall_seconds();
    } while (end - wall < seconds);
    cpu = cpu_seconds() - cpu;
    o->call_seconds = (end - wall) * (o->item <= COPIED ? o->work->batch : o->item == BATCH ? LARGE : 1) / units;
    answer(units, end - wall, cpu, o->check);
}

/* ---- the guard: fresh weights, outputs of a few windows, and the same after three training steps */

static void list(const char *key, const float *values, size_t count) {
    size_t i;
    printf("\"%s\":[", key);
    for (i = 0; i < count; i++) printf("%s%.9g", i ? "," : "", (double)values[i]);
    printf("]");
}

static void check(const work *w, int32_t simd, int32_t threads) {
    const data *d = data_of(w);
    lstmfc_model *model = model_of(w, simd, threads);
    object *o = object_of(TRAIN, w, simd, threads);
    lstmfc_optimizer_desc desc;
    lstmfc_optimizer *optimizer;
    lstmfc_scratch *scratch;
    lstmfc_batch windows;
    lstmfc_error err;
    float before[CHECKED], after[CHECKED], last;
    double loss[3];
    int32_t i;
    memset(&err, 0, sizeof err);
    memset(&windows, 0, sizeof windows);
    memset(&desc, 0, sizeof desc);
    desc.clip_norm = w->clip > 0 ? w->clip : LSTMFC_NONE;
    windows.rows = d->rows;
    windows.row_count = ROWS;
    windows.row_stride = (size_t)w->inputs;
    windows.first_row = d->first;
    windows.count = CHECKED;
    windows.window = (size_t)w->window;
    scratch = lstmfc_scratch_create(model, CHECKED, &err);
    optimizer = lstmfc_optimizer_create(model, &desc, &err);
    if (!scratch || !optimizer || lstmfc_model_predict(model, scratch, &windows, before, &err) != LSTMFC_OK)
        fatal(w->name, err.message);
    lstmfc_scratch_reset(scratch);
    for (i = 0; i < w->window; i++)     /* carried state over the first window: the same as its prediction */
        if (lstmfc_model_step(model, scratch, d->rows + (d->first[0] + i) * w->inputs, &last, &err) != LSTMFC_OK) fatal(w->name, err.message);
    for (i = 0; i < 3; i++)
        if (lstmfc_gradients_compute(o->gradients, model, &o->batch[i], &o->loss_desc, NULL, 1, &loss[i], NULL, NULL, &err) != LSTMFC_OK ||
            lstmfc_optimizer_step(optimizer, model, o->gradients, 0, NULL, &err) != LSTMFC_OK) fatal(w->name, err.message);
    if (lstmfc_model_predict(model, scratch, &windows, after, &err) != LSTMFC_OK) fatal(w->name, err.message);
    printf("{");
    list("outputs", before, CHECKED);
    printf(",\"stream\":%.9g,\"losses\":[%.9g,%.9g,%.9g],", (double)last, loss[0], loss[1], loss[2]);
    list("trained", after, CHECKED);
    printf("}\n");
    lstmfc_optimizer_free(optimizer);
    lstmfc_scratch_free(scratch);
    lstmfc_model_free(model);
}

/* ---- the machine's limit: multiply-adds on registers alone, twelve independent chains so that none waits for another */

#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
#include <immintrin.h>
#define PEAK(level, attribute, vector, set1, add, step, store, width) \
    __attribute__((target(attribute))) static float peak_##level(size_t rounds) \
    { \
        vector a[12], x = set1(0.999999f), y = set1(1e-7f); \
        float out[width]; \
        size_t i; \
        int k; \
        for (k = 0; k < 12; k++) a[k] = set1((float)k); \
        for (i = 0; i < rounds; i++) { \
            a[0] = step(a[0]); a[1] = step(a[1]); a[2] = step(a[2]); a[3] = step(a[3]); a[4] = step(a[4]); a[5] = step(a[5]); \
            a[6] = step(a[6]); a[7] = step(a[7]); a[8] = step(a[8]); a[9] = step(a[9]); a[10] = step(a[10]); a[11] = step(a[11]); \
        } \
        for (k = 1; k < 12; k++) a[0] = add(a[0], a[k]); \
        store(out, a[0]); \
        return out[0]; \
    }
#define STEP_SSE2(v)   _mm_add_ps(_mm_mul_ps(v, x), y)
#define STEP_AVX2(v)   _mm256_fmadd_ps(v, x, y)
#define STEP_AVX512(v) _mm512_fmadd_ps(v, x, y)
PEAK(sse2, "sse2", __m128, _mm_set1_ps, _mm_add_ps, STEP_SSE2, _mm_storeu_ps, 4)
PEAK(avx2, "avx2,fma", __m256, _mm256_set1_ps, _mm256_add_ps, STEP_AVX2, _mm256_storeu_ps, 8)
PEAK(avx512, "avx512f", __m512, _mm512_set1_ps, _mm512_add_ps, STEP_AVX512, _mm512_storeu_ps, 16)
static int level_present(int32_t level) {
    __builtin_cpu_init();
    return level == LSTMFC_SIMD_SCALAR || (level == LSTMFC_SIMD_SSE2 && __builtin_cpu_supports("sse2")) ||
           (level == LSTMFC_SIMD_AVX2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) ||
           (level == LSTMFC_SIMD_AVX512 && __builtin_cpu_supports("avx512f"));
}
#elif defined(__aarch64__)
#include <arm_neon.h>
static float peak_neon(size_t rounds) {
    float32x4_t a[12], x = vdupq_n_f32(0.999999f), y = vdupq_n_f32(1e-7f);
    size_t i;
    int k;
    for (k = 0; k < 12; k++) a[k] = vdupq_n_f32((float)k);
    for (i = 0; i < rounds; i++)
        for (k = 0; k < 12; k++) a[k] = vfmaq_f32(y, a[k], x);
    for (k = 1; k < 12; k++) a[0] = vaddq_f32(a[0], a[k]);
    return vgetq_lane_f32(a[0], 0);
}
static int level_present(int32_t level) { return level == LSTMFC_SIMD_SCALAR || level == LSTMFC_SIMD_NEON; }
#else
static int level_present(int32_t level) { return level == LSTMFC_SIMD_SCALAR; }
#endif

static void peak(int32_t simd, double seconds) {
    const size_t rounds = 200000;
    double wall = wall_seconds(), cpu = cpu_seconds(), end, done = 0, width = 0;
    volatile float sink = 0;
    do {
#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
        if (simd == LSTMFC_SIMD_AVX512) { sink += peak_avx512(rounds); width = 16; }
        else if (simd == LSTMFC_SIMD_AVX2) { sink += peak_avx2(rounds); width = 8; }
        else { sink += peak_sse2(rounds); width = 4; }
#elif defined(__aarch64__)
        sink += peak_neon(rounds); width = 4;
#endif
        done += 2 * 12 * width * (double)rounds;
        end = wall_seconds();
    } while (end - wall < seconds);
    (void)simd;
    if (done > 0) answer(done, end - wall, cpu_seconds() - cpu, (double)sink);
    else printf("{\"absent\":\"no peak loop for this processor\"}\n");
}

/* ---- outside the matrices: candles as CSV, the model file */

static const char *csv_path(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s.csv", directory, name);
    return path;
}

/* Hourly candles of a random walk, as an exchange's file looks: `time,open,high,low,close,volume`. */
static void export_candles(const char *name, int32_t count) {
    FILE *file = create(name, "csv");
    lstmfc_rng rng;
    double price = 40000;
    int32_t i;
    lstmfc_rng_seed(&rng, 3);
    fprintf(file, "timestamp,open,high,low,close,volume\n");
    for (i = 0; i < count; i++) {
        double open = price, close = open * (1 + 0.006 * lstmfc_rng_normal(&rng));
        double high = (open > close ? open : close) * (1 + 0.003 * lstmfc_rng_uniform(&rng));
        double low = (open < close ? open : close) * (1 - 0.003 * lstmfc_rng_uniform(&rng));
        char time[32];
        lstmfc_format_time(time, lstmfc_time_from_civil(2000, 1, 1) + (int64_t)i * 3600000);
        time[10] = ' ';
        time[19] = 0;
        fprintf(file, "%s,%.2f,%.2f,%.2f,%.2f,%.5f\n", time, open, high, low, close, 500 + 1000 * lstmfc_rng_uniform(&rng));
        price = close;
    }
    close_file(file);
}

/* csv: the file through the library's own reading; csv_memory: the parser alone. Bytes. */
static void csv(int from_file, double seconds) {
    size_t length;
    lstmfc_error err;
    char *text;
    double wall, cpu, end, bytes = 0, last = 0;
    memset(&err, 0, sizeof err);
    text = lstmfc_file_read(csv_path("candles"), &length, NULL, &err);
    if (!text) fatal("csv", err.message);
    wall = wall_seconds();
    cpu = cpu_seconds();
    do {
        lstmfc_candles *candles = from_file ? lstmfc_candles_load_csv(csv_path("candles"), NULL, &err)
                                            : lstmfc_candles_parse_csv(text, length, NULL, &err);
        if (!candles) fatal("csv", err.message);
        last = candles->close[candles->count - 1];
        lstmfc_candles_free(candles);
        bytes += (double)length;
        end = wall_seconds();
    } while (end - wall < seconds);
    cpu = cpu_seconds() - cpu;
    lstmfc_file_release(text, length, NULL);
    answer(bytes, end - wall, cpu, last);
}

static void model_file(const work *w, int load, double seconds) {
    lstmfc_model *model = model_of(w, 0, 1);
    lstmfc_writer writer;
    lstmfc_error err;
    double wall, cpu, end, bytes = 0;
    memset(&err, 0, sizeof err);
    lstmfc_writer_init(&writer, NULL);
    if (lstmfc_model_save_memory(model, 0, &writer, &err) != LSTMFC_OK) fatal(w->name, err.message);
    wall = wall_seconds();
    cpu = cpu_seconds();
    do {
        if (load) {
            lstmfc_model *copy = lstmfc_model_load_memory(writer.text, writer.length, NULL, &err);
            if (!copy) fatal(w->name, err.message);
            lstmfc_model_free(copy);
        } else {
            lstmfc_writer_free(&writer);
            lstmfc_writer_init(&writer, NULL);
            if (lstmfc_model_save_memory(model, 0, &writer, &err) != LSTMFC_OK) fatal(w->name, err.message);
        }
        bytes += (double)writer.length;
        end = wall_seconds();
    } while (end - wall < seconds);
    answer(bytes, end - wall, cpu_seconds() - cpu, (double)writer.length);
    lstmfc_writer_free(&writer);
    lstmfc_model_free(model);
}

/* ---- system A as a whole: candles file -> features -> scaler -> training with validation -> forecasts, in a process of its own

   The peers are handed the finished matrix (A.rows, A.targets), so the first stages are ours alone. */
enum { A_BARS = 6000 };
typedef struct system_a {
    float *rows, *targets, *outputs;            /* [count][inputs]; target of the window that starts at that row */
    size_t count, inputs, windows, fit;         /* the first `fit` windows train, the others validate */
} system_a;

static system_a system_a_data(void) {
    const work *w = &works[SYSTEM_A];
    system_a a;
    lstmfc_error err;
    lstmfc_candles *candles;
    lstmfc_features *features;
    double *matrix, *center, *scale;
    size_t first, i, k;
    memset(&a, 0, sizeof a);
    memset(&err, 0, sizeof err);
    candles = lstmfc_candles_load_csv(csv_path("A"), NULL, &err);
    features = lstmfc_features_compile("@a", NULL, &err);
    if (!candles || !features) fatal("A", err.message);
    a.inputs = (size_t)lstmfc_features_count(features);
    if (a.inputs != (size_t)w->inputs) fatal("A", "@a has another number of features");
    first = (size_t)lstmfc_features_lookback(features);
    a.count = candles->count - first;
    a.windows = a.count - (size_t)w->window;    /* the last bar has no next one */
    a.fit = a.windows * 4 / 5;
    matrix = (double *)memory(candles->count * a.inputs * sizeof *matrix);
    center = (double *)memory(2 * a.inputs * sizeof *center);
    scale = center + a.inputs;
    a.rows = (float *)memory(a.count * a.inputs * sizeof *a.rows);
    a.targets = (float *)memory(a.windows * sizeof *a.targets);
    a.outputs = (float *)memory(a.windows * sizeof *a.outputs);
    if (lstmfc_features_evaluate(features, candles, matrix, &err) != LSTMFC_OK ||
        lstmfc_scaler_fit(LSTMFC_SCALER_STANDARD, matrix + first * a.inputs, a.fit, a.inputs, a.inputs, center, scale, NULL, &err) !=
            LSTMFC_OK) fatal("A", err.message);
    for (i = 0; i < a.count; i++)
        for (k = 0; k < a.inputs; k++)
            a.rows[i * a.inputs + k] =
                (float)lstmfc_scale(LSTMFC_SCALER_STANDARD, matrix[(first + i) * a.inputs + k], center[k], scale[k]);
    for (i = 0; i < a.windows; i++) {
        size_t bar = first + i + (size_t)w->window - 1;
        a.targets[i] = candles->close[bar + 1] > candles->close[bar] ? 1.0f : 0.0f;
    }
    free(matrix);
    free(center);
    lstmfc_features_free(features);
    lstmfc_candles_free(candles);
    return a;
}

static void export_system_a(void) {
    const work *w = &works[SYSTEM_A];
    system_a a;
    FILE *file;
    export_candles("A", A_BARS);
    a = system_a_data();
    file = create("A", "txt");
    fprintf(file, "spec %s\ninputs %d\nwindow %d\nbatch %d\nloss %s\nclip %g\nrows %lu\nwindows %lu\nfit %lu\n", w->spec, w->inputs,
            w->window, w->batch, losses[w->loss], w->clip, (unsigned long)a.count, (unsigned long)a.windows, (unsigned long)a.fit);
    close_file(file);
    put(file = create("A", "rows"), a.rows, sizeof *a.rows, a.count * a.inputs);
    close_file(file);
    put(file = create("A", "targets"), a.targets, sizeof *a.targets, a.windows);
    close_file(file);
    free(a.rows);
    free(a.targets);
    free(a.outputs);
}

static lstmfc_batch windows_of(const float *rows, size_t row_count, size_t inputs, size_t count, size_t window, const float *targets) {
    lstmfc_batch b;
    memset(&b, 0, sizeof b);
    b.rows = rows;
    b.row_count = row_count;
    b.row_stride = inputs;
    b.count = count;
    b.window = window;
    b.targets = targets;
    return b;
}

static lstmfc_trainer *trainer_of(lstmfc_model *model, const lstmfc_batch *fit, const lstmfc_batch *validation, const work *w,
                                  int32_t epochs, int32_t simd, int32_t threads) {
    lstmfc_env env = lstmfc_env_default();
    lstmfc_training_desc desc;
    lstmfc_error err;
    lstmfc_trainer *trainer;
    memset(&desc, 0, sizeof desc);
    memset(&err, 0, sizeof err);
    env.simd = simd;
    env.threads = threads;
    desc.epochs = epochs;
    desc.batch = w->batch;
    desc.loss = w->loss;
    desc.patience = LSTMFC_NONE;
    desc.optimizer.clip_norm = w->clip > 0 ? w->clip : LSTMFC_NONE;
    desc.env = &env;
    trainer = lstmfc_trainer_create(model, fit, validation, &desc, &err);
    if (!trainer) fatal(w->name, err.message);
    return trainer;
}

static void system_a_run(int32_t epochs, int32_t simd, int32_t threads) {
    const work *w = &works[SYSTEM_A];
    double wall = wall_seconds(), cpu = cpu_seconds(), ready, first = 0, trained;
    system_a a = system_a_data();
    lstmfc_model *model = model_of(w, simd, threads);
    lstmfc_batch fit = windows_of(a.rows, a.count, a.inputs, a.fit, (size_t)w->window, a.targets);
    lstmfc_batch validation = windows_of(a.rows + a.fit * a.inputs, a.count - a.fit, a.inputs, a.windows - a.fit, (size_t)w->window,
                                         a.targets + a.fit);
    lstmfc_trainer *trainer = trainer_of(model, &fit, &validation, w, epochs, simd, threads);
    lstmfc_scratch *scratch;
    lstmfc_error err;
    lstmfc_result result;
    int32_t count;
    const lstmfc_epoch *history;
    memset(&err, 0, sizeof err);
    ready = wall_seconds();
    do {                                        /* one epoch per call */
        result = lstmfc_trainer_step(trainer, 0, &err);
        if (first <= 0) first = wall_seconds();
    } while (result == LSTMFC_OK);
    if (result != LSTMFC_DONE) fatal("A", err.message);
    trained = wall_seconds();
    history = lstmfc_trainer_history(trainer, &count, NULL);
    scratch = lstmfc_scratch_create(model, LARGE, &err);
    if (!scratch || lstmfc_model_predict(model, scratch, &validation, a.outputs, &err) != LSTMFC_OK) fatal("A", err.message);
    printf("{\"units\":%.17g,\"wall\":%.9g,\"cpu\":%.9g,\"train\":%.9g,\"first\":%.9g,\"check\":%.9g,\"peak_kb\":%ld}\n",
           (double)a.fit * epochs, wall_seconds() - wall, cpu_seconds() - cpu, trained - ready, first - ready, count ? history[count - 1].val_loss : 0, resident_kb("VmHWM:"));
}

/* ---- memory of training on `count` rows of 30 columns with the W3 network: peak less what the process had with the matrix made */
static void memory_run(int64_t count, int32_t batches_wanted) {
    const work *w = &works[2];
    size_t inputs = (size_t)w->inputs, rows = (size_t)count, i;
    float *matrix = (float *)memory(rows * inputs * sizeof *matrix), *targets = (float *)memory(rows * sizeof *targets);
    lstmfc_model *model;
    lstmfc_trainer *trainer;
    lstmfc_batch fit;
    lstmfc_error err;
    long before;
    memset(&err, 0, sizeof err);
    for (i = 0; i < rows * inputs; i++) matrix[i] = (float)((i * 2654435761u >> 7) % 2001) / 1000.0f - 1.0f;
    for (i = 0; i < rows; i++) targets[i] = (float)(i * 40503u >> 3 & 1);
    before = resident_kb("VmRSS:");
    model = model_of(w, 0, 1);
    fit = windows_of(matrix, rows, inputs, rows - (size_t)w->window + 1, (size_t)w->window, targets);
    trainer = trainer_of(model, &fit, NULL, w, 1, 0, 1);
    if (lstmfc_trainer_step(trainer, batches_wanted, &err) < 0) fatal("memory", err.message);
    printf("{\"rows\":%ld,\"matrix_kb\":%ld,\"before_kb\":%ld,\"peak_kb\":%ld,\"copied_windows_kb\":%ld}\n", (long)count,
           (long)(rows * inputs * sizeof *matrix / 1024), before, resident_kb("VmHWM:"),
           (long)(rows * inputs * (size_t)w->window * sizeof *matrix / 1024));
}

/* ---- indicators: one unit is one bar */

enum { BARS = 200000 };
static double *bars[5], *results[5];        /* open high low close volume, written to bars.f64 for the peers; outputs */

static void bars_make(void) {
    lstmfc_rng rng;
    double price = 40000;
    size_t t, k;
    if (bars[0]) return;
    for (k = 0; k < 5; k++) { bars[k] = (double *)memory(BARS * sizeof(double)); results[k] = (double *)memory(BARS * sizeof(double)); }
    lstmfc_rng_seed(&rng, 5);
    for (t = 0; t < BARS; t++) {
        double open = price, close = open * (1 + 0.006 * lstmfc_rng_normal(&rng));
        bars[0][t] = open;
        bars[1][t] = (open > close ? open : close) * (1 + 0.003 * lstmfc_rng_uniform(&rng));
        bars[2][t] = (open < close ? open : close) * (1 - 0.003 * lstmfc_rng_uniform(&rng));
        bars[3][t] = price = close;
        bars[4][t] = 100 * lstmfc_exp(0.7 * lstmfc_rng_normal(&rng));
    }
}

static void export_bars(void) {
    FILE *file = create("bars", "f64");
    size_t k;
    bars_make();
    for (k = 0; k < 5; k++) put(file, bars[k], sizeof(double), BARS);
    fclose(file);
}

/* name here, row of the table, how it is set up, which outputs a user of the peer gets too (bit k: output k) */
#define INDICATORS(X) \
    X(sma, sma, lstmfc_window, lstmfc_window_init(&s, 20), 1) X(ema, ema, lstmfc_ema, lstmfc_ema_init(&s, 20), 1) \
    X(stddev, stddev, lstmfc_window, lstmfc_window_init(&s, 20), 1) X(rsi, rsi, lstmfc_rsi, lstmfc_rsi_init(&s, 14), 1) \
    X(stochrsi, stochrsi, lstmfc_stochrsi, lstmfc_stochrsi_init(&s, 14, 14, 3, 3), 3) \
    X(macd, macd, lstmfc_macd, lstmfc_macd_init(&s, 12, 26, 9), 7) X(bands, bbands, lstmfc_bbands, lstmfc_bbands_init(&s, 20, 2), 7) \
    X(tr, tr, lstmfc_tr, lstmfc_tr_init(&s), 1) X(atr, atr, lstmfc_atr, lstmfc_atr_init(&s, 14), 1) \
    X(dmi, adx, lstmfc_adx, lstmfc_adx_init(&s, 14), 11) X(obv, obv, lstmfc_obv, lstmfc_obv_init(&s), 1) \
    X(vwap, vwap, lstmfc_vwap, lstmfc_vwap_init(&s, 14), 1) \
    X(volume_ratio, volume_ratio, lstmfc_window, lstmfc_window_init(&s, 20), 1) \
    X(log_return, log_return, lstmfc_lag, lstmfc_lag_init(&s, 1), 1) \
    X(realized_vol, realized_vol, lstmfc_realized_vol, lstmfc_realized_vol_init(&s, 20), 1) \
    X(trend, trend, lstmfc_trend, lstmfc_trend_init(&s, 20, 50), 1) X(max, max, lstmfc_window, lstmfc_window_init(&s, 14), 1) \
    X(mfi, mfi, lstmfc_mfi, lstmfc_mfi_init(&s, 14), 1) X(cci, cci, lstmfc_window, lstmfc_window_init(&s, 14), 1) \
    X(stoch, stoch, lstmfc_stoch, lstmfc_stoch_init(&s, 5, 3, 3), 3)

static const char *letters_of(const char *row) {
#define ENTRY(ID, name, state, step, memory, inputs, ...) if (!strcmp(row, #name)) return #inputs;
    LSTMFC_INDICATORS(ENTRY)
#undef ENTRY
    return "";
}

static void run_one(const char *name) {
    static double ring[4096];
    const double *in[5];
    double *out[5];
    const char *letters;
    size_t k, j;
#define RUN(item, row, state, init, wanted) \
    if (!strcmp(name, #item)) { \
        state s; \
        init; \
        letters = letters_of(#row); \
        for (k = 0; letters[k]; k++) in[k] = bars[letters[k] == 'x' ? 3 : strchr("ohlcv", letters[k]) - "ohlcv"]; \
        for (j = 0; j < 5; j++) out[j] = (wanted) >> j & 1 ? results[j] : NULL; \
        lstmfc_##row##_run(&s, ring, in, BARS, out); \
    }
    INDICATORS(RUN)
#undef RUN
}

/* The list of system E as calls of the library, each indicator by itself; TA-Lib's worker makes the same. */
static const char *const list_e[] = { "rsi", "stochrsi", "macd", "bands", "atr", "dmi", "ema", "ema", "obv", "volume_ratio", "vwap", "log_return",
                                      "realized_vol" };
enum { COMMON = 10 };           /* `common`: as many of them as the peers have a function for */

/* `update`: the same list bar by bar, a closed bar through every machine before the next comes. */
static double run_updates(void) {
    static double ring[7][256];
    lstmfc_rsi rsi; lstmfc_stochrsi stochrsi; lstmfc_macd macd; lstmfc_window width, ratio; lstmfc_atr atr; lstmfc_adx adx; lstmfc_ema ema;
    lstmfc_obv obv; lstmfc_vwap vwap; lstmfc_realized_vol vol; lstmfc_trend trend;
    double sum = 0, y[5];
    size_t t;
    lstmfc_rsi_init(&rsi, 14); lstmfc_stochrsi_init(&stochrsi, 14, 14, 3, 3); lstmfc_macd_init(&macd, 12, 26, 9); lstmfc_window_init(&width, 20);
    lstmfc_window_init(&ratio, 20); lstmfc_atr_init(&atr, 14); lstmfc_adx_init(&adx, 14); lstmfc_ema_init(&ema, 50); lstmfc_obv_init(&obv);
    lstmfc_vwap_init(&vwap, 14); lstmfc_realized_vol_init(&vol, 20); lstmfc_trend_init(&trend, 20, 50);
    for (t = 0; t < BARS; t++) {
        double h = bars[1][t], l = bars[2][t], c = bars[3][t], v = bars[4][t];
        const double *w = lstmfc_window_push(&width, ring[0], c), *u = lstmfc_window_push(&ratio, ring[1], v);
        sum += lstmfc_rsi_update(&rsi, c);
        lstmfc_stochrsi_update(&stochrsi, ring[2], c, y);
        lstmfc_macd_update(&macd, c, y);
        if (w) { lstmfc_window_bbands(w, 20, 2, y); sum += y[3]; }
        sum += lstmfc_atr_update(&atr, h, l, c);
        lstmfc_adx_update(&adx, h, l, c, y);
        sum += lstmfc_ema_update(&ema, c) + lstmfc_obv_update(&obv, c, v) + lstmfc_vwap_update(&vwap, ring[3], h, l, c, v);
        if (u) sum += v / lstmfc_window_mean(u, 20);
        sum += lstmfc_realized_vol_update(&vol, ring[5], c) + vol.change;                          /* and with it the log return */
        lstmfc_trend_update(&trend, c, y);
        if (t == 100) sum = 0;                                      /* until then some are NaN */
    }
    return sum;
}

/* `features`: @e as the feature language runs it for a stream. */
static double run_features(void) {
    static lstmfc_features *features;
    static lstmfc_features_state *state;
    static lstmfc_candles candles;
    static int64_t *time;
    lstmfc_error err;
    double row[32];
    size_t t;
    memset(&err, 0, sizeof err);
    if (!features) {
        features = lstmfc_features_compile("@e", NULL, &err);
        state = features ? lstmfc_features_state_create(features, &err) : NULL;
        if (!state) fatal("@e", err.message);
        time = (int64_t *)memory(BARS * sizeof *time);
        for (t = 0; t < BARS; t++) time[t] = (int64_t)t * 3600000;
        candles.count = BARS;
        candles.time = time;
        candles.open = bars[0]; candles.high = bars[1]; candles.low = bars[2]; candles.close = bars[3]; candles.volume = bars[4];
    }
    lstmfc_features_state_reset(state);
    for (t = 0; t < BARS; t++) if (lstmfc_features_push(state, &candles, t, row, &err) != LSTMFC_OK) fatal("@e", err.message);
    return row[0];
}

static void indicator(const char *name, double seconds) {
    double wall, cpu, end, units = 0, check = 0;
    size_t i;
    bars_make();
    wall = wall_seconds();
    cpu = cpu_seconds();
    do {
        if (!strcmp(name, "update")) check = run_updates();
        else if (!strcmp(name, "features")) check = run_features();
        else if (!strcmp(name, "list")) for (i = 0; i < sizeof list_e / sizeof list_e[0]; i++) run_one(list_e[i]);
        else if (!strcmp(name, "common")) for (i = 0; i < COMMON; i++) run_one(list_e[i]);
        else run_one(name);
        units += BARS;
        end = wall_seconds();
    } while (end - wall < seconds);
    answer(units, end - wall, cpu_seconds() - cpu, check + results[0][BARS - 1]);
}

/* ---- backtests: one unit is one bar of one signal

   Two series of TRADED bars, written to NAME.f64 (open high low close, and the position wanted at each close) for the peers: `sparse`, a new
   position every 100 bars on average, fee 0.1 % a side; `dense`, a fill on 44 % of the bars, fee 0.001 %. Stop 4 %, take 8 %, long or flat,
   the whole equity, no slippage. Engines agree on fills at the next open, on gaps and on a stop before a take in the same bar; where they differ
   nothing happens here: a bar at whose open an order is filled has no range, so that no stop is met in the bar of an entry and none in the
   bar of an exit; and the account is flat at the end, and at TRADED_FEW for peers too slow for more.
   `grid`: the first TRADED_FEW bars of `sparse` with GRID signals, each of which leaves out a quarter of the positions, another one each.

   part=fills: a run for its trades and fills alone. one: a sweep of one signal, its equity curve, drawdown and Sharpe ratio; many: of 64.
   whole: lstmfc_backtest_start, all figures of the strategy, of buy and hold and of persistence, each also without costs. run:
   lstmfc_backtest_run, with 1,000 resamples of the bootstrap. */
enum { TRADED = 1000000, TRADED_FEW = 100000, GRID = 1000 };
static const char *const series_names[] = { "sparse", "dense" };
typedef struct series { double *column[5]; lstmfc_candles candles; double fee; } series;

static series *series_of(const char *name) {
    static series kept[2];
    int dense = !strcmp(name, "dense");
    series *s = &kept[dense];
    double price = 100, wanted = 0, before = 0, left = 0;
    lstmfc_rng rng;
    int64_t t;
    int k;
    if (s->candles.count) return s;
    for (k = 0; k < 5; k++) s->column[k] = (double *)memory(TRADED * sizeof(double));
    s->candles.count = TRADED;
    s->candles.time = (int64_t *)memory(TRADED * sizeof *s->candles.time);
    s->candles.open = s->column[0]; s->candles.high = s->column[1]; s->candles.low = s->column[2]; s->candles.close = s->column[3];
    s->fee = dense ? 1e-5 : 1e-3;
    lstmfc_rng_seed(&rng, 11);
    for (t = 0; t < TRADED; t++) {
        int filled = wanted < before || wanted > before;
        double open = filled ? price : price * (1 + 0.0005 * lstmfc_rng_normal(&rng));
        double close = filled ? open : open * (1 + 0.004 * lstmfc_rng_normal(&rng));
        double up = 1 + 0.003 * lstmfc_rng_uniform(&rng), down = 1 - 0.003 * lstmfc_rng_uniform(&rng);
        s->candles.time[t] = lstmfc_time_from_civil(2000, 1, 1) + t * 3600000;
        s->column[0][t] = open;
        s->column[1][t] = (open > close ? open : close) * (filled ? 1 : up);
        s->column[2][t] = (open < close ? open : close) * (filled ? 1 : down);
        s->column[3][t] = price = close;
        before = wanted;
        if (dense) wanted = lstmfc_rng_uniform(&rng) < 0.328;
        else if (left-- < 1) { wanted = wanted > 0 ? 0 : 1; left = 200 * lstmfc_rng_uniform(&rng); }
        if (t % TRADED_FEW == 0 || t % TRADED_FEW > TRADED_FEW - 10) wanted = 0;
        s->column[4][t] = wanted;
    }
    return s;
}

static void export_series(const char *name) {
    const series *s = series_of(name);
    FILE *file = create(name, "f64");
    int k;
    for (k = 0; k < 5; k++) put(file, s->column[k], sizeof(double), TRADED);
    close_file(file);
}

/* Whether signal number `index` of the grid has the position number `place` of the series. */
static int grid_has(size_t index, size_t place) { return index * place / 8 % 4 != (index + place) % 4; }

typedef struct swept { const series *series; size_t bars; int grid; } swept;
static void swept_targets(void *context, size_t index, double *targets) {
    const swept *s = (const swept *)context;
    const double *wanted = s->series->column[4];
    size_t t, place = 0;
    if (!s->grid) { memcpy(targets, wanted, s->bars * sizeof *targets); return; }
    for (t = 0; t < s->bars; t++) {
        if (t && wanted[t] > wanted[t - 1]) place++;
        targets[t] = grid_has(index, place) ? wanted[t] : 0;
    }
}

typedef struct traded { double end, drawdown, sharpe, trades; } traded;

/* `count` signals (a sweep) or one; rows [count], of a sweep all. Returns how many signals were traded. */
static size_t trade(const char *part, const swept *s, size_t count, traded *rows) {
    static lstmfc_sweep_row sweep[GRID];
    lstmfc_candles candles = s->series->candles;
    lstmfc_backtest_desc desc = lstmfc_backtest_desc_default();
    lstmfc_error err;
    size_t i;
    memset(&err, 0, sizeof err);
    candles.count = s->bars;
    desc.fee = s->series->fee;
    desc.slippage = LSTMFC_NONE;
    desc.stop = 0.04;
    desc.take = 0.08;
    desc.annual = 8760;
    if (!strcmp(part, "whole") || !strcmp(part, "run")) {
        lstmfc_backtest *b = !strcmp(part, "run") ? lstmfc_backtest_run(&candles, s->series->column[4], s->bars, &desc, &err)
                                                  : lstmfc_backtest_start(&candles, s->series->column[4], s->bars, &desc, &err);
        if (!b) fatal("backtest", err.message);
        rows->end = b->equity[s->bars - 1];
        lstmfc_backtest_free(b);
        return 1;
    }
    if (!strcmp(part, "fills")) {
        lstmfc_backtest plan;
        lstmfc__account account;
        memset(&plan, 0, sizeof plan);
        plan.desc = desc;
        plan.env = lstmfc_env_default();
        lstmfc__account_open(&account, &plan, &candles, NULL, 1);
        account.logged = 1;
        if (lstmfc__account_run(&account, s->series->column[4], NULL, NULL, NULL, &err) != LSTMFC_OK) fatal("backtest", err.message);
        rows->end = account.cash;
        lstmfc__account_close(&account);
        return 1;
    }
    if (lstmfc_backtest_sweep(&candles, count, swept_targets, (void *)s, &desc, sweep, 1, NULL, &err) != LSTMFC_OK) fatal("backtest", err.message);
    for (i = 0; i < count; i++) {
        rows[i].end = desc.balance * (1 + sweep[i].total_return);
        rows[i].drawdown = sweep[i].max_drawdown;
        rows[i].sharpe = sweep[i].sharpe;
        rows[i].trades = sweep[i].trades;
    }
    return count;
}

/* part NULL: answers what was computed. */
static void backtest(const char *name, const char *part, size_t bars, double seconds) {
    static traded rows[GRID];
    swept s;
    double wall, cpu, end, units = 0;
    size_t i, count = !strcmp(name, "grid") ? GRID : part && !strcmp(part, "many") ? 64 : 1;
    s.series = series_of(name);
    s.grid = count == GRID;
    s.bars = s.grid ? TRADED_FEW : bars;
    if (!part) {
        trade("one", &s, count, rows);
        for (i = 0; i < count; i++) printf("%s%.17g", i ? "," : "{\"end\":[", rows[i].end);
        printf("],\"drawdown\":%.17g,\"sharpe\":%.17g,\"trades\":%.17g}\n", rows[0].drawdown, rows[0].sharpe, rows[0].trades);
        return;
    }
    wall = wall_seconds();
    cpu = cpu_seconds();
    do {
        units += (double)s.bars * (double)trade(part, &s, count, rows);
        end = wall_seconds();
    } while (end - wall < seconds);
    answer(units, end - wall, cpu_seconds() - cpu, rows[0].end);
}

/* ---- the protocol */

static const char *const levels[] = { LSTMFC_CHOICES_SIMD(LSTMFC__NAME) };
enum { LEVELS = LSTMFC_SIMD_NEON };

static void hello(void) {
    int32_t i;
    printf("{\"name\":\"lstmfc\",\"version\":\"%s\",\"simd\":\"%s\",\"build\":\"%s\",\"compiler\":\"%s\",\"levels\":[", LSTMFC_VERSION_TEXT,
           lstmfc_simd_name(), lstmfc_build_info(),
#if defined(__clang__)
           "clang " __clang_version__
#elif defined(__GNUC__)
           "gcc " __VERSION__
#else
           "unknown"
#endif
    );
    for (i = 1; i <= LEVELS; i++)
        if (level_present(i)) printf("%s\"%s\"", i > 1 ? "," : "", levels[i]);
    printf("]}\n");
}

int main(int argc, char **argv) {
    static const char *const timed_items[] = { "train", "overlap", "copied", "latency", "batch", "stream" };
    char line[512];
    if (argc > 1) directory = argv[1];
    while (fgets(line, sizeof line, stdin)) {
        char item[32] = "", name[16] = "", *token;
        const work *w = NULL;
        double seconds = 0.2;
        int32_t simd = 0, threads = 1, epochs = 1, batches_wanted = 20, i, answered = 0;
        int64_t rows = 100000, traded_bars = TRADED;
        char part[16] = "";
        sscanf(line, "%31s %15s", item, name);
        for (i = 0; i < WORKS; i++)
            if (!strcmp(works[i].name, name)) w = &works[i];
        for (token = strtok(line, " \n"); token; token = strtok(NULL, " \n")) {
            if (!strncmp(token, "seconds=", 8)) seconds = atof(token + 8);
            if (!strncmp(token, "threads=", 8)) threads = atoi(token + 8);
            if (!strncmp(token, "epochs=", 7)) epochs = atoi(token + 7);
            if (!strncmp(token, "batches=", 8)) batches_wanted = atoi(token + 8);
            if (!strncmp(token, "rows=", 5)) rows = atol(token + 5);
            if (!strncmp(token, "bars=", 5)) traded_bars = atol(token + 5);
            if (!strncmp(token, "part=", 5)) sscanf(token + 5, "%15s", part);
            if (!strncmp(token, "simd=", 5))
                for (i = 0; i <= LEVELS; i++)
                    if (!strcmp(levels[i], token + 5)) simd = i;
        }
        for (i = 0; i < (int32_t)(sizeof timed_items / sizeof *timed_items); i++)
            if (w && !strcmp(item, timed_items[i])) { timed(object_of(i, w, simd, threads), seconds); answered = 1; }
        if (answered) { fflush(stdout); continue; }
        if (!strcmp(item, "hello")) hello();
        else if (!strcmp(item, "export")) {
            for (i = 0; i < WORKS; i++) export_work(&works[i]);
            export_candles("candles", 300000);
            export_bars();
            for (i = 0; i < 2; i++) export_series(series_names[i]);
            export_system_a();
            printf("{\"files\":\"%s\"}\n", directory);
        }
        else if (!strcmp(item, "check") && w) check(w, simd, threads);
        else if (!strcmp(item, "peak")) peak(simd, seconds);
        else if (!strcmp(item, "indicator")) indicator(name, seconds);
        else if (!strcmp(item, "backtest")) backtest(name, *part ? part : "one", (size_t)traded_bars, seconds);
        else if (!strcmp(item, "backtest_check")) backtest(name, NULL, (size_t)traded_bars, 0);
        else if (!strcmp(item, "csv")) csv(1, seconds);
        else if (!strcmp(item, "csv_memory")) csv(0, seconds);
        else if (!strcmp(item, "load") && w) model_file(w, 1, seconds);
        else if (!strcmp(item, "save") && w) model_file(w, 0, seconds);
        else if (!strcmp(item, "system_a")) system_a_run(epochs, simd, threads);
        else if (!strcmp(item, "memory")) memory_run(rows, batches_wanted);
        else printf("{\"error\":\"not an item: %s %s\"}\n", item, name);
        fflush(stdout);
    }
    return 0;
}

// also: strict scalar native
/* Chapter 5: every kernel at every level that this machine has, in one program, bit for bit against the scalar loops of its result
   class; then whole networks. Which class the scalar loops compute is chosen here, by what two words of chapter 4 are.
   tests/slow_simd.c adds the accuracy of tanh, sigmoid and exp over every float there is. */
#include <math.h>
static int fused;                   /* the class of the scalar loops */
#define LSTMFC__MADD(x, y, z) (fused ? fmaf(x, y, z) : (x) * (y) + (z))
#define LSTMFC__LESS_LN2(k, x) (fused ? fmaf(k, -0.693147182f, x) : ((x) - (k) * 0.693359375f) - (k) * -2.12194440e-4f)
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"

static lstmfc_rng rng;
static int quick(void) { return getenv("LSTMFC_QUICK") != NULL; }
static size_t below(size_t n) { return (size_t)lstmfc_rng_below(&rng, n); }

/* The n-th of the levels of this machine, NULL behind the last. scalar_class says by which rounding the scalar loops go from here. */
static const lstmfc__simd *level(int n) {
    int32_t cap;
    for (cap = LSTMFC_SIMD_SSE2; cap <= LSTMFC_SIMD_WASM; cap++) {
        const lstmfc__simd *simd = lstmfc__simd_get(cap);
        if (simd && simd->level == cap && n-- == 0) return simd;
    }
    return NULL;
}

/* ---- arrays: each its own block of exactly its size (a sanitizer sees the first element behind it), 4 bytes off alignment ---- */

static float *blocks[64];
static int block_count;
static float *take(size_t n) {
    float *block = (float *)malloc((n + 1) * sizeof *block);
    blocks[block_count++] = block;
    return block + 1;
}
static void drop(void) { while (block_count) free(blocks[--block_count]); }

/* What a number may be: ordinary; or one time in four zero, infinite, NaN, subnormal, tiny or huge. */
static int odd;
static float number(void) {
    static const float odds[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1e-40f, -3e-42f, 2e-38f, -1.2e-38f, 3e38f, -88.9f, 89.5f, -9.2f, 1e-20f};
    if (odd && below(4) == 0) return odds[below(sizeof odds / sizeof odds[0])];
    return (float)(2 * lstmfc_rng_uniform(&rng) - 1);
}
static float *numbers(size_t n) {
    float *x = take(n);
    size_t i;
    for (i = 0; i < n; i++) x[i] = number();
    return x;
}
static float *copy(const float *x, size_t n) { return (float *)memcpy(take(n), x, n * sizeof *x); }

/* The same bits; any NaN is as good as another. */
static int same(const float *x, const float *y, size_t n) {
    size_t i;
    if (memcmp(x, y, n * sizeof *x) == 0) return 1;
    for (i = 0; i < n; i++)
        if (memcmp(x + i, y + i, sizeof *x) != 0 && !(odd && lstmfc_is_nan((double)x[i]) && lstmfc_is_nan((double)y[i]))) {
            printf("    element %d of %d: %.9g, must be %.9g\n", (int)i, (int)n, (double)x[i], (double)y[i]);
            return 0;
        }
    return 1;
}

/* Sizes 1 .. 130, one per round; in quick runs every seventh. */
#define FOR_SIZES(size) for (size = 1; size <= 130; size += quick() ? 7 : 1)

/* ---- product and pack ---- */

enum { NO_INIT, ROW_INIT, MATRIX_INIT, C_INIT, INITS };

static void product(size_t m, size_t n, size_t k, int32_t transposed, int init_kind) {
    size_t extra = below(4), lda = (transposed ? m : k) + extra, ldb = n + below(4), ldc = n + below(4), ldi = 0;
    size_t c_size = (m - 1) * ldc + n;
    const float *a = numbers(transposed ? (k - 1) * lda + m : (m - 1) * lda + k), *b = numbers((k - 1) * ldb + n);
    const float *start = numbers(c_size), *init = NULL;
    int i, packed;
    if (init_kind == ROW_INIT) init = numbers(n);
    if (init_kind == MATRIX_INIT) { ldi = n + 1; init = numbers((m - 1) * ldi + n); }
    for (i = 0; level(i); i++) {
        const lstmfc__simd *simd = level(i);
        float *panels = take(lstmfc__pack_size(simd, k, n)), *must = copy(start, c_size);
        fused = simd->fused;
        simd->pack(k, n, b, ldb, 0, panels);
        lstmfc__product(NULL, m, n, k, a, lda, transposed, lstmfc__matrix_of(b, ldb, NULL), init_kind == C_INIT ? must : init,
                        init_kind == C_INIT ? ldc : ldi, must, ldc);
        for (packed = 0; packed < 2; packed++) {
            float *c = copy(start, c_size);
            simd->product(m, n, k, a, lda, transposed, packed ? panels : b, packed ? 0 : ldb, init_kind == C_INIT ? c : init,
                          init_kind == C_INIT ? ldc : ldi, c, ldc);
            if (!CHECK(same(c, must, c_size)))
                printf("    %s: m %d n %d k %d%s%s init %d\n", simd->name, (int)m, (int)n, (int)k, transposed ? " transposed" : "",
                       packed ? " packed" : "", init_kind);
        }
    }
    drop();
}

static void products(void) {
    static const size_t few[] = {1, 2, 3, 5, 6, 7, 8, 13, 17, 33};
    size_t size, mode, round;
    for (mode = 0; mode < 2 * INITS; mode++) {
        int32_t transposed = (int32_t)(mode & 1);
        int init = (int)(mode / 2);
        FOR_SIZES(size) {
            product(size, few[below(10)], few[below(10)], transposed, init);
            product(few[below(10)], size, few[below(10)], transposed, init);
            product(few[below(10)], few[below(10)], size, transposed, init);
        }
    }
    for (round = 0; round < (quick() ? 4 : 40); round++)        /* beyond the blocks of k and of m, and beyond 4 panels in one row */
        product(1 + below(220), 1 + below(40), 1 + below(round % 2 ? 700 : 60), (int32_t)below(2), (int)below(INITS));
    for (round = 0; round < (quick() ? 4 : 40); round++)
        product(round % 4 ? 1 : 97, 1 + below(400), 1 + below(300), (int32_t)below(2), (int)below(INITS));
}

TEST(product_is_the_scalar_product) { lstmfc_rng_seed(&rng, 1); odd = 0; products(); }
TEST(product_of_odd_numbers)        { lstmfc_rng_seed(&rng, 2); odd = 1; products(); odd = 0; }

TEST(product_without_k_copies_init) {
    float init[3] = {1, 2, 3}, c[6];
    int i;
    for (i = 0; level(i); i++) {
        memset(c, 0xff, sizeof c);
        level(i)->product(2, 3, 0, init, 1, 0, init, 3, init, 0, c, 3);
        CHECK(memcmp(c, init, sizeof init) == 0 && memcmp(c + 3, init, sizeof init) == 0);
    }
}

/* pack against the definition of a panel: panel p, row r, column j is b[r][p PANEL + j], zero beyond n. */
static void pack(size_t k, size_t n, int32_t transposed) {
    size_t ldb = (transposed ? k : n) + below(3), p, r, j;
    const float *b = numbers(transposed ? (n - 1) * ldb + k : (k - 1) * ldb + n);
    int i;
    for (i = 0; level(i); i++) {
        const lstmfc__simd *simd = level(i);
        size_t panels = (n + simd->panel - 1) / simd->panel, size = panels * k * simd->panel;
        float *out = take(size), *must = take(size);
        CHECK_INT(size, lstmfc__pack_size(simd, k, n));
        for (p = 0; p < panels; p++)
            for (r = 0; r < k; r++)
                for (j = 0; j < simd->panel; j++) {
                    size_t column = p * simd->panel + j;
                    must[(p * k + r) * simd->panel + j] = column >= n ? 0.0f : transposed ? b[column * ldb + r] : b[r * ldb + column];
                }
        simd->pack(k, n, b, ldb, transposed, out);
        if (!CHECK(same(out, must, size))) printf("    %s: k %d n %d transposed %d\n", simd->name, (int)k, (int)n, (int)transposed);
    }
    drop();
}

TEST(packed_panels) {
    size_t size;
    lstmfc_rng_seed(&rng, 3);
    FOR_SIZES(size) {
        pack(size, 1 + below(70), 0); pack(size, 1 + below(70), 1);
        pack(1 + below(70), size, 0); pack(1 + below(70), size, 1);
    }
}

/* ---- the LSTM cell ---- */

static void cell(size_t rows, size_t hidden, int state) {       /* state: 0 none, 1 apart, 2 in place */
    size_t n = rows * hidden, r;
    const float *z0 = numbers(4 * n), *before = numbers(n);
    float *z1 = copy(z0, 4 * n);
    int i;
    for (r = 0; r < 4 * n; r++) z1[r] *= 12;                    /* from the middle of the functions to where they are flat */
    for (i = 0; level(i); i++) {
        const lstmfc__simd *simd = level(i);
        float *z = copy(z1, 4 * n), *c = copy(before, n), *h = take(n), *z_must = copy(z1, 4 * n), *c_must = copy(before, n), *h_must = take(n);
        fused = simd->fused;
        simd->cell(rows, hidden, z, state == 0 ? NULL : state == 1 ? before : c, c, h);
        lstmfc__lstm_cell(NULL, rows, hidden, z_must, state == 0 ? NULL : state == 1 ? before : c_must, c_must, h_must);
        if (!CHECK(same(z, z_must, 4 * n) && same(c, c_must, n) && same(h, h_must, n)))
            printf("    cell, %s: rows %d hidden %d state %d\n", simd->name, (int)rows, (int)hidden, state);
    }
    drop();
}

static void cell_backward(size_t rows, size_t hidden, int state) {
    size_t n = rows * hidden;
    const float *gates = numbers(4 * n), *c = numbers(n), *before = state ? numbers(n) : NULL, *dh = numbers(n), *above = numbers(n);
    int i;
    for (i = 0; level(i); i++) {
        const lstmfc__simd *simd = level(i);
        float *z = copy(gates, 4 * n), *dc = copy(above, n), *z_must = copy(gates, 4 * n), *dc_must = copy(above, n);
        fused = simd->fused;
        simd->cell_backward(rows, hidden, z, c, before, dh, dc);
        lstmfc__lstm_cell_backward(NULL, rows, hidden, z_must, c, before, dh, dc_must);
        if (!CHECK(same(z, z_must, 4 * n) && same(dc, dc_must, n)))
            printf("    cell_backward, %s: rows %d hidden %d state %d\n", simd->name, (int)rows, (int)hidden, state);
    }
    drop();
}

static void cells(void) {
    size_t size, rows;
    int state;
    FOR_SIZES(size)
        for (rows = 1; rows <= 3; rows++)
            for (state = 0; state < 3; state++) { cell(rows, size, state); if (state < 2) cell_backward(rows, size, state); }
}

TEST(cell_is_the_scalar_cell) { lstmfc_rng_seed(&rng, 4); odd = 0; cells(); }
TEST(cell_of_odd_numbers)     { lstmfc_rng_seed(&rng, 5); odd = 1; cells(); odd = 0; }

/* ---- sums of rows, the optimiser; further kernels: one function for a case, one test over FOR_SIZES, once with odd numbers ---- */

static void add_rows(size_t rows, size_t n) {
    size_t ldx = n + below(3);
    const float *x = numbers((rows - 1) * ldx + n), *start = numbers(n);
    int i;
    for (i = 0; level(i); i++) {
        float *y = copy(start, n), *must = copy(start, n);
        fused = level(i)->fused;
        level(i)->add_rows(rows, n, x, ldx, y);
        lstmfc__add_rows(NULL, rows, n, x, ldx, must);
        if (!CHECK(same(y, must, n))) printf("    add_rows, %s: rows %d n %d\n", level(i)->name, (int)rows, (int)n);
    }
    drop();
}

/* By way of lstmfc__update of chapter 10: every kind of optimiser that uses the kernel, and a step late in a training. */
static void adam(size_t n, int32_t kind, int64_t steps) {
    const float *g = numbers(n), *w0 = numbers(n), *m0 = numbers(n);
    float *v0 = copy(numbers(n), n);
    lstmfc_optimizer_desc desc;
    lstmfc__adam rates;
    size_t k;
    int i;
    for (k = 0; k < n; k++) if (v0[k] < 0) v0[k] = -v0[k];
    if (!odd) for (k = 0; k < n; k += 5) v0[k] *= 1e-36f;       /* near the limit where a moment becomes zero */
    memset(&desc, 0, sizeof desc);
    desc.optimizer = kind; desc.beta1 = 0.9; desc.beta2 = 0.999; desc.epsilon = 1e-8; desc.weight_decay = 0.01;
    rates = lstmfc__optimizer_rates(&desc, 1e-3, steps);
    for (i = 0; level(i); i++) {
        float *w = copy(w0, n), *m = copy(m0, n), *v = copy(v0, n), *w_must = copy(w0, n), *m_must = copy(m0, n), *v_must = copy(v0, n);
        fused = level(i)->fused;
        lstmfc__optimizer_update(level(i), kind, &rates, n, w, g, m, v);
        lstmfc__optimizer_update(NULL, kind, &rates, n, w_must, g, m_must, v_must);
        if (!CHECK(same(w, w_must, n) && same(m, m_must, n) && same(v, v_must, n)))
            printf("    adam, %s: n %d optimizer %d\n", level(i)->name, (int)n, (int)kind);
    }
    drop();
}

static void sum_squares(size_t n) {
    const float *x = numbers(n);
    int i;
    for (i = 0; level(i); i++) {
        double sum = lstmfc__sum_squares(level(i), n, x), must = lstmfc__sum_squares(NULL, n, x);
        if (!CHECK(memcmp(&sum, &must, sizeof sum) == 0 || (odd && lstmfc_is_nan(sum) && lstmfc_is_nan(must))))
            printf("    sum_squares, %s: n %d: %.17g, must be %.17g\n", level(i)->name, (int)n, sum, must);
    }
    drop();
}

/* Statistics and the way back of a batch norm, both beside what they were and in place. */
static void batchnorm(size_t rows, size_t n, int32_t constant) {
    size_t count = rows * n, k;
    const float *x = numbers(count), *gamma = numbers(n), *dy = numbers(count), *start = numbers(n);
    int i;
    for (i = 0; level(i); i++) {
        float *out[2][6];                               /* mean, variance, dx, dx in place, dgamma, dbeta */
        for (k = 0; k < 2; k++) {
            const lstmfc__simd *simd = k ? level(i) : NULL;
            float **o = out[k];
            o[0] = take(n); o[1] = take(n); o[2] = take(count); o[3] = copy(dy, count); o[4] = copy(start, n); o[5] = copy(start, n);
            lstmfc__batchnorm_statistics(simd, rows, n, 0, n, x, o[0], o[1]);
            lstmfc__batchnorm_backward(simd, rows, n, 0, n, 1e-3, constant, x, gamma, o[0], o[1], dy, o[2], o[4], o[5]);
            lstmfc__batchnorm_backward(simd, rows, n, 0, n, 1e-3, constant, x, gamma, o[0], o[1], o[3], o[3], o[4], o[5]);
        }
        for (k = 0; k < 6; k++)
            if (!CHECK(same(out[1][k], out[0][k], k == 2 || k == 3 ? count : n)))
                printf("    batch norm, %s: result %d, rows %d n %d\n", level(i)->name, (int)k, (int)rows, (int)n);
    }
    drop();
}

static void sums_and_updates(void) {
    static const int32_t kinds[] = {LSTMFC_OPTIMIZER_ADAM, LSTMFC_OPTIMIZER_ADAMW, LSTMFC_OPTIMIZER_RMSPROP};
    size_t size, k;
    FOR_SIZES(size) {
        add_rows(size, 1 + below(20)); add_rows(1 + below(20), size);
        sum_squares(size); sum_squares(size + 16 * below(40));
        batchnorm(1 + below(20), size, (int32_t)below(2)); batchnorm(size, 16 * (1 + below(3)), 0);
        for (k = 0; k < 3; k++) { adam(size, kinds[k], 1); adam(size, kinds[k], 1000); }
    }
}

TEST(sums_of_rows_and_updates)                { lstmfc_rng_seed(&rng, 9); odd = 0; sums_and_updates(); }
TEST(sums_of_rows_and_updates_of_odd_numbers) { lstmfc_rng_seed(&rng, 10); odd = 1; sums_and_updates(); odd = 0; }

/* ---- the choice ---- */

TEST(levels_of_this_machine) {
    const lstmfc__simd *best = lstmfc__simd_get(0);
    int32_t cap;
    int n;
    printf("levels:");
    for (n = 0; level(n); n++) printf(" %s%s", level(n)->name, level(n)->fused ? " (fused)" : "");
    printf("; %s\n", lstmfc_build_info());
    CHECK_TEXT(lstmfc_simd_name(), best ? best->name : "scalar");
    CHECK_HAS(lstmfc_build_info(), lstmfc_simd_name());
    CHECK_HAS(lstmfc_build_info(), best && best->fused ? "result class fused" : "result class unfused");
    CHECK_HAS(lstmfc_build_info(), "no contraction found");
    CHECK(lstmfc__simd_get(LSTMFC_SIMD_SCALAR) == NULL);
    CHECK((n == 0) == (best == NULL) && (n == 0 || level(n - 1) == best));
    for (cap = 1; cap <= 6; cap++) {                            /* never above the cap, unless it is of another family */
        const lstmfc__simd *simd = lstmfc__simd_get(cap);
        if (simd && simd->level > cap) CHECK(simd->level > LSTMFC_SIMD_AVX512);
    }
    for (cap = -3; cap < 1000; cap = cap < 0 ? cap + 1 : cap + 7)       /* what is no level is no cap */
        if (cap < 1 || cap > 6) CHECK(lstmfc__simd_get(cap) == best);
    CHECK(lstmfc__simd_get(INT32_MIN) == best && lstmfc__simd_get(INT32_MAX) == best);
#if defined(LSTMFC_NO_SIMD)
    CHECK_TEXT(lstmfc_simd_name(), "scalar");
    CHECK_INT(n, 0);
#elif defined(__x86_64__) && defined(__GNUC__)
    CHECK(n >= 1 && level(0)->level == LSTMFC_SIMD_SSE2 && !level(0)->fused);
    for (n = 1; level(n); n++) {
#  ifdef LSTMFC_STRICT
        CHECK(!level(n)->fused);
#  else
        CHECK(level(n)->fused);
#  endif
    }
#endif
}

/* ---- whole networks ---- */

enum { INPUTS = 5, WINDOW = 9, COUNT = 70, ROWS = COUNT + WINDOW - 1 };

/* Trains 20 steps under the cap and appends everything that came of it: the model file and the forecasts, in batches and alone. */
static void train(const char *spec, int32_t cap, double scale, lstmfc_writer *out) {
    static float rows[ROWS * INPUTS], targets[COUNT], outputs[COUNT], alone[COUNT];
    lstmfc_env env;
    lstmfc_error err;
    lstmfc_model_desc desc;
    lstmfc_training_desc training;
    lstmfc_batch batch;
    lstmfc_model *model;
    lstmfc_trainer *trainer;
    lstmfc_scratch *scratch, *single;
    size_t i;
    memset(&env, 0, sizeof env);
    memset(&err, 0, sizeof err);
    memset(&desc, 0, sizeof desc);
    memset(&training, 0, sizeof training);
    memset(&batch, 0, sizeof batch);
    lstmfc_rng_seed(&rng, 6);
    for (i = 0; i < ROWS * INPUTS; i++) rows[i] = (float)(scale * lstmfc_rng_normal(&rng));
    for (i = 0; i < COUNT; i++) targets[i] = rows[(i + WINDOW - 1) * INPUTS] + rows[(i + WINDOW - 3) * INPUTS + 1] > 0 ? 1.0f : 0.0f;
    env.simd = cap;
    desc.spec = spec; desc.inputs = INPUTS; desc.window = WINDOW; desc.seed = 7; desc.env = &env;
    training.epochs = 4; training.batch = 14; training.seed = 7;            /* 5 batches in each of 4 epochs */
    training.loss = LSTMFC_LOSS_BCE;
    training.optimizer.lr = 0.02; training.optimizer.clip_norm = 0.25;
    batch.rows = rows; batch.row_count = ROWS; batch.row_stride = INPUTS; batch.count = COUNT; batch.window = WINDOW; batch.targets = targets;
    model = lstmfc_model_create(&desc, &err);
    trainer = model ? lstmfc_trainer_create(model, &batch, NULL, &training, &err) : NULL;
    if (!trainer || !CHECK_INT(lstmfc_trainer_step(trainer, 20, &err), LSTMFC_DONE)) { CHECK_TEXT(err.message, ""); return; }
    scratch = lstmfc_scratch_create(model, 32, &err);
    single = lstmfc_scratch_create(model, 1, &err);
    CHECK_OK(lstmfc_model_predict(model, scratch, &batch, outputs, &err), err);
    CHECK_OK(lstmfc_model_predict(model, single, &batch, alone, &err), err);
    CHECK(memcmp(outputs, alone, sizeof outputs) == 0);
    lstmfc_writer_init(out, NULL);
    CHECK_OK(lstmfc_model_save_memory(model, 0, out, &err), err);
    lstmfc_write_text(out, (const char *)outputs, sizeof outputs);
    lstmfc_scratch_free(scratch); lstmfc_scratch_free(single);
    lstmfc_trainer_free(trainer);
    lstmfc_model_free(model);
}

static const char *const specs[] = {
    "lstm 20 dropout=0.1 recurrent_dropout=0.2 | batchnorm | dropout 0.3 | lstm 13 l2=0.001 | dense 9 relu | dense 1 sigmoid",
    "dense 7 tanh | lstm 33 | layernorm | variational_dropout 0.2 | lstm 6 seq | flatten | dense 5 gelu | dense 1 sigmoid",
    "lstm 64 | dense 1 sigmoid",
    "gru 20 dropout=0.1 recurrent_dropout=0.2 | batchnorm | gru 33 l2=0.001 | dense 1 sigmoid",
    "lstm 20 | batchnorm | dropout 0.2 | attention 37 l2=0.001 | dense 1 sigmoid",
    "bilstm 20 dropout=0.1 recurrent_dropout=0.2 | batchnorm | bigru 33 l2=0.001 | dense 1 sigmoid"
};

TEST(networks_train_to_the_same_bytes) {
    size_t s, compared = 0;
    for (s = 0; s < sizeof specs / sizeof specs[0]; s++) {
        lstmfc_writer must[2], is;
        int i;
        for (fused = 0; fused < 2; fused++) train(specs[s], LSTMFC_SIMD_SCALAR, 1.0, &must[fused]);
        CHECK(must[0].length != must[1].length || memcmp(must[0].text, must[1].text, must[0].length) != 0);      /* two classes indeed */
        for (i = 0; level(i); i++, compared++) {
            const lstmfc_writer *reference = &must[level(i)->fused];
            fused = level(i)->fused;
            train(specs[s], level(i)->level, 1.0, &is);
            if (!CHECK(is.length == reference->length && memcmp(is.text, reference->text, is.length) == 0)) printf("    %s: %s\n", level(i)->name, specs[s]);
            lstmfc_writer_free(&is);
        }
        lstmfc_writer_free(&must[0]); lstmfc_writer_free(&must[1]);
    }
    if (!compared) SKIP("no vector kernels in this build");
}

/* ---- numbers below the normal ones ---- */

/* The part of the control register that says how to compute: rounding, flushing, traps. Not the flags of what has happened. */
static uint64_t control(void) {
#if defined(LSTMFC__X86)
    return _mm_getcsr() & ~0x3fu;
#elif defined(LSTMFC__NEON)
    uint64_t fpcr;
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(fpcr));
    return fpcr;
#else
    return 0;
#endif
}
static void set_control(uint64_t value) {
#if defined(LSTMFC__X86)
    _mm_setcsr((_mm_getcsr() & 0x3fu) | (uint32_t)value);
#elif defined(LSTMFC__NEON)
    __asm__ __volatile__("msr fpcr, %0" : : "r"(value));
#else
    (void)value;
#endif
}

#if defined(LSTMFC__X86)
#  define FLUSH_BITS 0x8040u
#elif defined(LSTMFC__NEON)
#  define FLUSH_BITS (1u << 24)
#else
#  define FLUSH_BITS 0u
#endif

/* An emulator may not know these bits (valgrind does not). */
static int can_flush(void) {
    volatile float tiny = 1e-40f;
    uint64_t before = control();
    set_control(before | FLUSH_BITS);
    tiny = tiny + tiny;
    set_control(before);
    return FLUSH_BITS == 0 || tiny == 0.0f;
}

TEST(the_callers_control_register) {    /* is what it was after training and forecasting, at every level, whatever it was */
    uint64_t before = control();
    int i;
    if (!can_flush()) SKIP("this emulator does not flush subnormal numbers");
    CHECK((before & FLUSH_BITS) == 0);                          /* no test before this one has left them set */
    for (i = 0; level(i); i++) {
        lstmfc_writer plain, flushing;
        fused = level(i)->fused;
        train(specs[0], level(i)->level, 1.0, &plain);
        CHECK(control() == before);
        set_control(before | FLUSH_BITS);
        train(specs[0], level(i)->level, 1.0, &flushing);
        CHECK(control() == (before | FLUSH_BITS));
        set_control(before);
        CHECK(plain.length == flushing.length && memcmp(plain.text, flushing.text, plain.length) == 0);
        lstmfc_writer_free(&plain); lstmfc_writer_free(&flushing);
    }
}

/* The caller's own threads: whatever parallel_for starts inherits the register, so it must be the caller's there too. */
static int hooks, hooks_flushing;
static void hook(void *context, int32_t tasks, void (*task)(void *argument, int32_t index), void *argument) {
    (void)context;
    hooks++;
    hooks_flushing += (control() & FLUSH_BITS) != 0;
    while (tasks-- > 0) task(argument, tasks);
    hooks_flushing += (control() & FLUSH_BITS) != 0;
}

TEST(parallel_for_does_not_flush) {
    static lstmfc_real rows[60 * 8], targets[48];
    lstmfc_env env = lstmfc_env_default();
    lstmfc_model_desc desc;
    lstmfc_loss_desc loss = {LSTMFC_LOSS_MSE, 0, {0}};
    lstmfc_batch batch;
    lstmfc_model *model;
    lstmfc_gradients *g;
    lstmfc_scratch *scratch;
    lstmfc_real out[48];
    if (!can_flush()) SKIP("this emulator does not flush subnormal numbers");
    env.threads = 2; env.parallel_for = hook;
    memset(&desc, 0, sizeof desc); memset(&batch, 0, sizeof batch);
    desc.spec = "dense 32 tanh | lstm 32 | batchnorm | dense 1"; desc.inputs = 8; desc.window = 12; desc.env = &env;
    batch.rows = rows; batch.row_count = 60; batch.row_stride = 8; batch.count = 48; batch.window = 12; batch.targets = targets;
    model = lstmfc_model_create(&desc, NULL);
    g = lstmfc_gradients_create(model, 48, NULL);
    scratch = lstmfc_scratch_create(model, 48, NULL);
    hooks = hooks_flushing = 0;
    CHECK_INT(lstmfc_gradients_compute(g, model, &batch, &loss, NULL, 1, NULL, NULL, NULL, NULL), LSTMFC_OK);
    CHECK_INT(lstmfc_model_predict(model, scratch, &batch, out, NULL), LSTMFC_OK);
    CHECK(hooks > 3);
    CHECK_INT(hooks_flushing, 0);
    lstmfc_scratch_free(scratch); lstmfc_gradients_free(g); lstmfc_model_free(model);
}

/* Buffers sized for the panels of one level are too small for those of a wider one. */
TEST(gradients_of_another_level) {
    static const lstmfc_real rows[4] = {1, 2, 3, 4}, targets[1] = {1};
    lstmfc_env env = lstmfc_env_default();
    lstmfc_model_desc desc;
    lstmfc_loss_desc loss = {LSTMFC_LOSS_MSE, 0, {0}};
    lstmfc_batch batch;
    lstmfc_model *model[2];
    lstmfc_gradients *g;
    lstmfc_error err;
    memset(&desc, 0, sizeof desc); memset(&batch, 0, sizeof batch); memset(&err, 0, sizeof err);
    desc.spec = "lstm 1 | lstm 1 | dense 1"; desc.inputs = 1; desc.window = 4; desc.env = &env;
    batch.rows = rows; batch.row_count = 4; batch.row_stride = 1; batch.count = 1; batch.window = 4; batch.targets = targets;
    model[0] = lstmfc_model_create(&desc, &err);
    env.simd = LSTMFC_SIMD_SCALAR;
    model[1] = lstmfc_model_create(&desc, &err);
    g = lstmfc_gradients_create(model[1], 1, &err);
    CHECK_INT(lstmfc_gradients_compute(g, model[1], &batch, &loss, NULL, 0, NULL, NULL, NULL, &err), LSTMFC_OK);
    CHECK_INT(lstmfc_model_copy(model[0], model[1], &err), LSTMFC_OK);              /* weights have no level */
    if (model[0]->simd) {
        CHECK_INT(lstmfc_gradients_compute(g, model[0], &batch, &loss, NULL, 0, NULL, NULL, NULL, &err), LSTMFC_ERROR_SHAPE);
        CHECK_HAS(err.message, "made for the instruction set scalar");
    }
    lstmfc_gradients_free(g); lstmfc_model_free(model[0]); lstmfc_model_free(model[1]);
}

/* A dense layer with subnormal inputs: zero in the fused class, themselves in the unfused one. Then training on such data: the levels
   of a class agree here too. */
TEST(subnormal_numbers) {
    float x[4] = {1e-40f, -1e-39f, 1e-41f, 1e-40f}, kernel[4] = {1, 2, 3, 4}, y[1];
    float must = x[0] * kernel[0] + x[1] * kernel[1] + x[2] * kernel[2] + x[3] * kernel[3];
    lstmfc_writer first[2], is;
    int i;
    if (!can_flush()) SKIP("this emulator does not flush subnormal numbers");
    memset(first, 0, sizeof first);
    for (i = 0; level(i); i++) {
        const lstmfc__simd *simd = level(i);
        uint64_t flush = lstmfc__flush_begin(simd);
        lstmfc__dense_forward(simd, 1, 4, 1, x, lstmfc__matrix_of(kernel, 1, NULL), NULL, y);
        lstmfc__flush_end(simd, flush);
        CHECK(y[0] == (simd->fused ? 0.0f : must));
        fused = simd->fused;
        train(specs[0], simd->level, 1e-38, &is);
        if (!first[fused].text) { first[fused] = is; continue; }
        CHECK(is.length == first[fused].length && memcmp(is.text, first[fused].text, is.length) == 0);
        lstmfc_writer_free(&is);
    }
    for (i = 0; i < 2; i++) if (first[i].text) lstmfc_writer_free(&first[i]);
}

/* ---- accuracy ---- */

/* tanh, sigmoid and exp of chapter 4 in both classes against double, over the floats of both signs whose bits are 0, step, 2 step, ...;
   below 2^-30, where they are straight lines, 1009 times fewer. The kernels are these functions bit for bit. ulp: distance of floats
   at the exact result. */
enum { TANH, SIGMOID, EXP, GATE, CANDIDATE, FUNCTIONS };     /* the last two: sigmoid and tanh as the LSTM cell computes them, which share divisions */
typedef struct accuracy { double ulp, absolute, at; } accuracy;

static void measure(accuracy *a, double x, float is, double exact) {
    double error = (double)is > exact ? (double)is - exact : exact - (double)is;
    double ulp = lstmfc__from_bits((lstmfc__bits(exact) & LSTMFC__EXPONENT_BITS) - ((uint64_t)23 << 52));
    if (!(error <= a->absolute)) a->absolute = error;           /* a NaN shows too */
    if (!(error <= a->ulp * ulp)) { a->ulp = error / ulp; a->at = x; }
}

static float float_of(uint32_t bits) { float x; memcpy(&x, &bits, sizeof x); return x; }

static void accuracies(uint64_t step) {
    /* the greatest errors over every float, found by tests/slow_simd.c, rounded up; they stand in chapters 4 and 8 of the header */
    static const double ulps[FUNCTIONS] = {2.8, 5.5, 4.7, 4.7, 4.6}, absolute[FUNCTIONS] = {9e-8, 9e-8, 0, 1.8e-7, 2e-7};
    enum { N = 512 };
    static float x[N], partner[N], y[2][FUNCTIONS][2 * N];      /* [class][function][at x, at -x] */
    accuracy worst[2][FUNCTIONS];
    uint64_t bits = 0;
    size_t k, n;
    int f, flat = 1;
    memset(worst, 0, sizeof worst);
    lstmfc_rng_seed(&rng, 7);
    for (k = 0; k < N; k++) partner[k] = (float)(5 * lstmfc_rng_normal(&rng));
    while (bits < 0x42dc0000u) {                                /* |x| < 110 */
        for (n = 0; n < N && bits < 0x42dc0000u; n++, bits += bits < 0x30800000u ? 1009 * step : step) x[n] = float_of((uint32_t)bits);
        for (fused = 0; fused < 2; fused++) {
            float (*z)[2 * N] = y[fused];
            for (k = 0; k < n; k++) { z[TANH][k] = lstmfc__real_tanh(x[k]); z[TANH][N + k] = lstmfc__real_tanh(-x[k]); }
            for (k = 0; k < n; k++) { z[SIGMOID][k] = lstmfc__real_sigmoid(x[k]); z[SIGMOID][N + k] = lstmfc__real_sigmoid(-x[k]); }
            for (k = 0; k < n; k++) { z[EXP][k] = lstmfc__real_exp(x[k]); z[EXP][N + k] = lstmfc__real_exp(-x[k]); }
            for (k = 0; k < n; k++) {                           /* with all kinds of partners in the shared divisions */
                float f0 = partner[k], o0 = -partner[k] * 0.7f, f1 = o0, o1 = f0;
                z[GATE][k] = x[k]; z[CANDIDATE][k] = x[k]; z[GATE][N + k] = -x[k]; z[CANDIDATE][N + k] = -x[k];
                lstmfc__lstm_gates(&z[GATE][k], &f0, &z[CANDIDATE][k], &o0);
                lstmfc__lstm_gates(&f1, &z[GATE][N + k], &z[CANDIDATE][N + k], &o1);
            }
        }
        for (k = 0; k < n; k++) {
            double v = (double)x[k], up, down, t;
            if (v < 2e-4) {                                     /* series: what is left out is below 2^-60 of the result */
                double v2 = v * v;
                t = v - v * v2 / 3; up = 1 + v + v2 / 2 + v * v2 / 6 + v2 * v2 / 24; down = 1 - v + v2 / 2 - v * v2 / 6 + v2 * v2 / 24;
            } else { t = lstmfc_expm1(2 * v); t = t < 1e20 ? t / (t + 2) : 1; up = lstmfc_exp(v); down = lstmfc_exp(-v); }
            for (f = 0; f < 2; f++) {
                if (v >= 1.2e-38) measure(&worst[f][TANH], v, y[f][TANH][k], t);       /* a smaller one may be off by its last bit */
                else flat &= (double)y[f][TANH][k] - v <= 1.5e-45 && v - (double)y[f][TANH][k] <= 1.5e-45;
                flat &= y[f][TANH][N + k] == -y[f][TANH][k] && y[f][TANH][k] <= 1;
                measure(&worst[f][SIGMOID], v, y[f][SIGMOID][k], 1 / (1 + down));
                if (v < 87.3) measure(&worst[f][SIGMOID], -v, y[f][SIGMOID][N + k], 1 / (1 + up));
                else flat &= y[f][SIGMOID][N + k] <= 1.22e-38f; /* no normal number: zero sooner or later */
                measure(&worst[f][GATE], v, y[f][GATE][k], 1 / (1 + down));
                if (v < 43) measure(&worst[f][GATE], -v, y[f][GATE][N + k], 1 / (1 + up)); else flat &= y[f][GATE][N + k] < 2.2e-19f;
                if (v >= 1.2e-38) measure(&worst[f][CANDIDATE], v, y[f][CANDIDATE][k], t);
                if (v >= 1.2e-38) measure(&worst[f][CANDIDATE], -v, y[f][CANDIDATE][N + k], -t);
                if (v < 88.72) measure(&worst[f][EXP], v, y[f][EXP][k], up); else flat &= y[f][EXP][k] > 3.3e38f;
                if (v < 86) measure(&worst[f][EXP], -v, y[f][EXP][N + k], down); else flat &= y[f][EXP][N + k] < 5e-38f;
            }
        }
        if (!CHECK(flat)) { printf("    near %.9g\n", (double)x[0]); break; }
    }
    for (fused = 0; fused < 2; fused++) {
        for (bits = 0x42dc0000u; bits <= 0x7f800000u; bits += 1009) {           /* to infinity the functions are flat */
            float large = float_of((uint32_t)bits);
            flat &= lstmfc__real_tanh(large) == 1 && lstmfc__real_tanh(-large) == -1 && lstmfc__real_sigmoid(large) == 1;
            flat &= lstmfc__real_sigmoid(-large) == 0 && lstmfc__real_exp(-large) < 5e-38f && lstmfc__real_exp(large) > 3.4e38f;
        }
        CHECK(flat);
        CHECK(lstmfc_is_nan((double)lstmfc__real_tanh(NAN)) && lstmfc_is_nan((double)lstmfc__real_sigmoid(NAN)) && lstmfc_is_nan((double)lstmfc__real_exp(NAN)));
        for (f = 0; f < FUNCTIONS; f++) {
            static const char *const names[] = {"tanh", "sigmoid", "exp", "sigmoid in the cell", "tanh in the cell"};
            const accuracy *a = &worst[fused][f];
            printf("accuracy, %s, 1 in %u floats: %s %.3f ulp (at %.9g)", fused ? "fused" : "unfused", (unsigned)step, names[f], a->ulp, a->at);
            if (f != EXP) printf(", absolute %.3g", a->absolute);
            printf("\n");
            CHECK(a->ulp < ulps[f]);
            CHECK(f == EXP || a->absolute < absolute[f]);
        }
    }
}

#ifdef SLOW
TEST(accuracy_over_every_float) { accuracies(1); }

/* The gates inside the cell's kernel are those of chapter 8: for every float of 2^-30 .. 2^8 and each 1009th of the others. */
TEST(cell_functions_over_every_float) {
    enum { N = 4096 };
    static float x[4 * N], z[4 * N], c[N], h[N], must[2][4 * N];
    uint64_t bits = 0;
    size_t k;
    odd = 1;                                                    /* a NaN is a NaN */
    lstmfc_rng_seed(&rng, 8);
    for (k = 0; k < 4 * N; k++) x[k] = (float)(5 * lstmfc_rng_normal(&rng));
    while (bits < (uint64_t)1 << 32) {
        int i;
        for (k = 0; k < N; k++) {
            uint64_t size = bits & 0x7fffffffu;
            x[k] = x[2 * N + k] = float_of((uint32_t)bits);
            bits += size >= 0x30800000u && size < 0x43800000u ? 1 : 1009;
        }
        for (fused = 0; fused < 2; fused++) {
            float *y = must[fused];
            memcpy(y, x, sizeof x);
            for (k = 0; k < N; k++) lstmfc__lstm_gates(&y[k], &y[N + k], &y[2 * N + k], &y[3 * N + k]);
        }
        for (i = 0; level(i); i++) {
            memcpy(z, x, sizeof z);
            level(i)->cell(1, N, z, NULL, c, h);
            if (!CHECK(same(z, must[level(i)->fused], 4 * N))) { printf("    %s\n", level(i)->name); return; }
        }
    }
}
#else
TEST(accuracy) { accuracies(quick() ? 9973 : 499); }
#endif

int main(void) {
    RUN(levels_of_this_machine);
#ifdef SLOW
    RUN(accuracy_over_every_float);
    RUN(cell_functions_over_every_float);
#else
    RUN(product_is_the_scalar_product);
    RUN(product_of_odd_numbers);
    RUN(product_without_k_copies_init);
    RUN(packed_panels);
    RUN(cell_is_the_scalar_cell);
    RUN(cell_of_odd_numbers);
    RUN(sums_of_rows_and_updates);
    RUN(sums_of_rows_and_updates_of_odd_numbers);
    RUN(networks_train_to_the_same_bytes);
    RUN(the_callers_control_register);
    RUN(parallel_for_does_not_flush);
    RUN(gradients_of_another_level);
    RUN(subnormal_numbers);
    RUN(accuracy);
#endif
    return test_end();
}

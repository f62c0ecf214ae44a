// also: double native scalar
/* Chapter 8 against PyTorch: every hidden state and every gradient of the bare layer, and against itself: batch = one by one,
   inference = training, a sequence in two parts = in one. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "network.h"

#define FILE_T "torch.txt"

typedef struct layer { lstmfc_lstm_pass p; lstmfc_real *memory[24]; int used; } layer;

static lstmfc_real *some(layer *l, size_t n) {
    lstmfc_real *block = (lstmfc_real *)calloc(n ? n : 1, sizeof *block);
    l->memory[l->used++] = block;
    return block;
}

/* All the arrays of a pass of these sizes. */
static void layer_make(layer *l, size_t T, size_t B, size_t I, size_t H) {
    lstmfc_lstm_pass *p = &l->p;
    memset(l, 0, sizeof *l);
    p->steps = T; p->batch = B; p->inputs = I; p->hidden = H;
    p->gates = some(l, T * B * 4 * H); p->h = some(l, T * B * H); p->c = some(l, T * B * H); p->c_last = some(l, B * H);
    p->dh_step = some(l, B * H); p->dc = some(l, B * H);
    p->dkernel = some(l, I * 4 * H); p->drecurrent = some(l, H * 4 * H); p->dbias = some(l, 4 * H);
    p->dx = some(l, T * B * I); p->dh0 = some(l, B * H);
}

static void layer_transpose(layer *l) {
    lstmfc_real *kernel_t = some(l, l->p.inputs * 4 * l->p.hidden), *recurrent_t = some(l, l->p.hidden * 4 * l->p.hidden);
    lstmfc_transpose(l->p.inputs, 4 * l->p.hidden, l->p.kernel, kernel_t);
    lstmfc_transpose(l->p.hidden, 4 * l->p.hidden, l->p.recurrent, recurrent_t);
    l->p.kernel_t = kernel_t;
    l->p.recurrent_t = recurrent_t;
}

static void layer_free(layer *l) { while (l->used) free(l->memory[--l->used]); }

static void against_torch(const char *name) {
    size_t n, T, B, I, H;
    const double *dims = fixture(FILE_T, joined(name, "dims"), &n);
    lstmfc_real *dc;
    layer l;
    if (!dims) return;
    B = (size_t)dims[0]; T = (size_t)dims[1]; I = (size_t)dims[2]; H = (size_t)dims[3];
    layer_make(&l, T, B, I, H);
    l.p.kernel = reals(FILE_T, joined(name, "w.kernel"), &n);
    l.p.recurrent = reals(FILE_T, joined(name, "w.recurrent"), &n);
    l.p.bias = reals(FILE_T, joined(name, "w.bias"), &n);
    l.p.x = reals(FILE_T, joined(name, "x"), &n);
    l.p.h0 = reals(FILE_T, joined(name, "h0"), &n);
    l.p.c0 = reals(FILE_T, joined(name, "c0"), &n);
    l.p.dh = reals(FILE_T, joined(name, "dh"), &n);
    dc = reals(FILE_T, joined(name, "dc_end"), &n);
    layer_transpose(&l);
    memcpy(l.p.dc, dc, n * sizeof *dc);
    lstmfc_lstm_forward(&l.p);
    compare(FILE_T, joined(name, "h"), l.p.h, T * B * H);
    compare(FILE_T, joined(name, "c_end"), l.p.c + (T - 1) * B * H, B * H);
    lstmfc_lstm_backward(&l.p);
    compare(FILE_T, joined(name, "g.kernel"), l.p.dkernel, I * 4 * H);
    compare(FILE_T, joined(name, "g.recurrent"), l.p.drecurrent, H * 4 * H);
    compare(FILE_T, joined(name, "g.bias"), l.p.dbias, 4 * H);
    compare(FILE_T, joined(name, "dx"), l.p.dx, T * B * I);
    compare(FILE_T, joined(name, "dh0"), l.p.dh0, B * H);
    compare(FILE_T, joined(name, "dc0"), l.p.dc, B * H);
    layer_free(&l);
}

/* The bare GRU, through private functions: it is no public layer of its own. */
TEST(torch_gru_layer) {
    size_t n, T, B, I, H;
    const char *file = "torch_later.txt";
    const double *dims = fixture(file, "gru_layer.dims", &n);
    lstmfc_real *bias = reals(file, "gru_layer.w.recurrent_bias", &n), *dbias, *kernel_t, *recurrent_t;
    layer l;
    if (!dims) return;
    B = (size_t)dims[0]; T = (size_t)dims[1]; I = (size_t)dims[2]; H = (size_t)dims[3];
    layer_make(&l, T, B, I, H);
    dbias = some(&l, H); kernel_t = some(&l, I * 3 * H); recurrent_t = some(&l, H * 3 * H);
    l.p.kernel = reals(file, "gru_layer.w.kernel", &n);
    l.p.recurrent = reals(file, "gru_layer.w.recurrent", &n);
    l.p.bias = reals(file, "gru_layer.w.bias", &n);
    l.p.x = reals(file, "gru_layer.x", &n);
    l.p.h0 = reals(file, "gru_layer.h0", &n);
    l.p.dh = reals(file, "gru_layer.dh", &n);
    lstmfc_transpose(I, 3 * H, l.p.kernel, kernel_t); l.p.kernel_t = kernel_t;
    lstmfc_transpose(H, 3 * H, l.p.recurrent, recurrent_t); l.p.recurrent_t = recurrent_t;
    lstmfc__gru_forward_rows(NULL, &l.p, bias, 0, B);
    compare(file, "gru_layer.h", l.p.h, T * B * H);
    lstmfc__gru_backward_rows(NULL, &l.p, 0, B);
    lstmfc__gru_weight_gradients(NULL, &l.p, dbias, 0, 2 * H + 1);      /* the columns in two parts that cut a block */
    lstmfc__gru_weight_gradients(NULL, &l.p, dbias, 2 * H + 1, 3 * H);
    compare(file, "gru_layer.g.kernel", l.p.dkernel, I * 3 * H);
    compare(file, "gru_layer.g.recurrent", l.p.drecurrent, H * 3 * H);
    compare(file, "gru_layer.g.bias", l.p.dbias, 3 * H);
    compare(file, "gru_layer.g.recurrent_bias", dbias, H);
    compare(file, "gru_layer.dx", l.p.dx, T * B * I);
    compare(file, "gru_layer.dh0", l.p.dh0, B * H);
    layer_free(&l);
}

TEST(torch_layer) { against_torch("lstm_layer"); }
TEST(torch_odd_sizes) { against_torch("lstm_odd"); }
TEST(torch_one_of_each) { against_torch("lstm_one"); }

/* The zero state, every step's output as PyTorch's `lstm 5 seq`, loss mse over all of it. */
TEST(torch_sequence) {
    size_t n, T, B, I, k;
    const double *dims = fixture(FILE_T, "lstm_seq.dims", &n);
    lstmfc_real *y;
    layer l;
    if (!dims) return;
    B = (size_t)dims[0]; T = (size_t)dims[1]; I = (size_t)dims[2];
    layer_make(&l, T, B, I, 5);
    l.p.kernel = reals(FILE_T, "lstm_seq.w.0.lstm.kernel", &n);
    l.p.recurrent = reals(FILE_T, "lstm_seq.w.0.lstm.recurrent", &n);
    l.p.bias = reals(FILE_T, "lstm_seq.w.0.lstm.bias", &n);
    l.p.x = reals(FILE_T, "lstm_seq.x", &n);
    y = reals(FILE_T, "lstm_seq.y", &n);
    layer_transpose(&l);
    lstmfc_lstm_forward(&l.p);
    compare(FILE_T, "lstm_seq.out", l.p.h, n);
    for (k = 0; k < n; k++) y[k] = 2 * (l.p.h[k] - y[k]) / (lstmfc_real)n;
    l.p.dh = y;
    lstmfc_lstm_backward(&l.p);
    compare(FILE_T, "lstm_seq.g.0.lstm.kernel", l.p.dkernel, I * 20);
    compare(FILE_T, "lstm_seq.g.0.lstm.recurrent", l.p.drecurrent, 100);
    compare(FILE_T, "lstm_seq.g.0.lstm.bias", l.p.dbias, 20);
    compare(FILE_T, "lstm_seq.dx", l.p.dx, T * B * I);
    layer_free(&l);
}

static void fill(lstmfc_real *x, size_t n, uint64_t seed) {
    lstmfc_rng rng;
    size_t k;
    lstmfc_rng_seed(&rng, seed);
    for (k = 0; k < n; k++) x[k] = (lstmfc_real)lstmfc_rng_normal(&rng);
}

enum { T = 6, B = 5, I = 7, H = 9 };    /* odd sizes: tails everywhere */

static void random_layer(layer *l) {
    lstmfc_real *kernel, *recurrent, *bias, *x;
    layer_make(l, T, B, I, H);
    kernel = some(l, I * 4 * H); recurrent = some(l, H * 4 * H); bias = some(l, 4 * H); x = some(l, T * B * I);
    fill(kernel, I * 4 * H, 1); fill(recurrent, H * 4 * H, 2); fill(bias, 4 * H, 3); fill(x, T * B * I, 4);
    l->p.kernel = kernel; l->p.recurrent = recurrent; l->p.bias = bias; l->p.x = x;
}

TEST(inference_is_training_forward) {
    layer a, b;
    random_layer(&a);
    random_layer(&b);
    lstmfc_lstm_forward(&a.p);
    b.p.c = NULL;                                               /* only the last is kept */
    lstmfc_lstm_forward(&b.p);
    CHECK(memcmp(a.p.h, b.p.h, T * B * H * sizeof *a.p.h) == 0);
    CHECK(memcmp(a.p.c + (T - 1) * B * H, b.p.c_last, B * H * sizeof *a.p.c) == 0);
    layer_free(&a);
    layer_free(&b);
}

TEST(one_sequence_alone_equals_the_batch) {
    layer all, one;
    int t, b, same = 0;
    random_layer(&all);
    lstmfc_lstm_forward(&all.p);
    for (b = 0; b < B; b++) {
        lstmfc_real x[T * I];
        random_layer(&one);
        for (t = 0; t < T; t++) memcpy(x + t * I, all.p.x + (t * B + b) * I, I * sizeof *x);
        one.p.batch = 1; one.p.x = x;
        lstmfc_lstm_forward(&one.p);
        for (t = 0; t < T; t++) same += memcmp(one.p.h + t * H, all.p.h + (t * B + b) * H, H * sizeof *x) == 0;
        layer_free(&one);
    }
    CHECK_INT(same, T * B);
    layer_free(&all);
}

/* Steps 0..3 and then 4..5 from the state reached there: the same bits as 0..5 at once, in both modes. */
TEST(carried_state_equals_one_run) {
    layer whole, part;
    lstmfc_real h0[B * H], c0[B * H];
    int training;
    random_layer(&whole);
    lstmfc_lstm_forward(&whole.p);
    for (training = 0; training < 2; training++) {
        random_layer(&part);
        if (!training) part.p.c = NULL;
        part.p.steps = 4;
        lstmfc_lstm_forward(&part.p);
        memcpy(h0, part.p.h + 3 * B * H, sizeof h0);
        memcpy(c0, training ? part.p.c + 3 * B * H : part.p.c_last, sizeof c0);
        part.p.steps = 2; part.p.x += 4 * B * I; part.p.h0 = h0; part.p.c0 = c0;
        lstmfc_lstm_forward(&part.p);
        CHECK(memcmp(part.p.h, whole.p.h + 4 * B * H, 2 * B * H * sizeof *h0) == 0);
        layer_free(&part);
    }
    layer_free(&whole);
}

/* dh_last is dh with zeros in all steps but the last. */
TEST(gradient_of_the_last_step_alone) {
    layer a, b;
    lstmfc_real *dh;
    random_layer(&a); random_layer(&b);
    layer_transpose(&a); layer_transpose(&b);
    dh = some(&a, T * B * H);
    fill(dh + (T - 1) * B * H, B * H, 9);
    a.p.dh = dh;
    b.p.dh_last = dh + (T - 1) * B * H;
    lstmfc_lstm_forward(&a.p); lstmfc_lstm_forward(&b.p);
    lstmfc_lstm_backward(&a.p); lstmfc_lstm_backward(&b.p);
    CHECK(memcmp(a.p.dkernel, b.p.dkernel, I * 4 * H * sizeof *dh) == 0);
    CHECK(memcmp(a.p.drecurrent, b.p.drecurrent, H * 4 * H * sizeof *dh) == 0);
    CHECK(memcmp(a.p.dx, b.p.dx, T * B * I * sizeof *dh) == 0);
    layer_free(&a);
    layer_free(&b);
}

/* A mask of ones changes nothing; a mask of zeros cuts the recurrence: each step is the first step of its own sequence. */
TEST(recurrent_mask) {
    layer plain, ones, zeros;
    lstmfc_real *mask, c_before[B * H], worst = 0;
    int k, t, j;
    random_layer(&plain); random_layer(&ones); random_layer(&zeros);
    lstmfc_lstm_forward(&plain.p);
    mask = some(&ones, B * H);
    for (k = 0; k < B * H; k++) mask[k] = 1;
    ones.p.recurrent_mask = mask; ones.p.h_masked = some(&ones, T * B * H);
    lstmfc_lstm_forward(&ones.p);
    CHECK(memcmp(plain.p.h, ones.p.h, T * B * H * sizeof *mask) == 0);
    zeros.p.recurrent_mask = some(&zeros, B * H); zeros.p.h_masked = some(&zeros, T * B * H);
    lstmfc_lstm_forward(&zeros.p);
    for (t = 1; t < T; t++) {
        layer step;
        random_layer(&step);
        memcpy(c_before, zeros.p.c + (t - 1) * B * H, sizeof c_before);
        step.p.steps = 1; step.p.x += t * B * I; step.p.c0 = c_before;     /* h0 stays zero */
        lstmfc_lstm_forward(&step.p);
        for (j = 0; j < B * H; j++) {
            lstmfc_real e = step.p.h[j] - zeros.p.h[t * B * H + j];
            if (e > worst) worst = e;
            if (-e > worst) worst = -e;
        }
        layer_free(&step);
    }
    CHECK(worst <= 0);
    layer_free(&plain); layer_free(&ones); layer_free(&zeros);
}

/* Gates driven far into saturation: 0, 1 and finite gradients, never NaN. */
TEST(saturation) {
    layer l;
    lstmfc_real *x;
    int k, finite = 1;
    random_layer(&l);
    layer_transpose(&l);
    x = some(&l, T * B * I);
    for (k = 0; k < T * B * I; k++) x[k] = (lstmfc_real)(k % 2 ? 1e4 : -1e4);
    l.p.x = x;
    lstmfc_lstm_forward(&l.p);
    l.p.dh = l.p.h;
    lstmfc_lstm_backward(&l.p);
    for (k = 0; k < T * B * H; k++) finite = finite && lstmfc_is_finite((double)l.p.h[k]) && l.p.h[k] <= 1 && l.p.h[k] >= -1;
    for (k = 0; k < I * 4 * H; k++) finite = finite && lstmfc_is_finite((double)l.p.dkernel[k]);
    CHECK(finite);
    layer_free(&l);
}

/* ---- the textbook form of the chapter, and the fast one against it ---- */

typedef struct plain { lstmfc__lstm_plain p; double *memory[16]; int used; } plain;

static double *room(plain *l, size_t n) {
    double *block = (double *)calloc(n, sizeof *block);
    l->memory[l->used++] = block;
    return block;
}

static double *room_of(plain *l, const lstmfc_real *x, size_t n) {
    double *out = room(l, n);
    size_t k;
    for (k = 0; x && k < n; k++) out[k] = (double)x[k];
    return out;
}

static void plain_free(plain *l) { while (l->used) free(l->memory[--l->used]); }

/* Sequence b of a layer: its weights, inputs, first state and what comes from above. */
static void plain_make(plain *l, const lstmfc_lstm_pass *a, const lstmfc_real *dc, size_t b) {
    size_t steps = a->steps, batch = a->batch, inputs = a->inputs, hidden = a->hidden, t, k;
    double *x, *above;
    memset(l, 0, sizeof *l);
    l->p.T = steps; l->p.I = inputs; l->p.H = hidden;
    l->p.W = room_of(l, a->kernel, inputs * 4 * hidden);
    l->p.U = room_of(l, a->recurrent, hidden * 4 * hidden);
    l->p.b = room_of(l, a->bias, 4 * hidden);
    l->p.x = x = room(l, steps * inputs);
    l->p.dh_above = above = room(l, steps * hidden);
    l->p.h = room(l, (steps + 1) * hidden); l->p.c = room(l, (steps + 1) * hidden);
    l->p.z = room(l, steps * 4 * hidden); l->p.dz = room(l, steps * 4 * hidden);
    l->p.dh = room(l, hidden); l->p.dc = room(l, hidden); l->p.dx = room(l, steps * inputs);
    l->p.dW = room(l, inputs * 4 * hidden); l->p.dU = room(l, hidden * 4 * hidden); l->p.db = room(l, 4 * hidden);
    for (t = 0; t < steps; t++) {
        for (k = 0; k < inputs; k++) x[t * inputs + k] = (double)a->x[(t * batch + b) * inputs + k];
        for (k = 0; k < hidden; k++) above[t * hidden + k] = (double)a->dh[(t * batch + b) * hidden + k];
    }
    for (k = 0; k < hidden; k++) {
        l->p.h[k] = (double)a->h0[b * hidden + k];
        l->p.c[k] = (double)a->c0[b * hidden + k];
        l->p.dc[k] = (double)dc[b * hidden + k];
    }
}

/* n values, `stride` apart in runs of `run`, against the textbook's: within `near` of the largest */
static void agree(const char *what, const lstmfc_real *fast, size_t run, size_t stride, const double *must, size_t n, double near) {
    double largest = 1, worst = 0;
    size_t k;
    for (k = 0; k < n; k++) {
        double e = fabs((double)fast[k / run * stride + k % run] - must[k]);
        if (fabs(must[k]) > largest) largest = fabs(must[k]);
        if (!(e <= worst)) worst = e;
    }
    if (!test_check(worst <= near * largest, __FILE__, __LINE__, what))
        printf("    off by %.3g, largest %.3g\n", worst, largest);
}

static void against_textbook(size_t steps, size_t batch, size_t inputs, size_t hidden, int32_t simd) {
    const double near = sizeof(lstmfc_real) == sizeof(double) ? 1e-12 : 1e-5;
    size_t sizes[7], b, k;
    lstmfc_real *data[7];
    layer l;
    plain one, sum;
    sizes[0] = inputs * 4 * hidden; sizes[1] = hidden * 4 * hidden; sizes[2] = 4 * hidden; sizes[3] = steps * batch * inputs;
    sizes[4] = steps * batch * hidden; sizes[5] = sizes[6] = batch * hidden;
    layer_make(&l, steps, batch, inputs, hidden);
    for (k = 0; k < 7; k++) {
        data[k] = some(&l, sizes[k]);
        fill(data[k], sizes[k], 100 * steps + 10 * batch + k);
        for (b = 0; k < 3 && b < sizes[k]; b++) data[k][b] /= 4;
    }
    l.p.kernel = data[0]; l.p.recurrent = data[1]; l.p.bias = data[2]; l.p.x = data[3]; l.p.dh = data[4];
    l.p.h0 = data[5]; l.p.c0 = data[6];
    fill(l.p.dc, batch * hidden, 5);
    layer_transpose(&l);
    l.p.simd = simd;
    plain_make(&sum, &l.p, l.p.dc, 0);                          /* its dW, dU and db take the sums over the batch */
    for (b = 0; b < batch; b++) {
        const size_t row = batch * hidden;
        plain_make(&one, &l.p, l.p.dc, b);
        one.p.dW = sum.p.dW; one.p.dU = sum.p.dU; one.p.db = sum.p.db;
        lstmfc__lstm_plain_forward(&one.p);
        lstmfc__lstm_plain_backward(&one.p);
        lstmfc_lstm_forward(&l.p);
        agree("h", l.p.h + b * hidden, hidden, row, one.p.h + hidden, steps * hidden, near);
        agree("c", l.p.c + b * hidden, hidden, row, one.p.c + hidden, steps * hidden, near);
        plain_free(&one);
    }
    plain_make(&one, &l.p, l.p.dc, batch - 1);
    lstmfc__lstm_plain_forward(&one.p);
    lstmfc__lstm_plain_backward(&one.p);
    lstmfc_lstm_backward(&l.p);
    agree("dz", l.p.gates + (batch - 1) * 4 * hidden, 4 * hidden, batch * 4 * hidden, one.p.dz, steps * 4 * hidden, near);
    agree("dx", l.p.dx + (batch - 1) * inputs, inputs, batch * inputs, one.p.dx, steps * inputs, near);
    agree("dh0", l.p.dh0 + (batch - 1) * hidden, hidden, hidden, one.p.dh, hidden, near);
    agree("dc0", l.p.dc + (batch - 1) * hidden, hidden, hidden, one.p.dc, hidden, near);
    agree("dW", l.p.dkernel, sizes[0], 0, sum.p.dW, sizes[0], near);
    agree("dU", l.p.drecurrent, sizes[1], 0, sum.p.dU, sizes[1], near);
    agree("db", l.p.dbias, sizes[2], 0, sum.p.db, sizes[2], near);
    plain_free(&one); plain_free(&sum);
    layer_free(&l);
}

TEST(the_fast_form_is_the_textbook_form) {
    static const size_t sizes[][4] = {{1, 1, 1, 1}, {2, 1, 1, 1}, {3, 2, 5, 4}, {7, 5, 3, 9}, {40, 1, 4, 17}, {12, 33, 6, 16}};
    size_t k;
    for (k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        against_textbook(sizes[k][0], sizes[k][1], sizes[k][2], sizes[k][3], 0);
        against_textbook(sizes[k][0], sizes[k][1], sizes[k][2], sizes[k][3], LSTMFC_SIMD_SCALAR);
    }
}

/* The lines of the header from the example to the end of its comment. */
static int example_text(char *text, size_t size) {
    FILE *file = fopen("lstmfc.h", "rb");
    char line[512];
    size_t used = 0;
    int inside = 0;
    if (!file) file = fopen("../lstmfc.h", "rb");
    while (file && fgets(line, sizeof line, file)) {
        size_t length = strlen(line);
        if (!inside) { inside = strstr(line, "An example to compute along") != NULL; continue; }
        if (used + length >= size) break;
        memcpy(text + used, line, length + 1);
        used += length;
        if (strstr(line, "*/")) break;
    }
    if (file) fclose(file);
    return used > 0;
}

/* The numbers of a row of the example in the header, "       name   number ...": how many were asked for, or a failed check. */
static void example_row(const char *text, const char *name, double *out, int n) {
    const char *at = text, *end = text + strlen(text);
    size_t length = strlen(name);
    int k;
    for (; at && at < end; at = strchr(at + 1, '\n')) {
        const char *word = at + strspn(at, "\n ");
        if (strncmp(word, name, length) || word[length] != ' ') continue;
        for (k = 0, at = word + length; k < n; k++) {
            char *rest;
            out[k] = strtod(at, &rest);
            if (rest == at) test_check(0, name, k, "a number is missing in the example");
            at = rest;
        }
        at += strspn(at, " ");
        test_check(*at == '\n' || *at == '*', name, n, "too many numbers in the example");
        return;
    }
    test_check(0, name, 0, "a row of the example is missing");
}

static void example_agrees(const char *text, const char *name, const double *must, int n) {
    double said[4];
    int k;
    example_row(text, name, said, n);
    for (k = 0; k < n; k++) CHECK_CLOSE(said[k], must[k], 0, 5.001e-7);
}

/* The same step in plain double with libm, nothing of the header: all that the example says, into out, in the order of `names`. */
static const char *const example_names[] = {"z_1", "gates_1", "z_2", "gates_2", "dz_2", "dz_1", "dW", "dU", "db", "c", "h", "dh", "dc", "dx"};
static const int example_counts[] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3, 2};
enum { EX_Z1, EX_GATES1, EX_Z2, EX_GATES2, EX_DZ2, EX_DZ1, EX_DW, EX_DU, EX_DB, EX_C, EX_H, EX_DH, EX_DC, EX_DX, EX_ROWS };

static void example_by_hand(const double *x, const double *W, const double *U, const double *b, double out[EX_ROWS][4]) {
    static const int z_of[] = {EX_Z1, EX_Z2}, gates_of[] = {EX_GATES1, EX_GATES2}, dz_of[] = {EX_DZ1, EX_DZ2};
    double *c = out[EX_C], *h = out[EX_H], dh = 1, dc = 0;
    int t, q;
    memset(out, 0, sizeof(double) * EX_ROWS * 4);
    for (t = 0; t < 2; t++) {
        double *z = out[z_of[t]], *gate = out[gates_of[t]];
        for (q = 0; q < 4; q++) {
            z[q] = x[t] * W[q] + h[t] * U[q] + b[q];
            gate[q] = q == 2 ? tanh(z[q]) : 1 / (1 + exp(-z[q]));
        }
        c[t + 1] = gate[1] * c[t] + gate[0] * gate[2];
        h[t + 1] = gate[3] * tanh(c[t + 1]);
    }
    for (t = 1; t >= 0; t--) {
        double *dz = out[dz_of[t]], *gate = out[gates_of[t]], s = tanh(c[t + 1]);
        dc += dh * gate[3] * (1 - s * s);
        out[EX_DH][t + 1] = dh; out[EX_DC][t + 1] = dc;
        dz[0] = dc * gate[2] * gate[0] * (1 - gate[0]);
        dz[1] = dc * c[t] * gate[1] * (1 - gate[1]);
        dz[2] = dc * gate[0] * (1 - gate[2] * gate[2]);
        dz[3] = dh * s * gate[3] * (1 - gate[3]);
        dc *= gate[1];
        for (q = 0, dh = 0; q < 4; q++) {
            dh += dz[q] * U[q];
            out[EX_DX][t] += dz[q] * W[q];
            out[EX_DW][q] += x[t] * dz[q]; out[EX_DU][q] += h[t] * dz[q]; out[EX_DB][q] += dz[q];
        }
    }
    out[EX_DH][0] = dh; out[EX_DC][0] = dc;
}

TEST(the_example_of_the_chapter) {
    double x[2], W[4], U[4], b[4], z[8], c[3] = {0}, h[3] = {0}, above[2] = {0, 1}, dz[8], dc = 0, dh = 0, dx[2] = {0}, dW[4] = {0}, dU[4] = {0},
        db[4] = {0}, hand[EX_ROWS][4], loss[2];
    static char text[8192];
    lstmfc__lstm_plain p;
    int k;
    if (!example_text(text, sizeof text)) { CHECK(0); return; }
    example_row(text, "x", x, 2);
    example_row(text, "W", W, 4); example_row(text, "U", U, 4); example_row(text, "b", b, 4);
    example_by_hand(x, W, U, b, hand);
    for (k = 0; k < EX_ROWS; k++) example_agrees(text, example_names[k], hand[k], example_counts[k]);

    p.T = 2; p.I = p.H = 1; p.x = x; p.W = W; p.U = U; p.b = b; p.z = z; p.c = c; p.h = h; p.dh_above = above; p.dz = dz; p.dc = &dc; p.dh = &dh;
    p.dx = dx; p.dW = dW; p.dU = dU; p.db = db;
    lstmfc__lstm_plain_forward(&p);
    example_agrees(text, "gates_1", z, 4); example_agrees(text, "gates_2", z + 4, 4);
    example_agrees(text, "c", c, 3); example_agrees(text, "h", h, 3);
    lstmfc__lstm_plain_backward(&p);
    example_agrees(text, "dz_1", dz, 4); example_agrees(text, "dz_2", dz + 4, 4); example_agrees(text, "dx", dx, 2);
    example_agrees(text, "dW", dW, 4); example_agrees(text, "dU", dU, 4); example_agrees(text, "db", db, 4);
    CHECK_NEAR(dh, hand[EX_DH][0], 1e-12); CHECK_NEAR(dc, hand[EX_DC][0], 1e-12);

    /* and the loss really moves like this: U_g a little to both sides */
    for (k = 0; k < 2; k++) {
        U[2] += k ? -2e-5 : 1e-5;
        lstmfc__lstm_plain_forward(&p);
        loss[k] = h[2];
    }
    CHECK_NEAR((loss[0] - loss[1]) / 2e-5, dU[2], 1e-8);
}

int main(void) {
    RUN(torch_layer);
    RUN(torch_gru_layer);
    RUN(torch_odd_sizes);
    RUN(torch_one_of_each);
    RUN(torch_sequence);
    RUN(inference_is_training_forward);
    RUN(one_sequence_alone_equals_the_batch);
    RUN(carried_state_equals_one_run);
    RUN(gradient_of_the_last_step_alone);
    RUN(recurrent_mask);
    RUN(saturation);
    RUN(the_fast_form_is_the_textbook_form);
    RUN(the_example_of_the_chapter);
    return test_end();
}

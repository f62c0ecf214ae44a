// also: double native scalar
/* Chapter 8 against PyTorch: every hidden state and every gradient of the bare layer, and against itself: batch = one by one,
   inference = training, a sequence in two parts = in one. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "network.h"

#define FILE_T "torch.txt"

typedef struct layer { lstmfc_lstm_pass p; lstmfc_real *memory[24]; int used; } layer;

static lstmfc_real *some(layer *l, size_t n)
{
    lstmfc_real *block = (lstmfc_real *)calloc(n ? n : 1, sizeof *block);
    l->memory[l->used++] = block;
    return block;
}

/* All the arrays of a pass of these sizes. */
static void layer_make(layer *l, size_t T, size_t B, size_t I, size_t H)
{
    lstmfc_lstm_pass *p = &l->p;
    memset(l, 0, sizeof *l);
    p->steps = T; p->batch = B; p->inputs = I; p->hidden = H;
    p->gates = some(l, T * B * 4 * H); p->h = some(l, T * B * H); p->c = some(l, T * B * H); p->c_last = some(l, B * H);
    p->dh_step = some(l, B * H); p->dc = some(l, B * H);
    p->dkernel = some(l, I * 4 * H); p->drecurrent = some(l, H * 4 * H); p->dbias = some(l, 4 * H);
    p->dx = some(l, T * B * I); p->dh0 = some(l, B * H);
}

static void layer_transpose(layer *l)
{
    lstmfc_real *kernel_t = some(l, l->p.inputs * 4 * l->p.hidden), *recurrent_t = some(l, l->p.hidden * 4 * l->p.hidden);
    lstmfc_transpose(l->p.inputs, 4 * l->p.hidden, l->p.kernel, kernel_t);
    lstmfc_transpose(l->p.hidden, 4 * l->p.hidden, l->p.recurrent, recurrent_t);
    l->p.kernel_t = kernel_t;
    l->p.recurrent_t = recurrent_t;
}

static void layer_free(layer *l) { while (l->used) free(l->memory[--l->used]); }

static void against_torch(const char *name)
{
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

TEST(torch_layer) { against_torch("lstm_layer"); }
TEST(torch_odd_sizes) { against_torch("lstm_odd"); }
TEST(torch_one_of_each) { against_torch("lstm_one"); }

/* The zero state, every step's output as PyTorch's `lstm 5 seq`, loss mse over all of it. */
TEST(torch_sequence)
{
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

static void fill(lstmfc_real *x, size_t n, uint64_t seed)
{
    lstmfc_rng rng;
    size_t k;
    lstmfc_rng_seed(&rng, seed);
    for (k = 0; k < n; k++) x[k] = (lstmfc_real)lstmfc_rng_normal(&rng);
}

enum { T = 6, B = 5, I = 7, H = 9 };    /* odd sizes: tails everywhere */

static void random_layer(layer *l)
{
    lstmfc_real *kernel, *recurrent, *bias, *x;
    layer_make(l, T, B, I, H);
    kernel = some(l, I * 4 * H); recurrent = some(l, H * 4 * H); bias = some(l, 4 * H); x = some(l, T * B * I);
    fill(kernel, I * 4 * H, 1); fill(recurrent, H * 4 * H, 2); fill(bias, 4 * H, 3); fill(x, T * B * I, 4);
    l->p.kernel = kernel; l->p.recurrent = recurrent; l->p.bias = bias; l->p.x = x;
}

TEST(inference_is_training_forward)
{
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

TEST(one_sequence_alone_equals_the_batch)
{
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
TEST(carried_state_equals_one_run)
{
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
TEST(gradient_of_the_last_step_alone)
{
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
TEST(recurrent_mask)
{
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
TEST(saturation)
{
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

int main(void)
{
    RUN(torch_layer);
    RUN(torch_odd_sizes);
    RUN(torch_one_of_each);
    RUN(torch_sequence);
    RUN(inference_is_training_forward);
    RUN(one_sequence_alone_equals_the_batch);
    RUN(carried_state_equals_one_run);
    RUN(gradient_of_the_last_step_alone);
    RUN(recurrent_mask);
    RUN(saturation);
    return test_end();
}

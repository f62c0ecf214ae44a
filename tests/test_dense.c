// also: double native
/* Chapter 7 against PyTorch and Keras (activations, norms, losses), and the masks of dropout by counting. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "network.h"

#define FILE_T "torch.txt"
#define FILE_K "keras.txt"

TEST(names) {
    CHECK_TEXT(lstmfc_activation_name(LSTMFC_LINEAR), "linear");
    CHECK_TEXT(lstmfc_activation_name(LSTMFC_SOFTPLUS), "softplus");
    CHECK(lstmfc_activation_name(8) == NULL && lstmfc_activation_name(-1) == NULL);
}

/* dense 4 on x [6][5] and its activation, forward and backward */
TEST(torch_dense_and_activation) {
    int32_t a;
    for (a = 0; a <= LSTMFC_SOFTPLUS; a++) {
        char name[32];
        size_t n;
        lstmfc_real *x, *kernel, *bias, *dout, kernel_t[20], z[24], y[24], dz[24], dx[30], dkernel[20] = {0}, dbias[4] = {0};
        snprintf(name, sizeof name, "act_%s", lstmfc_activation_name(a));
        x = reals(FILE_T, joined(name, "x"), &n);
        kernel = reals(FILE_T, joined(name, "w.kernel"), &n);
        bias = reals(FILE_T, joined(name, "w.bias"), &n);
        dout = reals(FILE_T, joined(name, "dout"), &n);
        if (!x || !kernel || !bias || !dout) return;
        lstmfc_dense_forward(6, 5, 4, x, kernel, bias, z);
        lstmfc_activation_forward(a, 6, 4, z, y);
        compare(FILE_T, joined(name, "z"), z, 24);
        compare(FILE_T, joined(name, "out"), y, 24);
        lstmfc_activation_backward(a, 6, 4, z, y, dout, dz);
        compare(FILE_T, joined(name, "dz"), dz, 24);
        lstmfc_transpose(5, 4, kernel, kernel_t);
        lstmfc_dense_backward(6, 5, 4, x, kernel_t, dz, dx, dkernel, dbias);
        compare(FILE_T, joined(name, "dx"), dx, 30);
        compare(FILE_T, joined(name, "g.kernel"), dkernel, 20);
        compare(FILE_T, joined(name, "g.bias"), dbias, 4);
        lstmfc_dense_backward(6, 5, 4, x, NULL, dz, NULL, dkernel, NULL);     /* it adds, and leaves out what is not wanted */
        CHECK_NEAR(dkernel[7], 2 * fixture(FILE_T, joined(name, "g.kernel"), &n)[7], 1e-5);
        lstmfc_activation_forward(a, 6, 4, z, z);                            /* in place */
        CHECK(memcmp(z, y, sizeof y) == 0);
    }
}

/* What is not a number stays visible, at every place: a zero in its stead would look like an answer. */
TEST(nan_stays_nan) {
    enum { N = 19 };
    int32_t a;
    size_t k, i;
    for (a = 0; a <= LSTMFC_SOFTPLUS; a++) {
        for (k = 0; k < N; k++) {
            lstmfc_real z[N], y[N], clean[N], dz[N], ones[N];
            int row = a == LSTMFC_SOFTMAX;                                  /* there each output is made of the whole row */
            for (i = 0; i < N; i++) { z[i] = (lstmfc_real)i - 9; ones[i] = 1; }
            lstmfc_activation_forward(a, 1, N, z, clean);
            z[k] = (lstmfc_real)lstmfc_nan();
            lstmfc_activation_forward(a, 1, N, z, y);
            lstmfc_activation_backward(a, 1, N, z, y, ones, dz);
            for (i = 0; i < N; i++) {
                if (!CHECK(row || i == k ? lstmfc_is_nan((double)y[i]) : memcmp(&y[i], &clean[i], sizeof y[i]) == 0)) break;
                if (a != LSTMFC_LINEAR && !CHECK(lstmfc_is_nan((double)dz[i]) == (row || i == k))) break;
            }
            if (i < N) { printf("    %s, NaN at %d, element %d\n", lstmfc_activation_name(a), (int)k, (int)i); break; }
            z[k] = -(lstmfc_real)0;
            lstmfc_activation_forward(LSTMFC_RELU, 1, N, z, y);
            CHECK(1 / y[k] > 0);                                            /* +0 */
        }
    }
}

/* Each activation from -700 to 700, element by element: relative accuracy in the double build, no NaN in either. */
TEST(torch_functions_over_a_wide_range) {
    int32_t a;
    for (a = 0; a <= LSTMFC_SOFTPLUS; a++) {
        char name[32];
        size_t n, k;
        lstmfc_real *x, y[128], dy[128], ones[128];
        const double *must, *slope;
        if (a == LSTMFC_LINEAR || a == LSTMFC_SOFTMAX) continue;
        snprintf(name, sizeof name, "fn_%s", lstmfc_activation_name(a));
        x = reals(FILE_T, joined(name, "x"), &n);
        must = fixture(FILE_T, joined(name, "y"), &n);
        slope = fixture(FILE_T, joined(name, "dy"), &n);
        if (!x || !must || !slope || n > 128) { CHECK(0); return; }
        for (k = 0; k < n; k++) ones[k] = 1;
        lstmfc_activation_forward(a, 1, n, x, y);
        lstmfc_activation_backward(a, 1, n, x, y, ones, dy);
        for (k = 0; k < n; k++) {
#ifdef LSTMFC_DOUBLE
            CHECK_CLOSE(y[k], must[k], 1e-12, 1e-300);
            CHECK_CLOSE(dy[k], slope[k], 1e-10, 1e-13);         /* 1 - y^2 cancels where y is near 1 */
#else
            CHECK_CLOSE(y[k], must[k], 1e-6, 1e-30);
            CHECK_CLOSE(dy[k], slope[k], 1e-5, 3e-7);
#endif
        }
    }
}

TEST(softmax_of_large_logits) {
    lstmfc_real z[3] = {1000, 1000, -1000}, y[3];
    lstmfc_activation_forward(LSTMFC_SOFTMAX, 1, 3, z, y);
    CHECK_NEAR(y[0], 0.5, 1e-6);
    CHECK_NEAR(y[1], 0.5, 1e-6);
    CHECK(y[2] >= 0 && y[2] < 1e-30);
}

static void check_loss(const char *file, const char *name, int32_t loss, double delta) {
    size_t n, m;
    lstmfc_loss_desc desc;
    lstmfc_real *out = reals(file, joined(name, "out"), &n), *y = reals(file, joined(name, "y"), &m), *w = reals(file, joined(name, "w"), &m);
    const double *must = fixture(file, joined(name, "loss"), &m);
    lstmfc_real gradient[64];
    if (!out || !y || !w || !must) return;
    desc.loss = loss; desc.huber_delta = delta;
    memset(desc.quantiles, 0, sizeof desc.quantiles);
    desc.quantiles[0] = 0.1; desc.quantiles[1] = 0.5; desc.quantiles[2] = 0.9;
    fixture(file, joined(name, "w"), &m);
    CHECK_NEAR(lstmfc_loss(&desc, m, n / m, out, y, w), must[0], NEAR);
    lstmfc_loss_gradient(&desc, m, n / m, out, y, w, gradient);
    compare(file, joined(name, "dout"), gradient, n);
}

/* Pinball and gaussian of three targets, weighted, from PyTorch; the default quantiles; a deviation that is almost nothing. */
TEST(torch_distributions) {
    static const char *const names[] = {"pinball", "gaussian"};
    const char *file = "torch_learning.txt";
    lstmfc_loss_desc desc = lstmfc_loss_desc_default();
    lstmfc_real raw[3] = {1, 2, 3}, y = 2, pair[2] = {2, -60}, gradient[63];
    size_t n, m;
    int k;
    for (k = 0; k < 2; k++) {
        lstmfc_real *out = reals(file, joined(names[k], "raw"), &n), *target = reals(file, "loss.y", &m), *w = reals(file, "loss.weights", &m);
        const double *must = fixture(file, joined(names[k], "loss"), &m);
        if (!out || !target || !w || !must) return;
        desc.loss = k ? LSTMFC_LOSS_GAUSSIAN : LSTMFC_LOSS_PINBALL;
        desc.quantiles[0] = 0.1; desc.quantiles[1] = 0.5; desc.quantiles[2] = 0.95;
        CHECK_NEAR(lstmfc_loss(&desc, 7, n / 7, out, target, w), must[0], NEAR);
        lstmfc_loss_gradient(&desc, 7, n / 7, out, target, w, gradient);
        compare(file, joined(names[k], "gradient"), gradient, n);
    }
    memset(&desc, 0, sizeof desc);
    desc.loss = LSTMFC_LOSS_PINBALL;                                    /* 0.05 0.5 0.95 of 1, 2 and 3 where 2 came */
    CHECK_NEAR(lstmfc_loss(&desc, 1, 3, raw, &y, NULL), (0.05 + 0 + 0.05) / 3, 1e-9);
    desc.loss = LSTMFC_LOSS_GAUSSIAN;
    CHECK_NEAR(lstmfc_loss(&desc, 1, 2, pair, &y, NULL), 0.5 * (log(1e-6) + log(2 * 3.14159265358979)), 1e-6);
}

TEST(torch_losses) {
    check_loss(FILE_T, "loss_mse", LSTMFC_LOSS_MSE, 0);
    check_loss(FILE_T, "loss_mse_weighted", LSTMFC_LOSS_MSE, 0);
    check_loss(FILE_T, "loss_mae", LSTMFC_LOSS_MAE, 0);
    check_loss(FILE_T, "loss_mae_weighted", LSTMFC_LOSS_MAE, 0);
    check_loss(FILE_T, "loss_huber_1", LSTMFC_LOSS_HUBER, 0);              /* 0 = 1 */
    check_loss(FILE_T, "loss_huber_1_weighted", LSTMFC_LOSS_HUBER, 1);
    check_loss(FILE_T, "loss_huber_0.4", LSTMFC_LOSS_HUBER, 0.4);
    check_loss(FILE_T, "loss_huber_0.4_weighted", LSTMFC_LOSS_HUBER, 0.4);
    check_loss(FILE_T, "loss_gaussian", LSTMFC_LOSS_GAUSSIAN, 0);
    check_loss(FILE_T, "loss_bce", LSTMFC_LOSS_BCE, 0);
    check_loss(FILE_T, "loss_bce_weighted", LSTMFC_LOSS_BCE, 0);
    check_loss(FILE_T, "loss_bce_extreme_right", LSTMFC_LOSS_BCE, 0);
    check_loss(FILE_T, "loss_bce_extreme_wrong", LSTMFC_LOSS_BCE, 0);
    check_loss(FILE_T, "loss_cross_entropy", LSTMFC_LOSS_CROSSENTROPY_CLASSES, 0);
    check_loss(FILE_T, "loss_cross_entropy_weighted", LSTMFC_LOSS_CROSSENTROPY_CLASSES, 0);
    check_loss(FILE_T, "loss_cross_entropy_one_hot", LSTMFC_LOSS_CROSSENTROPY, 0);
    check_loss(FILE_T, "loss_cross_entropy_soft", LSTMFC_LOSS_CROSSENTROPY, 0);
    check_loss(FILE_T, "loss_cross_entropy_extreme", LSTMFC_LOSS_CROSSENTROPY, 0);
}

TEST(keras_losses) {
    check_loss(FILE_K, "loss_mse", LSTMFC_LOSS_MSE, 0);
    check_loss(FILE_K, "loss_mse_weighted", LSTMFC_LOSS_MSE, 0);
    check_loss(FILE_K, "loss_mae", LSTMFC_LOSS_MAE, 0);
    check_loss(FILE_K, "loss_mae_weighted", LSTMFC_LOSS_MAE, 0);
    check_loss(FILE_K, "loss_bce", LSTMFC_LOSS_BCE, 0);
    check_loss(FILE_K, "loss_bce_weighted", LSTMFC_LOSS_BCE, 0);
    check_loss(FILE_K, "loss_huber_1", LSTMFC_LOSS_HUBER, 1);
    check_loss(FILE_K, "loss_huber_1_weighted", LSTMFC_LOSS_HUBER, 1);
    check_loss(FILE_K, "loss_huber_0.4", LSTMFC_LOSS_HUBER, 0.4);
    check_loss(FILE_K, "loss_huber_0.4_weighted", LSTMFC_LOSS_HUBER, 0.4);
}

TEST(losses_by_hand) {
    const lstmfc_real out[4] = {1, 2, 3, 4}, y[4] = {1, 0, 0, 4}, w[2] = {1, 3};      /* errors 0 2 | 3 0 */
    lstmfc_loss_desc desc = {LSTMFC_LOSS_MSE, 0, {0}};
    CHECK_NEAR(lstmfc_loss(&desc, 2, 2, out, y, NULL), (2.0 + 4.5) / 2, 1e-15);
    CHECK_NEAR(lstmfc_loss(&desc, 2, 2, out, y, w), (2.0 + 3 * 4.5) / 2, 1e-15);
    desc.loss = LSTMFC_LOSS_MAE;
    CHECK_NEAR(lstmfc_loss(&desc, 2, 2, out, y, w), (1.0 + 3 * 1.5) / 2, 1e-15);
    desc.loss = LSTMFC_LOSS_HUBER;
    CHECK_NEAR(lstmfc_loss(&desc, 2, 2, out, y, w), (0.75 + 3 * 1.25) / 2, 1e-15);
}

/* cross-entropy: ln(1 + e) for the lower of two logits 1 apart; one number per window; the same by number and by one-hot row; a class
   that is none and a loss that is none are NaN, not 0 or mse */
TEST(cross_entropy_by_hand) {
    const lstmfc_real out[4] = {1, 2, 4, 3}, rows[4] = {1, 0, 0, 1}, w[2] = {1, 3};
    const lstmfc_real numbers[2] = {0, 1}, none[4][2] = {{0, 2}, {-1, 0}, {0, (lstmfc_real)0.5}, {(lstmfc_real)1e30, 0}};
    const double lower = log(1 + exp(1.0)), share = 1 / (1 + exp(-1.0));
    lstmfc_loss_desc by_row = {LSTMFC_LOSS_CROSSENTROPY, 0, {0}}, by_number = {LSTMFC_LOSS_CROSSENTROPY_CLASSES, 0}, unknown = {99, 0};
    lstmfc_real a[4], b[4];
    int i;
    CHECK_NEAR(lstmfc_loss(&by_row, 2, 2, out, rows, NULL), lower, 1e-15);
    CHECK_NEAR(lstmfc_loss(&by_number, 2, 2, out, numbers, w), (1 * lower + 3 * lower) / 2, 1e-15);
    lstmfc_loss_gradient(&by_row, 2, 2, out, rows, w, a);
    lstmfc_loss_gradient(&by_number, 2, 2, out, numbers, w, b);
    CHECK(memcmp(a, b, sizeof a) == 0);
    CHECK_NEAR(a[0], -share / 2, 1e-6); CHECK_NEAR(a[1], share / 2, 1e-6); CHECK_NEAR(a[2], 3 * share / 2, 1e-6);
    for (i = 0; i < 4; i++) {
        lstmfc_loss_gradient(&by_number, 2, 2, out, none[i], NULL, a);
        CHECK(lstmfc_is_nan(lstmfc_loss(&by_number, 2, 2, out, none[i], NULL)) && (lstmfc_is_nan((double)a[0]) || lstmfc_is_nan((double)a[2])));
    }
    lstmfc_loss_gradient(&unknown, 2, 2, out, rows, NULL, a);
    CHECK(lstmfc_is_nan(lstmfc_loss(&unknown, 2, 2, out, rows, NULL)) && lstmfc_is_nan((double)a[0]));
}

/* Logits whose e^z no number holds: the largest leaves the sum first. */
TEST(cross_entropy_of_large_logits) {
    const lstmfc_real out[2] = {1000, 0}, numbers[1] = {1};
    lstmfc_loss_desc by_number = {LSTMFC_LOSS_CROSSENTROPY_CLASSES, 0, {0}};
    lstmfc_real a[2];
    CHECK_NEAR(lstmfc_loss(&by_number, 1, 2, out, numbers, NULL), 1000, 1e-15);
    lstmfc_loss_gradient(&by_number, 1, 2, out, numbers, NULL, a);
    CHECK_NEAR(a[0], 1, 1e-15); CHECK_NEAR(a[1], -1, 1e-15);
}

TEST(torch_batchnorm) {
    size_t n;
    lstmfc_real *gamma = reals(FILE_T, "batchnorm.w.gamma", &n), *beta = reals(FILE_T, "batchnorm.w.beta", &n), *dout = reals(FILE_T, "batchnorm.dout", &n);
    lstmfc_real *infer_dout = reals(FILE_T, "batchnorm.infer_dout", &n), *x4 = reals(FILE_T, "batchnorm.x4", &n);
    int32_t unbiased;
    for (unbiased = 0; unbiased < 2; unbiased++) {
        const char *kind = unbiased ? "unbiased" : "biased";
        lstmfc_real mean[5], variance[5], running_mean[5] = {0}, running_variance[5] = {1, 1, 1, 1, 1}, y[60], dx[60], dgamma[5] = {0}, dbeta[5] = {0};
        char record[64];
        int step;
        for (step = 1; step <= 3; step++) {
            lstmfc_real *x;
            snprintf(record, sizeof record, "batchnorm.x%d", step);
            x = reals(FILE_T, record, &n);
            if (!x || !gamma || !beta || !dout || !infer_dout || !x4) return;
            lstmfc_batchnorm_statistics(12, 5, x, mean, variance);
            lstmfc_batchnorm_forward(12, 5, 1e-3, x, gamma, beta, mean, variance, y);
            snprintf(record, sizeof record, "batchnorm.out%d", step);
            compare(FILE_T, record, y, 60);
            lstmfc_batchnorm_update(12, 5, 0.99, unbiased, mean, variance, running_mean, running_variance);
            if (step == 2) continue;
            snprintf(record, sizeof record, "batchnorm.mean%d", step);
            compare(FILE_T, record, running_mean, 5);
            snprintf(record, sizeof record, "batchnorm.variance_%s%d", kind, step);
            compare(FILE_T, record, running_variance, 5);
            if (step != 1) continue;
            lstmfc_batchnorm_backward(12, 5, 1e-3, 0, x, gamma, mean, variance, dout, dx, dgamma, dbeta);
            compare(FILE_T, "batchnorm.g.gamma", dgamma, 5);
            compare(FILE_T, "batchnorm.g.beta", dbeta, 5);
            compare(FILE_T, "batchnorm.dx", dx, 60);
        }
        lstmfc_batchnorm_forward(12, 5, 1e-3, x4, gamma, beta, running_mean, running_variance, y);
        compare(FILE_T, unbiased ? "batchnorm.infer_unbiased" : "batchnorm.infer_biased", y, 60);
        lstmfc_batchnorm_backward(12, 5, 1e-3, 1, x4, gamma, running_mean, running_variance, infer_dout, dx, dgamma, dbeta);
        compare(FILE_T, unbiased ? "batchnorm.infer_dx_unbiased" : "batchnorm.infer_dx_biased", dx, 60);
    }
}

/* 37 columns: two whole blocks of 16 and a tail; one row: beta; a constant column far from 0: beta; unbiased of one row: no 0/0. */
TEST(batchnorm_edges) {
    enum { N = 37, ROWS = 9 };
    lstmfc_real x[ROWS * N], y[ROWS * N], gamma[N], beta[N], mean[N], variance[N], running[N] = {0};
    int j, r;
    for (j = 0; j < N; j++) { gamma[j] = (lstmfc_real)(1 + j); beta[j] = (lstmfc_real)(0.5 * j); }
    for (r = 0; r < ROWS; r++) for (j = 0; j < N; j++) x[r * N + j] = (lstmfc_real)(j == 20 ? 1234.5 : 100 + j * (r - 4));
    lstmfc_batchnorm_statistics(ROWS, N, x, mean, variance);
    for (j = 0; j < N; j++) {
        CHECK_NEAR(mean[j], j == 20 ? 1234.5 : 100.0, 1e-6);
        CHECK_CLOSE(variance[j], j == 20 ? 0 : j * j * 60.0 / 9, 1e-6, 0);
    }
    lstmfc_batchnorm_forward(ROWS, N, 1e-3, x, gamma, beta, mean, variance, y);
    for (r = 0; r < ROWS; r++) CHECK_NEAR(y[r * N + 20], beta[20], 1e-7);
    lstmfc_batchnorm_statistics(1, N, x, mean, variance);
    lstmfc_batchnorm_forward(1, N, 1e-3, x, gamma, beta, mean, variance, y);
    CHECK(memcmp(y, beta, sizeof beta) == 0);
    lstmfc_batchnorm_update(1, N, 0.99, 1, mean, variance, running, running);
    for (j = 0; j < N; j++) CHECK(lstmfc_is_finite((double)running[j]));
}

TEST(torch_layernorm) {
    size_t n;
    lstmfc_real *x = reals(FILE_T, "layernorm.x", &n), *gamma = reals(FILE_T, "layernorm.w.gamma", &n), *beta = reals(FILE_T, "layernorm.w.beta", &n);
    lstmfc_real *dout = reals(FILE_T, "layernorm.dout", &n), mean[6], inverse[6], y[30], dx[30], dgamma[5] = {0}, dbeta[5] = {0};
    if (!x || !gamma || !beta || !dout) return;
    lstmfc_layernorm_forward(6, 5, 1e-3, x, gamma, beta, mean, inverse, y);
    compare(FILE_T, "layernorm.out", y, 30);
    lstmfc_layernorm_backward(6, 5, x, gamma, mean, inverse, dout, dx, dgamma, dbeta);
    compare(FILE_T, "layernorm.g.gamma", dgamma, 5);
    compare(FILE_T, "layernorm.g.beta", dbeta, 5);
    compare(FILE_T, "layernorm.dx", dx, 30);
}

enum { STEPS = 20, BATCH = 30, UNITS = 33 };

TEST(dropout_masks) {
    static lstmfc_real a[STEPS * BATCH * UNITS], b[STEPS * BATCH * UNITS];
    lstmfc_draw draw = {1, 2, 3}, other;
    const size_t n = STEPS * BATCH * UNITS;
    double rate, kept;
    size_t k, same, values;
    for (rate = 0.1; rate < 1; rate += 0.4) {
        lstmfc_dropout_mask(&draw, 5, rate, STEPS, BATCH, UNITS, a);
        kept = 0; values = 0;
        for (k = 0; k < n; k++) { kept += a[k] > 0; values += a[k] == 0 || a[k] == (lstmfc_real)(1 / (1 - rate)); }
        CHECK_INT(values, n);
        CHECK(fabs(kept / (double)n - (1 - rate)) < 4 * sqrt(rate * (1 - rate) / (double)n));
        lstmfc_dropout_mask(&draw, 5, rate, STEPS, BATCH, UNITS, b);        /* a pure function of its key */
        CHECK(memcmp(a, b, sizeof a) == 0);
    }
    /* any other key gives an unrelated mask: at rate 0.5 half of it agrees */
    for (k = 0; k < 5; k++) {
        size_t i;
        uint64_t layer = 5;
        other = draw;
        if (k == 0) other.seed++;
        if (k == 1) other.epoch++;
        if (k == 2) other.batch++;
        if (k == 3) layer++;
        if (k == 4) { other.epoch = 3; other.batch = 2; }
        lstmfc_dropout_mask(&draw, 5, 0.5, STEPS, BATCH, UNITS, a);
        lstmfc_dropout_mask(&other, layer, 0.5, STEPS, BATCH, UNITS, b);
        for (i = same = 0; i < n; i++) same += a[i] == b[i];
        CHECK(fabs((double)same / (double)n - 0.5) < 4 * sqrt(0.25 / (double)n));
    }
    /* it depends on the sequence's place, not on how many there are; the one of step 0 is the variational mask */
    lstmfc_dropout_mask(&draw, 5, 0.5, STEPS, BATCH, UNITS, a);
    lstmfc_dropout_mask(&draw, 5, 0.5, STEPS, 7, UNITS, b);
    for (k = 0; k < STEPS; k++) CHECK(memcmp(a + k * BATCH * UNITS, b + k * 7 * UNITS, 7 * UNITS * sizeof *a) == 0);
    lstmfc_dropout_mask(&draw, 5, 0.5, 1, BATCH, UNITS, b);
    CHECK(memcmp(a, b, BATCH * UNITS * sizeof *a) == 0);
    CHECK(memcmp(a, a + BATCH * UNITS, BATCH * UNITS * sizeof *a) != 0);    /* and another at every step */
    lstmfc_dropout_mask(&draw, 5, 0, 1, BATCH, UNITS, b);
    for (k = 0; k < BATCH * UNITS; k++) CHECK(b[k] == 1);
}

TEST(dropout_apply) {
    lstmfc_real x[6] = {1, 2, 3, 4, 5, 6}, mask[6] = {2, 0, 2, 0, 2, 2}, y[6];
    const lstmfc_real each[6] = {2, 0, 6, 0, 10, 12}, shared[6] = {2, 0, 6, 8, 0, 12};
    lstmfc_dropout_apply(2, 3, x, mask, 2, y);
    CHECK(memcmp(y, each, sizeof y) == 0);
    lstmfc_dropout_apply(2, 3, x, mask, 1, x);                  /* in place */
    CHECK(memcmp(x, shared, sizeof x) == 0);
}

int main(void) {
    RUN(names);
    RUN(torch_dense_and_activation);
    RUN(nan_stays_nan);
    RUN(torch_functions_over_a_wide_range);
    RUN(softmax_of_large_logits);
    RUN(torch_losses); RUN(torch_distributions);
    RUN(keras_losses);
    RUN(losses_by_hand); RUN(cross_entropy_by_hand); RUN(cross_entropy_of_large_logits);
    RUN(torch_batchnorm);
    RUN(batchnorm_edges);
    RUN(torch_layernorm);
    RUN(dropout_masks);
    RUN(dropout_apply);
    return test_end();
}

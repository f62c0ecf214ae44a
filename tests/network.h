/* For the tests of chapters 7 to 11: arrays and whole networks from the fixture files. Include after test.h. */
#ifndef LSTMFC_TEST_NETWORK_H
#define LSTMFC_TEST_NETWORK_H

/* How near to a fixture in double the two builds must come. Gradients and weights are compared with an allowance of the
   same share of the tensor's largest element: sums of terms that cancel have no relative accuracy of their own. */
#ifdef LSTMFC_DOUBLE
#  define NEAR 1e-10
#else
#  define NEAR 1e-5
#endif

/* A record as lstmfc_real, calloc'ed: kept by the harness's list, freed by test_end. */
TEST_UNUSED static lstmfc_real *reals(const char *file, const char *record, size_t *count) {
    const double *values = fixture(file, record, count);
    lstmfc_real *out;
    size_t i;
    if (!values || test_now.fixture_count == 4096) return NULL;
    out = (lstmfc_real *)calloc(*count ? *count : 1, sizeof *out);
    for (i = 0; i < *count; i++) out[i] = (lstmfc_real)values[i];
    test_now.fixtures[test_now.fixture_count++] = out;
    return out;
}

/* "<a>.<b>" in a buffer of its own for the last 64 calls: enough for one in the middle of a loop over a network's tensors */
TEST_UNUSED static const char *joined(const char *a, const char *b) {
    static char text[64][160];
    static int next;
    next = (next + 1) % 64;
    snprintf(text[next], sizeof text[next], "%s.%s", a, b);
    return text[next];
}

/* n values against a record, each within share * (its size + the largest size in the record). Returns the worst error in that unit. */
TEST_UNUSED static double compare_within(const char *file, const char *record, const lstmfc_real *values, size_t n, double share) {
    size_t count, i;
    const double *must = fixture(file, record, &count);
    double largest = 0, worst = 0;
    if (!must) return 1;
    if (count != n) { test_check(0, record, (int)n, "another number of values than the fixture"); return 1; }
    for (i = 0; i < n; i++) if (fabs(must[i]) > largest) largest = fabs(must[i]);
    for (i = 0; i < n; i++) {
        double error = fabs((double)values[i] - must[i]) / (largest > 0 ? largest : 1);
        if (!(error <= worst)) worst = error;
    }
    if (!(worst <= share)) {
        test_check(0, file, 0, record);
        printf("    worst error %.3g of the largest value %.6g\n", worst, largest);
    }
    return worst;
}

TEST_UNUSED static double compare(const char *file, const char *record, const lstmfc_real *values, size_t n) {
    return compare_within(file, record, values, n, NEAR);
}

/* A network of a fixture case: its weights `<case>.w.<tensor>` set, its batch x [T][B][I] as rows [B][T][I]. */
typedef struct network {
    lstmfc_model *model;
    lstmfc_batch batch;
    lstmfc_real *rows;
    int64_t *first_row;
    size_t outputs;
} network;

TEST_UNUSED static void network_x(network *net, const lstmfc_real *x) {    /* x [T][B][I] */
    size_t T = net->batch.window, B = net->batch.count, I = net->batch.row_stride, t, b;
    for (t = 0; t < T; t++) for (b = 0; b < B; b++) memcpy(net->rows + (b * T + t) * I, x + (t * B + b) * I, I * sizeof *x);
}

TEST_UNUSED static int network_make(network *net, const char *spec, size_t B, size_t T, size_t I) {
    lstmfc_model_desc desc;
    lstmfc_error err;
    size_t b;
    memset(net, 0, sizeof *net);
    memset(&desc, 0, sizeof desc);
    memset(&err, 0, sizeof err);
    desc.spec = spec; desc.inputs = (int32_t)I; desc.window = (int32_t)T;
    net->model = lstmfc_model_create(&desc, &err);
    if (!net->model) { test_check(0, spec, 0, err.message); return 0; }
    net->outputs = (size_t)lstmfc_model_outputs(net->model);
    net->rows = (lstmfc_real *)calloc(B * T * I, sizeof *net->rows);
    net->first_row = (int64_t *)calloc(B, sizeof *net->first_row);
    for (b = 0; b < B; b++) net->first_row[b] = (int64_t)(b * T);
    net->batch.rows = net->rows; net->batch.row_count = B * T; net->batch.row_stride = I;
    net->batch.first_row = net->first_row; net->batch.count = B; net->batch.window = T;
    return 1;
}

/* Every tensor from `<prefix>.<tensor>`; statistics too where `statistics` is 1. */
TEST_UNUSED static void network_weights(network *net, const char *file, const char *prefix, int statistics) {
    int32_t i;
    for (i = 0; i < lstmfc_model_tensors(net->model); i++) {
        lstmfc_tensor tensor;
        size_t count;
        lstmfc_real *data;
        lstmfc_model_tensor(net->model, i, &tensor);
        if (!tensor.trainable && !statistics) continue;
        data = reals(file, joined(prefix, tensor.name), &count);
        if (data) CHECK_INT(lstmfc_model_set(net->model, i, data, count, NULL), LSTMFC_OK);
    }
}

/* Every tensor against `<prefix>.<tensor>`. Returns the worst error. */
TEST_UNUSED static double network_compare(network *net, const char *file, const char *prefix, int statistics, double share) {
    int32_t i;
    double worst = 0;
    for (i = 0; i < lstmfc_model_tensors(net->model); i++) {
        lstmfc_tensor tensor;
        double error;
        lstmfc_model_tensor(net->model, i, &tensor);
        if (!tensor.trainable && !statistics) continue;
        error = compare_within(file, joined(prefix, tensor.name), tensor.data, tensor.count, share);
        if (error > worst) worst = error;
    }
    return worst;
}

TEST_UNUSED static void network_free(network *net) {
    lstmfc_model_free(net->model);
    free(net->rows);
    free(net->first_row);
}

#endif

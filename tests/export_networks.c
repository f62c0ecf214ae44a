/* Networks for tests/test_export.sh. `export_networks --one FILE SPEC INPUTS WINDOW` writes a model as it is before training;
   `export_networks DIR COUNT` writes DIR/N/model.json and rows.csv for N = 0 .. COUNT-1. The first ones are
   a list in which every kind of layer, every activation and every way through the generated code occurs; the others are drawn. Weights are drawn
   wide, so that gates saturate, with zeros of both signs and denormal numbers among them; so are the rows. */
#define LSTMFC_STATIC
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include <stdio.h>

static const struct { const char *spec; int32_t inputs, window; } listed[] = {
    {"lstm 8 | dense 1 sigmoid", 3, 6}, {"gru 5 seq | lstm 7 | dense 3 softmax", 4, 5},
    {"batchnorm | lstm 6 dropout=0.2 | layernorm epsilon=1e-5 | gru 4 | dropout 0.3 | dense 9 relu | dense 8 swish | dense 2", 5, 7},
    {"bilstm 3 seq | bigru 4 | dense 1 tanh", 2, 6}, {"lstm 4 | bigru 3 | lstm 5 | batchnorm | dense 2 gelu", 3, 5},
    {"gru 6 | attention 5 | dense 4 softplus | layernorm | dense 1", 3, 8}, {"attention 3 | dense 2 sigmoid", 4, 9},
    {"dense 6 tanh | flatten | dense 3 gelu", 3, 4}, {"flatten | dense 17 relu | dense 1", 2, 5}, {"flatten", 2, 3}, {"last", 3, 4},
    {"dense 5 softplus", 2, 3}, {"lstm 4 seq", 2, 4}, {"bilstm 4 seq", 3, 5}, {"bigru 5 seq | dense 3 softmax | last | layernorm", 2, 4},
    {"lstm 3 seq | dense 4 relu | last | batchnorm", 2, 5}, {"layernorm | batchnorm | dense 10 swish | variational_dropout 0.1 | gru 9", 6, 4},
    {"lstm 1", 1, 1}, {"bilstm 2", 2, 1}, {"lstm 5 | lstm 6 | gru 7 | dense 1", 2, 6}, {"bigru 3 seq | attention 4 | dense 2", 3, 7},
    {"dense 4 relu | bilstm 3 | dropout 0.5 | dense 1", 3, 4}, {"gru 4 | batchnorm | flatten | dense 2", 2, 3}, {"dropout 0.2 | last", 2, 3},
    {"lstm 64 | dropout 0.3 | lstm 32 | dense 16 relu | dense 1 sigmoid", 30, 24}
};
enum { LISTED = (int)(sizeof listed / sizeof listed[0]) };

static int32_t below(lstmfc_rng *rng, int32_t n) { return (int32_t)lstmfc_rng_below(rng, (uint64_t)n); }

/* A layer text that may be refused: whoever draws tries again. */
static void draw_spec(lstmfc_rng *rng, char *out, size_t size) {
    static const char *const names[] = {"lstm", "gru", "bilstm", "bigru", "dense", "batchnorm", "layernorm", "dropout", "flatten", "last", "attention"};
    static const char *const activations[] = {"", " relu", " tanh", " sigmoid", " swish", " gelu", " softmax", " softplus"};
    int32_t layers = 2 + below(rng, 5), i;
    size_t used = 0;
    for (i = 0; i < layers; i++) {
        int32_t k = below(rng, i ? 11 : 10);
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? " | " : "", names[k]);
        if (k <= 4 || k == 10) used += (size_t)snprintf(out + used, size - used, " %d", 1 + below(rng, 19));
        if (k <= 3 && below(rng, 3) == 0) used += (size_t)snprintf(out + used, size - used, " seq");
        if (k == 4) used += (size_t)snprintf(out + used, size - used, "%s", activations[below(rng, 8)]);
        if (k == 7) used += (size_t)snprintf(out + used, size - used, " 0.25");
        if ((k == 5 || k == 6) && below(rng, 2)) used += (size_t)snprintf(out + used, size - used, " epsilon=%s", below(rng, 2) ? "1e-12" : "0.01");
    }
}

static float draw_weight(lstmfc_rng *rng, double width) {
    switch (below(rng, 40)) {
    case 0:  return 0.0f;
    case 1:  return -0.0f;
    case 2:  return 1e-41f;
    case 3:  return below(rng, 4) ? 1.0f : (float)(20 * lstmfc_rng_normal(rng));
    default: return (float)(width * lstmfc_rng_normal(rng));
    }
}

static int write_one(const char *folder, int32_t number) {
    char spec[400] = "", path[500];
    lstmfc_model_desc desc;
    lstmfc_model *model = NULL;
    lstmfc_error err;
    lstmfc_rng rng;
    FILE *file;
    int32_t i, rows;
    double width;
    memset(&desc, 0, sizeof desc);
    lstmfc_rng_seed(&rng, (uint64_t)number + 1);
    desc.spec = number < LISTED ? listed[number].spec : spec;
    desc.inputs = number < LISTED ? listed[number].inputs : 1 + below(&rng, 9);
    desc.window = number < LISTED ? listed[number].window : 1 + below(&rng, 12);
    do {
        memset(&err, 0, sizeof err);
        if (number >= LISTED) draw_spec(&rng, spec, sizeof spec);
        model = lstmfc_model_create(&desc, &err);
    } while (!model && number >= LISTED);
    if (!model) { fprintf(stderr, "%s: %s\n", desc.spec, err.message); return 0; }
    width = below(&rng, 3) ? 0.5 : 1.5;
    for (i = 0; i < lstmfc_model_tensors(model); i++) {
        lstmfc_tensor tensor;
        float *data;
        size_t k;
        lstmfc_model_tensor(model, i, &tensor);
        data = (float *)malloc(tensor.count * sizeof *data);
        for (k = 0; k < tensor.count; k++) {
            data[k] = draw_weight(&rng, tensor.rank == 2 ? 2 * width / sqrt(tensor.shape[0]) : width);
            if (strstr(tensor.name, "variance") && data[k] < 0) data[k] = -data[k];
        }
        if (lstmfc_model_set(model, i, data, tensor.count, &err)) { fprintf(stderr, "%s\n", err.message); return 0; }
        free(data);
    }
    snprintf(path, sizeof path, "%s/%d/model.json", folder, number);
    if (lstmfc_model_save(model, path, &err)) { fprintf(stderr, "%s\n", err.message); return 0; }
    snprintf(path, sizeof path, "%s/%d/rows.csv", folder, number);
    file = fopen(path, "w");
    if (!file) return 0;
    rows = desc.window + 6;
    for (i = 0; i < rows * desc.inputs; i++) {
        float x = draw_weight(&rng, 1.0);
        if (below(&rng, 60) == 0) x *= 100;
        fprintf(file, "%.9g%c", (double)x, (i + 1) % desc.inputs ? ',' : '\n');
    }
    fclose(file);
    printf("%d %s\n", number, lstmfc_model_spec(model));
    lstmfc_model_free(model);
    return 1;
}

int main(int argc, char **argv) {
    int32_t i;
    if (argc == 6 && !strcmp(argv[1], "--one")) {
        lstmfc_model_desc desc;
        lstmfc_error err;
        lstmfc_model *model;
        memset(&desc, 0, sizeof desc);
        memset(&err, 0, sizeof err);
        desc.spec = argv[3]; desc.inputs = atoi(argv[4]); desc.window = atoi(argv[5]);
        model = lstmfc_model_create(&desc, &err);
        if (model) lstmfc_model_save(model, argv[2], &err);
        printf("%s\n", err.message);
        lstmfc_model_free(model);
        return err.code != LSTMFC_OK;
    }
    if (argc < 3) return 2;
    for (i = 0; i < atoi(argv[2]); i++) if (!write_one(argv[1], i)) return 1;
    return 0;
}

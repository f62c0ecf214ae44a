// also: double
/* Chapter 11, and with it the backward passes of chapters 7 to 9: every element of every trainable tensor against differences
   of the loss, over combinations. The double build demands 1e-6 and gets about 1e-9; the float build runs a few of them.

   Kinks: relu, mae and huber have a corner where two slopes meet, and a difference across it is neither. The losses are kept
   from theirs by the targets: under mae all lie far from any output, above or below; under huber some lie well inside delta and
   the others far outside. For relu the seed of the data is chosen such that no sum comes within a step of 0: another seed may
   show an error, then of 1e-3 or more, never of 1e-6. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"

static uint64_t data_seed = 21;
enum { ROWS = 40, INPUTS = 2, WINDOW = 4, COUNT = 5, OUTPUTS = 2 };

typedef struct tally { int64_t runs, elements; double worst; char where[560]; } tally;

static lstmfc_real rows[ROWS * INPUTS], targets[COUNT * 8], weights[COUNT] = {1, (lstmfc_real)0.5, 2, (lstmfc_real)0.75, (lstmfc_real)1.25};

/* Outputs here stay within +-1.5 or so. */
static lstmfc_batch data(uint64_t seed, int32_t loss) {
    static int64_t first[COUNT];
    lstmfc_batch batch;
    lstmfc_rng rng;
    int k;
    lstmfc_rng_seed(&rng, seed);
    for (k = 0; k < ROWS * INPUTS; k++) rows[k] = (lstmfc_real)lstmfc_rng_normal(&rng);
    for (k = 0; k < COUNT * 8; k++) {
        double far = k % 4 == 0 ? 8 : k % 4 == 1 ? -8 : loss == LSTMFC_LOSS_MAE ? 9 : 0;
        if (loss != LSTMFC_LOSS_MAE && loss != LSTMFC_LOSS_HUBER) far = 0;
        targets[k] = (lstmfc_real)(lstmfc_rng_uniform(&rng) + far);
        if (loss == LSTMFC_LOSS_CROSSENTROPY_CLASSES) targets[k] = (lstmfc_real)(k % 2);        /* class numbers: the narrowest head has two */
    }
    for (k = 0; k < COUNT; k++) first[k] = (int64_t)lstmfc_rng_below(&rng, ROWS - WINDOW + 1);
    memset(&batch, 0, sizeof batch);
    batch.rows = rows; batch.row_count = ROWS; batch.row_stride = INPUTS; batch.first_row = first; batch.count = COUNT; batch.window = WINDOW;
    batch.targets = targets; batch.weights = weights;
    return batch;
}

/* Weights a little away from their special first values: biases, beta and gamma too, running statistics as after some batches. */
static lstmfc_model *model_of(const char *spec, uint64_t seed) {
    lstmfc_model_desc desc;
    lstmfc_error err = {0};
    lstmfc_model *model;
    lstmfc_rng rng;
    int32_t i;
    memset(&desc, 0, sizeof desc);
    desc.spec = spec; desc.inputs = INPUTS; desc.window = WINDOW; desc.seed = (int64_t)seed;
    model = lstmfc_model_create(&desc, &err);
    if (!model) { test_check(0, spec, 0, err.message); return NULL; }
    lstmfc_rng_seed(&rng, seed + 1000);
    for (i = 0; i < lstmfc_model_tensors(model); i++) {
        lstmfc_real values[4096];
        lstmfc_tensor tensor;
        size_t k;
        lstmfc_model_tensor(model, i, &tensor);
        if (tensor.count > 4096) { CHECK(0); break; }
        for (k = 0; k < tensor.count; k++) values[k] = tensor.data[k] + (lstmfc_real)(0.3 * lstmfc_rng_uniform(&rng));
        lstmfc_model_set(model, i, values, tensor.count, &err);
    }
    return model;
}

/* The gradient just checked, clipped by value or by norm in an optimiser's step, against the same clip by hand. */
static void check_clip(lstmfc_model *model, const lstmfc_batch *batch, const lstmfc_loss_desc *desc, const lstmfc_draw *draw, int by_norm) {
    static double must[8192];
    lstmfc_model *copy = lstmfc_model_clone(model, NULL);
    lstmfc_gradients *g = lstmfc_gradients_create(copy, COUNT, NULL);
    lstmfc_optimizer_desc rule;
    lstmfc_optimizer *optimizer;
    lstmfc_tensor tensor;
    double largest = 0, squares = 0, scale = 1, norm = 0;
    size_t n = 0, k;
    int32_t t;
    lstmfc_gradients_compute(g, copy, batch, desc, draw, 0, NULL, NULL, NULL, NULL);
    for (t = 0; t < lstmfc_model_tensors(copy); t++) {
        lstmfc_model_tensor(copy, t, &tensor);
        for (k = 0; tensor.trainable && k < tensor.count; k++, n++) {
            must[n] = (double)lstmfc_gradients_tensor(g, t)[k];
            squares += must[n] * must[n];
            if (fabs(must[n]) > largest) largest = fabs(must[n]);
        }
    }
    memset(&rule, 0, sizeof rule);
    rule.optimizer = LSTMFC_OPTIMIZER_SGD;
    rule.clip_norm = by_norm ? sqrt(squares) / 3 : LSTMFC_NONE;
    rule.clip_value = by_norm ? LSTMFC_NONE : largest / 3;
    if (by_norm) scale = rule.clip_norm / (sqrt(squares) + 1e-6);
    optimizer = lstmfc_optimizer_create(copy, &rule, NULL);
    CHECK_INT(lstmfc_optimizer_step(optimizer, copy, g, 0, &norm, NULL), LSTMFC_OK);
    if (by_norm) CHECK_NEAR(norm, sqrt(squares), 1e-12);
    for (t = 0, n = 0; t < lstmfc_model_tensors(copy); t++) {
        lstmfc_model_tensor(copy, t, &tensor);
        for (k = 0; tensor.trainable && k < tensor.count; k++, n++) {
            double cut = by_norm ? must[n] * scale : must[n] > rule.clip_value ? rule.clip_value : must[n] < -rule.clip_value ? -rule.clip_value : must[n];
            CHECK_NEAR(lstmfc_gradients_tensor(g, t)[k], cut, sizeof(lstmfc_real) == 8 ? 1e-13 : 1e-6);
        }
    }
    lstmfc_optimizer_free(optimizer);
    lstmfc_gradients_free(g);
    lstmfc_model_free(copy);
}

/* Does the text end in what the loss is made for: for the losses on logits a dense layer that is linear or gives their probabilities?
   Written here once more, from the text alone. */
static int head_fits(const char *spec, int32_t loss) {
    const char *last = strrchr(spec, '|') ? strrchr(spec, '|') + 2 : spec, *third;
    int units = 0;
    char activation[16] = "linear";
    if (loss < LSTMFC_LOSS_BCE) return 1;
    if (sscanf(last, "dense %d %15s", &units, activation) < 1) return 0;
    third = loss == LSTMFC_LOSS_BCE ? "sigmoid" : "softmax";
    if (strchr(activation, '=')) strcpy(activation, "linear");
    return (!strcmp(activation, "linear") || !strcmp(activation, third)) && (loss == LSTMFC_LOSS_BCE || units > 1);
}

/* One model, one loss, without clip and with each: adds to the tally. A loss that does not fit the head is refused, and only that. */
static void check_one(tally *sum, const char *spec, int32_t loss, const lstmfc_draw *draw, int32_t frozen_norms) {
    lstmfc_batch batch = data(data_seed, loss);
    lstmfc_model *model = model_of(spec, 3);
    lstmfc_loss_desc desc;
    lstmfc_gradcheck_result result;
    lstmfc_error err = {0};
    int32_t i;
    if (!model) return;
    desc.loss = loss; desc.huber_delta = 4;
    if (!head_fits(spec, loss)) {
        CHECK_INT(lstmfc_gradcheck(model, &batch, &desc, draw, 0, 0, &result, &err), LSTMFC_ERROR_SPEC);
        CHECK_HAS(err.message, loss == LSTMFC_LOSS_BCE ? "'bce'" : "'crossentropy");
        lstmfc_model_free(model);
        return;
    }
    for (i = 0; frozen_norms && i < lstmfc_model_tensors(model); i++) {         /* statistics only: gamma and beta still learn */
        lstmfc_tensor tensor;
        lstmfc_model_tensor(model, i, &tensor);
        if (!tensor.trainable) lstmfc_model_freeze(model, tensor.name, 1);
    }
    if (!CHECK_OK(lstmfc_gradcheck(model, &batch, &desc, draw, 0, 0, &result, &err), err)) printf("    %s\n", spec);
    sum->runs += 3;                                             /* no clip, by value, by norm */
    check_clip(model, &batch, &desc, draw, 0);
    check_clip(model, &batch, &desc, draw, 1);
    sum->elements += result.checked;
    if (result.worst > sum->worst) {
        sum->worst = result.worst;
        snprintf(sum->where, sizeof sum->where, "%s in '%s', loss %d, norms %s", result.worst_tensor, spec, (int)loss, frozen_norms ? "frozen" : "training");
    }
    if (!CHECK(result.passed)) printf("    %s: %s is off by %.3g, loss %d\n", spec, result.worst_tensor, result.worst, (int)loss);
    lstmfc_model_free(model);
}

static void report(const char *what, const tally *sum) {
    printf("gradient check, %s: %lld networks, losses and clips, %lld derivatives compared, worst relative error %.2g (%s)\n", what, (long long)sum->runs,
           (long long)sum->elements, sum->worst, sum->where);
}

static int is_recurrent(const char *layer) {
    return strncmp(layer, "lstm", 4) == 0 || strncmp(layer, "gru", 3) == 0 || strncmp(layer, "bi", 2) == 0;
}

/* Every ordered pair of layers x the sequence handed on or its last step alone x batch norm in training or frozen x L2 x loss. */
TEST(every_pair_of_layers) {
    static const char *const layers[] = {"lstm 3", "dense 3 tanh", "dense 3 relu", "dropout 0.3", "variational_dropout 0.3", "batchnorm", "layernorm", "flatten", "last",
                                         "lstm 3 dropout=0.3 recurrent_dropout=0.2", "gru 3", "gru 3 dropout=0.3 recurrent_dropout=0.2", "attention 4", "bilstm 2"};
    const int count = (int)(sizeof layers / sizeof layers[0]);
    lstmfc_draw draw = {7, 1, 2};
    tally sum;
    int a, b, sequence, l2, frozen, loss, refused = 0;
    data_seed = 23;                                             /* with 21 relu behind attention stands on its corner */
    memset(&sum, 0, sizeof sum);
    for (a = 0; a < count; a++) for (b = 0; b < count; b++) for (sequence = 0; sequence < 2; sequence++) for (l2 = 0; l2 < 2; l2++) {
        char spec[400], first[128], second[128];
        lstmfc_model_desc desc;
        lstmfc_error err = {0};
        lstmfc_model *probe;
        /* recurrent, that is */
        int lstm_a = is_recurrent(layers[a]), lstm_b = is_recurrent(layers[b]);
        int kernel_a = lstm_a || strncmp(layers[a], "dense", 5) == 0 || strncmp(layers[a], "attention", 9) == 0;
        int kernel_b = lstm_b || strncmp(layers[b], "dense", 5) == 0 || strncmp(layers[b], "attention", 9) == 0, norm;
        snprintf(first, sizeof first, "%s%s%s", layers[a], lstm_a ? (sequence ? " seq" : " last") : "", l2 ? (lstm_a ? " l2=0.02 recurrent_l2=0.03" : kernel_a ? " l2=0.02" : "") : "");
        snprintf(second, sizeof second, "%s%s%s", layers[b], lstm_b ? (sequence ? " seq" : " last") : "", l2 ? (lstm_b ? " l2=0.02 recurrent_l2=0.03" : kernel_b ? " l2=0.02" : "") : "");
        if (sequence && !lstm_a && !lstm_b) continue;           /* the word is the recurrent layer's: nothing new without one */
        if (l2 && !kernel_a && !kernel_b) continue;
        /* a trainable layer under the pair, so that the gradient of its input counts, and a head */
        snprintf(spec, sizeof spec, "dense 3 sigmoid | %s | %s | dense 2", first, second);
        memset(&desc, 0, sizeof desc);
        desc.spec = spec; desc.inputs = INPUTS; desc.window = WINDOW;
        probe = lstmfc_model_create(&desc, &err);
        if (!probe) { CHECK_HAS(err.message, "needs a sequence"); refused++; continue; }
        norm = lstmfc_model_has_batchnorm(probe);
        lstmfc_model_free(probe);
        for (frozen = 0; frozen <= norm; frozen++)
            for (loss = LSTMFC_LOSS_MSE; loss <= LSTMFC_LOSS_CROSSENTROPY_CLASSES; loss++) {
#ifndef LSTMFC_DOUBLE
                if (loss != LSTMFC_LOSS_MSE || strstr(spec, "relu") || strstr(spec, "layernorm")) continue;   /* float: a coarse step, so no corners and no sharp bends */
                if (strstr(spec, "attention") && norm && strcmp(layers[b], "batchnorm") == 0) continue;     /* means over the window differ little: the norm blows up their rounding */
#endif
                check_one(&sum, spec, loss, &draw, frozen);
            }
    }
    CHECK(refused > 0);
    data_seed = 21;
    report("pairs of layers", &sum);
}

#ifdef LSTMFC_DOUBLE
/* Every activation as hidden layer, on a sequence, and as head, under every loss. */
TEST(every_activation) {
    tally sum;
    int32_t a, loss;
    memset(&sum, 0, sizeof sum);
    for (a = LSTMFC_LINEAR; a <= LSTMFC_SOFTPLUS; a++) {
        for (loss = LSTMFC_LOSS_MSE; loss <= LSTMFC_LOSS_CROSSENTROPY_CLASSES; loss++) {
            char spec[160];
            snprintf(spec, sizeof spec, "lstm 3 | dense 4 %s | dense 2", lstmfc_activation_name(a));
            check_one(&sum, spec, loss, NULL, 0);
            snprintf(spec, sizeof spec, "dense 4 %s | lstm 3 seq | dense 2 %s", lstmfc_activation_name(a), lstmfc_activation_name(a));
            check_one(&sum, spec, loss, NULL, 0);
        }
    }
    report("activations", &sum);
}

/* The networks of the five systems in small, one seed of dropout each, and some that nobody would build. */
TEST(whole_networks) {
    static const char *const specs[] = {
        "lstm 5 l2=1e-2 | batchnorm | dropout 0.3 | lstm 4 l2=1e-2 | batchnorm | dropout 0.25 | dense 4 tanh l2=1e-2 | batchnorm | dropout 0.2 | dense 3 swish l2=1e-2 | dropout 0.1 | dense 1 sigmoid",
        "lstm 6 | dense 1",
        "variational_dropout 0.3 | lstm 5 forget_bias=2 | dropout 0.3 | lstm 5 forget_bias=2 | dense 1",
        "lstm 6 | batchnorm | dropout 0.2 | lstm 4 | batchnorm | dropout 0.2 | lstm 3 | batchnorm | dropout 0.3 | dense 1",
        "lstm 6 | batchnorm | dropout 0.2 | lstm 4 | batchnorm | dropout 0.2 | lstm 3 | batchnorm | dropout 0.3 | attention 3 | dense 1",
        "batchnorm | lstm 6 l2=1e-2 recurrent_dropout=0.2 | dropout 0.3 | batchnorm | lstm 5 l2=1e-2 recurrent_dropout=0.2 | dropout 0.3 | batchnorm | lstm 4 l2=1e-2 recurrent_dropout=0.1 | dropout 0.2 | batchnorm | dense 5 swish l2=1e-2 | dropout 0.2 | dense 4 swish l2=1e-2 | dense 1",
        "gru 5 l2=1e-2 | batchnorm | dropout 0.3 | gru 4 recurrent_dropout=0.2 | dense 1", "gru 3 seq", "attention 1", "attention 5 l2=1e-2 | dense 2 tanh",
        "bilstm 3 l2=1e-2 recurrent_l2=1e-2 | batchnorm | dropout 0.3 | bilstm 2 | attention 2 | dense 1", "bigru 3 | bigru 2 | dense 1", "bigru 2 seq",
        "dense 3 tanh | bigru 3 dropout=0.3 recurrent_dropout=0.2 | bilstm 2 dropout=0.3 recurrent_dropout=0.2 | dense 2",
        "lstm 3 seq", "lstm 3", "last", "flatten", "dense 1", "batchnorm", "layernorm",
        "lstm 1 | lstm 1 | lstm 1 | lstm 1 | dense 1", "flatten | batchnorm | dense 3 softmax | layernorm | dense 2 softmax",
        "lstm 4 | dense 3 softmax", "lstm 3 seq | layernorm | dense 5 softmax", "lstm 3 seq | dense 2 sigmoid", "dense 2 softmax | flatten", "dense 2 softmax | dropout 0.1"
    };
    lstmfc_draw draw = {1, 5, 9};
    tally sum;
    size_t i;
    int32_t loss;
    memset(&sum, 0, sizeof sum);
    for (i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        for (loss = LSTMFC_LOSS_MSE; loss <= LSTMFC_LOSS_CROSSENTROPY_CLASSES; loss++) {
            check_one(&sum, specs[i], loss, &draw, 0);
            if (strstr(specs[i], "batchnorm")) check_one(&sum, specs[i], loss, &draw, 1);
        }
    }
    report("whole networks", &sum);
}

/* Both clips at once, and against the clip of the numeric gradient itself. */
static double loss_at(lstmfc_gradients *g, lstmfc_model *model, const lstmfc_batch *batch, const lstmfc_loss_desc *desc, int32_t tensor, size_t k, double shift) {
    lstmfc_error err = {0};
    lstmfc_tensor t;
    double loss = 0, penalty = 0;
    static lstmfc_real values[4096];
    lstmfc_model_tensor(model, tensor, &t);
    memcpy(values, t.data, t.count * sizeof *values);
    values[k] += shift;
    lstmfc_model_set(model, tensor, values, t.count, &err);
    lstmfc_gradients_compute(g, model, batch, desc, NULL, 0, &loss, &penalty, NULL, &err);
    values[k] -= shift;
    lstmfc_model_set(model, tensor, values, t.count, &err);
    return loss + penalty;
}

TEST(clipped_gradients) {
    static const char *const specs[] = {"lstm 3 | dense 2", "lstm 3 l2=0.1 | batchnorm | lstm 3 recurrent_l2=0.05 | dense 2", "lstm 3 seq | batchnorm | dense 4 tanh l2=0.2 | flatten | dense 2"};
    static lstmfc_real numeric[4096];
    int i, mode;
    int64_t compared = 0;
    double worst = 0;
    for (i = 0; i < 3; i++) for (mode = 1; mode < 4; mode++) {                  /* 1 value, 2 norm, 3 both */
        lstmfc_batch batch = data(22, LSTMFC_LOSS_MSE);
        lstmfc_model *model = model_of(specs[i], 4);
        lstmfc_loss_desc desc = {LSTMFC_LOSS_MSE, 0, {0}};
        lstmfc_error err = {0};
        lstmfc_optimizer_desc rule;
        lstmfc_gradients *g = lstmfc_gradients_create(model, COUNT, &err);
        lstmfc_optimizer *optimizer;
        double total = 0, largest = 0, scale, norm = 0;
        size_t n = 0, k, j;
        int32_t t;
        lstmfc_tensor tensor;
        for (t = 0; t < lstmfc_model_tensors(model); t++) {
            lstmfc_model_tensor(model, t, &tensor);
            for (k = 0; tensor.trainable && k < tensor.count; k++, n++) {
                const double h = 3e-4;
                numeric[n] = (8 * (loss_at(g, model, &batch, &desc, t, k, h) - loss_at(g, model, &batch, &desc, t, k, -h)) -
                              (loss_at(g, model, &batch, &desc, t, k, 2 * h) - loss_at(g, model, &batch, &desc, t, k, -2 * h))) / (12 * h);
                if (fabs(numeric[n]) > largest) largest = fabs(numeric[n]);
            }
        }
        memset(&rule, 0, sizeof rule);
        rule.optimizer = LSTMFC_OPTIMIZER_SGD;
        rule.clip_value = mode & 1 ? largest / 3 : LSTMFC_NONE;
        for (j = 0; j < n; j++) {
            if (mode & 1) numeric[j] = numeric[j] > rule.clip_value ? rule.clip_value : numeric[j] < -rule.clip_value ? -rule.clip_value : numeric[j];
            total += numeric[j] * numeric[j];
        }
        total = sqrt(total);
        rule.clip_norm = mode & 2 ? total / 4 : LSTMFC_NONE;
        scale = mode & 2 ? rule.clip_norm / (total + 1e-6) : 1;
        optimizer = lstmfc_optimizer_create(model, &rule, &err);
        CHECK_OK(lstmfc_gradients_compute(g, model, &batch, &desc, NULL, 0, NULL, NULL, NULL, &err), err);
        CHECK_OK(lstmfc_optimizer_step(optimizer, model, g, 0, &norm, &err), err);
        CHECK_NEAR(norm, total, 1e-7);
        for (t = 0, j = 0; t < lstmfc_model_tensors(model); t++) {
            lstmfc_model_tensor(model, t, &tensor);
            for (k = 0; tensor.trainable && k < tensor.count; k++, j++, compared++) {
                double error = fabs(lstmfc_gradients_tensor(g, t)[k] - numeric[j] * scale) / (largest * scale);
                if (error > worst) worst = error;
            }
        }
        lstmfc_optimizer_free(optimizer);
        lstmfc_gradients_free(g);
        lstmfc_model_free(model);
    }
    CHECK(worst < 1e-6);
    printf("gradient check, active clips: %lld derivatives compared, worst error %.2g\n", (long long)compared, worst);
}
#endif

/* It finds what is wrong: the gradient of one batch against the loss of another, a frozen tensor left out, limits respected,
   and the model is left as it was. */
TEST(the_checker_itself) {
    lstmfc_batch batch = data(21, LSTMFC_LOSS_MSE);
    lstmfc_model *model = model_of("lstm 3 | batchnorm | dense 2", 3), *before;
    lstmfc_error err = {0};
    lstmfc_loss_desc desc = {LSTMFC_LOSS_MSE, 0, {0}};
    lstmfc_gradcheck_result result;
    lstmfc_draw draw = {1, 2, 3};
    int64_t all;
    int32_t i;
    if (!model) return;
    before = lstmfc_model_clone(model, &err);
    CHECK_OK(lstmfc_gradcheck(model, &batch, &desc, &draw, 0, 0, &result, &err), err);
    lstmfc_model_parameters(model, &all);
    CHECK_INT(result.checked, all);
    CHECK_OK(lstmfc_gradcheck(model, &batch, &desc, &draw, 5, 0, &result, &err), err);
    CHECK_INT(result.checked, 5 + 5 + 5 + 3 + 3 + 5 + 2);
    CHECK_OK(lstmfc_gradcheck(model, &batch, &desc, &draw, 0, 1e-300, &result, &err), err);
    CHECK(!result.passed && result.worst > 0);
    lstmfc_model_freeze(model, "0.lstm.", 1);
    CHECK_OK(lstmfc_gradcheck(model, &batch, &desc, &draw, 0, 0, &result, &err), err);
    CHECK_INT(result.checked, 3 + 3 + 6 + 2);
    for (i = 0; i < lstmfc_model_tensors(model); i++) {
        lstmfc_tensor a, b;
        lstmfc_model_tensor(model, i, &a);
        lstmfc_model_tensor(before, i, &b);
        CHECK(memcmp(a.data, b.data, a.count * sizeof *a.data) == 0);
    }
    {   /* a loss that is not a number never passes, whatever the elements checked after it say */
        lstmfc_real kept = targets[0];
        targets[0] = (lstmfc_real)lstmfc_nan();
        CHECK_OK(lstmfc_gradcheck(model, &batch, &desc, &draw, 0, 0, &result, &err), err);
        CHECK(!result.passed && lstmfc_is_nan(result.worst));
        targets[0] = kept;
    }
    batch.window = 3;
    CHECK_INT(lstmfc_gradcheck(model, &batch, &desc, &draw, 0, 0, &result, &err), LSTMFC_ERROR_SHAPE);
    CHECK(!result.passed);
    memset(&err, 0, sizeof err);
    CHECK_INT(lstmfc_gradcheck(NULL, &batch, &desc, &draw, 0, 0, &result, &err), LSTMFC_ERROR_ARGUMENT);
    lstmfc_model_free(model);
    lstmfc_model_free(before);
}

/* Networks given as arguments are checked, and nothing else: build/tests/test_gradcheck_double "lstm 3 | dense 2" */
/* Pinball and gaussian of two targets: nets of 3 and of 2 outputs each; another number of outputs, or no linear ones, is refused. */
TEST(distributions) {
    static const struct { const char *spec; int32_t loss; int refused; } cases[] = {
        {"lstm 3 | dense 6", LSTMFC_LOSS_PINBALL, 0}, {"lstm 3 l2=0.1 | batchnorm | dense 3", LSTMFC_LOSS_PINBALL, 0}, {"lstm 3 | dense 4", LSTMFC_LOSS_PINBALL, 1},
        {"gru 3 | dense 4", LSTMFC_LOSS_GAUSSIAN, 0}, {"dense 3 tanh | lstm 3 seq | dense 2", LSTMFC_LOSS_GAUSSIAN, 0}, {"lstm 3 | dense 3", LSTMFC_LOSS_GAUSSIAN, 1},
        {"lstm 2", LSTMFC_LOSS_GAUSSIAN, 1}, {"lstm 3 | dense 2 tanh", LSTMFC_LOSS_GAUSSIAN, 1}};
    lstmfc_draw draw = {7, 1, 2};
    size_t k;
    for (k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        lstmfc_batch batch = data(23, LSTMFC_LOSS_MAE);          /* far from the corner */
        lstmfc_model *model = model_of(cases[k].spec, 3);
        lstmfc_loss_desc desc = {LSTMFC_LOSS_MSE, 0, {0}};
        lstmfc_gradcheck_result result;
        lstmfc_error err = {0};
        desc.loss = cases[k].loss;
        if (!model) return;
        CHECK_INT(lstmfc_gradcheck(model, &batch, &desc, &draw, 0, 0, &result, &err), cases[k].refused ? LSTMFC_ERROR_SPEC : LSTMFC_OK);
        if (cases[k].refused) CHECK_HAS(err.message, "linear outputs");
        else if (!CHECK(result.passed)) printf("    %s: %s is off by %.3g\n", cases[k].spec, result.worst_tensor, result.worst);
        if (k == 0) {                                                   /* levels that do not ascend */
            desc.quantiles[0] = 0.5; desc.quantiles[1] = 0.1;
            CHECK_INT(lstmfc_gradcheck(model, &batch, &desc, &draw, 0, 0, &result, &err), LSTMFC_ERROR_ARGUMENT);
        }
        lstmfc_model_free(model);
    }
}

/* ---- looking inside ---- */

/* d(output)/dx of every input of a window against differences of predictions. Where the last layer is a sequence, its last step is the output. */
TEST(slopes_of_the_inputs) {
    static const char *const specs[] = {"lstm 4 | dense 2 sigmoid", "lstm 3 seq | batchnorm | gru 3 | dense 2 softmax", "bilstm 2 | attention 2 | dense 2 tanh",
        "dense 3 tanh | lstm 3 dropout=0.3 | layernorm | dense 2", "flatten | dense 2", "gru 2 seq", "lstm 4 seq | last | dense 2"};
#ifdef LSTMFC_DOUBLE
    double step = 1e-5, near = 1e-8;
#else
    double step = 1e-2, near = 5e-3;
#endif
    size_t s, b, i;
    double worst = 0;
    for (s = 0; s < sizeof specs / sizeof specs[0]; s++) {
        lstmfc_model *model = model_of(specs[s], 5);
        lstmfc_scratch *scratch = model ? lstmfc_scratch_create(model, COUNT, NULL) : NULL;
        lstmfc_batch batch = data(31, LSTMFC_LOSS_MSE);
        lstmfc_real slopes[COUNT][WINDOW * INPUTS], out[2][COUNT * OUTPUTS];
        lstmfc_error err = {0};
        int32_t k;
        if (!CHECK(scratch != NULL)) return;
        for (k = 0; k < OUTPUTS; k++) {
            CHECK_OK(lstmfc_model_slopes(model, &batch, k, &slopes[0][0], &err), err);
            for (b = 0; b < COUNT; b++)
                for (i = 0; i < WINDOW * INPUTS; i++) {
                    lstmfc_real *x = rows + (size_t)batch.first_row[b] * INPUTS + i, kept = *x;
                    int side;
                    double slope;
                    for (side = 0; side < 2; side++) {
                        *x = kept + (lstmfc_real)(side ? step : -step);
                        lstmfc_model_predict(model, scratch, &batch, out[side], NULL);
                    }
                    *x = kept;
                    slope = ((double)out[1][b * OUTPUTS + (size_t)k] - (double)out[0][b * OUTPUTS + (size_t)k]) / (2 * step);
                    if (fabs(slope - (double)slopes[b][i]) > worst) worst = fabs(slope - (double)slopes[b][i]);
                    CHECK_CLOSE((double)slopes[b][i], slope, 0, near);
                }
        }
        CHECK_INT(lstmfc_model_slopes(model, &batch, 2, &slopes[0][0], &err), LSTMFC_ERROR_ARGUMENT);
        CHECK_HAS(err.message, "there is no output 2");
        lstmfc_scratch_free(scratch);
        lstmfc_model_free(model);
    }
    printf("    slopes of the inputs: worst difference %.3g\n", worst);
}

static double squash(double x) { return 1 / (1 + exp(-x)); }

/* The gates, cells and outputs of a layer in the middle, computed again from its weights; its outputs are those of a prediction to the bit. */
TEST(gates_of_a_layer) {
    enum { H = 3, IN = 4, COLUMNS = 4 * H };
    lstmfc_model *model = model_of("lstm 4 seq | lstm 3 seq | dense 2", 9), *head = model_of("lstm 4 seq | lstm 3", 9);
    lstmfc_batch batch = data(33, LSTMFC_LOSS_MSE);
    lstmfc_real gates[COUNT][WINDOW][COLUMNS], cell[COUNT][WINDOW][H], hidden[COUNT][WINDOW][H], below[COUNT][WINDOW][IN], last[COUNT][H];
    lstmfc_scratch *scratch;
    lstmfc_error err = {0};
    lstmfc_tensor kernel, recurrent, bias;
    size_t b, t, j, k;
    if (!CHECK(model && head)) return;
    for (k = 0; k < 6; k++) {                       /* the tensors of both lstm layers */
        lstmfc_model_tensor(model, (int32_t)k, &kernel);
        CHECK_OK(lstmfc_model_set(head, (int32_t)k, kernel.data, kernel.count, &err), err);
    }
    CHECK_OK(lstmfc_model_gates(model, &batch, 1, &gates[0][0][0], &cell[0][0][0], &hidden[0][0][0], &err), err);
    CHECK_OK(lstmfc_model_gates(model, &batch, 0, NULL, NULL, &below[0][0][0], &err), err);
    lstmfc_model_tensor(model, 3, &kernel);
    lstmfc_model_tensor(model, 4, &recurrent);
    lstmfc_model_tensor(model, 5, &bias);
    for (b = 0; b < COUNT; b++)
        for (t = 0; t < WINDOW; t++)
            for (j = 0; j < H; j++) {
                double gate[4], c = t ? (double)cell[b][t - 1][j] : 0;
                for (k = 0; k < 4; k++) {
                    size_t column = k * H + j, i;
                    double z = (double)bias.data[column];
                    for (i = 0; i < IN; i++) z += (double)below[b][t][i] * (double)kernel.data[i * COLUMNS + column];
                    for (i = 0; t && i < H; i++) z += (double)hidden[b][t - 1][i] * (double)recurrent.data[i * COLUMNS + column];
                    gate[k] = k == 2 ? tanh(z) : squash(z);
                    CHECK_CLOSE((double)gates[b][t][column], gate[k], 0, 2e-6);
                }
                c = gate[1] * c + gate[0] * gate[2];
                CHECK_CLOSE((double)cell[b][t][j], c, 0, 2e-6);
                CHECK_CLOSE((double)hidden[b][t][j], gate[3] * tanh(c), 0, 2e-6);
            }
    scratch = lstmfc_scratch_create(head, COUNT, NULL);
    if (!CHECK(scratch != NULL)) return;
    CHECK_OK(lstmfc_model_predict(head, scratch, &batch, &last[0][0], &err), err);
    for (b = 0; b < COUNT; b++) CHECK(memcmp(last[b], hidden[b][WINDOW - 1], sizeof last[b]) == 0);
    CHECK_INT(lstmfc_model_gates(model, &batch, 2, &gates[0][0][0], NULL, NULL, &err), LSTMFC_ERROR_UNSUPPORTED);
    CHECK_INT(lstmfc_model_gates(model, &batch, 3, &gates[0][0][0], NULL, NULL, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_model_gates(model, &batch, -1, &gates[0][0][0], NULL, NULL, &err), LSTMFC_ERROR_ARGUMENT);
    lstmfc_scratch_free(scratch);
    lstmfc_model_free(head);
    lstmfc_model_free(model);
    model = model_of("gru 3 | dense 2", 9);
    CHECK_OK(lstmfc_model_gates(model, &batch, 0, &gates[0][0][0], NULL, &hidden[0][0][0], &err), err);
    CHECK_INT(lstmfc_model_gates(model, &batch, 0, NULL, &cell[0][0][0], NULL, &err), LSTMFC_ERROR_UNSUPPORTED);
    lstmfc_model_free(model);
}

static const char *asked;
TEST(the_network_asked_for) {
    lstmfc_draw draw = {7, 1, 2};
    tally sum;
    memset(&sum, 0, sizeof sum);
    check_one(&sum, asked, LSTMFC_LOSS_MSE, &draw, 0);
    report("the network asked for", &sum);
}

int main(int argc, char **argv) {
    int k;
    for (k = 1; k < argc; k++) {
        asked = argv[k];
        RUN(the_network_asked_for);
    }
    if (argc > 1) return test_end();
    RUN(every_pair_of_layers);
#ifdef LSTMFC_DOUBLE
    RUN(every_activation);
    RUN(whole_networks);
    RUN(clipped_gradients);
    RUN(distributions);
#endif
    RUN(slopes_of_the_inputs);
    RUN(gates_of_a_layer);
    RUN(the_checker_itself);
    return test_end();
}

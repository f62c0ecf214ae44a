// also: double native
/* Chapter 9: the layer language (canonical text, every error with its column), tensors and their initial values, whole networks
   against PyTorch and Keras, and what must not depend on anything: batch = one by one = step by step, no allocation. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "network.h"

#define FILE_T "torch.txt"
#define FILE_K "keras.txt"
/* Every kind of layer, as the message about an unknown one lists them */
#define KINDS "lstm, gru, dense, dropout, variational_dropout, batchnorm, layernorm, flatten, last, attention, bilstm, bigru"

static lstmfc_model *make(const char *spec, int32_t inputs, int32_t window, uint64_t seed, int32_t init, const lstmfc_env *env, lstmfc_error *err) {
    lstmfc_model_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.spec = spec; desc.inputs = inputs; desc.window = window; desc.seed = (int64_t)seed; desc.init = init; desc.env = env;
    return lstmfc_model_create(&desc, err);
}

static lstmfc_real at(const lstmfc_model *model, const char *name, size_t k) {
    lstmfc_tensor tensor;
    if (lstmfc_model_tensor(model, lstmfc_model_find(model, name), &tensor) || k >= tensor.count) { test_check(0, name, 0, "no such tensor"); return 0; }
    return tensor.data[k];
}

/* ---- the language */

TEST(canonical_text) {
    static const char *const pairs[][2] = {
        {"lstm 128 l2=1e-4 | batchnorm | dropout 0.3 | lstm 64 l2=1e-4 | batchnorm | dropout 0.25 | dense 32 relu l2=1e-4 | batchnorm | dropout 0.2 | dense 16 relu l2=1e-4 | dropout 0.1 | dense 1 sigmoid",
         "lstm 128 l2=0.0001 | batchnorm | dropout 0.3 | lstm 64 l2=0.0001 | batchnorm | dropout 0.25 | dense 32 relu l2=0.0001 | batchnorm | dropout 0.2 | dense 16 relu l2=0.0001 | dropout 0.1 | dense 1 sigmoid"},
        {"lstm 32|dense 1", "lstm 32 | dense 1"},
        {"  lstm\t32 \n|\r\n dense   1  ", "lstm 32 | dense 1"},
        {"dense 1 linear", "dense 1"},
        {"lstm 4 seq | dense 1", "lstm 4 seq | dense 1"},
        {"lstm 4 seq | lstm 3 | dense 1", "lstm 4 | lstm 3 | dense 1"},
        {"lstm 4 last | dense 1", "lstm 4 | dense 1"},
        {"lstm 4 seq | batchnorm | dropout 0.5 | last | dense 1", "lstm 4 | batchnorm | dropout 0.5 | last | dense 1"},
        {"lstm 4 recurrent_l2=.5 dropout=0 forget_bias=1 l2=0 recurrent_dropout=0.25", "lstm 4 recurrent_dropout=0.25 l2=0 recurrent_l2=0.5 forget_bias=1"},
        {"lstm 4 forget_bias=2 dropout=0.1", "lstm 4 dropout=0.1 forget_bias=2"},
        {"gru 4 seq recurrent_l2=.5 dropout=0 l2=0 recurrent_dropout=0.25 | gru 3 last", "gru 4 recurrent_dropout=0.25 l2=0 recurrent_l2=0.5 | gru 3"},
        {"variational_dropout 0.300 | layernorm epsilon=1e-5 | batchnorm momentum=0.9 unbiased=1 epsilon=0.001 | flatten | dense 2 softmax",
         "variational_dropout 0.3 | layernorm epsilon=1e-05 | batchnorm momentum=0.9 unbiased=1 | flatten | dense 2 softmax"},
        {"batchnorm momentum=0.99 unbiased=0 | last", "batchnorm | last"},
        {"bilstm 4 seq dropout=.1|bigru 3 last|dense 1", "bilstm 4 dropout=0.1 | bigru 3 | dense 1"},
        {"lstm 6 seq|dropout .2|attention 4 l2=0|dense 1", "lstm 6 | dropout 0.2 | attention 4 l2=0 | dense 1"}
    };
    size_t i;
    for (i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        lstmfc_error err = {0};
        lstmfc_model *model = make(pairs[i][0], 3, 4, 0, 0, NULL, &err), *again;
        char small[8];
        if (!model) { test_check(0, pairs[i][0], 0, err.message); continue; }
        if (strstr(pairs[i][1], "1e-05")) {             /* the shortest text of 1e-5 is chapter 4's business */
            char number[32];
            lstmfc_format_double(number, 1e-5);
            CHECK_HAS(lstmfc_model_spec(model), number);
        } else CHECK_TEXT(lstmfc_model_spec(model), pairs[i][1]);
        again = make(lstmfc_model_spec(model), 3, 4, 0, 0, NULL, &err);
        if (!again) { test_check(0, lstmfc_model_spec(model), 0, err.message); lstmfc_model_free(model); continue; }
        CHECK_TEXT(lstmfc_model_spec(again), lstmfc_model_spec(model));
        CHECK(lstmfc_model_summary(model, small, sizeof small) > sizeof small && strlen(small) == sizeof small - 1);
        lstmfc_model_free(model);
        lstmfc_model_free(again);
    }
}

typedef struct mistake { const char *text; int32_t column; const char *part; lstmfc_result code; } mistake;

TEST(errors_of_the_language) {
    static const mistake list[] = {
        {"", 1, "an empty layer", LSTMFC_ERROR_SPEC},
        {"   ", 4, "an empty layer", LSTMFC_ERROR_SPEC},
        {"lstm 4 |", 9, "an empty layer", LSTMFC_ERROR_SPEC},
        {"| lstm 4", 1, "an empty layer", LSTMFC_ERROR_SPEC},
        {"lstm 4 || dense 1", 9, "an empty layer", LSTMFC_ERROR_SPEC},
        {"lstn 4", 1, "unknown layer 'lstn': did you mean 'lstm'?", LSTMFC_ERROR_SPEC},
        {"lstm 4 | drpout 0.3", 10, "unknown layer 'drpout': did you mean 'dropout'?", LSTMFC_ERROR_SPEC},
        {"LSTM 4", 1, "unknown layer 'LSTM'", LSTMFC_ERROR_SPEC},
        {"lstm 4 | xyzzy", 10, "layers are " KINDS, LSTMFC_ERROR_SPEC},
        {"grru 4", 1, "unknown layer 'grru': did you mean 'gru'?", LSTMFC_ERROR_SPEC},
        {"gru 4 forget_bias=1", 7, "unknown key 'forget_bias'; gru takes seq last dropout= recurrent_dropout= l2= recurrent_l2=", LSTMFC_ERROR_SPEC},
        {"gru 400000", 5, "at most 1048576, and gru has 3 times its units", LSTMFC_ERROR_SPEC},
        {"gru 4 last | flatten", 14, "put 'seq' behind the gru before it", LSTMFC_ERROR_SPEC},
        {"a_very_long_name_that_nobody_would_ever_type_into_a_layer_text_at_all 4", 1, "a_very_long_name_that_nobody_would_ever_type...", LSTMFC_ERROR_SPEC},
        {"lstm 4 last | attention 32", 15, "attention needs a sequence, but what comes before it hands on one row; put 'seq' behind the lstm", LSTMFC_ERROR_SPEC},
        {"attention 3 | lstm 4", 15, "lstm needs a sequence", LSTMFC_ERROR_SPEC},
        {"attention", 10, "the number of units is missing", LSTMFC_ERROR_SPEC},
        {"attention 4 tanh", 13, "unknown word 'tanh'; attention takes l2=", LSTMFC_ERROR_SPEC},
        {"bilstn 4", 1, "unknown layer 'bilstn': did you mean 'bilstm'?", LSTMFC_ERROR_SPEC},
        {"bigru 4 forget_bias=1", 9, "unknown key 'forget_bias'; bigru takes seq last dropout= recurrent_dropout= l2= recurrent_l2=", LSTMFC_ERROR_SPEC},
        {"bilstm 300000", 8, "at most 1048576, and bilstm has 4 times its units", LSTMFC_ERROR_SPEC},
        {"bilstm 4 last | flatten", 17, "put 'seq' behind the bilstm before it", LSTMFC_ERROR_SPEC},
        {"lstm", 5, "the number of units is missing", LSTMFC_ERROR_SPEC},
        {"lstm | dense 1", 6, "the number of units is missing", LSTMFC_ERROR_SPEC},
        {"lstm 0", 6, "0 units are too few", LSTMFC_ERROR_SPEC},
        {"lstm -3", 6, "-3 units are too few", LSTMFC_ERROR_SPEC},
        {"lstm 2.5", 6, "'2.5' is not a number of units", LSTMFC_ERROR_SPEC},
        {"lstm 4x", 6, "'4x' is not a number of units", LSTMFC_ERROR_SPEC},
        {"lstm relu", 6, "'relu' is not a number of units", LSTMFC_ERROR_SPEC},
        {"lstm 300000", 6, "300000 units are too many; a tensor axis may have at most 1048576", LSTMFC_ERROR_SPEC},
        {"dense 1048577", 7, "1048577 units are too many", LSTMFC_ERROR_SPEC},
        {"dense 99999999999999999999", 7, "is not a number of units", LSTMFC_ERROR_SPEC},
        {"dense 1048576 | dense 1048576", 17, "has more elements than the limit", LSTMFC_ERROR_LIMIT},
        {"dropout", 8, "the rate is missing", LSTMFC_ERROR_SPEC},
        {"dropout x", 9, "'x' is not a rate", LSTMFC_ERROR_SPEC},
        {"dropout 1", 9, "rate 1 is out of range", LSTMFC_ERROR_SPEC},
        {"dropout -0.1", 9, "rate -0.1 is out of range", LSTMFC_ERROR_SPEC},
        {"variational_dropout 1.5", 21, "out of range", LSTMFC_ERROR_SPEC},
        {"batchnorm 3", 11, "number 3 is one too many; batchnorm takes no size", LSTMFC_ERROR_SPEC},
        {"lstm 4 5", 8, "number 5 is one too many; lstm takes one number", LSTMFC_ERROR_SPEC},
        {"dense 4 rleu", 9, "unknown word 'rleu': did you mean 'relu'?", LSTMFC_ERROR_SPEC},
        {"dense 4 relu tanh", 14, "'tanh' is a second activation", LSTMFC_ERROR_SPEC},
        {"dense 4 seq", 9, "unknown word 'seq'; dense takes linear relu", LSTMFC_ERROR_SPEC},
        {"lstm 4 relu", 8, "unknown word 'relu'; lstm takes seq last dropout=", LSTMFC_ERROR_SPEC},
        {"lstm 4 sec", 8, "did you mean 'seq'?", LSTMFC_ERROR_SPEC},
        {"lstm 4 seq last", 12, "'last' is one word too many", LSTMFC_ERROR_SPEC},
        {"lstm 4 droput=0.1", 8, "unknown key 'droput': did you mean 'dropout'?", LSTMFC_ERROR_SPEC},
        {"lstm 4 dropout = 0.1", 8, "key 'dropout' needs '=' and a number", LSTMFC_ERROR_SPEC},
        {"lstm 4 dropout=", 16, "'' is not a number", LSTMFC_ERROR_SPEC},
        {"lstm 4 dropout=a", 16, "'a' is not a number; 0 <= dropout < 1", LSTMFC_ERROR_SPEC},
        {"lstm 4 dropout=1", 16, "1 is out of range; 0 <= dropout < 1", LSTMFC_ERROR_SPEC},
        {"lstm 4 l2=-1", 11, "-1 is out of range", LSTMFC_ERROR_SPEC},
        {"lstm 4 l2=1 l2=1", 13, "key 'l2' stands twice", LSTMFC_ERROR_SPEC},
        {"lstm 4 =3", 8, "unknown key ''", LSTMFC_ERROR_SPEC},
        {"dense 4 recurrent_dropout=0.1", 9, "unknown key 'recurrent_dropout'; dense takes", LSTMFC_ERROR_SPEC},
        {"batchnorm unbiased=0.5", 20, "unbiased is 0 or 1", LSTMFC_ERROR_SPEC},
        {"batchnorm momentum=1", 20, "1 is out of range", LSTMFC_ERROR_SPEC},
        {"layernorm momentum=0.5", 11, "unknown key 'momentum'", LSTMFC_ERROR_SPEC},
        {"dropout 0.5 hard", 13, "unknown word 'hard'; dropout takes no words and no keys", LSTMFC_ERROR_SPEC},
        {"lstm 4 last | lstm 3", 15, "lstm needs a sequence", LSTMFC_ERROR_SPEC},
        {"lstm 4 | dense 3 | lstm 3", 20, "lstm needs a sequence", LSTMFC_ERROR_SPEC},
        {"last | flatten", 8, "flatten needs a sequence", LSTMFC_ERROR_SPEC},
        {"last | last", 8, "last needs a sequence", LSTMFC_ERROR_SPEC},
        {"dense 600000 | flatten", 16, "flatten makes 2400000 columns", LSTMFC_ERROR_SPEC}
    };
    size_t i;
    for (i = 0; i < sizeof list / sizeof list[0]; i++) {
        lstmfc_error err = {0};
        lstmfc_model *model = make(list[i].text, 3, 4, 0, 0, NULL, &err);
        test_now.name = list[i].text[0] ? list[i].text : "(empty)";
        CHECK(model == NULL);
        CHECK_INT(err.code, list[i].code);
        CHECK_INT(err.column, list[i].column);
        CHECK_HAS(err.message, list[i].part);
        lstmfc_model_free(model);
        CHECK(make(list[i].text, 3, 4, 0, 0, NULL, NULL) == NULL);
    }
    test_now.name = "errors_of_the_language";
}

/* Every kind says what it takes, each of which its text takes, and what it is. */
TEST(the_manual_of_the_layers) {
    const char *name = KINDS;
    char text[400], small[9];
    int32_t i;
    for (i = 0; *name; i++) {
        size_t letters = strcspn(name, ",");
        size_t length = lstmfc_layer_help(i, text, sizeof text);
        CHECK(length == strlen(text) && !strncmp(text, name, letters) && strstr(text, ": ") != NULL);
        CHECK(lstmfc_layer_help(i, small, sizeof small) == length && !strncmp(small, text, 8) && lstmfc_layer_help(i, NULL, 0) == length);
        name += letters + strspn(name + letters, ", ");
    }
    CHECK(!lstmfc_layer_help(i, text, sizeof text) && !text[0] && !lstmfc_layer_help(-1, text, sizeof text));
    lstmfc_layer_help(1, text, sizeof text);
    CHECK_TEXT(text, "gru takes seq last dropout= recurrent_dropout= l2= recurrent_l2=: gates r,z,n in one matrix, reset after");
}

TEST(errors_of_the_desc) {
    lstmfc_error err = {0};
    lstmfc_env env;
    lstmfc_model *model;
    CHECK(lstmfc_model_create(NULL, &err) == NULL && err.code == LSTMFC_ERROR_ARGUMENT);
    CHECK(make("dense 1", -2, 4, 0, 0, NULL, &err) == NULL && err.code == LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "inputs");
    memset(&env, 0, sizeof env);
    env.limits.dimension = 64;
    CHECK(make("lstm 17", 2, 4, 0, 0, &env, &err) == NULL && err.code == LSTMFC_ERROR_SPEC);
    model = make("lstm 16", 2, 4, 0, 0, &env, &err);
    CHECK(model != NULL);
    lstmfc_model_free(model);
    lstmfc_model_free(NULL);
}

/* ---- shapes, tensors, first values */

TEST(system_a) {
    lstmfc_error err = {0};
    lstmfc_model *model = make("lstm 128 l2=1e-4 | batchnorm | dropout 0.3 | lstm 64 l2=1e-4 | batchnorm | dropout 0.25 | dense 32 relu l2=1e-4 | batchnorm "
                               "| dropout 0.2 | dense 16 relu l2=1e-4 | dropout 0.1 | dense 1 sigmoid", 30, 24, 1, 0, NULL, &err);
    char text[4096];
    size_t length;
    int64_t all, trainable;
    lstmfc_tensor tensor, next;
    int32_t i, aligned = 1, consecutive = 1;
    const lstmfc_real *end = NULL;
    if (!model) { CHECK(0); return; }
    all = lstmfc_model_parameters(model, &trainable);
    CHECK_INT(all, 134337);
    CHECK_INT(trainable, 133889);
    length = lstmfc_model_summary(model, text, sizeof text);
    CHECK_INT(length, strlen(text));
    CHECK_HAS(text, "134,337 parameters, 133,889 trainable");
    CHECK_HAS(text, "0 lstm                              (24, 128)               81,408\n");
    CHECK_HAS(text, "5 dropout 0.25                      (64)                         0\n");
    CHECK_INT(lstmfc_model_layers(model), 12);
    CHECK_INT(lstmfc_model_tensors(model), 24);
    CHECK_INT(lstmfc_model_outputs(model), 1);
    CHECK_INT(lstmfc_model_inputs(model), 30);
    CHECK_INT(lstmfc_model_window(model), 24);
    CHECK_INT(lstmfc_model_head(model), LSTMFC_SIGMOID);
    CHECK_INT(lstmfc_model_has_batchnorm(model), 1);
    CHECK_INT(lstmfc_model_find(model, "11.dense.bias"), 23);
    CHECK_INT(lstmfc_model_find(model, "11.dense.bia"), -1);
    CHECK_INT(lstmfc_model_find(model, "4.batchnorm.variance"), 13);
    CHECK_INT(lstmfc_model_tensor(model, 24, &tensor), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_model_tensor(model, -1, &tensor), LSTMFC_ERROR_ARGUMENT);
    for (i = 0; i < 24; i++) {
        lstmfc_model_tensor(model, i, &tensor);
        if ((uintptr_t)tensor.data % 64) aligned = 0;
        if (tensor.trainable) {
            if (end && (tensor.data < end || tensor.data >= end + 64)) consecutive = 0;
            end = tensor.data + tensor.count;
        }
    }
    CHECK(aligned && consecutive);
    lstmfc_model_tensor(model, lstmfc_model_find(model, "3.lstm.kernel"), &tensor);
    CHECK_INT(tensor.rank, 2);
    CHECK_INT(tensor.shape[0], 128);
    CHECK_INT(tensor.shape[1], 256);
    CHECK_NEAR(tensor.l2, 1e-4, 0);
    lstmfc_model_tensor(model, lstmfc_model_find(model, "1.batchnorm.mean"), &next);
    CHECK_INT(next.rank, 1);
    CHECK_INT(next.shape[0], 128);
    CHECK_INT(next.trainable, 0);
    lstmfc_model_free(model);
}

/* The trainer's own penalty reaches the input kernels whose layer names none: not l2=0, not recurrent, not biases or norms. */
TEST(penalty_where_the_layer_names_none) {
    lstmfc_error err = {0};
    lstmfc_model *model = make("lstm 3 | batchnorm | lstm 3 l2=0 | lstm 3 l2=0.5 recurrent_l2=0.25 | dense 2", 2, 4, 0, 0, NULL, &err);
    static const char *const names[] = {"0.lstm.kernel", "2.lstm.kernel", "3.lstm.kernel", "4.dense.kernel", "0.lstm.recurrent", "3.lstm.recurrent", "0.lstm.bias", "1.batchnorm.gamma"};
    static const double before[] = {0, 0, 0.5, 0, 0, 0.25, 0, 0}, after[] = {0.125, 0, 0.5, 0.125, 0, 0.25, 0, 0};
    lstmfc_model *copy;
    lstmfc_tensor tensor;
    int i;
    if (!model) { CHECK(0); return; }
    for (i = 0; i < 8; i++) { lstmfc_model_tensor(model, lstmfc_model_find(model, names[i]), &tensor); CHECK_NEAR(tensor.l2, before[i], 0); }
    lstmfc_model_set_l2(model, 0.125);
    for (i = 0; i < 8; i++) { lstmfc_model_tensor(model, lstmfc_model_find(model, names[i]), &tensor); CHECK_NEAR(tensor.l2, after[i], 0); }
    CHECK(strstr(lstmfc_model_spec(model), "0.125") == NULL);
    copy = lstmfc_model_clone(model, &err);
    lstmfc_model_tensor(copy, lstmfc_model_find(copy, "0.lstm.kernel"), &tensor);
    CHECK_NEAR(tensor.l2, 0.125, 0);
    lstmfc_model_free(copy);
    lstmfc_model_free(model);
}

static void moments_of(const lstmfc_model *model, const char *name, double *mean, double *sd, double *largest) {
    lstmfc_tensor tensor;
    lstmfc_moments m = {0, 0, 0};
    size_t k;
    *largest = 0;
    lstmfc_model_tensor(model, lstmfc_model_find(model, name), &tensor);
    for (k = 0; k < tensor.count; k++) {
        lstmfc_moments_add(&m, (double)tensor.data[k]);
        if (fabs((double)tensor.data[k]) > *largest) *largest = fabs((double)tensor.data[k]);
    }
    *mean = m.mean;
    *sd = sqrt(lstmfc_moments_variance(&m, 1));
}

TEST(initial_weights) {
    lstmfc_error err = {0};
    lstmfc_model *model = make("lstm 40 | batchnorm | lstm 30 forget_bias=2 | dense 50 relu", 25, 4, 7, 0, NULL, &err);
    lstmfc_model *longer = make("lstm 40 | batchnorm | lstm 30 forget_bias=2 | dense 50 relu | dense 3", 25, 4, 7, 0, NULL, &err);
    lstmfc_model *other = make("lstm 40 | batchnorm | lstm 30 forget_bias=2 | dense 50 relu", 25, 4, 8, 0, NULL, &err);
    lstmfc_model *keras = make("lstm 40 | dense 50", 25, 4, 7, 1, NULL, &err), *torch = make("lstm 40 | lstm 30 forget_bias=2 | dense 50", 25, 4, 7, 2, NULL, &err);
    double mean, sd, largest, limit = sqrt(6.0 / (25 + 160));
    lstmfc_tensor a, b;
    size_t k, r, q;
    int32_t i;
    if (!model || !longer || !other || !keras || !torch) { CHECK(0); return; }
    moments_of(model, "0.lstm.kernel", &mean, &sd, &largest);                   /* uniform on +-limit: sd limit/sqrt(3) */
    CHECK(fabs(mean) < 4 * limit / sqrt(3.0 * 4000) && fabs(sd / (limit / sqrt(3.0)) - 1) < 0.05 && largest <= limit && largest > 0.98 * limit);
    moments_of(model, "0.lstm.recurrent", &mean, &sd, &largest);
    CHECK(largest <= sqrt(6.0 / 200) && largest > 0.98 * sqrt(6.0 / 200));
    moments_of(model, "3.dense.kernel", &mean, &sd, &largest);
    CHECK(largest <= sqrt(6.0 / 80) && largest > 0.98 * sqrt(6.0 / 80));
    for (k = 0; k < 160; k++) CHECK(at(model, "0.lstm.bias", k) == (k >= 40 && k < 80 ? 1 : 0));
    for (k = 0; k < 120; k++) CHECK(at(model, "2.lstm.bias", k) == (k >= 30 && k < 60 ? 2 : 0));
    for (k = 0; k < 50; k++) CHECK(at(model, "3.dense.bias", k) == 0);
    for (k = 0; k < 40; k++)
        CHECK(at(model, "1.batchnorm.gamma", k) == 1 && at(model, "1.batchnorm.beta", k) == 0 && at(model, "1.batchnorm.mean", k) == 0 && at(model, "1.batchnorm.variance", k) == 1);
    for (i = 0; i < lstmfc_model_tensors(model); i++) {                         /* one more layer changes no tensor before it; another seed does */
        lstmfc_model_tensor(model, i, &a);
        lstmfc_model_tensor(longer, i, &b);
        CHECK(memcmp(a.data, b.data, a.count * sizeof *a.data) == 0);
        lstmfc_model_tensor(other, i, &b);
        if (a.rank == 2) CHECK(memcmp(a.data, b.data, a.count * sizeof *a.data) != 0);
    }
    {                                                                           /* equal layers start from different weights */
        lstmfc_model *twins = make("lstm 6 | lstm 6 | dense 6 | dense 6", 6, 4, 7, 0, NULL, &err);
        static const char *const pairs[][2] = {{"0.lstm.kernel", "1.lstm.kernel"}, {"0.lstm.kernel", "0.lstm.recurrent"}, {"2.dense.kernel", "3.dense.kernel"}};
        for (i = 0; i < 3; i++) CHECK(at(twins, pairs[i][0], 0) != at(twins, pairs[i][1], 0) && at(twins, pairs[i][0], 1) != at(twins, pairs[i][1], 1));
        lstmfc_model_free(twins);
    }
    lstmfc_model_tensor(keras, lstmfc_model_find(keras, "0.lstm.recurrent"), &a);   /* rows orthonormal */
    for (r = 0; r < 40; r++) {
        for (q = 0; q <= r; q++) {
            double dot = 0;
            for (k = 0; k < 160; k++) dot += (double)a.data[r * 160 + k] * (double)a.data[q * 160 + k];
            CHECK_CLOSE(dot, r == q ? 1 : 0, 0, sizeof(lstmfc_real) == 8 ? 1e-14 : 1e-6);
        }
    }
    moments_of(keras, "0.lstm.kernel", &mean, &sd, &largest);
    CHECK(largest <= limit && largest > 0.98 * limit);
    moments_of(torch, "0.lstm.kernel", &mean, &sd, &largest);
    CHECK(largest <= 1 / sqrt(40.0) && largest > 0.98 / sqrt(40.0));
    moments_of(torch, "0.lstm.bias", &mean, &sd, &largest);
    CHECK(largest <= 1 / sqrt(40.0) && largest > 0.9 / sqrt(40.0));             /* PyTorch draws biases too */
    CHECK(at(torch, "1.lstm.bias", 45) == 2);                                   /* unless the layer says */
    moments_of(torch, "2.dense.bias", &mean, &sd, &largest);
    CHECK(largest <= 1 / sqrt(30.0) && largest > 0.8 / sqrt(30.0));
    for (i = 0; i < 3; i++) {                                                   /* attention: kernel [40,60], score as [60,1] */
        lstmfc_model *attends = make("lstm 40 | attention 60", 25, 4, 7, i, NULL, &err);
        double score = i == 2 ? 1 / sqrt(60.0) : sqrt(6.0 / 61), of_kernel = i == 2 ? 1 / sqrt(40.0) : sqrt(6.0 / 100);
        moments_of(attends, "1.attention.kernel", &mean, &sd, &largest);
        CHECK(largest <= of_kernel && largest > 0.98 * of_kernel);
        moments_of(attends, "1.attention.score", &mean, &sd, &largest);
        CHECK(largest <= score && largest > 0.9 * score);
        moments_of(attends, "1.attention.bias", &mean, &sd, &largest);
        CHECK(i == 2 ? largest <= of_kernel && largest > 0.9 * of_kernel : largest <= 0);
        lstmfc_model_free(attends);
    }
    lstmfc_model_free(model); lstmfc_model_free(longer); lstmfc_model_free(other); lstmfc_model_free(keras); lstmfc_model_free(torch);
}

/* ---- networks of PyTorch and Keras: outputs, loss, the gradient of every tensor */

static void against_torch_in(const char *file, const char *name, const char *spec, int32_t loss, double delta) {
    size_t n;
    const double *dims = fixture(file, joined(name, "dims"), &n), *must = fixture(file, joined(name, "loss"), &n);
    lstmfc_real *x = reals(file, joined(name, "x"), &n), *out;
    lstmfc_loss_desc desc;
    lstmfc_gradients *gradients;
    lstmfc_scratch *scratch;
    lstmfc_error err = {0};
    network net;
    double value = 0;
    int32_t i;
    if (!dims || !x || !must || !network_make(&net, spec, (size_t)dims[0], (size_t)dims[1], (size_t)dims[2])) return;
    network_weights(&net, file, joined(name, "w"), 0);
    network_x(&net, x);
    net.batch.targets = reals(file, joined(name, "y"), &n);
    desc.loss = loss; desc.huber_delta = delta;
    gradients = lstmfc_gradients_create(net.model, net.batch.count, &err);
    out = (lstmfc_real *)calloc(net.batch.count * net.outputs, sizeof *out);
    CHECK_OK(lstmfc_gradients_compute(gradients, net.model, &net.batch, &desc, NULL, 0, &value, NULL, out, &err), err);
    CHECK_NEAR(value, must[0], NEAR);
    compare(file, joined(name, loss >= LSTMFC_LOSS_BCE && lstmfc_model_head(net.model) ? "probability" : "out"), out, net.batch.count * net.outputs);
    for (i = 0; i < lstmfc_model_tensors(net.model); i++) {
        lstmfc_tensor tensor;
        char record[128];
        lstmfc_model_tensor(net.model, i, &tensor);
        if (!tensor.trainable) { CHECK(lstmfc_gradients_tensor(gradients, i) == NULL); continue; }
        snprintf(record, sizeof record, "%s.g.%s", name, tensor.name);
        compare_within(file, record, lstmfc_gradients_tensor(gradients, i), tensor.count, 2 * NEAR);
    }
    if (strstr(spec, "attention")) {                                             /* weights [B][T], [T][B] in the file */
        size_t T = net.batch.window, B = net.batch.count, t, b;
        lstmfc_real *weights = (lstmfc_real *)calloc(2 * T * B, sizeof *weights);
        scratch = lstmfc_scratch_create(net.model, 3, &err);
        CHECK_OK(lstmfc_model_attention(net.model, scratch, &net.batch, weights, &err), err);
        for (t = 0; t < T; t++) for (b = 0; b < B; b++) weights[(T + t) * B + b] = weights[b * T + t];
        compare(file, joined(name, "attention"), weights + T * B, T * B);
        lstmfc_scratch_free(scratch);
        free(weights);
    }
    if (!lstmfc_model_has_batchnorm(net.model)) {
        scratch = lstmfc_scratch_create(net.model, 3, &err);                    /* 4 windows: a chunk of 3 and one of 1 */
        CHECK_OK(lstmfc_model_predict_raw(net.model, scratch, &net.batch, out, &err), err);
        compare(file, joined(name, "out"), out, net.batch.count * net.outputs);
        if (loss >= LSTMFC_LOSS_BCE && lstmfc_model_head(net.model)) {
            CHECK_OK(lstmfc_model_predict(net.model, scratch, &net.batch, out, &err), err);
            compare(file, joined(name, "probability"), out, net.batch.count * net.outputs);
        }
        lstmfc_scratch_free(scratch);
    }
    lstmfc_gradients_free(gradients);
    free(out);
    network_free(&net);
}

static void against_torch(const char *name, const char *spec, int32_t loss, double delta) {
    against_torch_in(FILE_T, name, spec, loss, delta);
}

TEST(torch_lstm_last)     { against_torch("lstm_last", "lstm 5", LSTMFC_LOSS_MSE, 0); }
TEST(torch_gru)           { against_torch_in("torch_later.txt", "gru_last", "gru 5", LSTMFC_LOSS_MSE, 0);
                            against_torch_in("torch_later.txt", "gru_stack", "gru 5 | gru 4 | dense 1", LSTMFC_LOSS_MSE, 0); }
TEST(torch_both_ways)     { against_torch_in("torch_later.txt", "bilstm_last", "bilstm 5", LSTMFC_LOSS_MSE, 0);
                            against_torch_in("torch_later.txt", "bilstm_stack", "bilstm 4 | bilstm 3 | dense 1", LSTMFC_LOSS_MSE, 0);
                            against_torch_in("torch_later.txt", "bigru_last", "bigru 5", LSTMFC_LOSS_MSE, 0);
                            against_torch_in("torch_later.txt", "bigru_stack", "bigru 4 | bigru 3 | dense 1", LSTMFC_LOSS_MSE, 0); }
TEST(torch_attention)     { against_torch_in("torch_later.txt", "attention_net", "lstm 5 | attention 3 | dense 1", LSTMFC_LOSS_MSE, 0);
                            against_torch_in("torch_later.txt", "attention_first", "attention 4 | dense 2 tanh", LSTMFC_LOSS_MSE, 0); }
TEST(torch_stack_mse)     { against_torch("stack_mse", "lstm 5 | lstm 4 | dense 1", LSTMFC_LOSS_MSE, 0); }
TEST(torch_stack_bce)     { against_torch("stack_bce", "lstm 5 | lstm 4 | dense 6 relu | dense 1 sigmoid", LSTMFC_LOSS_BCE, 0); }
TEST(torch_stack_huber)   { against_torch("stack_huber_1", "lstm 5 | lstm 4 | dense 3", LSTMFC_LOSS_HUBER, 1);
                            against_torch("stack_huber_0.4", "lstm 5 | lstm 4 | dense 3", LSTMFC_LOSS_HUBER, 0.4); }
TEST(torch_stack_mae)     { against_torch("stack_mae", "lstm 5 | lstm 4 | dense 3", LSTMFC_LOSS_MAE, 0); }
TEST(torch_batchnorm)     { against_torch("bn_net", "lstm 5 | batchnorm | lstm 4 | batchnorm | dense 2", LSTMFC_LOSS_MSE, 0);
                            against_torch("bn_first", "batchnorm | lstm 5 | dense 2", LSTMFC_LOSS_MSE, 0); }
TEST(torch_layernorm)     { against_torch("ln_net", "lstm 5 | layernorm | lstm 4 | layernorm | dense 2", LSTMFC_LOSS_MSE, 0); }
TEST(torch_dense_first)   { against_torch("dense_first", "dense 4 tanh | layernorm | lstm 5 | dense 2", LSTMFC_LOSS_MSE, 0); }
TEST(torch_crossentropy) {
    against_torch("stack_ce_classes", "lstm 5 | lstm 4 | dense 6 relu | dense 3 softmax", LSTMFC_LOSS_CROSSENTROPY_CLASSES, 0);
    against_torch("stack_ce_one_hot", "lstm 5 | lstm 4 | dense 6 relu | dense 3 softmax", LSTMFC_LOSS_CROSSENTROPY, 0);
    against_torch("stack_ce_soft", "lstm 5 | lstm 4 | dense 6 relu | dense 3 softmax", LSTMFC_LOSS_CROSSENTROPY, 0);
    against_torch("stack_ce_logits", "lstm 5 | lstm 4 | dense 6 relu | dense 3", LSTMFC_LOSS_CROSSENTROPY_CLASSES, 0);
}
TEST(torch_flatten)       { against_torch("flatten_net", "lstm 5 | flatten | dense 2", LSTMFC_LOSS_MSE, 0); }

/* Inference with running statistics, training mode, gradients; the five Adam steps are in test_optimiser.c. */
static void against_keras(const char *name, const char *spec) {
    size_t n;
    const double *dims = fixture(FILE_K, joined(name, "dims"), &n), *must = fixture(FILE_K, joined(name, "loss0"), &n);
    lstmfc_real *x = reals(FILE_K, joined(name, "x"), &n), out[8];
    lstmfc_loss_desc desc = {LSTMFC_LOSS_MSE, 0, {0}};
    lstmfc_gradients *gradients;
    lstmfc_scratch *scratch;
    lstmfc_error err = {0};
    network net;
    double value = 0;
    int32_t i;
    if (!dims || !x || !must || !network_make(&net, spec, (size_t)dims[0], (size_t)dims[1], (size_t)dims[2])) return;
    network_weights(&net, FILE_K, joined(name, "w"), 1);
    network_x(&net, x);
    net.batch.targets = reals(FILE_K, joined(name, "y"), &n);
    scratch = lstmfc_scratch_create(net.model, 64, &err);
    CHECK_OK(lstmfc_model_predict(net.model, scratch, &net.batch, out, &err), err);
    compare(FILE_K, joined(name, "infer0"), out, 8);
    gradients = lstmfc_gradients_create(net.model, net.batch.count, &err);
    CHECK_OK(lstmfc_gradients_compute(gradients, net.model, &net.batch, &desc, NULL, 0, &value, NULL, out, &err), err);
    CHECK_NEAR(value, must[0], NEAR);
    compare(FILE_K, joined(name, "train0"), out, 8);
    for (i = 0; i < lstmfc_model_tensors(net.model); i++) {
        lstmfc_tensor tensor;
        char record[128];
        lstmfc_model_tensor(net.model, i, &tensor);
        if (!tensor.trainable) continue;
        snprintf(record, sizeof record, "%s.g.%s", name, tensor.name);
        compare_within(FILE_K, record, lstmfc_gradients_tensor(gradients, i), tensor.count, 2 * NEAR);
    }
    lstmfc_scratch_free(scratch);
    lstmfc_gradients_free(gradients);
    network_free(&net);
}

TEST(keras_last) { against_keras("last", "lstm 5 | batchnorm | dense 2"); }
TEST(keras_sequence) { against_keras("seq", "lstm 5 | batchnorm | lstm 4 | batchnorm | dense 2"); }

TEST(keras_penalty) {
    size_t n;
    lstmfc_real *x = reals(FILE_K, "l2.x", &n);
    const double *mse = fixture(FILE_K, "l2.mse", &n), *extra = fixture(FILE_K, "l2.penalty", &n);
    lstmfc_loss_desc desc = {LSTMFC_LOSS_MSE, 0, {0}};
    lstmfc_gradients *gradients;
    lstmfc_error err = {0};
    network net;
    double value = 0, penalty = 0;
    int32_t i;
    /* 0.01, 0.02, 0.03 as Keras holds them: rounded to float32, in a float64 model too */
    if (!x || !mse || !extra || !network_make(&net, "lstm 4 l2=0.009999999776482582 recurrent_l2=0.019999999552965164 | dense 1 l2=0.029999999329447746", 4, 5, 3)) return;
    network_weights(&net, FILE_K, "l2.w", 1);
    network_x(&net, x);
    net.batch.targets = reals(FILE_K, "l2.y", &n);
    gradients = lstmfc_gradients_create(net.model, 4, &err);
    CHECK_OK(lstmfc_gradients_compute(gradients, net.model, &net.batch, &desc, NULL, 0, &value, &penalty, NULL, &err), err);
    CHECK_NEAR(value, mse[0], NEAR);
    CHECK_NEAR(penalty, extra[0], NEAR);
    for (i = 0; i < lstmfc_model_tensors(net.model); i++) {
        lstmfc_tensor tensor;
        lstmfc_model_tensor(net.model, i, &tensor);
        compare(FILE_K, joined("l2.g", tensor.name), lstmfc_gradients_tensor(gradients, i), tensor.count);
    }
    lstmfc_gradients_free(gradients);
    network_free(&net);
}

/* ---- what must not matter */

enum { ROWS = 60, COLUMNS = 5, WINDOW = 9, COUNT = ROWS - WINDOW + 1 };
static lstmfc_real rows[ROWS * COLUMNS], targets[COUNT * 8];

static void fill_rows(uint64_t seed) {
    lstmfc_rng rng;
    int k;
    lstmfc_rng_seed(&rng, seed);
    for (k = 0; k < ROWS * COLUMNS; k++) rows[k] = (lstmfc_real)lstmfc_rng_normal(&rng);
    for (k = 0; k < COUNT * 8; k++) targets[k] = (lstmfc_real)(lstmfc_rng_next(&rng) & 1);
}

static lstmfc_batch all_windows(void) {
    lstmfc_batch batch;
    memset(&batch, 0, sizeof batch);
    batch.rows = rows; batch.row_count = ROWS; batch.row_stride = COLUMNS; batch.count = COUNT; batch.window = WINDOW; batch.targets = targets;
    return batch;
}

static const char *const nets[] = {
    "lstm 13 | dropout 0.3 | lstm 7 recurrent_dropout=0.2 | batchnorm | dense 6 relu | dense 1 sigmoid",
    "batchnorm | lstm 17 seq | layernorm | dense 5 swish | variational_dropout 0.5 | last | dense 3 softmax",
    "dense 9 tanh | lstm 8 dropout=0.2 | lstm 6 seq",
    "dropout 0.5 | batchnorm | flatten | dropout 0.2 | dense 11 gelu | layernorm | dense 4 softplus",
    "last | dense 3 | dropout 0.1",
    "gru 13 | dropout 0.3 | gru 7 recurrent_dropout=0.2 | dense 6 relu | dense 1 sigmoid",
    "dense 9 tanh | lstm 8 | gru 6 dropout=0.2 seq | layernorm",
    "lstm 13 | batchnorm | dropout 0.3 | attention 7 | dense 1 sigmoid",
    "dropout 0.2 | attention 5 l2=0.01 | layernorm | dense 3",
    "bilstm 9 dropout=0.2 recurrent_dropout=0.1 | batchnorm | bigru 5 | dense 1 sigmoid",
    "dense 9 tanh | bigru 8 dropout=0.1 recurrent_dropout=0.2 | lstm 3 | dropout 0.1 | bilstm 3 seq",
    "bilstm 5 | dropout 0.2 | attention 3 | dense 1"
};
enum { NETS = 12 };

/* Running statistics that are not 0 and 1, so that inference mode shows. */
static lstmfc_model *warmed(const char *spec, const lstmfc_env *env) {
    lstmfc_error err = {0};
    lstmfc_model *model = make(spec, COLUMNS, WINDOW, 3, 0, env, &err);
    lstmfc_batch batch = all_windows();
    lstmfc_loss_desc loss = {LSTMFC_LOSS_MSE, 0, {0}};
    lstmfc_gradients *g = lstmfc_gradients_create(model, COUNT, &err);
    int k;
    for (k = 0; k < 30; k++) lstmfc_gradients_compute(g, model, &batch, &loss, NULL, 1, NULL, NULL, NULL, &err);
    CHECK_INT(err.code, 0);
    lstmfc_gradients_free(g);
    return model;
}

TEST(batch_size_does_not_matter) {
    int i;
    fill_rows(11);
    for (i = 0; i < NETS; i++) {
        lstmfc_error err = {0};
        lstmfc_model *model = warmed(nets[i], NULL);
        size_t O = (size_t)lstmfc_model_outputs(model), chunk;
        lstmfc_real *one = (lstmfc_real *)calloc(COUNT * O, sizeof *one), *many = (lstmfc_real *)calloc(COUNT * O, sizeof *one);
        lstmfc_scratch *scratch = lstmfc_scratch_create(model, 1, &err);
        lstmfc_batch batch = all_windows();
        int64_t first;
        for (first = 0; first < COUNT; first++) {
            batch.count = 1;
            batch.first_row = &first;
            CHECK_OK(lstmfc_model_predict(model, scratch, &batch, one + (size_t)first * O, &err), err);
        }
        lstmfc_scratch_free(scratch);
        for (chunk = 1; chunk <= 64; chunk = 2 * chunk + 1) {
            scratch = lstmfc_scratch_create(model, chunk, &err);
            batch = all_windows();
            memset(many, 0, COUNT * O * sizeof *many);
            CHECK_OK(lstmfc_model_predict(model, scratch, &batch, many, &err), err);
            CHECK(memcmp(one, many, COUNT * O * sizeof *one) == 0);
            lstmfc_scratch_free(scratch);
        }
        free(one); free(many);
        lstmfc_model_free(model);
    }
}

/* Step by step with the state carried along from the start of a window, the last step is that window's prediction. */
TEST(steps_equal_a_window) {
    int i;
    fill_rows(12);
    for (i = 0; i < NETS; i++) {
        lstmfc_error err = {0};
        lstmfc_model *model = warmed(nets[i], NULL);
        lstmfc_scratch *scratch = lstmfc_scratch_create(model, 4, &err);
        lstmfc_batch batch = all_windows();
        lstmfc_real window[8], step[8];
        int64_t first = 17;
        int t, again;
        batch.count = 1; batch.first_row = &first;
        lstmfc_model_predict(model, scratch, &batch, window, &err);
        if (test_whole_window(nets[i])) {
            CHECK_INT(lstmfc_model_step(model, scratch, rows, step, &err), LSTMFC_ERROR_UNSUPPORTED);
            CHECK_HAS(err.message, test_whole_window(nets[i]));
        } else for (again = 0; again < 2; again++) {
            lstmfc_scratch_reset(scratch);
            for (t = 0; t < WINDOW; t++) CHECK_OK(lstmfc_model_step(model, scratch, rows + (17 + t) * COLUMNS, step, &err), err);
            CHECK(memcmp(window, step, (size_t)lstmfc_model_outputs(model) * sizeof *step) == 0);
        }
        lstmfc_scratch_free(scratch);
        lstmfc_model_free(model);
    }
}

/* The two ways of a bidirectional layer drop other units: each has masks of its own. */
TEST(masks_of_both_ways) {
    lstmfc_error err = {0};
    lstmfc_model *model = warmed("bilstm 16 dropout=0.5 recurrent_dropout=0.5 | dense 1", NULL);
    lstmfc_gradients *g = lstmfc_gradients_create(model, COUNT, &err);
    lstmfc_loss_desc loss = {LSTMFC_LOSS_MSE, 0, {0}};
    lstmfc_draw draw = {1, 2, 3};
    lstmfc_batch batch = all_windows();
    const lstmfc__layer_way *ways;
    size_t k, in = 0, state = 0;
    fill_rows(14);
    CHECK_OK(lstmfc_gradients_compute(g, model, &batch, &loss, &draw, 0, NULL, NULL, NULL, &err), err);
    ways = g->work[0].ways;
    for (k = 0; k < COUNT * COLUMNS; k++) in += (ways[0].work.mask[k] > 0) == (ways[1].work.mask[k] > 0);
    for (k = 0; k < COUNT * 16; k++) state += (ways[0].work.recurrent_mask[k] > 0) == (ways[1].work.recurrent_mask[k] > 0);
    CHECK(in > COUNT * COLUMNS / 4 && in < COUNT * COLUMNS * 3 / 4);
    CHECK(state > COUNT * 16 / 3 && state < COUNT * 16 * 2 / 3);
    lstmfc_gradients_free(g);
    lstmfc_model_free(model);
}

/* The same draw gives the same gradients to the bit, another one others; no draw is no dropout; statistics move only when told. */
TEST(gradients_are_a_function_of_the_draw) {
    int i;
    fill_rows(13);
    for (i = 0; i < NETS; i++) {
        lstmfc_error err = {0};
        lstmfc_model *model = warmed(nets[i], NULL), *before = lstmfc_model_clone(model, &err);
        lstmfc_loss_desc loss = {LSTMFC_LOSS_MSE, 0, {0}};
        lstmfc_draw draw = {1, 2, 3}, other = {1, 2, 4};
        lstmfc_gradients *a = lstmfc_gradients_create(model, COUNT, &err), *b = lstmfc_gradients_create(model, COUNT + 5, &err);
        lstmfc_batch batch = all_windows();
        double value[3] = {0};
        int32_t k, same = 1, all_same = 1;
        lstmfc_gradients_compute(b, model, &batch, &loss, &other, 0, &value[1], NULL, NULL, &err);
        lstmfc_gradients_compute(b, model, &batch, &loss, &draw, 0, &value[0], NULL, NULL, &err);
        lstmfc_gradients_compute(a, model, &batch, &loss, &draw, 0, &value[2], NULL, NULL, &err);
        CHECK_INT(err.code, 0);
        CHECK(value[0] == value[2] && value[0] != value[1]);
        for (k = 0; k < lstmfc_model_tensors(model); k++) {
            lstmfc_tensor x, y;
            lstmfc_model_tensor(model, k, &x);
            lstmfc_model_tensor(before, k, &y);
            all_same = all_same && memcmp(x.data, y.data, x.count * sizeof *x.data) == 0;
            if (x.trainable) same = same && memcmp(lstmfc_gradients_tensor(a, k), lstmfc_gradients_tensor(b, k), x.count * sizeof *x.data) == 0;
        }
        CHECK(same && all_same);
        lstmfc_gradients_compute(a, model, &batch, &loss, &draw, 1, NULL, NULL, NULL, &err);
        if (lstmfc_model_has_batchnorm(model)) {
            lstmfc_tensor x, y;
            for (k = 0; k < lstmfc_model_tensors(model); k++) {
                lstmfc_model_tensor(model, k, &x);
                lstmfc_model_tensor(before, k, &y);
                CHECK((memcmp(x.data, y.data, x.count * sizeof *x.data) != 0) == !x.trainable);
            }
        }
        lstmfc_gradients_free(a); lstmfc_gradients_free(b);
        lstmfc_model_free(model); lstmfc_model_free(before);
    }
}

/* A recurrent layer with both dropouts, put together from the public kernels: the mask of its input has the key 2 * layer, that of
   its state 2 * layer + 1, a dropout layer's 2 * layer. */
TEST(a_model_is_its_kernels) {
    lstmfc_error err = {0};
    enum { H = COLUMNS, B = 8 };                                /* as many units as inputs: the two masks could be mixed up */
    lstmfc_model *model = make("lstm 5 dropout=0.4 recurrent_dropout=0.3 | dropout 0.5", COLUMNS, WINDOW, 3, 0, NULL, &err);
    lstmfc_gradients *g = lstmfc_gradients_create(model, B, &err);
    lstmfc_loss_desc loss = {LSTMFC_LOSS_MSE, 0, {0}};
    lstmfc_draw draw = {4, 5, 6};
    lstmfc_batch batch = all_windows();
    static lstmfc_real x[WINDOW * B * COLUMNS], gates[WINDOW * B * 4 * H], h[WINDOW * B * H], c[B * H], h_masked[WINDOW * B * H];
    lstmfc_real mask[B * COLUMNS], recurrent_mask[B * H], out_mask[B * H], out[B * H];
    lstmfc_lstm_pass p;
    lstmfc_tensor tensor;
    int t, b;
    fill_rows(16);
    batch.count = B;
    CHECK_OK(lstmfc_gradients_compute(g, model, &batch, &loss, &draw, 0, NULL, NULL, out, &err), err);
    for (t = 0; t < WINDOW; t++) for (b = 0; b < B; b++) memcpy(x + (t * B + b) * COLUMNS, rows + (b + t) * COLUMNS, COLUMNS * sizeof *x);
    lstmfc_dropout_mask(&draw, 0, 0.4, 1, B, COLUMNS, mask);
    lstmfc_dropout_mask(&draw, 1, 0.3, 1, B, H, recurrent_mask);
    lstmfc_dropout_mask(&draw, 2, 0.5, 1, B, H, out_mask);
    lstmfc_dropout_apply(WINDOW, B * COLUMNS, x, mask, 1, x);
    memset(&p, 0, sizeof p);
    p.steps = WINDOW; p.batch = B; p.inputs = COLUMNS; p.hidden = H; p.x = x;
    lstmfc_model_tensor(model, 0, &tensor); p.kernel = tensor.data;
    lstmfc_model_tensor(model, 1, &tensor); p.recurrent = tensor.data;
    lstmfc_model_tensor(model, 2, &tensor); p.bias = tensor.data;
    p.recurrent_mask = recurrent_mask; p.gates = gates; p.h = h; p.c_last = c; p.h_masked = h_masked;
    lstmfc_lstm_forward(&p);
    lstmfc_dropout_apply(1, B * H, h + (WINDOW - 1) * B * H, out_mask, 1, h);
    CHECK(memcmp(h, out, sizeof out) == 0);
    lstmfc_gradients_free(g);
    lstmfc_model_free(model);
}

/* The loss of a weighted batch is the weighted mean; a window of weight 0 has no say. */
TEST(weights_of_windows) {
    lstmfc_error err = {0};
    lstmfc_model *model = make("lstm 6 | dense 2", COLUMNS, WINDOW, 3, 0, NULL, &err);
    lstmfc_loss_desc loss = {LSTMFC_LOSS_HUBER, 0.3, {0}};
    lstmfc_gradients *g = lstmfc_gradients_create(model, COUNT, &err);
    lstmfc_real weights[COUNT], keep[6 * 4 * COLUMNS];
    lstmfc_batch batch = all_windows();
    double whole = 0, half = 0;
    size_t k;
    fill_rows(14);
    for (k = 0; k < COUNT; k++) weights[k] = k < 20 ? 2 : 0;
    batch.weights = weights; batch.count = 40;
    lstmfc_gradients_compute(g, model, &batch, &loss, NULL, 0, &whole, NULL, NULL, &err);
    memcpy(keep, lstmfc_gradients_tensor(g, 0), sizeof keep);
    batch.weights = NULL; batch.count = 20;
    lstmfc_gradients_compute(g, model, &batch, &loss, NULL, 0, &half, NULL, NULL, &err);
    CHECK_NEAR(whole, half, 1e-12);
    for (k = 0; k < sizeof keep / sizeof keep[0]; k++) CHECK_CLOSE(keep[k], lstmfc_gradients_tensor(g, 0)[k], 1e-5, 1e-7);
    lstmfc_gradients_free(g);
    lstmfc_model_free(model);
}

/* Frozen: gradient 0, also below the lowest layer that learns; batch norm frozen: running statistics, not updated. */
TEST(freezing) {
    lstmfc_error err = {0};
    lstmfc_model *model, *before;
    lstmfc_loss_desc loss = {LSTMFC_LOSS_MSE, 0, {0}};
    lstmfc_batch batch = all_windows();
    lstmfc_gradients *g;
    lstmfc_scratch *scratch;
    lstmfc_real out[COUNT], must[COUNT];
    lstmfc_tensor tensor;
    int32_t i;
    int64_t trainable;
    size_t k;
    fill_rows(15);
    model = warmed("lstm 6 l2=0.1 | batchnorm | lstm 5 | dense 4 relu | dense 1", NULL);
    before = lstmfc_model_clone(model, &err);
    g = lstmfc_gradients_create(model, COUNT, &err);
    CHECK_INT(lstmfc_model_freeze(model, "1.batchnorm", 1), 4);
    CHECK_INT(lstmfc_model_freeze(model, "nothing", 1), 0);
    lstmfc_gradients_compute(g, model, &batch, &loss, NULL, 1, NULL, NULL, out, &err);
    scratch = lstmfc_scratch_create(model, COUNT, &err);
    lstmfc_model_predict(model, scratch, &batch, must, &err);
    CHECK(memcmp(out, must, sizeof out) == 0);                  /* training forward = inference, as all norms are frozen */
    for (i = 0; i < lstmfc_model_tensors(model); i++) {
        lstmfc_tensor old;
        lstmfc_model_tensor(model, i, &tensor);
        lstmfc_model_tensor(before, i, &old);
        CHECK(memcmp(tensor.data, old.data, tensor.count * sizeof *tensor.data) == 0);
        if (tensor.frozen && tensor.trainable) for (k = 0; k < tensor.count; k++) CHECK(lstmfc_gradients_tensor(g, i)[k] == 0);
    }
    lstmfc_model_freeze(model, "", 1);
    CHECK_INT(lstmfc_model_freeze(model, "3.dense", 0) + lstmfc_model_freeze(model, "4.dense", 0), 4);
    lstmfc_model_parameters(model, &trainable);
    CHECK_INT(trainable, 5 * 4 + 4 + 4 + 1);
    lstmfc_gradients_compute(g, model, &batch, &loss, NULL, 1, NULL, NULL, NULL, &err);
    for (i = 0; i < lstmfc_model_tensors(model); i++) {
        int moved = 0;
        lstmfc_model_tensor(model, i, &tensor);
        if (!tensor.trainable) continue;
        for (k = 0; k < tensor.count; k++) moved = moved || lstmfc_gradients_tensor(g, i)[k] != 0;
        CHECK_INT(moved, tensor.name[0] == '3' || tensor.name[0] == '4');
    }
    lstmfc_model_freeze(model, "", 1);
    CHECK_OK(lstmfc_gradients_compute(g, model, &batch, &loss, NULL, 1, NULL, NULL, NULL, &err), err);
    for (k = 0; k < 6 * 4 * COLUMNS; k++) CHECK(lstmfc_gradients_tensor(g, 0)[k] == 0);
    lstmfc_scratch_free(scratch);
    lstmfc_gradients_free(g);
    lstmfc_model_free(model);
    lstmfc_model_free(before);
}

TEST(get_set_copy_clone) {
    lstmfc_error err = {0};
    lstmfc_model *a = make("lstm 3 | batchnorm | dense 2", 2, 4, 1, 0, NULL, &err), *b = make("lstm 3 | batchnorm | dense 2", 2, 4, 2, 0, NULL, &err);
    lstmfc_model *c = make("lstm 3 | batchnorm | dense 3", 2, 4, 2, 0, NULL, &err), *d;
    lstmfc_real data[24];
    lstmfc_tensor x, y;
    int32_t i;
    for (i = 0; i < 24; i++) data[i] = (lstmfc_real)i;
    CHECK_INT(lstmfc_model_set(a, 0, data, 24, &err), LSTMFC_OK);
    CHECK(at(a, "0.lstm.kernel", 23) == 23);
    CHECK_INT(lstmfc_model_set(a, 0, data, 23, &err), LSTMFC_ERROR_SHAPE);
    CHECK_HAS(err.message, "0.lstm.kernel has 24 elements, not 23");
    CHECK_INT(lstmfc_model_set(a, 99, data, 23, &err), LSTMFC_ERROR_ARGUMENT);
    lstmfc_model_freeze(a, "1.", 1);
    d = lstmfc_model_clone(a, &err);
    CHECK_INT(lstmfc_model_copy(b, a, &err), LSTMFC_OK);
    CHECK_INT(lstmfc_model_copy(c, a, &err), LSTMFC_ERROR_SHAPE);
    for (i = 0; i < lstmfc_model_tensors(a); i++) {
        lstmfc_model_tensor(a, i, &x);
        lstmfc_model_tensor(b, i, &y);
        CHECK(memcmp(x.data, y.data, x.count * sizeof *x.data) == 0);
        lstmfc_model_tensor(d, i, &y);
        CHECK(memcmp(x.data, y.data, x.count * sizeof *x.data) == 0 && x.data != y.data && x.frozen == y.frozen);
        CHECK_TEXT(x.name, y.name);
    }
    CHECK_TEXT(lstmfc_model_spec(a), lstmfc_model_spec(d));
    lstmfc_model_free(a); lstmfc_model_free(b); lstmfc_model_free(c); lstmfc_model_free(d);
}

TEST(shape_errors) {
    lstmfc_error err = {0};
    lstmfc_model *model = make("lstm 3 | dense 1", COLUMNS, WINDOW, 1, 0, NULL, &err), *other = make("lstm 4 | dense 1", COLUMNS, WINDOW, 1, 0, NULL, &err);
    lstmfc_model *many;
    lstmfc_env env;
    lstmfc_scratch *scratch = lstmfc_scratch_create(model, 4, &err);
    lstmfc_gradients *g = lstmfc_gradients_create(model, 4, &err);
    lstmfc_loss_desc loss = {LSTMFC_LOSS_MSE, 0, {0}};
    lstmfc_real out[COUNT + 2];
    lstmfc_batch batch = all_windows();
    int64_t first[2] = {0, ROWS - WINDOW + 1};
    CHECK(lstmfc_scratch_create(model, 0, &err) == NULL);
    memset(&env, 0, sizeof env);
    env.threads = 1000000;
    many = make("lstm 3 | dense 1", COLUMNS, WINDOW, 1, 0, &env, &err);
    CHECK(many != NULL && lstmfc_scratch_create(many, 200, &err) == NULL);
    CHECK_HAS(err.message, "env.threads is 1000000; at most 64");
    lstmfc_model_free(many);
    CHECK_INT(lstmfc_model_predict(other, scratch, &batch, out, &err), LSTMFC_ERROR_SHAPE);
    CHECK_HAS(err.message, "made for another model than 'lstm 4 | dense 1'");
    batch.window = WINDOW - 1;
    CHECK_INT(lstmfc_model_predict(model, scratch, &batch, out, &err), LSTMFC_ERROR_SHAPE);
    CHECK_HAS(err.message, "the batch: windows of 8 rows, but the model takes 9");
    batch = all_windows(); batch.row_stride = COLUMNS - 1;
    CHECK_INT(lstmfc_model_predict(model, scratch, &batch, out, &err), LSTMFC_ERROR_SHAPE);
    CHECK_HAS(err.message, "the batch: rows of 4 columns, but the model takes 5 inputs");
    batch = all_windows(); batch.count = COUNT + 1;
    CHECK_INT(lstmfc_model_predict(model, scratch, &batch, out, &err), LSTMFC_ERROR_SHAPE);
    batch = all_windows(); batch.first_row = first; batch.count = 2;
    CHECK_INT(lstmfc_model_predict(model, scratch, &batch, out, &err), LSTMFC_ERROR_SHAPE);
    CHECK_HAS(err.message, "the batch: sample 1 starts at row 52; with 60 rows and windows of 9 it can be 0 to 51");
    first[1] = -1;
    CHECK_INT(lstmfc_model_predict(model, scratch, &batch, out, &err), LSTMFC_ERROR_SHAPE);
    batch = all_windows(); batch.count = 5;
    CHECK_INT(lstmfc_gradients_compute(g, model, &batch, &loss, NULL, 0, NULL, NULL, NULL, &err), LSTMFC_ERROR_SHAPE);
    CHECK_HAS(err.message, "5 windows; from 1 to 4 fit");
    batch.count = 0;
    CHECK_INT(lstmfc_gradients_compute(g, model, &batch, &loss, NULL, 0, NULL, NULL, NULL, &err), LSTMFC_ERROR_SHAPE);
    CHECK_INT(lstmfc_model_predict(model, scratch, &batch, out, &err), LSTMFC_OK);
    batch.count = 4; batch.targets = NULL; err.code = 0;
    CHECK_INT(lstmfc_gradients_compute(g, model, &batch, &loss, NULL, 0, NULL, NULL, NULL, &err), LSTMFC_ERROR_ARGUMENT);
    batch.targets = targets; loss.loss = 9;
    CHECK_INT(lstmfc_gradients_compute(g, model, &batch, &loss, NULL, 0, NULL, NULL, NULL, &err), LSTMFC_ERROR_ARGUMENT);
    err.code = LSTMFC_ERROR_SPEC;                               /* a NULL from an earlier failure keeps that failure */
    CHECK_INT(lstmfc_model_predict(NULL, scratch, &batch, out, &err), LSTMFC_ERROR_SPEC);
    CHECK(lstmfc_scratch_create(NULL, 4, &err) == NULL && err.code == LSTMFC_ERROR_SPEC);
    lstmfc_scratch_free(scratch);
    lstmfc_gradients_free(g);
    lstmfc_model_free(model);
    lstmfc_model_free(other);
}

/* ---- memory */

static lstmfc_result whole_life(const lstmfc_env *env, void *context) {
    lstmfc_error err = {0};
    lstmfc_model *model = make((const char *)context, COLUMNS, WINDOW, 1, 0, env, &err);
    lstmfc_model *clone = model ? lstmfc_model_clone(model, &err) : NULL;
    lstmfc_scratch *scratch = clone ? lstmfc_scratch_create(clone, 7, &err) : NULL;
    lstmfc_gradients *g = scratch ? lstmfc_gradients_create(clone, 7, &err) : NULL;
    lstmfc_gradients_free(g);
    lstmfc_scratch_free(scratch);
    lstmfc_model_free(clone);
    lstmfc_model_free(model);
    return err.code;
}

TEST(allocation_failures) {
    char spec[160];
    strcpy(spec, nets[0]);
    torture("model, clone, scratch, gradients", whole_life, spec);
    strcpy(spec, "lstm 3 | dense");                             /* a failing text frees what it had */
    {
        test_allocator a;
        lstmfc_env env = test_env(&a);
        CHECK_INT(whole_life(&env, spec), LSTMFC_ERROR_SPEC);
        CHECK(a.live == 0 && a.wrong_sizes == 0);
    }
}

TEST(nothing_allocates_while_working) {
    int i;
    for (i = 0; i < NETS; i++) {
        test_allocator a;
        lstmfc_env env = test_env(&a);
        lstmfc_error err = {0};
        lstmfc_model *model = make(nets[i], COLUMNS, WINDOW, 3, 0, &env, &err);
        lstmfc_scratch *scratch = lstmfc_scratch_create(model, 7, &err);
        lstmfc_gradients *g = lstmfc_gradients_create(model, COUNT, &err);
        lstmfc_loss_desc loss = {LSTMFC_LOSS_MSE, 0, {0}};
        lstmfc_draw draw = {1, 2, 3};
        lstmfc_batch batch = all_windows();
        lstmfc_real out[COUNT * 6];
        long long before;
        before = a.allocations;
        lstmfc_model_predict(model, scratch, &batch, out, &err);
        lstmfc_gradients_compute(g, model, &batch, &loss, &draw, 1, NULL, NULL, out, &err);
        lstmfc_scratch_reset(scratch);
        if (!test_whole_window(nets[i])) lstmfc_model_step(model, scratch, rows, out, &err);
        CHECK_INT(err.code, 0);
        CHECK_INT(a.allocations, before);
        lstmfc_gradients_free(g);
        lstmfc_scratch_free(scratch);
        lstmfc_model_free(model);
        CHECK_INT(a.live, 0);
    }
}

/* Everything from one arena of exactly the size that _bytes told: blocks are aligned wherever they start. */
TEST(in_an_arena) {
    static unsigned char memory[1 << 21];
    int i, off;
    for (i = 0; i < NETS; i++) for (off = 0; off < 64; off += 21) {
        lstmfc_error err = {0};
        lstmfc_arena arena;
        lstmfc_env env;
        lstmfc_model_desc desc;
        lstmfc_model *model;
        lstmfc_scratch *scratch;
        lstmfc_gradients *g;
        lstmfc_optimizer *optimizer;
        memset(&env, 0, sizeof env);
        memset(&desc, 0, sizeof desc);
        desc.spec = nets[i]; desc.inputs = COLUMNS; desc.window = WINDOW;
        lstmfc_arena_init(&arena, memory + off, lstmfc_model_bytes(&desc, &err));
        env.allocator = lstmfc_arena_allocator(&arena);
        desc.env = &env;
        model = lstmfc_model_create(&desc, &err);
        CHECK(model != NULL && arena.size - arena.used < 2048);
        arena.size += lstmfc_scratch_bytes(model, 5);
        scratch = lstmfc_scratch_create(model, 5, &err);
        arena.size += lstmfc_gradients_bytes(model, 6);
        g = lstmfc_gradients_create(model, 6, &err);
        arena.size += lstmfc_optimizer_bytes(model);
        optimizer = lstmfc_optimizer_create(model, NULL, &err);
        CHECK(arena.size <= sizeof memory - 64 && scratch && g && optimizer);
        CHECK_INT(err.code, 0);
    }
    {
        lstmfc_error err = {0};
        lstmfc_model_desc desc;
        memset(&desc, 0, sizeof desc);
        desc.spec = "lstm x";
        CHECK(lstmfc_model_bytes(&desc, &err) == 0 && err.code == LSTMFC_ERROR_SPEC);
    }
    {   /* more than the address space holds is never rounded to a few bytes */
        lstmfc_error err = {0};
        lstmfc_env env = lstmfc_env_default();
        lstmfc_model_desc desc;
        memset(&desc, 0, sizeof desc);
        env.limits.dimension = INT32_MAX;
        env.limits.elements = INT64_MAX;
        desc.env = &env;
        desc.inputs = 1;
        desc.window = 8;
        desc.spec = "lstm 500000000 | lstm 500000000 | lstm 500000000 | lstm 500000000";
        CHECK(lstmfc_model_bytes(&desc, &err) == SIZE_MAX);
        desc.inputs = 1 << 20;
        desc.window = 1 << 20;
        desc.spec = "flatten | dense 1";                /* 2^40 columns are no int32_t */
        CHECK(lstmfc_model_bytes(&desc, &err) == 0 && err.code == LSTMFC_ERROR_SPEC);
    }
}

/* Windows that overlap share x W and its gradient: the outputs are those of copied windows to the bit, the gradients to rounding, and
   the lower layers learn from them too. */
static void overlap_against_copies(const char *spec, const int64_t *first_row, size_t count, size_t rows_expected) {
    enum { T = 6, I = 5, ROWS = 64, MOST = 24 };
    lstmfc_real rows[ROWS * I], copies[MOST * T * I], out[2][MOST * 8], targets[MOST * 8];
    int64_t own[MOST];
    lstmfc_model_desc desc;
    lstmfc_loss_desc loss_desc;
    lstmfc_batch batch;
    lstmfc_error err;
    lstmfc_gradients *g[2];
    lstmfc_model *model;
    lstmfc_rng rng;
    size_t i, t, k;
    int32_t j;
    double loss[2];
    memset(&err, 0, sizeof err); memset(&desc, 0, sizeof desc); memset(&batch, 0, sizeof batch); memset(&loss_desc, 0, sizeof loss_desc);
    lstmfc_rng_seed(&rng, 11);
    for (i = 0; i < ROWS * I; i++) rows[i] = (lstmfc_real)lstmfc_rng_normal(&rng);
    for (i = 0; i < MOST * 8; i++) targets[i] = (lstmfc_real)lstmfc_rng_normal(&rng);
    for (i = 0; i < count; i++) {
        own[i] = (int64_t)(i * T);
        for (t = 0; t < T; t++) for (k = 0; k < I; k++) copies[(i * T + t) * I + k] = rows[((size_t)first_row[i] + t) * I + k];
    }
    desc.spec = spec; desc.inputs = I; desc.window = T; desc.seed = 4;
    model = lstmfc_model_create(&desc, &err);
    if (!CHECK(model != NULL)) return;
    batch.count = count; batch.window = T; batch.row_stride = I; batch.targets = targets;
    for (j = 0; j < 2; j++) {
        g[j] = lstmfc_gradients_create(model, count, &err);
        batch.rows = j ? copies : rows;
        batch.row_count = j ? count * T : ROWS;
        batch.first_row = j ? own : first_row;
        CHECK(lstmfc_gradients_compute(g[j], model, &batch, &loss_desc, NULL, 0, &loss[j], NULL, out[j], &err) == LSTMFC_OK);
    }
    CHECK(memcmp(out[0], out[1], count * (size_t)lstmfc_model_outputs(model) * sizeof out[0][0]) == 0);
    CHECK(loss[0] == loss[1]);
    if (rows_expected) CHECK(g[0]->x_row[count - 1] + T == rows_expected);
    for (j = 0; j < lstmfc_model_tensors(model); j++) {
        const lstmfc_real *a = lstmfc_gradients_tensor(g[0], j), *b = lstmfc_gradients_tensor(g[1], j);
        double size = 0;
        for (k = 0; a && k < model->tensors[j].count; k++) if (fabs((double)b[k]) > size) size = fabs((double)b[k]);
        CHECK(!a || size > 0);
        for (k = 0; a && k < model->tensors[j].count; k++) CHECK(fabs((double)a[k] - (double)b[k]) <= NEAR * size);
    }
    lstmfc_gradients_free(g[0]); lstmfc_gradients_free(g[1]);
    lstmfc_model_free(model);
}

TEST(overlapping_windows) {
    static const int64_t consecutive[] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, runs[] = {40, 41, 42, 43, 7, 8, 9, 10, 20, 21, 22, 23, 24};
    static const int64_t mixed[] = {9, 9, 10, 12, 12, 13, 18, 19, 4, 5, 5, 6};
    const char *specs[] = {"lstm 7 | dense 1", "lstm 9 | lstm 4 | dense 2", "dense 6 tanh | layernorm | lstm 8 | batchnorm | lstm 3 | dense 1",
                           "lstm 5 recurrent_dropout=0.2 | dense 1", "dense 4 | dense 3 relu | lstm 6 seq | dense 1"};
    size_t i;
    for (i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        overlap_against_copies(specs[i], consecutive, 12, 17);
        overlap_against_copies(specs[i], runs, 13, 3 * 6 + 3 + 3 + 4);
        overlap_against_copies(specs[i], mixed, 12, 6 + 0 + 1 + 2 + 0 + 1 + 5 + 1 + 6 + 1 + 0 + 1);
    }
}

/* A NaN in a window is one in its answer, through every layer, on every instruction set; the windows beside it are what they were. */
TEST(nan_reaches_the_answer) {
    static const char *const texts[] = {
        "lstm 5 | dense 3 relu | dense 1", "dense 5 relu | lstm 3 | dense 1 sigmoid", "lstm 17 | dense 9 swish | dense 2 softmax", "batchnorm | lstm 4 | dense 1",
        "layernorm | lstm 4 | dense 4 gelu | dense 1", "lstm 4 | dropout 0.5 | dense 4 softplus | dense 3 tanh | dense 1", "flatten | dense 8 relu | dense 8 relu | dense 1"
    };
    enum { ROWS = 12, INPUTS = 3, WINDOW = 4, WINDOWS = ROWS - WINDOW + 1, BAD = 7 };
    lstmfc_real rows[ROWS * INPUTS], clean[WINDOWS * 2], out[WINDOWS * 2];
    int64_t first[WINDOWS];
    size_t i, k;
    int32_t simd, outputs;
    for (i = 0; i < WINDOWS; i++) first[i] = (int64_t)i;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) for (simd = LSTMFC_SIMD_BEST; simd <= LSTMFC_SIMD_WASM; simd++) {
        lstmfc_env env;
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_model *model;
        lstmfc_scratch *scratch;
        lstmfc_batch batch;
        memset(&env, 0, sizeof env);
        memset(&batch, 0, sizeof batch);
        env.simd = simd;
        model = make(texts[i], INPUTS, WINDOW, 3, 0, &env, &err);
        scratch = model ? lstmfc_scratch_create(model, WINDOWS, &err) : NULL;
        if (!scratch) { test_check(0, texts[i], 0, err.message); lstmfc_model_free(model); continue; }
        outputs = lstmfc_model_outputs(model);
        for (k = 0; k < ROWS * INPUTS; k++) rows[k] = (lstmfc_real)sin((double)k);
        batch.rows = rows; batch.row_count = ROWS; batch.row_stride = INPUTS; batch.first_row = first; batch.count = WINDOWS; batch.window = WINDOW;
        CHECK_OK(lstmfc_model_predict(model, scratch, &batch, clean, &err), err);
        rows[BAD * INPUTS + 1] = (lstmfc_real)lstmfc_nan();
        CHECK_OK(lstmfc_model_predict(model, scratch, &batch, out, &err), err);
        for (k = 0; k < WINDOWS * (size_t)outputs; k++) {
            size_t window = k / (size_t)outputs;
            int holds = window <= BAD && BAD < window + WINDOW;
            if (!CHECK(holds ? lstmfc_is_nan((double)out[k]) : memcmp(&out[k], &clean[k], sizeof out[k]) == 0)) {
                printf("    \"%s\" on %s, window %d: %g\n", texts[i], lstmfc_simd_name_at(simd), (int)window, (double)out[k]);
                break;
            }
        }
        lstmfc_scratch_free(scratch);
        lstmfc_model_free(model);
    }
}

int main(void) {
    RUN(canonical_text);
    RUN(errors_of_the_language);
    RUN(the_manual_of_the_layers);
    RUN(errors_of_the_desc);
    RUN(system_a);
    RUN(penalty_where_the_layer_names_none);
    RUN(initial_weights);
    RUN(torch_lstm_last);
    RUN(torch_gru);
    RUN(torch_attention);
    RUN(torch_both_ways);
    RUN(torch_stack_mse);
    RUN(torch_stack_bce);
    RUN(torch_stack_huber);
    RUN(torch_stack_mae);
    RUN(torch_batchnorm);
    RUN(torch_layernorm);
    RUN(torch_dense_first);
    RUN(torch_flatten); RUN(torch_crossentropy);
    RUN(keras_last);
    RUN(keras_sequence);
    RUN(keras_penalty);
    RUN(batch_size_does_not_matter);
    RUN(overlapping_windows);
    RUN(steps_equal_a_window);
    RUN(masks_of_both_ways);
    RUN(gradients_are_a_function_of_the_draw);
    RUN(a_model_is_its_kernels);
    RUN(weights_of_windows);
    RUN(freezing);
    RUN(get_set_copy_clone);
    RUN(shape_errors);
    RUN(nan_reaches_the_answer);
    RUN(allocation_failures);
    RUN(nothing_allocates_while_working);
    RUN(in_an_arena);
    return test_end();
}

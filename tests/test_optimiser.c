// also: double
/* Chapter 10: ten steps of every optimiser against PyTorch (at clips that act), Keras's Adam with batch norm, the schedules'
   traces, and the properties a clip must have. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "network.h"

#define FILE_T "torch.txt"
#define FILE_K "keras.txt"
enum { STEPS = 10 };

/* Adam divides by the size of the gradient: where that is nothing but rounding, the float build may step another way. So weights
   are compared within a share of the tensor's largest weight, which is what a step is measured against too. */
#ifdef LSTMFC_DOUBLE
#  define AFTER 1e-10
#else
#  define AFTER 1e-5
#endif

static const char *spec_with(const char *record_l2, const char *record_recurrent) {
    return record_l2 ? "lstm 5 l2=0.01 | lstm 4 l2=0.01 | dense 1 l2=0.01"
         : record_recurrent ? "lstm 5 recurrent_l2=0.02 | lstm 4 recurrent_l2=0.02 | dense 1" : "lstm 5 | lstm 4 | dense 1";
}

static void ten_steps(const char *name, const lstmfc_optimizer_desc *given, const char *spec, int moments) {
    size_t n, B, T, I, k;
    const double *dims = fixture(FILE_T, "opt.dims", &n);
    lstmfc_real *x = reals(FILE_T, "opt.x", &n), *y = reals(FILE_T, "opt.y", &n);
    const double *loss = fixture(FILE_T, joined(name, "loss"), &n), *norm = fixture(FILE_T, joined(name, "norm"), &n);
    const double *penalty = strstr(spec, "l2=") ? fixture(FILE_T, joined(name, "penalty"), &n) : NULL;
    lstmfc_loss_desc mse = {LSTMFC_LOSS_MSE, 0, {0}};
    lstmfc_optimizer *optimizer;
    lstmfc_gradients *gradients;
    lstmfc_error err = {0};
    network net;
    int32_t i;
    double worst = 0, error;
    if (!dims || !x || !y || !loss || !norm) return;
    B = (size_t)dims[0]; T = (size_t)dims[1]; I = (size_t)dims[2];
    if (!network_make(&net, spec, B, T, I)) return;
    network_weights(&net, FILE_T, "opt.w", 0);
    gradients = lstmfc_gradients_create(net.model, B, &err);
    optimizer = lstmfc_optimizer_create(net.model, given, &err);
    for (k = 0; k < STEPS; k++) {
        double value = 0, size = 0, extra = 0;
        network_x(&net, x + k * T * B * I);
        net.batch.targets = y + k * B;
        CHECK_OK(lstmfc_gradients_compute(gradients, net.model, &net.batch, &mse, NULL, 1, &value, &extra, NULL, &err), err);
        CHECK_OK(lstmfc_optimizer_step(optimizer, net.model, gradients, 0, &size, &err), err);
        CHECK_NEAR(value, loss[k], NEAR);
        CHECK_NEAR(size, norm[k], NEAR);
        if (penalty) CHECK_NEAR(extra, penalty[k], NEAR);
        if (k == 0) network_compare(&net, FILE_T, joined(name, "after1"), 0, AFTER);
    }
    worst = network_compare(&net, FILE_T, joined(name, "after10"), 0, AFTER);
    CHECK_INT(lstmfc_optimizer_steps(optimizer), STEPS);
    for (i = 0; moments && i < lstmfc_model_tensors(net.model); i++) {
        lstmfc_tensor tensor;
        char record[128];
        lstmfc_model_tensor(net.model, i, &tensor);
        snprintf(record, sizeof record, "%s.m10.%s", name, tensor.name);
        error = compare_within(FILE_T, record, lstmfc_optimizer_moments(optimizer, i, 0), tensor.count, 3 * AFTER);
        if (error > worst) worst = error;
        snprintf(record, sizeof record, "%s.v10.%s", name, tensor.name);
        error = compare_within(FILE_T, record, lstmfc_optimizer_moments(optimizer, i, 1), tensor.count, 3 * AFTER);
        if (error > worst) worst = error;
    }
    printf("%s: worst error after ten steps %.2g of the tensor's largest value\n", name, worst);
    lstmfc_optimizer_free(optimizer);
    lstmfc_gradients_free(gradients);
    network_free(&net);
}

enum { ADAM = LSTMFC_OPTIMIZER_ADAM, ADAMW = LSTMFC_OPTIMIZER_ADAMW, RMSPROP = LSTMFC_OPTIMIZER_RMSPROP, SGD = LSTMFC_OPTIMIZER_SGD };

static lstmfc_optimizer_desc rule(int32_t optimizer, double lr, const char *clip_norm, const char *clip_value) {
    lstmfc_optimizer_desc desc;
    size_t n;
    memset(&desc, 0, sizeof desc);
    desc.optimizer = optimizer;
    desc.lr = lr;
    desc.clip_norm = clip_norm ? fixture(FILE_T, clip_norm, &n)[0] : LSTMFC_NONE;
    desc.clip_value = clip_value ? fixture(FILE_T, clip_value, &n)[0] : LSTMFC_NONE;
    return desc;
}

TEST(torch_adam)              { lstmfc_optimizer_desc d = rule(ADAM, 0, "opt_adam.clip_norm", NULL); ten_steps("opt_adam", &d, spec_with(NULL, NULL), 1); }
TEST(torch_adam_l2)           { lstmfc_optimizer_desc d = rule(ADAM, 1e-3, "opt_adam_l2.clip_norm", NULL); ten_steps("opt_adam_l2", &d, spec_with("l2", NULL), 0); }
TEST(torch_adam_recurrent_l2) { lstmfc_optimizer_desc d = rule(ADAM, 1e-3, NULL, NULL); ten_steps("opt_adam_recurrent_l2", &d, spec_with(NULL, "l2"), 0); }
TEST(torch_adam_clip_value)   { lstmfc_optimizer_desc d = rule(ADAM, 1e-3, NULL, "opt_adam_clip_value.clip_value"); ten_steps("opt_adam_clip_value", &d, spec_with(NULL, NULL), 0); }
TEST(torch_sgd)               { lstmfc_optimizer_desc d = rule(SGD, 0.01, NULL, NULL); ten_steps("opt_sgd", &d, spec_with(NULL, NULL), 0); }
TEST(torch_sgd_both_clips)    { lstmfc_optimizer_desc d = rule(SGD, 0.01, "opt_sgd_clip.clip_norm", "opt_sgd_clip.clip_value"); ten_steps("opt_sgd_clip", &d, spec_with("l2", NULL), 0); }
TEST(torch_momentum)          { lstmfc_optimizer_desc d = rule(SGD, 0.01, NULL, NULL); d.momentum = 0.9; ten_steps("opt_momentum", &d, spec_with(NULL, NULL), 0); }
TEST(torch_rmsprop)           { lstmfc_optimizer_desc d = rule(RMSPROP, 1e-3, NULL, NULL); ten_steps("opt_rmsprop", &d, spec_with(NULL, NULL), 0); }
TEST(torch_adamw)             { lstmfc_optimizer_desc d = rule(ADAMW, 1e-3, NULL, NULL); ten_steps("opt_adamw", &d, spec_with(NULL, NULL), 0); }

/* Keras: train_on_batch five times with its Adam; the running statistics of batch norm move with every step. */
static void keras_steps(const char *name, const char *spec) {
    size_t n, B, T, I, k;
    const double *dims = fixture(FILE_K, joined(name, "dims"), &n), *loss = fixture(FILE_K, joined(name, "loss"), &n);
    lstmfc_real *x = reals(FILE_K, joined(name, "x"), &n), *y = reals(FILE_K, joined(name, "y"), &n), out[8];
    lstmfc_optimizer_desc desc = rule(ADAM, 1e-3, NULL, NULL);
    lstmfc_loss_desc mse = {LSTMFC_LOSS_MSE, 0, {0}};
    lstmfc_error err = {0};
    lstmfc_optimizer *optimizer;
    lstmfc_gradients *gradients;
    lstmfc_scratch *scratch;
    network net;
    double worst = 0;
    if (!dims || !loss || !x || !y) return;
    B = (size_t)dims[0]; T = (size_t)dims[1]; I = (size_t)dims[2];
    if (!network_make(&net, spec, B, T, I)) return;
    network_weights(&net, FILE_K, joined(name, "w"), 1);
    desc.adam = LSTMFC_ADAM_KERAS;
    gradients = lstmfc_gradients_create(net.model, B, &err);
    optimizer = lstmfc_optimizer_create(net.model, &desc, &err);
    scratch = lstmfc_scratch_create(net.model, B, &err);
    for (k = 0; k < 5; k++) {
        double value = 0;
        char record[64];
        network_x(&net, x + k * T * B * I);
        net.batch.targets = y + k * B * 2;
        CHECK_OK(lstmfc_gradients_compute(gradients, net.model, &net.batch, &mse, NULL, 1, &value, NULL, NULL, &err), err);
        CHECK_OK(lstmfc_optimizer_step(optimizer, net.model, gradients, 0, NULL, &err), err);
        CHECK_NEAR(value, loss[k], NEAR);
        snprintf(record, sizeof record, "%s.after%d", name, (int)k + 1);
        if (k != 1 && k != 3) worst = network_compare(&net, FILE_K, record, 1, AFTER);
    }
    network_x(&net, x);
    CHECK_OK(lstmfc_model_predict(net.model, scratch, &net.batch, out, &err), err);
    compare(FILE_K, joined(name, "infer5"), out, 8);
    printf("keras %s: worst error after five steps %.2g of the tensor's largest value\n", name, worst);
    lstmfc_scratch_free(scratch);
    lstmfc_optimizer_free(optimizer);
    lstmfc_gradients_free(gradients);
    network_free(&net);
}

TEST(keras_adam_last) { keras_steps("last", "lstm 5 | batchnorm | dense 2"); }
TEST(keras_adam_sequence) { keras_steps("seq", "lstm 5 | batchnorm | lstm 4 | batchnorm | dense 2"); }

/* ---- schedules */

static void plateau(const char *rule_name, const char *losses, int32_t patience) {
    char name[96];
    size_t n, k;
    const double *value, *lr, *wait, *best;
    lstmfc_plateau state;
    double rate = 1e-3;
    snprintf(name, sizeof name, "plateau_%s_%s_%d", rule_name, losses, (int)patience);
    value = fixture(rule_name[0] == 't' ? FILE_T : FILE_K, joined(name, "val_loss"), &n);
    lr = fixture(rule_name[0] == 't' ? FILE_T : FILE_K, joined(name, "lr"), &n);
    wait = fixture(rule_name[0] == 't' ? FILE_T : FILE_K, joined(name, "wait"), &n);
    best = fixture(rule_name[0] == 't' ? FILE_T : FILE_K, joined(name, "best"), &n);
    if (!value || !lr || !wait || !best) return;
    memset(&state, 0, sizeof state);
    state.factor = 0.5; state.min_delta = 1e-4; state.patience = patience; state.torch_rule = rule_name[0] == 't';
    for (k = 0; k < n; k++) {
        rate = lstmfc_plateau_step(&state, value[k], rate);
        CHECK_NEAR(rate, lr[k], 1e-7);                          /* Keras keeps the rate in float32 */
        CHECK_INT(state.wait, wait[k]);
        CHECK_NEAR(state.best, best[k], 0);
    }
}

static const char *const losses[] = {"falling", "stalls", "rises", "creeping", "large", "small", "noisy", "negative"};

TEST(plateau_traces) {
    int i;
    for (i = 0; i < 8; i++) {
        plateau("torch", losses[i], 2);
        plateau("torch", losses[i], 10);
        plateau("keras", losses[i], 2);
        plateau("keras", losses[i], 10);
    }
}

TEST(stopping_traces) {
    static const struct { int32_t patience; double min_delta; const char *text; } rules[] = {{3, 0, "3_0"}, {8, 0, "8_0"}, {3, 0.001, "3_0.001"}, {1, 0, "1_0"}};
    int i, r;
    for (i = 0; i < 8; i++) {
        for (r = 0; r < 4; r++) {
            char name[96];
            size_t n, waits, k;
            const double *value, *wait, *stopped, *best_epoch;
            lstmfc_stopping state;
            int32_t answer = 0;
            snprintf(name, sizeof name, "stop_keras_%s_%s", losses[i], rules[r].text);
            value = fixture(FILE_K, joined(name, "val_loss"), &n);
            stopped = fixture(FILE_K, joined(name, "stopped"), &k);
            best_epoch = fixture(FILE_K, joined(name, "best_epoch"), &k);
            wait = fixture(FILE_K, joined(name, "wait"), &waits);
            if (!value || !wait || !stopped || !best_epoch) return;
            memset(&state, 0, sizeof state);
            state.patience = rules[r].patience; state.min_delta = rules[r].min_delta;
            for (k = 0; k < n && answer != -1; k++) {
                answer = lstmfc_stopping_step(&state, value[k], (int32_t)k + 1);
                if (k < waits) CHECK_INT(state.wait, wait[k]);
                CHECK_INT(answer == 1, state.wait == 0);
            }
            CHECK_INT(k, waits);
            CHECK_INT(answer == -1 ? (int)k - 1 : -1, stopped[0]);
            CHECK_INT(state.best_epoch - 1, best_epoch[0]);
        }
    }
}

TEST(schedules_off) {
    lstmfc_plateau plateau_off;
    lstmfc_stopping stopping_off;
    int k;
    memset(&plateau_off, 0, sizeof plateau_off);
    memset(&stopping_off, 0, sizeof stopping_off);
    plateau_off.factor = 0.5;
    for (k = 0; k < 20; k++) {
        CHECK(lstmfc_plateau_step(&plateau_off, 1 + k, 0.25) == 0.25);
        CHECK_INT(lstmfc_stopping_step(&stopping_off, 1 + k, k + 1), k == 0);
    }
    CHECK_INT(stopping_off.wait, 19);
    CHECK_INT(stopping_off.best_epoch, 1);
}

/* ---- properties */

static void one_weight_network(network *net, lstmfc_gradients **g, lstmfc_error *err) {
    memset(net, 0, sizeof *net);
    network_make(net, "last | dense 2", 1, 1, 1);               /* kernel [1,2], bias [2] */
    *g = lstmfc_gradients_create(net->model, 1, err);
}

static void set_gradient(lstmfc_gradients *g, double k0, double k1, double b0, double b1) {
    lstmfc_gradients_tensor(g, 0)[0] = (lstmfc_real)k0; lstmfc_gradients_tensor(g, 0)[1] = (lstmfc_real)k1;
    lstmfc_gradients_tensor(g, 1)[0] = (lstmfc_real)b0; lstmfc_gradients_tensor(g, 1)[1] = (lstmfc_real)b1;
}

/* (3,4) cut at 2 has norm 2 and the same direction; a clip above the norm changes nothing; value before norm. */
TEST(clipping) {
    lstmfc_error err = {0};
    lstmfc_gradients *g;
    lstmfc_optimizer *optimizer;
    lstmfc_optimizer_desc desc;
    network net;
    double norm = 0;
    one_weight_network(&net, &g, &err);
    memset(&desc, 0, sizeof desc);
    desc.optimizer = SGD; desc.clip_norm = 2; desc.clip_value = LSTMFC_NONE;
    optimizer = lstmfc_optimizer_create(net.model, &desc, &err);
    set_gradient(g, 3, 0, 0, 4);
    CHECK_OK(lstmfc_optimizer_step(optimizer, net.model, g, 0, &norm, &err), err);
    CHECK_NEAR(norm, 5, 1e-15);
    CHECK_NEAR(lstmfc_gradients_tensor(g, 0)[0], 3 * 2 / (5 + 1e-6), 1e-6);
    CHECK_NEAR(lstmfc_gradients_tensor(g, 1)[1], 4 * 2 / (5 + 1e-6), 1e-6);
    set_gradient(g, 0.3, 0, 0, -0.4);
    CHECK_OK(lstmfc_optimizer_step(optimizer, net.model, g, 0, &norm, &err), err);
    CHECK(lstmfc_gradients_tensor(g, 0)[0] == (lstmfc_real)0.3 && lstmfc_gradients_tensor(g, 1)[1] == (lstmfc_real)-0.4);
    lstmfc_optimizer_free(optimizer);
    desc.clip_value = 1;
    optimizer = lstmfc_optimizer_create(net.model, &desc, &err);
    set_gradient(g, 30, -40, 0.5, 0);
    CHECK_OK(lstmfc_optimizer_step(optimizer, net.model, g, 0, &norm, &err), err);
    CHECK_NEAR(norm, 1.5, 1e-12);
    CHECK(lstmfc_gradients_tensor(g, 0)[0] == 1 && lstmfc_gradients_tensor(g, 0)[1] == -1 && lstmfc_gradients_tensor(g, 1)[0] == (lstmfc_real)0.5);
    lstmfc_optimizer_free(optimizer);
    lstmfc_gradients_free(g);
    network_free(&net);
}

/* The first step of Adam is lr times the sign of the gradient, whatever its size. */
TEST(first_step_of_adam) {
    lstmfc_error err = {0};
    lstmfc_gradients *g;
    lstmfc_optimizer *optimizer;
    lstmfc_optimizer_desc desc;
    lstmfc_tensor before, after;
    lstmfc_real start[2];
    network net;
    int i;
    one_weight_network(&net, &g, &err);
    memset(&desc, 0, sizeof desc);
    desc.clip_norm = LSTMFC_NONE;
    optimizer = lstmfc_optimizer_create(net.model, &desc, &err);
    for (i = 0; i < 2; i++) {
        lstmfc_model_tensor(net.model, 0, &before);
        memcpy(start, before.data, sizeof start);
        set_gradient(g, 1e3, -1e-3, 0, 0);
        CHECK_OK(lstmfc_optimizer_step(optimizer, net.model, g, 0.125, NULL, &err), err);   /* lr given here wins over the desc */
        lstmfc_model_tensor(net.model, 0, &after);
        CHECK_NEAR(start[0] - after.data[0], 0.125, 1e-4);
        CHECK_NEAR(after.data[1] - start[1], 0.125, 1e-4);
        CHECK_INT(lstmfc_optimizer_steps(optimizer), 1);
        CHECK(lstmfc_optimizer_moments(optimizer, 0, 0)[0] != 0);
        lstmfc_optimizer_reset(optimizer);
        CHECK(lstmfc_optimizer_moments(optimizer, 0, 0)[0] == 0 && lstmfc_optimizer_moments(optimizer, 0, 1)[0] == 0);
        CHECK_INT(lstmfc_optimizer_steps(optimizer), 0);
    }
    lstmfc_optimizer_free(optimizer);
    lstmfc_gradients_free(g);
    network_free(&net);
}

/* Frozen tensors do not move, not even by weight decay; a gradient that is not finite moves nothing and says so. */
TEST(frozen_and_not_finite) {
    lstmfc_error err = {0};
    lstmfc_gradients *g;
    lstmfc_optimizer *optimizer;
    lstmfc_optimizer_desc desc;
    lstmfc_tensor tensor;
    lstmfc_real kernel[2];
    network net;
    one_weight_network(&net, &g, &err);
    memset(&desc, 0, sizeof desc);
    desc.optimizer = ADAMW;
    optimizer = lstmfc_optimizer_create(net.model, &desc, &err);
    lstmfc_model_freeze(net.model, "1.dense.kernel", 1);
    lstmfc_model_tensor(net.model, 0, &tensor);
    memcpy(kernel, tensor.data, sizeof kernel);
    set_gradient(g, 0, 0, 1, 1);
    CHECK_OK(lstmfc_optimizer_step(optimizer, net.model, g, 0, NULL, &err), err);
    lstmfc_model_tensor(net.model, 0, &tensor);
    CHECK(memcmp(kernel, tensor.data, sizeof kernel) == 0);
    lstmfc_model_freeze(net.model, "", 0);
    set_gradient(g, lstmfc_nan(), 1, 1, 1);
    CHECK_INT(lstmfc_optimizer_step(optimizer, net.model, g, 0, NULL, &err), LSTMFC_ERROR_DIVERGED);
    lstmfc_model_tensor(net.model, 0, &tensor);
    CHECK(memcmp(kernel, tensor.data, sizeof kernel) == 0);
    CHECK_INT(lstmfc_optimizer_steps(optimizer), 1);
    CHECK(lstmfc_optimizer_moments(optimizer, 2, 0) == NULL && lstmfc_optimizer_moments(optimizer, -1, 0) == NULL);
    lstmfc_optimizer_free(optimizer);
    lstmfc_gradients_free(g);
    network_free(&net);
}

/* With gradients gone, moments decay to 0 without passing through denormal numbers. */
TEST(moments_never_become_denormal) {
    lstmfc_error err = {0};
    lstmfc_gradients *g;
    lstmfc_optimizer *optimizer;
    lstmfc_optimizer_desc desc;
    network net;
    int k, denormal = 0;
    one_weight_network(&net, &g, &err);
    memset(&desc, 0, sizeof desc);
    desc.beta2 = 0.5;
    optimizer = lstmfc_optimizer_create(net.model, &desc, &err);
    for (k = 0; k < 8000; k++) {
        double m, v;
        double smallest = sizeof(lstmfc_real) == 8 ? 2.2250738585072014e-308 : 1.17549435082228751e-38;
        set_gradient(g, k == 0, 0, 0, 0);
        lstmfc_optimizer_step(optimizer, net.model, g, 0, NULL, &err);
        m = (double)lstmfc_optimizer_moments(optimizer, 0, 0)[0];
        v = (double)lstmfc_optimizer_moments(optimizer, 0, 1)[0];
        denormal += (m > 0 && m < smallest) || (v > 0 && v < smallest);
    }
    CHECK_INT(denormal, 0);
    CHECK(lstmfc_optimizer_moments(optimizer, 0, 0)[0] == 0 && lstmfc_optimizer_moments(optimizer, 0, 1)[0] == 0);
    lstmfc_optimizer_free(optimizer);
    lstmfc_gradients_free(g);
    network_free(&net);
}

/* Saved moments and step counter put into a fresh optimiser continue to the same bits. */
TEST(resume) {
    lstmfc_error err = {0};
    lstmfc_gradients *g;
    lstmfc_optimizer *a, *b = NULL;
    lstmfc_model *copy = NULL;
    lstmfc_tensor x, y;
    network net;
    int k, i;
    one_weight_network(&net, &g, &err);
    a = lstmfc_optimizer_create(net.model, NULL, &err);         /* NULL: all defaults */
    for (k = 0; k < 12; k++) {
        if (k == 6) {
            b = lstmfc_optimizer_create(net.model, NULL, &err);
            for (i = 0; i < 2; i++) {
                memcpy(lstmfc_optimizer_moments(b, i, 0), lstmfc_optimizer_moments(a, i, 0), 2 * sizeof(lstmfc_real));
                memcpy(lstmfc_optimizer_moments(b, i, 1), lstmfc_optimizer_moments(a, i, 1), 2 * sizeof(lstmfc_real));
            }
            lstmfc_optimizer_set_steps(b, lstmfc_optimizer_steps(a));
            copy = lstmfc_model_clone(net.model, &err);
        }
        set_gradient(g, 0.1 * k, 0.3, -0.01 * k, 1);
        lstmfc_optimizer_step(a, net.model, g, 0, NULL, &err);
        if (k < 6) continue;
        set_gradient(g, 0.1 * k, 0.3, -0.01 * k, 1);
        lstmfc_optimizer_step(b, copy, g, 0, NULL, &err);
    }
    for (i = 0; i < 2; i++) {
        lstmfc_model_tensor(net.model, i, &x);
        lstmfc_model_tensor(copy, i, &y);
        CHECK(memcmp(x.data, y.data, x.count * sizeof *x.data) == 0);
    }
    lstmfc_optimizer_free(a); lstmfc_optimizer_free(b);
    lstmfc_model_free(copy);
    lstmfc_gradients_free(g);
    network_free(&net);
}

/* A tiny network learns a tiny set by heart, with each rule. */
TEST(overfits_to_nothing) {
    static const struct { int32_t optimizer; double lr, momentum; int steps; double goal; } runs[] = {
        {ADAM, 0.1, 0, 1000, 1e-6}, {ADAMW, 0.02, 0, 600, 1e-3}, {RMSPROP, 0.003, 0, 1500, 1e-2}, {SGD, 0.3, 0.9, 2000, 1e-4}
    };
    int i, k;
    for (i = 0; i < 4; i++) {
        lstmfc_error err = {0};
        lstmfc_optimizer_desc desc;
        lstmfc_loss_desc bce = {LSTMFC_LOSS_BCE, 0, {0}};
        lstmfc_optimizer *optimizer;
        lstmfc_gradients *g;
        lstmfc_real y[8];
        lstmfc_rng rng;
        network net;
        double loss = 1;
        if (!network_make(&net, "lstm 8 | dense 1 sigmoid", 8, 5, 2)) return;
        lstmfc_rng_seed(&rng, 5);
        for (k = 0; k < 80; k++) net.rows[k] = (lstmfc_real)lstmfc_rng_normal(&rng);
        for (k = 0; k < 8; k++) y[k] = (lstmfc_real)(k % 2);
        net.batch.targets = y;
        memset(&desc, 0, sizeof desc);
        desc.optimizer = runs[i].optimizer; desc.lr = runs[i].lr; desc.momentum = runs[i].momentum;
        if (i == 0) bce.loss = LSTMFC_LOSS_MSE;                 /* on the probability, through the sigmoid */
        g = lstmfc_gradients_create(net.model, 8, &err);
        optimizer = lstmfc_optimizer_create(net.model, &desc, &err);
        for (k = 0; k < runs[i].steps; k++) {
            lstmfc_gradients_compute(g, net.model, &net.batch, &bce, NULL, 1, &loss, NULL, NULL, &err);
            lstmfc_optimizer_step(optimizer, net.model, g, 0, NULL, &err);
        }
        CHECK_INT(err.code, 0);
        if (!CHECK(loss < runs[i].goal)) printf("    rule %d: loss %g\n", i, loss);
        lstmfc_optimizer_free(optimizer);
        lstmfc_gradients_free(g);
        network_free(&net);
    }
}

static lstmfc_result life(const lstmfc_env *env, void *context) {
    lstmfc_error err = {0};
    lstmfc_model_desc desc;
    lstmfc_model *model;
    lstmfc_optimizer *optimizer;
    (void)context;
    memset(&desc, 0, sizeof desc);
    desc.spec = "lstm 3 | dense 1"; desc.env = env;
    model = lstmfc_model_create(&desc, &err);
    optimizer = model ? lstmfc_optimizer_create(model, NULL, &err) : NULL;
    lstmfc_optimizer_free(optimizer);
    lstmfc_model_free(model);
    return err.code;
}

TEST(errors_and_memory) {
    lstmfc_error err = {0};
    lstmfc_gradients *g;
    lstmfc_optimizer *optimizer;
    lstmfc_optimizer_desc desc;
    network net, other;
    one_weight_network(&net, &g, &err);
    network_make(&other, "last | dense 3", 1, 1, 1);
    optimizer = lstmfc_optimizer_create(other.model, NULL, &err);
    CHECK_INT(lstmfc_optimizer_step(optimizer, net.model, g, 0, NULL, &err), LSTMFC_ERROR_SHAPE);
    CHECK_INT(lstmfc_optimizer_step(optimizer, other.model, g, 0, NULL, &err), LSTMFC_ERROR_SHAPE);
    memset(&err, 0, sizeof err);
    CHECK_INT(lstmfc_optimizer_step(NULL, other.model, g, 0, NULL, &err), LSTMFC_ERROR_ARGUMENT);
    memset(&desc, 0, sizeof desc);
    desc.lr = -3;
    CHECK(lstmfc_optimizer_create(net.model, &desc, &err) == NULL);
    CHECK_INT(err.code, LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "lr");
    torture("optimizer", life, NULL);
    lstmfc_optimizer_free(optimizer);
    lstmfc_gradients_free(g);
    network_free(&net);
    network_free(&other);
}

int main(void) {
    RUN(torch_adam);
    RUN(torch_adam_l2);
    RUN(torch_adam_recurrent_l2);
    RUN(torch_adam_clip_value);
    RUN(torch_sgd);
    RUN(torch_sgd_both_clips);
    RUN(torch_momentum);
    RUN(torch_rmsprop);
    RUN(torch_adamw);
    RUN(keras_adam_last);
    RUN(keras_adam_sequence);
    RUN(plateau_traces);
    RUN(stopping_traces);
    RUN(schedules_off);
    RUN(clipping);
    RUN(first_step_of_adam);
    RUN(frozen_and_not_finite);
    RUN(moments_never_become_denormal);
    RUN(resume);
    RUN(overfits_to_nothing);
    RUN(errors_and_memory);
    return test_end();
}

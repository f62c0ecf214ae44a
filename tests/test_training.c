// also: double native
/* Chapter 17: the trainer and its checkpoints. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "network.h"

enum { ROWS = 120, INPUTS = 3, WINDOW = 5, SAMPLES = ROWS - WINDOW };

/* A learnable question with one answer per window: is a sum of two of its values positive? */
typedef struct problem {
    lstmfc_real rows[ROWS * INPUTS], targets[2 * SAMPLES], weights[SAMPLES];
    lstmfc_batch train, validation;
    int64_t late[SAMPLES];
} problem;

static void make_problem(problem *p, size_t train, size_t validation, int regression) {
    lstmfc_rng rng;
    size_t i;
    memset(p, 0, sizeof *p);
    lstmfc_rng_seed(&rng, 5);
    for (i = 0; i < ROWS * INPUTS; i++) p->rows[i] = (lstmfc_real)lstmfc_rng_normal(&rng);
    for (i = 0; i < SAMPLES; i++) {
        lstmfc_real x = p->rows[(i + 4) * INPUTS] + p->rows[(i + 2) * INPUTS + 1];
        p->targets[i] = regression ? x * (lstmfc_real)0.5 : (lstmfc_real)(x > 0);
        p->weights[i] = (lstmfc_real)(0.5 + 0.1 * (double)(i % 7));
        p->late[i] = (int64_t)(train + i);
    }
    p->train.rows = p->rows;
    p->train.row_count = ROWS;
    p->train.row_stride = INPUTS;
    p->train.count = train;
    p->train.window = WINDOW;
    p->train.targets = p->targets;
    p->validation = p->train;
    p->validation.first_row = p->late;
    p->validation.count = validation;
    p->validation.targets = p->targets + train;
}

static lstmfc_model *make_model(const char *spec, const lstmfc_env *env, lstmfc_error *err) {
    lstmfc_model_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.spec = spec;
    desc.inputs = INPUTS;
    desc.window = WINDOW;
    desc.seed = 3;
    desc.env = env;
    return lstmfc_model_create(&desc, err);
}

static lstmfc_training_desc make_desc(void) {
    lstmfc_training_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.epochs = 4;
    desc.batch = 16;
    desc.optimizer.lr = 0.01;
    return desc;
}

/* Every weight and statistic, and the history, as one hash. */
static uint64_t state_of(const lstmfc_model *model, const lstmfc_trainer *trainer) {
    uint64_t hash = 0, bits;
    int32_t i, count, best;
    size_t k;
    const lstmfc_epoch *history = lstmfc_trainer_history(trainer, &count, &best);
    for (i = 0; i < lstmfc_model_tensors(model); i++) {
        lstmfc_tensor tensor;
        lstmfc_model_tensor(model, i, &tensor);
        for (k = 0; k < tensor.count; k++) {
            double x = (double)tensor.data[k];
            memcpy(&bits, &x, sizeof bits);
            hash = lstmfc_hash(hash, bits);
        }
    }
    for (i = 0; i < count; i++) {
        lstmfc_epoch epoch = history[i];
        const char *name;
        double *x;
        for (k = 0; (x = lstmfc__trainer_epoch_member(&epoch, (int32_t)k, &name)) != NULL; k++) { memcpy(&bits, x, sizeof bits); hash = lstmfc_hash(hash, bits); }
    }
    return lstmfc_hash(hash, (uint64_t)best);
}

static lstmfc_result run(lstmfc_trainer *t, int64_t step, lstmfc_error *err) {
    lstmfc_result result;
    do result = lstmfc_trainer_step(t, step, err); while (result == LSTMFC_OK);
    return result;
}

static const char *const networks[] = {
    "lstm 6 dropout=0.2 recurrent_dropout=0.1 | dense 1 sigmoid",
    "batchnorm | lstm 5 l2=0.01 | batchnorm | dropout 0.3 | dense 4 relu | dense 1 sigmoid",
    "lstm 4 | variational_dropout 0.2 | lstm 3 | layernorm | dense 1",
    "gru 5 dropout=0.2 recurrent_dropout=0.1 | gru 3 | dense 1",
    "lstm 5 | dropout 0.2 | attention 3 l2=0.01 | dense 1",
    "bilstm 4 dropout=0.2 recurrent_dropout=0.1 | bigru 3 | dense 1"
};

TEST(pausing_changes_nothing) {
    static const int64_t steps[] = {0, 1, 3, 1000000};
    static problem p;
    size_t n, s;
    make_problem(&p, 70, 30, 0);
    for (n = 0; n < sizeof networks / sizeof networks[0]; n++) {
        uint64_t first = 0;
        for (s = 0; s < sizeof steps / sizeof steps[0]; s++) {
            lstmfc_error err = {0, 0, 0, 0, ""};
            lstmfc_training_desc desc = make_desc();
            lstmfc_model *model = make_model(networks[n], NULL, &err);
            lstmfc_trainer *trainer;
            uint64_t state;
            desc.shuffle = (int32_t)(n == 2 ? 1 : 0);
            trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
            if (!CHECK(trainer != NULL)) { printf("    %s\n", err.message); lstmfc_model_free(model); return; }
            CHECK_INT(run(trainer, steps[s], &err), LSTMFC_DONE);
            CHECK_INT(lstmfc_trainer_step(trainer, 0, &err), LSTMFC_DONE);
            state = state_of(model, trainer);
            if (!s) first = state;
            CHECK(state == first);
            CHECK_INT(err.code, 0);
            lstmfc_trainer_free(trainer);
            lstmfc_model_free(model);
        }
    }
}

/* A checkpoint after every batch: a new process that reads it ends with the same bits. */
TEST(resume_is_exact) {
    static problem p;
    size_t n;
    make_problem(&p, 70, 30, 0);
    for (n = 0; n < sizeof networks / sizeof networks[0]; n++) {
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model = make_model(networks[n], NULL, &err), *other;
        lstmfc_trainer *trainer, *resumed;
        lstmfc_writer w, w2;
        uint64_t expected;
        int32_t k, done = 0;
        desc.patience = 2;
        desc.plateau = 1;
        desc.monitor = (int32_t)(n & 1);
        if (n == 0) { desc.optimizer.optimizer = LSTMFC_OPTIMIZER_SGD; desc.optimizer.momentum = 0.9; }
        if (n == 1) p.train.weights = p.weights;
        if (n == 2) { desc.optimizer.lr = 1e-9; desc.plateau = 2; desc.patience = 3; }      /* nothing improves: waiting counts */
        if (n == 3) { desc.schedule = LSTMFC_SCHEDULE_COSINE; desc.warmup = 1; }
        if (n == 1) { desc.schedule = LSTMFC_SCHEDULE_STEP; desc.schedule_every = 2; }
        trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
        CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
        expected = state_of(model, trainer);
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(model);

        for (k = 0; !done && k < 100; k++) {
            lstmfc_json *json;
            model = make_model(networks[n], NULL, &err);
            trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
            if (k) done = lstmfc_trainer_step(trainer, k, &err) == LSTMFC_DONE;
            lstmfc_writer_init(&w, NULL);
            w.indent = k & 1;
            lstmfc_trainer_write(trainer, &w, NULL);
            CHECK_OK(lstmfc_writer_result(&w, &err), err);
            other = make_model(networks[n], NULL, &err);
            resumed = lstmfc_trainer_create(other, &p.train, &p.validation, &desc, &err);
            json = lstmfc_json_parse(w.text, w.length, NULL, &err);
            CHECK_OK(lstmfc_trainer_read(resumed, json, 0, &err), err);
            lstmfc_writer_init(&w2, NULL);
            w2.indent = k & 1;
            lstmfc_trainer_write(resumed, &w2, NULL);
            CHECK(w.length == w2.length && memcmp(w.text, w2.text, w.length) == 0);
            CHECK_INT(run(resumed, 2, &err), LSTMFC_DONE);
            if (!CHECK(state_of(other, resumed) == expected)) printf("    network %d, checkpoint after %d batches\n", (int)n, k);
            lstmfc_json_free(json);
            lstmfc_writer_free(&w);
            lstmfc_writer_free(&w2);
            lstmfc_trainer_free(trainer);
            lstmfc_trainer_free(resumed);
            lstmfc_model_free(model);
            lstmfc_model_free(other);
        }
        CHECK(done && k > 5);
    }
}

TEST(steps_allocate_nothing) {
    static problem p;
    size_t n;
    make_problem(&p, 70, 30, 0);
    for (n = 0; n < sizeof networks / sizeof networks[0]; n++) {
        test_allocator a;
        lstmfc_env env = test_env(&a);
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model = make_model(networks[n], &env, &err);
        lstmfc_trainer *trainer;
        long long before;
        desc.env = &env;
        trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
        before = a.allocations;
        CHECK(before > 0);
        CHECK_INT(run(trainer, 1, &err), LSTMFC_DONE);
        CHECK_INT(a.allocations, before);
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(model);
        CHECK_INT(a.live, 0);
        CHECK_INT(a.wrong_sizes, 0);
    }
}

/* An arena of just _bytes is enough, and not much of it is left. */
TEST(bytes) {
    static problem p;
    size_t n;
    for (n = 0; n < 2 * (sizeof networks / sizeof networks[0]); n++) {
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model = make_model(networks[n / 2], NULL, &err);
        lstmfc_trainer *trainer;
        lstmfc_arena arena;
        lstmfc_env env;
        unsigned char *buffer;
        size_t bytes;
        make_problem(&p, 70, n & 1 ? 30 : 0, 0);
        p.train.weights = p.weights;
        bytes = lstmfc_trainer_bytes(model, &p.train, n & 1 ? &p.validation : NULL, &desc, &err);
        buffer = (unsigned char *)malloc(bytes + 1) + 1;        /* badly aligned on purpose */
        memset(&env, 0, sizeof env);
        lstmfc_arena_init(&arena, buffer, bytes);
        env.allocator = lstmfc_arena_allocator(&arena);
        desc.env = &env;
        model->env = lstmfc__env_fill(&env);                    /* so that everything comes from the arena */
        trainer = lstmfc_trainer_create(model, &p.train, n & 1 ? &p.validation : NULL, &desc, &err);
        if (!CHECK(trainer != NULL)) printf("    %s\n", err.message);
        CHECK(arena.peak + 512 > bytes);
        if (trainer) CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
        lstmfc_trainer_free(trainer);
        model->env = lstmfc__env_fill(NULL);
        lstmfc_model_free(model);
        free(buffer - 1);
    }
}

static lstmfc_trainer *with(lstmfc_model *model, problem *p, size_t train, int32_t batch, int32_t shuffle, int64_t seed) {
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_training_desc desc = make_desc();
    lstmfc_trainer *trainer;
    p->train.count = train;
    desc.batch = batch;
    desc.shuffle = shuffle;
    desc.seed = seed;
    trainer = lstmfc_trainer_create(model, &p->train, NULL, &desc, &err);
    if (!CHECK(trainer != NULL)) printf("    %s\n", err.message);
    return trainer;
}

/* Runs of consecutive samples in the order of one epoch; -1 = not a permutation. */
static int longest_run(const lstmfc_trainer *t) {
    unsigned char seen[SAMPLES] = {0};
    size_t i, n = t->train.count;
    int run_length = 0, longest = 0;
    for (i = 0; i < n; i++) {
        if (t->order[i] < 0 || (size_t)t->order[i] >= n || seen[t->order[i]]++) return -1;
        run_length = i && t->order[i] == t->order[i - 1] + 1 ? run_length + 1 : 1;
        if (run_length > longest) longest = run_length;
    }
    return longest;
}

TEST(order_and_batches) {
    static problem p;
    static const int plain[][4] = { {100, 32, 4, 32}, {96, 32, 3, 32}, {10, 32, 1, 10}, {1, 32, 1, 1}, {33, 32, 2, 32}, {5, 1, 5, 1} };
    static const int normed[][4] = { {100, 32, 3, 36}, {103, 32, 3, 39}, {104, 32, 4, 32}, {10, 32, 1, 10}, {33, 32, 1, 33}, {7, 4, 2, 4}, {5, 4, 2, 4}, {65, 8, 8, 9} };
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_model *model = make_model("lstm 2 | dense 1", NULL, &err), *norm = make_model("lstm 2 | batchnorm | dense 1", NULL, &err);
    lstmfc_trainer *t, *t2;
    size_t i;
    int64_t first[SAMPLES];
    int run_length;
    make_problem(&p, 100, 0, 1);
    for (i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        t = with(model, &p, (size_t)plain[i][0], plain[i][1], 0, 0);
        CHECK_INT(t->batches, plain[i][2]);
        CHECK_INT(t->largest, plain[i][3]);
        lstmfc_trainer_free(t);
    }
    for (i = 0; i < sizeof normed / sizeof normed[0]; i++) {
        t = with(norm, &p, (size_t)normed[i][0], normed[i][1], 0, 0);
        if (!(CHECK_INT(t->batches, normed[i][2]) & CHECK_INT(t->largest, normed[i][3]))) printf("    case %d\n", (int)i);
        lstmfc_trainer_free(t);
    }
    t = with(model, &p, 100, 32, 0, 1);
    lstmfc__trainer_order(t, 1);
    CHECK(longest_run(t) >= 1 && longest_run(t) < 8);
    memcpy(first, t->order, 100 * sizeof *first);
    lstmfc__trainer_order(t, 2);
    CHECK(longest_run(t) >= 1);
    CHECK(memcmp(first, t->order, 100 * sizeof *first) != 0);
    lstmfc__trainer_order(t, 1);
    CHECK(memcmp(first, t->order, 100 * sizeof *first) == 0);
    t2 = with(model, &p, 100, 16, 0, 1);                /* neither the batch size nor the network changes the order */
    lstmfc__trainer_order(t2, 1);
    CHECK(memcmp(first, t2->order, 100 * sizeof *first) == 0);
    lstmfc_trainer_free(t2);
    t2 = with(model, &p, 100, 32, 0, 2);
    lstmfc__trainer_order(t2, 1);
    CHECK(memcmp(first, t2->order, 100 * sizeof *first) != 0);
    lstmfc_trainer_free(t2);
    lstmfc_trainer_free(t);
    t = with(model, &p, 100, 32, 0, 1);                 /* and training takes it: the fifth of four batches is of the second epoch */
    CHECK_INT(lstmfc_trainer_step(t, 5, NULL), LSTMFC_OK);
    memcpy(first, t->order, 100 * sizeof *first);
    lstmfc__trainer_order(t, 2);
    CHECK(memcmp(first, t->order, 100 * sizeof *first) == 0);
    lstmfc_trainer_free(t);

    t = with(model, &p, 100, 32, 2, 1);
    lstmfc__trainer_order(t, 3);
    CHECK_INT(longest_run(t), 100);
    lstmfc_trainer_free(t);
    t = with(norm, &p, 100, 32, 1, 1);                  /* runs of 32/8 windows; two may meet by chance, not twenty */
    CHECK_INT(t->block, 4);
    for (i = 1; i < 30; i++) {
        lstmfc__trainer_order(t, (int32_t)i);
        run_length = longest_run(t);
        CHECK(run_length >= 4 && run_length <= 12);
    }
    lstmfc_trainer_free(t);
    t = with(model, &p, 3, 32, 1, 1);                   /* an offset beyond the samples */
    for (i = 1; i < 30; i++) { lstmfc__trainer_order(t, (int32_t)i); CHECK(longest_run(t) >= 1); }
    lstmfc_trainer_free(t);
    t = with(norm, &p, 50, 4, 1, 1);
    CHECK_INT(t->block, 1);
    lstmfc_trainer_free(t);
    lstmfc_model_free(model);
    lstmfc_model_free(norm);
}

/* Losses, weights, penalty, accuracy and AUC of an epoch in which the weights hardly move, against sums written out here. */
TEST(figures_of_an_epoch) {
    static problem p;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_training_desc desc = make_desc();
    lstmfc_model *model = make_model("lstm 6 l2=0.5 | dense 1 sigmoid l2=0.25", NULL, &err);
    lstmfc_scratch *scratch = lstmfc_scratch_create(model, 100, &err);
    lstmfc_trainer *trainer;
    lstmfc_real logits[SAMPLES];
    const lstmfc_epoch *e;
    double sum = 0, weight = 0, penalty = 0, pairs = 0, wins = 0;
    int32_t count, best, i, k, correct = 0;
    make_problem(&p, 70, 30, 0);
    p.train.weights = p.weights;
    p.validation.weights = p.weights + 3;
    desc.epochs = 1;
    desc.optimizer.optimizer = LSTMFC_OPTIMIZER_SGD;
    desc.optimizer.lr = 1e-30;
    lstmfc_model_predict_raw(model, scratch, &p.train, logits, &err);
    for (i = 0; i < 70; i++) {
        double z = (double)logits[i], y = (double)p.targets[i], w = (double)p.weights[i];
        sum += w * (log1p(exp(z)) - y * z);
        weight += w;
        correct += (z > 0) == (y > 0.5);
        for (k = 0; k < 70; k++)
            if (y > 0.5 && (double)p.targets[k] < 0.5) { pairs++; wins += logits[i] > logits[k] ? 1 : logits[i] == logits[k] ? 0.5 : 0; }
    }
    for (i = 0; i < lstmfc_model_tensors(model); i++) {
        lstmfc_tensor tensor;
        lstmfc_model_tensor(model, i, &tensor);
        if (!strstr(tensor.name, ".kernel")) continue;
        for (k = 0; k < (int32_t)tensor.count; k++) penalty += (i ? 0.25 : 0.5) * (double)tensor.data[k] * (double)tensor.data[k];
    }
    trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
    CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
    e = lstmfc_trainer_history(trainer, &count, &best);
    CHECK(count == 1 && best == 1 && e->epoch == 1);
    CHECK_NEAR(e->loss, sum / weight, 1e-6);
    CHECK_NEAR(e->penalty, penalty, 1e-6);
    CHECK_NEAR(e->accuracy, correct / 70.0, 1e-12);
    CHECK_NEAR(e->auc, wins / pairs, 1e-12);
    CHECK(e->lr == 1e-30 && e->norm > 0);
    sum = weight = pairs = wins = 0;
    correct = 0;
    lstmfc_model_predict_raw(model, scratch, &p.validation, logits, &err);
    for (i = 0; i < 30; i++) {
        double z = (double)logits[i], y = (double)p.validation.targets[i], w = (double)p.validation.weights[i];
        sum += w * (log1p(exp(z)) - y * z);
        weight += w;
        correct += (z > 0) == (y > 0.5);
        for (k = 0; k < 30; k++)
            if (y > 0.5 && (double)p.validation.targets[k] < 0.5) { pairs++; wins += logits[i] > logits[k] ? 1 : logits[i] == logits[k] ? 0.5 : 0; }
    }
    CHECK_NEAR(e->val_loss, sum / weight, 1e-6);
    CHECK_NEAR(e->val_accuracy, correct / 30.0, 1e-12);
    CHECK_NEAR(e->val_auc, wins / pairs, 1e-12);
    lstmfc_trainer_free(trainer);

    desc.loss = LSTMFC_LOSS_MAE;        /* the head's probabilities themselves; no accuracy */
    p.train.weights = NULL;
    trainer = lstmfc_trainer_create(model, &p.train, NULL, &desc, &err);
    CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
    e = lstmfc_trainer_history(trainer, &count, &best);
    lstmfc_model_predict(model, scratch, &p.train, logits, &err);
    for (sum = 0, i = 0; i < 70; i++) sum += fabs((double)logits[i] - (double)p.targets[i]);
    CHECK_NEAR(e->loss, sum / 70, 1e-6);
    CHECK(lstmfc_is_nan(e->val_loss) && lstmfc_is_nan(e->accuracy) && lstmfc_is_nan(e->auc) && lstmfc_is_nan(e->val_auc));
    lstmfc_trainer_free(trainer);
    lstmfc_scratch_free(scratch);
    lstmfc_model_free(model);
}

/* Every batch and every epoch has its own masks; sums start anew with each epoch. All samples are one and the same here, and the
   weights stand still, so that only masks can make a difference. */
TEST(masks_and_sums) {
    static problem p;
    static int64_t zeros[SAMPLES];
    int32_t dropout, i;
    for (dropout = 0; dropout < 2; dropout++) {
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model = make_model(dropout ? "lstm 8 | dropout 0.5 | dense 1" : "lstm 8 | dense 1", NULL, &err);
        lstmfc_trainer *trainer;
        const lstmfc_epoch *h;
        double losses[4];
        make_problem(&p, 64, 0, 1);
        p.train.first_row = zeros;
        for (i = 0; i < SAMPLES; i++) p.targets[i] = 1;
        desc.epochs = 2;
        desc.batch = 32;
        desc.shuffle = LSTMFC_SHUFFLE_NONE;
        desc.optimizer.optimizer = LSTMFC_OPTIMIZER_SGD;
        desc.optimizer.lr = 1e-30;
        trainer = lstmfc_trainer_create(model, &p.train, NULL, &desc, &err);
        lstmfc_trainer_step(trainer, 1, &err);
        losses[0] = trainer->now.loss_sum / 32;
        lstmfc_trainer_step(trainer, 1, &err);
        h = lstmfc_trainer_history(trainer, NULL, NULL);
        losses[1] = 2 * h[0].loss - losses[0];
        lstmfc_trainer_step(trainer, 1, &err);
        losses[2] = trainer->now.loss_sum / 32;
        lstmfc_trainer_step(trainer, 1, &err);
        losses[3] = 2 * h[1].loss - losses[2];
        for (i = 1; i < 4; i++)
            if (dropout) CHECK(fabs(losses[i] - losses[0]) > 1e-4 * losses[0]);
            else CHECK_NEAR(losses[i], losses[0], 1e-6);
        if (dropout) CHECK(fabs(losses[3] - losses[1]) > 1e-4 * losses[1]);
        else { CHECK_NEAR(h[0].norm, h[1].norm, 1e-6); CHECK(h[0].norm > 0); }
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(model);
    }
}

/* Only the proportions of weights count, and weight 0 is absence. */
TEST(weights_are_relative) {
    static problem p;
    int32_t scaled;
    uint64_t states[2] = {0, 0};
    make_problem(&p, 64, 30, 0);
    for (scaled = 0; scaled < 2; scaled++) {
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model = make_model(networks[1], NULL, &err);
        lstmfc_trainer *trainer;
        size_t i;
        for (i = 0; i < SAMPLES; i++) p.weights[i] = (lstmfc_real)((scaled ? 8 : 1) * (1 + (int)(i % 3)));
        p.train.weights = p.weights;
        p.validation.weights = p.weights;
        trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
        CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
        states[scaled] = state_of(model, trainer);
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(model);
    }
    CHECK(states[0] == states[1]);
}

/* Early stopping and plateau, followed by hand through the recorded losses. */
TEST(stopping_and_plateau) {
    static problem p;
    int32_t torch;
    make_problem(&p, 60, 30, 0);
    for (torch = 0; torch < 2; torch++) {
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model = make_model("lstm 8 l2=0.001 | dense 1 sigmoid", NULL, &err);
        lstmfc_scratch *scratch = lstmfc_scratch_create(model, 30, &err);
        lstmfc_trainer *trainer;
        lstmfc_loss_desc loss = {LSTMFC_LOSS_BCE, 0, {0}};
        lstmfc_real logits[30];
        const lstmfc_epoch *h;
        double lowest = 0, plateau = 0, lr;
        int32_t count, best, i, kept = 0, wait = 0, bad = 0, cuts = 0;
        desc.epochs = 200;
        desc.patience = 6;
        desc.min_delta = 0.001;
        desc.plateau = 2;
        desc.plateau_factor = 0.3;
        desc.plateau_rule = torch;
        desc.monitor = torch;
        desc.optimizer.lr = lr = 0.03;
        trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
        CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
        h = lstmfc_trainer_history(trainer, &count, &best);
        for (i = 0; i < count; i++) {
            double v = h[i].val_loss + (torch ? h[i].penalty : 0);
            CHECK(h[i].lr == lr);
            if (i == 0 || v < lowest - 0.001) { lowest = v; kept = i + 1; wait = 0; } else wait++;
            if (i == 0 || v < (torch ? plateau * (1 - 1e-4) : plateau - 1e-4)) { plateau = v; bad = 0; }
            else if (++bad == (torch ? 3 : 2)) { lr *= 0.3; bad = 0; cuts++; }
            CHECK((wait >= 6) == (i == count - 1));
        }
        CHECK(count > 8 && count < 200 && cuts > 0);
        CHECK_INT(best, kept);
        CHECK(best < count);
        lstmfc_model_predict_raw(model, scratch, &p.validation, logits, &err);      /* the best weights are back */
        CHECK_NEAR(lstmfc_loss(&loss, 30, 1, logits, p.validation.targets, NULL), h[best - 1].val_loss, 1e-12);
        lstmfc_scratch_free(scratch);
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(model);
    }
}

#define LEARNING "torch_learning.txt"

/* A network that sees nothing of use learns the distribution of the targets: quantiles that the right share lies below, their mean and deviation. Resumed
   with other quantiles it is another training. */
TEST(learns_a_distribution) {
    static problem p;
    int32_t gaussian;
    size_t i, j;
    for (gaussian = 0; gaussian < 2; gaussian++) {
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model = make_model(gaussian ? "flatten | dense 2" : "flatten | dense 3", NULL, &err);
        lstmfc_scratch *scratch = lstmfc_scratch_create(model, 1, &err);
        lstmfc_trainer *trainer, *other;
        lstmfc_writer w;
        lstmfc_json *json;
        lstmfc_real out[3];
        int below[3] = {0, 0, 0};
        make_problem(&p, 100, 0, 1);
        memset(p.rows, 0, sizeof p.rows);
        for (i = 0; i < 100; i++) p.targets[i] = (lstmfc_real)((double)((i * 37) % 100) * 0.02 + 1.01);     /* 1.01 .. 2.99: mean 2, deviation 0.577 */
        desc.loss = gaussian ? LSTMFC_LOSS_GAUSSIAN : LSTMFC_LOSS_PINBALL;
        desc.quantiles[0] = 0.1; desc.quantiles[1] = 0.5; desc.quantiles[2] = 0.75;
        desc.epochs = 400; desc.batch = 100; desc.schedule = LSTMFC_SCHEDULE_COSINE; desc.optimizer.lr = 0.05;
        trainer = lstmfc_trainer_create(model, &p.train, NULL, &desc, &err);
        if (!CHECK(trainer != NULL)) { printf("    %s\n", err.message); return; }
        CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
        p.train.count = 1;
        CHECK_OK(lstmfc_model_predict(model, scratch, &p.train, out, &err), err);
        p.train.count = 100;
        if (gaussian) {
            CHECK_NEAR((double)out[0], 2.0, 0.01);
            CHECK_NEAR(sqrt(log(1 + exp((double)out[1]))), 0.57733, 0.01);
        } else {
            for (i = 0; i < 100; i++) for (j = 0; j < 3; j++) below[j] += p.targets[i] < out[j];
            CHECK(abs(below[0] - 10) <= 1 && abs(below[1] - 50) <= 1 && abs(below[2] - 75) <= 1);
        }
        lstmfc_writer_init(&w, NULL);
        lstmfc_trainer_write(trainer, &w, NULL);
        json = lstmfc_json_parse(w.text, w.length, NULL, &err);
        desc.quantiles[0] = 0.2;
        other = lstmfc_trainer_create(model, &p.train, NULL, &desc, &err);
        CHECK_INT(lstmfc_trainer_read(other, json, 0, &err), gaussian ? LSTMFC_OK : LSTMFC_ERROR_ARGUMENT);
        lstmfc_json_free(json);
        lstmfc_writer_free(&w);
        lstmfc_trainer_free(other); lstmfc_trainer_free(trainer);
        lstmfc_scratch_free(scratch); lstmfc_model_free(model);
    }
}

/* The rates of PyTorch's schedules, epoch by epoch, by the formula and as a training has them; what plateau cuts is multiplied by them. */
TEST(schedules) {
    static const struct { const char *name; int32_t kind, every, warmup; double factor, floor; } cases[] = {
        {"cosine", LSTMFC_SCHEDULE_COSINE, 0, 0, 0, 0},        {"cosine_floor", LSTMFC_SCHEDULE_COSINE, 0, 0, 0, 0.1},
        {"step", LSTMFC_SCHEDULE_STEP, 3, 0, 0.3, 0},          {"exponential", LSTMFC_SCHEDULE_EXPONENTIAL, 1, 0, 0.85, 0},
        {"warmup", LSTMFC_SCHEDULE_NONE, 0, 5, 0, 0},          {"warmup_step", LSTMFC_SCHEDULE_STEP, 2, 4, 0.5, 0},
        {"warmup_cosine", LSTMFC_SCHEDULE_COSINE, 0, 3, 0, 0}};
    static problem p;
    size_t k, n, e;
    lstmfc_schedule half = {LSTMFC_SCHEDULE_EXPONENTIAL, 30, 10, 0, 0.5, 0};
    CHECK_NEAR(lstmfc_schedule_factor(&half, 11), 0.5, 1e-15);          /* continuous: half of it every 10 epochs */
    CHECK_NEAR(lstmfc_schedule_factor(&half, 6), 0.70710678118654752, 1e-15);
    make_problem(&p, 40, 20, 0);
    for (k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        const double *must = fixture(LEARNING, joined("schedule", cases[k].name), &n);
        int32_t plateau;
        for (plateau = 0; must && plateau < 2; plateau++) {
            lstmfc_error err = {0, 0, 0, 0, ""};
            lstmfc_training_desc desc = make_desc();
            lstmfc_model *model = make_model("lstm 3 | dense 1 sigmoid", NULL, &err);
            lstmfc_trainer *trainer;
            const lstmfc_epoch *h;
            double cut = 1, best = 0;
            int32_t count = 0, cuts = 0;
            desc.epochs = (int32_t)n;
            desc.patience = LSTMFC_NONE;
            desc.optimizer.lr = 0.02;
            desc.schedule = cases[k].kind; desc.schedule_every = cases[k].every; desc.schedule_factor = cases[k].factor;
            desc.schedule_floor = cases[k].floor; desc.warmup = cases[k].warmup;
            if (plateau) { desc.plateau = 1; desc.optimizer.lr = 0.5; }
            trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
            CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
            h = lstmfc_trainer_history(trainer, &count, NULL);
            CHECK_INT(count, (int32_t)n);
            for (e = 0; e < n && (int32_t)e < count; e++) {
                CHECK_NEAR(h[e].lr, must[e] * (plateau ? 25 * cut : 1), 1e-14);
                if (!e || h[e].val_loss < best - 1e-4) best = h[e].val_loss;
                else { cut *= 0.5; cuts++; }
            }
            CHECK(!plateau || cuts > 0);
            lstmfc_trainer_free(trainer);
            lstmfc_model_free(model);
        }
    }
}

/* A cosine ends with the last epoch: a checkpoint of another number of epochs is another training. Without a schedule it goes on. */
TEST(schedule_and_epochs) {
    static problem p;
    int32_t with;
    make_problem(&p, 40, 20, 0);
    for (with = 0; with < 2; with++) {
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model = make_model(networks[0], NULL, &err);
        lstmfc_trainer *trainer, *longer;
        lstmfc_writer w;
        lstmfc_json *json;
        desc.schedule = with ? LSTMFC_SCHEDULE_COSINE : LSTMFC_SCHEDULE_EXPONENTIAL;
        trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
        lstmfc_trainer_step(trainer, 1, &err);
        lstmfc_writer_init(&w, NULL);
        lstmfc_trainer_write(trainer, &w, NULL);
        CHECK(strstr(w.text, "\"schedule\"") != NULL && !strstr(w.text, "\"warmup\""));     /* what is at its default is not said */
        desc.epochs = 9;
        longer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
        json = lstmfc_json_parse(w.text, w.length, NULL, &err);
        CHECK_INT(lstmfc_trainer_read(longer, json, 0, &err), with ? LSTMFC_ERROR_ARGUMENT : LSTMFC_OK);
        if (with) CHECK(strstr(err.message, "epochs = 4") != NULL);
        lstmfc_trainer_free(longer);
        memset(&err, 0, sizeof err);
        desc.epochs = 4; desc.warmup = 2;                               /* silent in the file, and not silent here */
        longer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
        CHECK_INT(lstmfc_trainer_read(longer, json, 0, &err), LSTMFC_ERROR_ARGUMENT);
        CHECK(strstr(err.message, "warmup = none") != NULL);
        lstmfc_json_free(json);
        lstmfc_writer_free(&w);
        lstmfc_trainer_free(longer);
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(model);
    }
}

/* PyTorch with requires_grad=False for all but the last two layers and its batch norm in eval mode: 12 steps of Adam. */
TEST(frozen_layers) {
    size_t n, e;
    lstmfc_real *x = reals(LEARNING, "frozen.x", &n);
    const double *losses = fixture(LEARNING, "frozen.losses", &n);
    lstmfc_training_desc desc;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_trainer *trainer;
    const lstmfc_epoch *h;
    network net;
    int32_t count, i;
    if (!x || !losses || !network_make(&net, "lstm 4 | batchnorm | dense 5 tanh | dense 1", 8, 5, 3)) return;
    network_weights(&net, LEARNING, "frozen.w", 1);
    network_x(&net, x);
    net.batch.targets = reals(LEARNING, "frozen.y", &n);
    memset(&desc, 0, sizeof desc);
    desc.epochs = 12; desc.batch = 8; desc.shuffle = LSTMFC_SHUFFLE_NONE;
    desc.optimizer.lr = 0.01; desc.optimizer.clip_norm = LSTMFC_NONE;
    CHECK_OK(lstmfc_model_freeze_layers(net.model, "all but last 2", &err), err);
    trainer = lstmfc_trainer_create(net.model, &net.batch, NULL, &desc, &err);
    CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
    h = lstmfc_trainer_history(trainer, &count, NULL);
    for (e = 0; e < 12 && (int32_t)e < count; e++) CHECK_NEAR(h[e].loss, losses[e], NEAR);
    network_compare(&net, LEARNING, "frozen.after", 1, 10 * NEAR);
    lstmfc_trainer_free(trainer);
    for (i = 0; i < lstmfc_model_tensors(net.model); i++) {             /* not by a bit */
        lstmfc_tensor tensor;
        lstmfc_real *before;
        lstmfc_model_tensor(net.model, i, &tensor);
        before = reals(LEARNING, joined("frozen.w", tensor.name), &n);
        CHECK((memcmp(before, tensor.data, n * sizeof *before) == 0) == (tensor.name[0] < '2'));
    }
    network_free(&net);
}

TEST(names_of_layers_to_freeze) {
    static const struct { const char *text, *frozen; } cases[] = {      /* one letter for each layer that learns: lstm batchnorm lstm dense dense */
        {"", "....."}, {"  ", "....."}, {"0", "F...."}, {"0-3", "FFF.."}, {"0, 5", "F..F."}, {"lstm", "F.F.."}, {"lstm 8", "F...."}, {"lstm 8 l2=0.1,batchnorm", "FF..."},
        {"last 2", "...FF"}, {"first 3", "FFF.."}, {"all but last 2", "FFF.."}, {"all but dense 16, dense 1", "FFF.."}, {"all but 5-7", "FFF.."}, {"all but dense", "FFF.."},
        {"all but  3 , last 1", "FF.F."}};
    static const char *const bad[] = {"2", "4", "9", "dense 1,", "den", "dense 161", "lstm 8 ,, 0", "0-", "-1", "1 2", "last", "last 2-3", "last 0", "all but", "first x", "lstm, dense, batchnorm", "0-7", "first 9", "all but 6"};
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_model *model = make_model("lstm 8 l2=0.1 | batchnorm | dropout 0.3 | lstm 4 | dropout 0.2 | dense 16 relu | dropout 0.1 | dense 1 sigmoid", NULL, &err);
    size_t k;
    int32_t i;
    if (!CHECK(model != NULL)) return;
    for (k = 0; k < sizeof cases / sizeof cases[0] + sizeof bad / sizeof bad[0]; k++) {
        const char *text = k < sizeof cases / sizeof cases[0] ? cases[k].text : bad[k - sizeof cases / sizeof cases[0]];
        char is[6] = ".....", last = 0;
        int at = -1, refused = k >= sizeof cases / sizeof cases[0];
        lstmfc_result result;
        lstmfc_model_freeze(model, "", 0);
        if (refused) lstmfc_model_freeze(model, "3.", 1);               /* which must stay so */
        memset(&err, 0, sizeof err);
        result = lstmfc_model_freeze_layers(model, text, &err);
        for (i = 0; i < lstmfc_model_tensors(model); i++) {
            lstmfc_tensor tensor;
            lstmfc_model_tensor(model, i, &tensor);
            if (tensor.name[0] != last) { last = tensor.name[0]; at++; }
            if (at < 5 && tensor.frozen) is[at] = 'F';
        }
        if (!CHECK_INT(result, refused ? LSTMFC_ERROR_SPEC : LSTMFC_OK) || !CHECK(!strcmp(is, refused ? "..F.." : cases[k].frozen)))
            printf("    '%s' gives %s %s\n", text, is, err.message);
    }
    memset(&err, 0, sizeof err);
    CHECK_INT(lstmfc_model_freeze_layers(NULL, "", &err), LSTMFC_ERROR_ARGUMENT);
    lstmfc_model_free(model);
}

/* patience none, and no validation: every epoch is run and the last weights stay. */
TEST(nothing_to_choose_by) {
    static problem p;
    int32_t with_validation;
    uint64_t states[2];
    make_problem(&p, 60, 30, 0);
    for (with_validation = 0; with_validation < 2; with_validation++) {
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model = make_model("lstm 8 | dense 1 sigmoid", NULL, &err);
        lstmfc_trainer *trainer;
        lstmfc_tensor tensor;
        int32_t count, best;
        uint64_t bits;
        double x;
        desc.epochs = 60;
        desc.optimizer.lr = 0.03;
        if (with_validation) desc.patience = LSTMFC_NONE;
        trainer = lstmfc_trainer_create(model, &p.train, with_validation ? &p.validation : NULL, &desc, &err);
        CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
        lstmfc_trainer_history(trainer, &count, &best);
        CHECK(count == 60 && best == 60);
        lstmfc_model_tensor(model, 0, &tensor);
        x = (double)tensor.data[0];
        memcpy(&bits, &x, sizeof bits);
        states[with_validation] = bits;
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(model);
    }
    CHECK(states[0] == states[1]);
}

TEST(loss_goal) {
    static problem p;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_training_desc desc = make_desc();
    lstmfc_model *model = make_model("lstm 8 | dense 1 sigmoid", NULL, &err);
    lstmfc_trainer *trainer;
    const lstmfc_epoch *h;
    int32_t count;
    make_problem(&p, 60, 30, 0);
    desc.epochs = 200;
    desc.loss_goal = 0.5;
    desc.optimizer.lr = 0.02;
    trainer = lstmfc_trainer_create(model, &p.train, NULL, &desc, &err);
    CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
    h = lstmfc_trainer_history(trainer, &count, NULL);
    CHECK(count < 200 && count > 1 && h[count - 1].loss < 0.5 && h[count - 2].loss >= 0.5);
    lstmfc_trainer_free(trainer);
    lstmfc_model_free(model);
}

/* A small network learns a small set by heart. */
TEST(overfits) {
    static problem p;
    int32_t regression;
    for (regression = 0; regression < 2; regression++) {
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model = make_model(regression ? "lstm 16 | dense 1" : "lstm 16 | dense 1 sigmoid", NULL, &err);
        lstmfc_trainer *trainer;
        const lstmfc_epoch *h;
        int32_t count;
        make_problem(&p, 12, 0, regression);
        desc.epochs = 600;
        desc.batch = 12;
        desc.optimizer.lr = 0.02;
        trainer = lstmfc_trainer_create(model, &p.train, NULL, &desc, &err);
        CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
        h = lstmfc_trainer_history(trainer, &count, NULL);
        if (!CHECK(h[count - 1].loss < (regression ? 1e-4 : 2e-3))) printf("    loss %g\n", h[count - 1].loss);
        if (!regression) CHECK(h[count - 1].accuracy == 1 && h[count - 1].auc == 1);
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(model);
    }
}

TEST(same_seed_same_bytes) {
    static problem p;
    uint64_t states[3];
    int32_t k;
    make_problem(&p, 70, 30, 0);
    for (k = 0; k < 3; k++) {
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model = make_model(networks[0], NULL, &err);
        lstmfc_trainer *trainer;
        desc.seed = k == 2 ? 43 : 42;
        trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
        CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
        states[k] = state_of(model, trainer);
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(model);
    }
    CHECK(states[0] == states[1]);
    CHECK(states[0] != states[2]);
}

TEST(diverges) {
    static problem p;
    int32_t late;
    for (late = 0; late < 2; late++) {      /* in the first batch, and after two good epochs */
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model = make_model("lstm 4 | batchnorm | dense 1", NULL, &err), *before = lstmfc_model_clone(model, &err);
        lstmfc_trainer *trainer;
        int32_t count, best, i;
        size_t k;
        make_problem(&p, 70, 30, 1);
        trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
        if (late) { lstmfc_trainer_step(trainer, 0, &err); lstmfc_trainer_step(trainer, 0, &err); lstmfc_model_copy(before, trainer->best, &err); }
        for (k = 0; k < SAMPLES; k++) p.targets[k] = sizeof(lstmfc_real) == 4 ? (lstmfc_real)3e38 : (lstmfc_real)1e300;
        CHECK_INT(run(trainer, 0, &err), LSTMFC_ERROR_DIVERGED);
        lstmfc_trainer_history(trainer, &count, &best);
        CHECK_INT(count, late ? 2 : 0);
        CHECK_HAS(err.message, late ? "training diverged in epoch 3, batch 1 of 5: the " : "training diverged in epoch 1, batch 1 of 5: the ");
        CHECK_HAS(err.message, late ? " is not finite; the weights of epoch " : " is not finite; the weights are those before training");
        CHECK((best > 0) == late);
        for (i = 0; i < lstmfc_model_tensors(model); i++) {
            lstmfc_tensor now, then;
            lstmfc_model_tensor(model, i, &now);
            lstmfc_model_tensor(before, i, &then);
            for (k = 0; k < now.count; k++) CHECK(lstmfc_is_finite((double)now.data[k]));
            CHECK(memcmp(now.data, then.data, now.count * sizeof *now.data) == 0);
        }
        CHECK_INT(lstmfc_trainer_step(trainer, 0, &err), LSTMFC_ERROR_DIVERGED);
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(model);
        lstmfc_model_free(before);
    }
}

/* The validation that follows the last batch diverges: the checkpoint of that moment can be read, and says so. */
TEST(validation_diverges) {
    static problem p;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_training_desc desc = make_desc();
    lstmfc_model *model = make_model("dense 4 | dense 1", NULL, &err), *other = lstmfc_model_clone(model, &err);
    lstmfc_trainer *trainer, *resumed;
    lstmfc_writer writer;
    lstmfc_json *json;
    char *at;
    size_t i;
    make_problem(&p, 70, 30, 1);
    for (i = 90 * INPUTS; i < ROWS * INPUTS; i++)       /* rows that no training window sees */
        p.rows[i] = (i & 1 ? -1 : 1) * (lstmfc_real)(sizeof(lstmfc_real) == 4 ? 3e38 : 1.7e308);
    trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
    resumed = lstmfc_trainer_create(other, &p.train, &p.validation, &desc, &err);
    CHECK_INT(lstmfc_trainer_step(trainer, 0, &err), LSTMFC_ERROR_DIVERGED);
    CHECK_HAS(err.message, "the validation loss is not finite");
    lstmfc_writer_init(&writer, NULL);
    lstmfc_trainer_write(trainer, &writer, NULL);
    json = lstmfc_json_parse(writer.text, writer.length, NULL, &err);
    memset(&err, 0, sizeof err);
    CHECK_OK(lstmfc_trainer_read(resumed, json, 0, &err), err);
    CHECK_INT(lstmfc_trainer_step(resumed, 0, &err), LSTMFC_ERROR_DIVERGED);
    lstmfc_json_free(json);
    at = strstr(writer.text, "\"finished\":-10");         /* as if it had been saved within the validation: it diverges there again */
    if (CHECK(at != NULL)) {
        memcpy(at, "\"finished\":  0", 14);
        json = lstmfc_json_parse(writer.text, writer.length, NULL, &err);
        CHECK_OK(lstmfc_trainer_read(resumed, json, 0, &err), err);
        CHECK_INT(lstmfc_trainer_step(resumed, 1, &err), LSTMFC_OK);
        CHECK_INT(lstmfc_trainer_step(resumed, 1, &err), LSTMFC_ERROR_DIVERGED);
        CHECK_HAS(err.message, "the validation loss is not finite");
        lstmfc_json_free(json);
    }
    lstmfc_writer_free(&writer);
    lstmfc_trainer_free(trainer);
    lstmfc_trainer_free(resumed);
    lstmfc_model_free(model);
    lstmfc_model_free(other);
}

static void count_warning(void *context, const char *message) {
    ++*(int32_t *)context;
    CHECK_HAS(message, "have not settled: 20 batches, but momentum=0.99 needs 300");
}

/* Batch norm after 20 batches: with momentum 0.99 a warning, with 0.8 (3/(1-0.8) = 15 batches) or without it none. */
TEST(unsettled_statistics_warn) {
    static const char *const specs[] = {"lstm 3 | batchnorm | dense 1", "lstm 3 | batchnorm momentum=0.8 | dense 1", "lstm 3 | dense 1"};
    static problem p;
    size_t k;
    make_problem(&p, 70, 30, 1);
    for (k = 0; k < 3; k++) {
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        int32_t warnings = 0;
        lstmfc_env env;
        lstmfc_model *model = make_model(specs[k], NULL, &err);
        lstmfc_trainer *trainer;
        memset(&env, 0, sizeof env);
        env.log = count_warning;
        env.log_context = &warnings;
        desc.env = &env;
        desc.patience = LSTMFC_NONE;                    /* 4 epochs of 5 batches, the last weights stay */
        trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
        CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
        CHECK_INT(warnings, k == 0);
        lstmfc_trainer_free(trainer);
        env.threads = 65;
        CHECK(!lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err));
        CHECK_INT(err.code, LSTMFC_ERROR_LIMIT);
        lstmfc_model_free(model);
    }
}

typedef struct watcher { int32_t calls, epochs, stop_at; int64_t last, total; } watcher;

static int32_t watch(void *context, const lstmfc_epoch *epoch, int64_t done, int64_t total) {
    watcher *w = (watcher *)context;
    w->calls++;
    if (epoch) { w->epochs++; CHECK_INT(epoch->epoch, w->epochs); }
    CHECK_INT(done, w->last + 1);
    w->last = done;
    w->total = total;
    return w->calls == w->stop_at;
}

TEST(progress_and_stop) {
    static problem p;
    int32_t stop;
    uint64_t expected = 0;
    make_problem(&p, 70, 30, 0);
    for (stop = 0; stop <= 20; stop += 5) {         /* 0: never; 5: at the end of an epoch of 5 batches; the last: at the very end */
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model = make_model(networks[0], NULL, &err);
        lstmfc_trainer *trainer;
        watcher w = {0, 0, 0, 0, 0};
        int32_t at = stop && stop < 20 ? stop + (stop == 10 ? 2 : 0) : stop;
        w.stop_at = at;
        desc.progress = watch;
        desc.progress_context = &w;
        trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
        if (at && at < 20) {
            CHECK_INT(run(trainer, 0, &err), LSTMFC_ERROR_STOPPED);
            CHECK_INT(w.calls, at);
            CHECK_HAS(err.message, "training was stopped in epoch");
        }
        CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
        CHECK(w.calls == 20 && w.epochs == 4 && w.total == 20);
        if (!stop) expected = state_of(model, trainer);
        CHECK(state_of(model, trainer) == expected);
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(model);
    }
}

/* What cannot be trained is refused by name. */
static void refused(lstmfc_model *model, const problem *p, const lstmfc_training_desc *desc, lstmfc_result code, const char *part) {
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_trainer *trainer = lstmfc_trainer_create(model, &p->train, p->validation.count ? &p->validation : NULL, desc, &err);
    CHECK(trainer == NULL);
    CHECK_INT(err.code, code);
    CHECK_HAS(err.message, part);
    lstmfc_trainer_free(trainer);
}

static char *checkpoint(lstmfc_trainer *t);
static lstmfc_result take(lstmfc_trainer *t, const char *text, lstmfc_error *err);

/* Three classes by the rank of two values; targets as numbers and as one-hot rows. */
static lstmfc_real numbers[SAMPLES], one_hot[3 * SAMPLES];
static void make_classes(problem *p, size_t train, size_t validation, int rows) {
    size_t i, k;
    make_problem(p, train, validation, 1);
    for (i = 0; i < SAMPLES; i++) {
        numbers[i] = (lstmfc_real)(p->targets[i] > (lstmfc_real)0.3 ? 2 : p->targets[i] > (lstmfc_real)-0.3 ? 1 : 0);
        for (k = 0; k < 3; k++) one_hot[3 * i + k] = numbers[i] == (lstmfc_real)k;
    }
    p->train.targets = rows ? one_hot : numbers;
    p->validation.targets = rows ? one_hot + 3 * train : numbers + train;
    p->train.weights = p->weights;
    p->validation.weights = p->weights + train;
}

/* Which of the two result classes a cap leads to on this machine */
static int is_fused(int32_t level) { return strstr(lstmfc_build_info_at(level), "class fused") != NULL; }

/* Cross-entropy learns what it is asked; class numbers and one-hot rows, any threads, any level of one result class and a resumed run
   give the same bits; the figures are those of the predictions, weighted as for every loss. */
TEST(crossentropy) {
    static const int32_t levels[] = {LSTMFC_SIMD_SCALAR, LSTMFC_SIMD_SSE2, LSTMFC_SIMD_AVX2, LSTMFC_SIMD_AVX512};
    static problem p;
    uint64_t first = 0, of_level[4];
    int32_t variant;
    for (variant = 0; variant < 8; variant++) {         /* classes; rows; 3 threads; resumed; the levels */
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_env env;
        lstmfc_model *model;
        lstmfc_trainer *trainer;
        const lstmfc_epoch *h;
        int32_t count, best;
        memset(&env, 0, sizeof env);
        if (variant >= 4) env.simd = levels[variant - 4];
        model = make_model("lstm 8 | dropout 0.1 | dense 3 softmax", &env, &err);
        make_classes(&p, 70, 30, variant == 1);
        desc.epochs = 25; desc.patience = LSTMFC_NONE; desc.optimizer.lr = 0.03; desc.env = &env;
        desc.loss = variant == 1 ? LSTMFC_LOSS_CROSSENTROPY : LSTMFC_LOSS_CROSSENTROPY_CLASSES;
        desc.threads = variant == 2 && LSTMFC__THREADS ? 3 : 1;
        trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
        if (!CHECK(trainer != NULL)) { printf("    %s\n", err.message); lstmfc_model_free(model); continue; }
        if (variant == 3) {
            lstmfc_model *half = lstmfc_model_clone(model, &err);
            lstmfc_trainer *before = lstmfc_trainer_create(half, &p.train, &p.validation, &desc, &err);
            char *text;
            CHECK_OK(lstmfc_trainer_step(before, 3, &err), err);        /* in the middle of an epoch */
            text = checkpoint(before);
            CHECK_OK(take(trainer, text, &err), err);
            free(text);
            lstmfc_trainer_free(before);
            lstmfc_model_free(half);
        }
        CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
        h = lstmfc_trainer_history(trainer, &count, &best);
        CHECK(h[count - 1].loss < 0.6 * h[0].loss && h[count - 1].accuracy > 0.8 && h[count - 1].accuracy <= 1 && lstmfc_is_nan(h[0].auc));
        if (variant == 0) {
            static lstmfc_real out[3 * SAMPLES];
            double sum = 0, weight = 0;
            int i, right = 0;
            lstmfc_scratch *scratch = lstmfc_scratch_create(model, 8, &err);
            CHECK_OK(lstmfc_model_predict(model, scratch, &p.validation, out, &err), err);
            for (i = 0; i < 30; i++) {
                const lstmfc_real *y = out + 3 * i;
                int of = (int)p.validation.targets[i], likeliest = y[1] > y[0] ? 1 : 0;
                if (y[2] > y[likeliest]) likeliest = 2;
                CHECK_NEAR((double)y[0] + (double)y[1] + (double)y[2], 1, 1e-6);
                sum -= (double)p.validation.weights[i] * log((double)y[of]);
                weight += (double)p.validation.weights[i];
                right += likeliest == of;
            }
            CHECK_NEAR(h[count - 1].val_loss, sum / weight, 1e-5);
            CHECK_NEAR(h[count - 1].val_accuracy, right / 30.0, 1e-12);
            lstmfc_scratch_free(scratch);
        }
        if (variant == 0) first = state_of(model, trainer);
        if (variant > 0 && variant < 4) CHECK(state_of(model, trainer) == first);
        if (variant >= 4) {
            int32_t before;
            of_level[variant - 4] = state_of(model, trainer);
            for (before = 0; before < variant - 4; before++)
                if (is_fused(levels[before]) == is_fused(levels[variant - 4])) CHECK(of_level[before] == of_level[variant - 4]);
        }
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(model);
    }
}

/* A loss on logits over a head that gives none: refused with the text to write, by the trainer and by the gradients. What is written
   then is taken. */
TEST(losses_and_heads) {
    static const struct { const char *spec; int32_t loss; const char *part, *instead; } cases[] = {
        {"lstm 4 | dense 3 softmax", LSTMFC_LOSS_BCE, "ends in 'dense 3 softmax': write there 'dense 3 sigmoid'", "lstm 4 | dense 3 sigmoid"},
        {"lstm 4 | dense 3 tanh", LSTMFC_LOSS_BCE, "write there 'dense 3 sigmoid'", "lstm 4 | dense 3"},
        {"dense 1 sigmoid | flatten", LSTMFC_LOSS_BCE, "ends in 'flatten': add behind it 'dense 5 sigmoid'", "dense 1 sigmoid | flatten | dense 5 sigmoid"},
        {"lstm 3", LSTMFC_LOSS_BCE, "ends in 'lstm 3': add behind it 'dense 3 sigmoid'", "lstm 3 | dense 3 sigmoid"},
        {"dense 1 sigmoid | dropout 0.1 | last", LSTMFC_LOSS_BCE, "ends in 'last'", "dense 1 sigmoid | dropout 0.1 | last | dense 1 sigmoid"},
        {"lstm 4 | dense 3 sigmoid", LSTMFC_LOSS_CROSSENTROPY, "takes the logits of a last layer 'dense 3 softmax' or 'dense 3'", "lstm 4 | dense 3 softmax"},
        {"lstm 4 | dense 3 sigmoid", LSTMFC_LOSS_CROSSENTROPY_CLASSES, "write there 'dense 3 softmax'", "lstm 4 | dense 3"},
        {"lstm 4 | dense 1 sigmoid", LSTMFC_LOSS_CROSSENTROPY, "one output each", "lstm 4 | dense 2 softmax"},
        {"lstm 4 | dense 1 softmax", LSTMFC_LOSS_CROSSENTROPY, "'dense 2 softmax'", "lstm 4 | dense 2 softmax"}
    };
    static problem p;
    static lstmfc_real targets[8 * SAMPLES];
    size_t i, k;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_training_desc desc = make_desc();
        lstmfc_loss_desc loss = {0, 0, {0}};
        lstmfc_model *model = make_model(cases[i].spec, NULL, &err), *mended = make_model(cases[i].instead, NULL, &err);
        lstmfc_gradients *g = lstmfc_gradients_create(model, 70, &err);
        lstmfc_trainer *trainer;
        double value;
        make_problem(&p, 70, 30, 0);
        for (k = 0; k < 8 * SAMPLES; k++) targets[k] = 0;
        for (k = 0; cases[i].loss == LSTMFC_LOSS_CROSSENTROPY && k < 70; k++) targets[k * (size_t)lstmfc_model_outputs(mended)] = 1;
        p.train.targets = targets;
        desc.loss = loss.loss = cases[i].loss;
        CHECK(lstmfc_trainer_create(model, &p.train, NULL, &desc, &err) == NULL && err.code == LSTMFC_ERROR_SPEC);
        CHECK_HAS(err.message, cases[i].part);
        err.code = 0;
        CHECK_INT(lstmfc_gradients_compute(g, model, &p.train, &loss, NULL, 0, &value, NULL, NULL, &err), LSTMFC_ERROR_SPEC);
        CHECK_HAS(err.message, cases[i].part);
        trainer = lstmfc_trainer_create(mended, &p.train, NULL, &desc, &err);
        if (!CHECK(trainer != NULL)) printf("    %s\n", err.message);
        lstmfc_trainer_free(trainer);
        lstmfc_gradients_free(g);
        lstmfc_model_free(model); lstmfc_model_free(mended);
    }
}

/* Targets that cross-entropy cannot take, by sample; auto is bce under a sigmoid and mse elsewhere. */
TEST(targets_of_classes) {
    static problem p;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_training_desc desc = make_desc();
    lstmfc_model *model = make_model("lstm 4 | dense 3 softmax", NULL, &err), *sigmoid = make_model("lstm 4 | dense 1 sigmoid", NULL, &err);
    lstmfc_gradients *g = lstmfc_gradients_create(sigmoid, 70, &err);
    lstmfc_loss_desc loss = {LSTMFC_LOSS_AUTO, 0, {0}};
    double by_auto, by_bce;
    make_classes(&p, 70, 30, 0);
    desc.loss = LSTMFC_LOSS_CROSSENTROPY_CLASSES;
    numbers[6] = 3;                   refused(model, &p, &desc, LSTMFC_ERROR_DATA, "sample 6, 3, is no class number: 0 to 2");
    numbers[6] = (lstmfc_real)0.5;    refused(model, &p, &desc, LSTMFC_ERROR_DATA, "sample 6, 0.5, is no class number");
    numbers[6] = -1;                  refused(model, &p, &desc, LSTMFC_ERROR_DATA, "sample 6, -1, is no class number");
    numbers[6] = (lstmfc_real)lstmfc_nan(); refused(model, &p, &desc, LSTMFC_ERROR_DATA, "sample 6 is not finite");
    make_classes(&p, 70, 30, 1);
    desc.loss = LSTMFC_LOSS_CROSSENTROPY;
    one_hot[3 * 6] = one_hot[3 * 6 + 1] = 1; one_hot[3 * 6 + 2] = 0; refused(model, &p, &desc, LSTMFC_ERROR_DATA, "sample 6 add up to 2");
    one_hot[3 * 6] = 0; one_hot[3 * 6 + 1] = 0;                      refused(model, &p, &desc, LSTMFC_ERROR_DATA, "sample 6 add up to 0");
    one_hot[3 * 6] = 2; one_hot[3 * 6 + 1] = -1;                     refused(model, &p, &desc, LSTMFC_ERROR_DATA, "not in 0..1, as the loss crossentropy");
    make_problem(&p, 70, 30, 0);
    CHECK_OK(lstmfc_gradients_compute(g, sigmoid, &p.train, &loss, NULL, 0, &by_auto, NULL, NULL, &err), err);
    loss.loss = LSTMFC_LOSS_BCE;
    CHECK_OK(lstmfc_gradients_compute(g, sigmoid, &p.train, &loss, NULL, 0, &by_bce, NULL, NULL, &err), err);
    CHECK(by_auto == by_bce);
    lstmfc_gradients_free(g);
    lstmfc_model_free(model); lstmfc_model_free(sigmoid);
}

TEST(bad_arguments) {
    static problem p;
    static int64_t rows[SAMPLES];
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_training_desc desc = make_desc();
    lstmfc_model *model = make_model("lstm 4 | dense 1 sigmoid", NULL, &err);
    lstmfc_trainer *trainer;
#define AGAIN make_problem(&p, 70, 30, 0)
    AGAIN; p.train.count = 0; refused(model, &p, &desc, LSTMFC_ERROR_DATA, "training samples: there are no samples");
    AGAIN; p.train.rows = NULL; refused(model, &p, &desc, LSTMFC_ERROR_ARGUMENT, "NULL");
    AGAIN; p.train.targets = NULL; refused(model, &p, &desc, LSTMFC_ERROR_ARGUMENT, "NULL");
    AGAIN; p.train.window = 4; refused(model, &p, &desc, LSTMFC_ERROR_SHAPE, "training samples: windows of 4 rows, but the model takes 5");
    AGAIN; p.train.row_stride = 2; refused(model, &p, &desc, LSTMFC_ERROR_SHAPE, "rows of 2 columns, but the model takes 3");
    AGAIN; p.train.row_count = 4; refused(model, &p, &desc, LSTMFC_ERROR_SHAPE, "4 rows do not fill one window of 5");
    AGAIN; p.train.count = 117; refused(model, &p, &desc, LSTMFC_ERROR_SHAPE, "sample 116 starts at row 116; with 120 rows and windows of 5 it can be 0 to 115");
    AGAIN; p.train.first_row = rows; rows[3] = -1; refused(model, &p, &desc, LSTMFC_ERROR_SHAPE, "sample 3 starts at row -1"); rows[3] = 0;
    AGAIN; p.validation.first_row = rows; rows[29] = 116; refused(model, &p, &desc, LSTMFC_ERROR_SHAPE, "validation samples: sample 29 starts at row 116"); rows[29] = 0;
    AGAIN; p.targets[7] = (lstmfc_real)lstmfc_nan(); refused(model, &p, &desc, LSTMFC_ERROR_DATA, "training samples: the target of sample 7 is not finite");
    AGAIN; p.targets[77] = 2; refused(model, &p, &desc, LSTMFC_ERROR_DATA, "validation samples: the target of sample 7 is not in 0..1");
    AGAIN; p.rows[20 * INPUTS + 2] = (lstmfc_real)lstmfc_nan(); refused(model, &p, &desc, LSTMFC_ERROR_DATA, "sample 16 sees row 20, which holds a value that is not finite");
    AGAIN; p.train.weights = p.weights; p.weights[5] = -1; refused(model, &p, &desc, LSTMFC_ERROR_DATA, "the weight of sample 5 is negative");
    AGAIN; p.validation.weights = p.weights; memset(p.weights, 0, sizeof p.weights); refused(model, &p, &desc, LSTMFC_ERROR_DATA, "validation samples: every weight is 0");
    AGAIN; desc.threads = 65; refused(model, &p, &desc, LSTMFC_ERROR_ARGUMENT, "threads"); desc.threads = 0;
    AGAIN; desc.epochs = -1; refused(model, &p, &desc, LSTMFC_ERROR_ARGUMENT, "epochs"); desc.epochs = 1;
    AGAIN; desc.optimizer.lr = -1; refused(model, &p, &desc, LSTMFC_ERROR_ARGUMENT, "lr"); desc.optimizer.lr = 0;
    AGAIN; p.rows[119 * INPUTS] = (lstmfc_real)lstmfc_nan(); p.validation.count = 0;         /* a row that no window sees does not matter */
    CHECK((trainer = lstmfc_trainer_create(model, &p.train, NULL, NULL, &err)) != NULL);
    CHECK_INT(lstmfc_trainer_step(trainer, -1, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK(trainer->desc.epochs == 50 && trainer->desc.batch == 32 && trainer->desc.patience == 8 && trainer->now.lr == 0.001);
    lstmfc_trainer_free(trainer);
    AGAIN; p.train.count = 1; p.validation.count = 1; desc.batch = 1000;                    /* ridiculous, and fine */
    CHECK((trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err)) != NULL);
    CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
    CHECK(lstmfc_is_nan(lstmfc_trainer_history(trainer, NULL, NULL)->auc));
    lstmfc_trainer_free(trainer);
    memset(&err, 0, sizeof err);
    CHECK(!lstmfc_trainer_create(NULL, &p.train, NULL, NULL, &err) && err.code == LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_trainer_step(NULL, 0, NULL), LSTMFC_ERROR_ARGUMENT);
    lstmfc_trainer_free(NULL);
    lstmfc_model_free(model);
}

/* ---- checkpoints that do not fit ---- */

static char *checkpoint(lstmfc_trainer *t) {
    lstmfc_writer w;
    char *text;
    lstmfc_writer_init(&w, NULL);
    lstmfc_trainer_write(t, &w, NULL);
    text = (char *)calloc(w.length + 1, 1);
    memcpy(text, w.text, w.length);
    lstmfc_writer_free(&w);
    return text;
}

static lstmfc_result take(lstmfc_trainer *t, const char *text, lstmfc_error *err) {
    lstmfc_json *json = lstmfc_json_parse(text, strlen(text), NULL, err);
    lstmfc_result result = json ? lstmfc_trainer_read(t, json, 0, err) : err->code;
    lstmfc_json_free(json);
    return result;
}

/* text with the first `from` replaced by `to` */
static char *edit(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    char *out;
    if (!CHECK(at != NULL)) { printf("    %s is not in the checkpoint\n", from); at = text; from = ""; }
    out = (char *)calloc(strlen(text) + strlen(to) + 1, 1);
    memcpy(out, text, (size_t)(at - text));
    strcat(out, to);
    strcat(out, at + strlen(from));
    return out;
}

TEST(checkpoints_refused) {
    static problem p;
    static const char *const edits[][3] = {
        {"\"epoch\":2", "\"epoch\":0", "'epoch' must be an integer in 1..5"},
        {"\"epoch\":2", "\"epoch\":2.5", "'epoch' must be an integer"},
        {"\"epoch\":2", "\"epoch\":5", "epoch 5 of 4 in a training that has not ended"},
        {"\"epoch\":2", "\"epoch\":3", "'history' must be an array of 2 epochs"},
        {"\"batch\":2", "\"batch\":6", "'batch' must be an integer in 0..5"},
        {"\"batch\":2", "\"bitch\":2", "'batch' must be an integer"},
        {"\"finished\":0", "\"finished\":-3", "'finished' must be 0, 1 or -10"},
        {"\"best_epoch\":1", "\"best_epoch\":2", "'best_epoch' must be an integer in 0..1"},
        {"\"result_class\":\"", "\"result_class\":\"x", "'result_class' must be \"fused\" or \"unfused\""},
        {"\"steps\":7", "\"steps\":-1", "'steps' must be an integer"},
        {"\"lr\":0.01,\"loss_sum\"", "\"lr\":null,\"loss_sum\"", "'lr' must be a number"},
        {"\"loss_sum\":", "\"loss_sum\":1e999,\"x\":", "'loss_sum' must be a number"},
        {"\"correct\":", "\"correct\":1e9,\"x\":", "'correct' must be an integer in 0..70"},
        {"\"plateau\":{", "\"plateau\":[],\"x\":{", "'plateau' must be an object"},
        {"\"history\":[", "\"history\":[{},", "'history' must be an array of 1 epochs"},
        {"\"scores\":[", "\"scores\":[1,", "'scores' holds 71 values, but 70 are needed"},
        {"\"tensors\":[", "\"tensors\":[{},", "'tensors' must be an array of 5 tensors"},
        {"0.lstm.recurrent", "0.lstm.recurring", "tensor 1 must be '0.lstm.recurrent'"},
        {"\"last\":[", "\"last\":[0,", "'last' holds"},
        {"\"best\":[", "\"best\":[null],\"x\":[", "'best' holds 1 values"},
        {"\"square\":[", "\"square\":[1e39],\"x\":[", "'square' holds"},
        {"\"square\":[", "\"square\":[-", "(square) is negative"},     /* a mean of squares: its root would be NaN in every weight */
        {"\"spec\":\"lstm 4", "\"spec\":\"lstm 5", "it is of another network than"},
        {"\"samples\":\"0x", "\"samples\":\"0y", "'samples' must be an integer"},
        {"\"samples\":\"", "\"samples\":1,\"x\":\"", "it was made with other samples"},
        {"\"batch\":\"16\"", "\"batch\":\"32\"", "it was made with batch = 32, this training has 16"},
        {"\"batch\":\"16\"", "\"batch\":16", "option 'batch' is missing or no text"},
        {"\"beta1\":\"0.9\"", "\"beta1\":\"0.8\"", "it was made with beta1 = 0.8, this training has 0.9"},
        {"{", "[{", "expected"}
    };
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_training_desc desc = make_desc();
    lstmfc_model *model = make_model("lstm 4 | dense 1 sigmoid", NULL, &err), *other = make_model("lstm 4 | dense 1 sigmoid", NULL, &err);
    lstmfc_trainer *trainer, *victim;
    char *good, *text, *before, *after;
    lstmfc_real value;
    size_t i;
    make_problem(&p, 70, 30, 0);
    trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
    lstmfc_trainer_step(trainer, 9, &err);          /* five batches, two of validation, and two into epoch 2 */
    good = checkpoint(trainer);
    victim = lstmfc_trainer_create(other, &p.train, &p.validation, &desc, &err);
    lstmfc_trainer_step(victim, 3, &err);
    before = checkpoint(victim);
    for (i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        memset(&err, 0, sizeof err);
        text = edit(good, edits[i][0], edits[i][1]);
        CHECK(take(victim, text, &err) != LSTMFC_OK);
        if (!CHECK_HAS(err.message, edits[i][2])) printf("    edit %d: %s\n", (int)i, edits[i][1]);
        after = checkpoint(victim);
        CHECK_TEXT(after, before);                  /* nothing was taken */
        free(after);
        free(text);
    }
    for (i = 0; i + 1 < strlen(good); i += 37) {    /* cut anywhere, and any byte gone wrong: refused or read, never a crash */
        char byte = good[i];
        text = edit(good, "", "");
        text[i] = 0;
        CHECK(take(victim, text, &err) != LSTMFC_OK);
        text[i] = (char)(byte ^ 1);
        take(victim, text, &err);
        free(text);
    }
    memset(&err, 0, sizeof err);
    CHECK_OK(take(victim, good, &err), err);
    after = checkpoint(victim);
    CHECK_TEXT(after, good);
    free(after);
    CHECK_INT(lstmfc_trainer_read(victim, NULL, 0, NULL), LSTMFC_ERROR_ARGUMENT);
    value = p.rows[0];
    p.rows[0] += 1;                                 /* other data under the same trainer */
    CHECK_INT(take(victim, good, &err), LSTMFC_ERROR_ARGUMENT);
    p.rows[0] = value;
    lstmfc_trainer_free(victim);
    desc.epochs = 6;                                /* more epochs are welcome */
    victim = lstmfc_trainer_create(other, &p.train, &p.validation, &desc, &err);
    memset(&err, 0, sizeof err);
    CHECK_OK(take(victim, good, &err), err);
    CHECK_INT(run(victim, 0, &err), LSTMFC_DONE);
    lstmfc_trainer_free(victim);
    lstmfc_trainer_free(trainer);
    lstmfc_model_free(model);
    lstmfc_model_free(other);
    free(good);
    free(before);
}

static lstmfc_result train_tortured(const lstmfc_env *env, void *context) {
    problem *p = (problem *)context;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_training_desc desc = make_desc();
    lstmfc_model *model = make_model(networks[1], env, &err);
    lstmfc_trainer *trainer = NULL;
    lstmfc_scratch *scratch = NULL;
    lstmfc_json *json = NULL;
    lstmfc_writer w;
    lstmfc_real outputs[30];
    lstmfc_result result = LSTMFC_OK;
    lstmfc_writer_init(&w, env);
    desc.env = env;
    desc.epochs = 2;
    if (model) trainer = lstmfc_trainer_create(model, &p->train, &p->validation, &desc, &err);
    if (trainer && lstmfc_trainer_step(trainer, 3, &err) == LSTMFC_OK) {
        lstmfc_trainer_write(trainer, &w, NULL);
        if (lstmfc_writer_result(&w, &err) == LSTMFC_OK) json = lstmfc_json_parse(w.text, w.length, env, &err);
        if (json) result = lstmfc_trainer_read(trainer, json, 0, &err);
        if (!err.code) result = run(trainer, 0, &err);
        if (result == LSTMFC_DONE) result = LSTMFC_OK;
        if (!err.code) scratch = lstmfc_scratch_create(model, 8, &err);
        if (scratch) result = lstmfc_model_predict(model, scratch, &p->validation, outputs, &err);
    }
    lstmfc_scratch_free(scratch);
    lstmfc_json_free(json);
    lstmfc_writer_free(&w);
    lstmfc_trainer_free(trainer);
    lstmfc_model_free(model);
    return err.code ? err.code : result;
}

TEST(allocation_failures) {
    static problem p;
    make_problem(&p, 70, 30, 0);
    torture("train", train_tortured, &p);
}

/* A checkpoint read while a validation is under way: nothing of that validation is left in the next. */
TEST(read_within_a_validation) {
    static problem p;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_training_desc desc = make_desc();
    lstmfc_model *model = make_model("lstm 4 | dense 1 sigmoid", NULL, &err), *other = make_model("lstm 4 | dense 1 sigmoid", NULL, &err);
    lstmfc_trainer *plain, *trainer;
    char *early;
    int32_t count, k;
    const lstmfc_epoch *a, *b;
    make_problem(&p, 70, 30, 0);
    plain = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
    trainer = lstmfc_trainer_create(other, &p.train, &p.validation, &desc, &err);
    lstmfc_trainer_step(trainer, 3, &err);
    early = checkpoint(trainer);
    lstmfc_trainer_step(trainer, 10, &err);             /* epoch 2: five batches, and one of the two of the validation */
    CHECK_OK(take(trainer, early, &err), err);
    while (lstmfc_trainer_step(trainer, 1, &err) == LSTMFC_OK) {}
    while (lstmfc_trainer_step(plain, 0, &err) == LSTMFC_OK) {}
    a = lstmfc_trainer_history(plain, &count, NULL);
    b = lstmfc_trainer_history(trainer, NULL, NULL);
    for (k = 0; k < count; k++) CHECK(a[k].val_loss <= b[k].val_loss && a[k].val_loss >= b[k].val_loss && a[k].val_accuracy <= b[k].val_accuracy
                                      && a[k].val_accuracy >= b[k].val_accuracy);
    free(early);
    lstmfc_trainer_free(trainer);
    lstmfc_trainer_free(plain);
    lstmfc_model_free(other);
    lstmfc_model_free(model);
}

int main(void) {
    RUN(pausing_changes_nothing); RUN(resume_is_exact); RUN(steps_allocate_nothing); RUN(bytes); RUN(order_and_batches); RUN(figures_of_an_epoch);
    RUN(masks_and_sums); RUN(weights_are_relative); RUN(stopping_and_plateau); RUN(learns_a_distribution); RUN(schedules); RUN(schedule_and_epochs); RUN(frozen_layers); RUN(names_of_layers_to_freeze); RUN(nothing_to_choose_by); RUN(loss_goal); RUN(overfits); RUN(same_seed_same_bytes);
    RUN(diverges); RUN(validation_diverges); RUN(unsettled_statistics_warn); RUN(progress_and_stop); RUN(bad_arguments); RUN(crossentropy); RUN(losses_and_heads); RUN(targets_of_classes); RUN(checkpoints_refused); RUN(allocation_failures);
    RUN(read_within_a_validation);
    return test_end();
}

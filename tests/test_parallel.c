// also: double native
/* Chapters 9, 10 and 17 on several threads: the same bytes for any number of them. Every share is worth handing over here, however
   small, so that networks of a few units are cut in every place where a large one would be. */
#define LSTMFC__SHARE_COST 1.0
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"

enum { ROWS = 150, INPUTS = 5, SAMPLES = 90 };

static const struct { const char *spec; int32_t window; } networks[] = {
    {"batchnorm | lstm 20 dropout=0.2 recurrent_dropout=0.1 l2=0.01 | batchnorm | dropout 0.3 | lstm 9 | batchnorm | dense 18 swish | dense 1 sigmoid", 7},
    {"dense 7 tanh | layernorm | lstm 33 | variational_dropout 0.2 | layernorm | flatten | dense 40 gelu | batchnorm | dropout 0.2 | dense 1", 5},
    {"lstm 8 seq | dense 17 softplus | last | layernorm | dense 5 softmax | dense 1 sigmoid", 4},
    {"dropout 0.1 | lstm 6 | dense 3 relu | dense 1", 6},
    {"layernorm | dense 6 relu | lstm 12 recurrent_dropout=0.3 | dense 1", 9},
    {"lstm 32 | dense 1", 20},                                                              /* W1 to W4, smaller */
    {"lstm 16 | lstm 16 | dense 1", 8},
    {"lstm 24 | lstm 12 | dense 8 | dense 4 | dense 1 sigmoid", 6},
    {"lstm 32 | lstm 16 | lstm 8 | dense 8 swish | dense 4 swish | dense 1", 6},
    {"dense 9 | dense 1", 3},
    {"gru 33 dropout=0.2 recurrent_dropout=0.1 l2=0.01 | batchnorm | gru 9 | dense 1 sigmoid", 7},
    {"lstm 33 | batchnorm | dropout 0.2 | attention 21 l2=0.01 | dense 1 sigmoid", 7},
    {"attention 5 | dense 1", 20},
    {"bilstm 33 dropout=0.2 recurrent_dropout=0.1 l2=0.01 | batchnorm | bigru 9 | dense 1 sigmoid", 7},
    {"dense 5 | bigru 20 | attention 3 | dense 1", 9},
    {"dense 6 | gru 40 | dense 1", 20}
};
enum { NETWORKS = (int)(sizeof networks / sizeof networks[0]) };

typedef struct problem {
    lstmfc_real rows[ROWS * INPUTS], targets[ROWS];
    int64_t scattered[SAMPLES];
    lstmfc_batch train, validation;
} problem;

/* scattered 0: each window one row behind the one before, in order; 1: anywhere */
static void make_problem(problem *p, int32_t window, int scattered) {
    lstmfc_rng rng;
    size_t i;
    memset(p, 0, sizeof *p);
    lstmfc_rng_seed(&rng, 5);
    for (i = 0; i < ROWS * INPUTS; i++) p->rows[i] = (lstmfc_real)lstmfc_rng_normal(&rng);
    for (i = 0; i < ROWS; i++) p->targets[i] = (lstmfc_real)(lstmfc_rng_normal(&rng) > 0);
    for (i = 0; i < SAMPLES; i++) p->scattered[i] = (int64_t)lstmfc_rng_below(&rng, (uint64_t)(ROWS - window));
    p->train.rows = p->rows; p->train.row_count = ROWS; p->train.row_stride = INPUTS;
    p->train.count = SAMPLES; p->train.window = (size_t)window; p->train.targets = p->targets;
    if (scattered) p->train.first_row = p->scattered;
    p->validation = p->train;
    p->validation.count = 23;
    p->validation.targets = p->targets + 40;
}

static lstmfc_model *make_model(int n, const lstmfc_env *env) {
    lstmfc_model_desc desc;
    lstmfc_error err;
    lstmfc_model *model;
    memset(&desc, 0, sizeof desc);
    memset(&err, 0, sizeof err);
    desc.spec = networks[n].spec; desc.inputs = INPUTS; desc.window = networks[n].window; desc.seed = 3; desc.env = env;
    model = lstmfc_model_create(&desc, &err);
    if (!model && err.code != LSTMFC_ERROR_MEMORY) { CHECK(model != NULL); printf("    %s\n", err.message); }
    return model;
}

/* ---- executors: our own threads, or a caller's that runs the tasks in an order of its own */

typedef struct hook { int order; long calls; } hook;
static void any_order(void *context, int32_t tasks, void (*task)(void *argument, int32_t index), void *argument) {
    hook *h = (hook *)context;
    int32_t i;
    int32_t stride = h->order == 2 && tasks % 2 ? 2 : 1;                                   /* 1 3 0 2 4 */
    for (i = 0; i < tasks; i++) task(argument, h->order == 1 ? tasks - 1 - i : (i * stride + 1) % tasks);
    h->calls++;
}

typedef struct executor { int32_t threads; int hook; } executor;       /* hook: -1 none, else its order */
static const executor executors[] = {{1, -1}, {2, -1}, {3, -1}, {5, -1}, {2, 0}, {3, 1}, {5, 2}, {64, 1}};
enum { EXECUTORS = (int)(sizeof executors / sizeof executors[0]) };

static int available(const executor *e) { return e->threads == 1 || e->hook >= 0 || LSTMFC__THREADS; }

static lstmfc_env env_of(const executor *e, hook *h, int32_t simd) {
    lstmfc_env env = lstmfc_env_default();
    memset(h, 0, sizeof *h);
    env.threads = e->threads;
    env.simd = simd;
    if (e->hook >= 0) {
        h->order = e->hook;
        env.parallel_for = any_order;
        env.parallel_context = h;
    }
    return env;
}

static lstmfc_training_desc make_desc(void) {
    lstmfc_training_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.epochs = 2;
    desc.batch = 29;                                        /* 90 = 29 + 29 + 29 + 3, and with batch norm 29 + 29 + 32 */
    desc.l2 = 0.001;
    desc.shuffle = 1;                                       /* runs of neighbours, some of which share rows */
    desc.optimizer.lr = 0.01;
    desc.optimizer.clip_norm = 0.5;
    desc.optimizer.clip_value = 0.2;
    return desc;
}

static lstmfc_result run(lstmfc_trainer *t, int64_t step, lstmfc_error *err) {
    lstmfc_result result;
    do result = lstmfc_trainer_step(t, step, err); while (result == LSTMFC_OK);
    return result;
}

/* What the model file and the checkpoint would hold after the training, as one text. `threads_by_desc`: told by the option. */
static char *trained(int n, const executor *e, int32_t simd, int scattered, int threads_by_desc, size_t *length) {
    static problem p;
    hook h;
    lstmfc_error err;
    lstmfc_env plain = lstmfc_env_default(), env = env_of(e, &h, simd);
    lstmfc_training_desc desc = make_desc();
    lstmfc_model *model;
    lstmfc_trainer *trainer;
    lstmfc_writer w;
    char *text = NULL;
    memset(&err, 0, sizeof err);
    plain.simd = simd;
    model = make_model(n, &plain);
    make_problem(&p, networks[n].window, scattered);
    if (scattered) desc.shuffle = 0;
    if (threads_by_desc) { desc.threads = e->threads; env.threads = 0; }
    desc.env = &env;
    trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
    if (!CHECK(trainer != NULL)) { printf("    %s\n", err.message); lstmfc_model_free(model); return NULL; }
    CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
    if (e->hook >= 0) CHECK(h.calls > 0);
    lstmfc_writer_init(&w, NULL);
    lstmfc_json_begin(&w, NULL, '[');
    lstmfc_trainer_write(trainer, &w, NULL);
    lstmfc_model_save_memory(model, 0, &w, &err);
    text = (char *)malloc(w.length + 1);
    memcpy(text, w.text, w.length);
    text[w.length] = 0;
    *length = w.length;
    lstmfc_writer_free(&w);
    lstmfc_trainer_free(trainer);
    lstmfc_model_free(model);
    return text;
}

TEST(training_gives_the_same_bytes) {
    int n, k, scattered, level, compared = 0;
    for (n = 0; n < NETWORKS; n++) for (scattered = 0; scattered < 2; scattered++) for (level = 0; level < 2; level++) {
        int32_t simd = level ? LSTMFC_SIMD_SCALAR : 0;
        size_t length, other;
        char *one = trained(n, &executors[0], simd, scattered, 0, &length);
        if (!one) continue;
        CHECK(!strstr(one, "threads") && length > 1000);
        for (k = 1; k < EXECUTORS; k++) {
            char *text;
            if (!available(&executors[k]) || (level && k > 2)) continue;
            text = trained(n, &executors[k], simd, scattered, k & 1, &other);
            if (!CHECK(text && other == length && memcmp(one, text, length) == 0))
                printf("    '%s', %d threads, hook %d, simd %d, scattered %d\n", networks[n].spec, executors[k].threads, executors[k].hook, simd, scattered);
            compared++;
            free(text);
        }
        free(one);
    }
    printf("%d trainings equal to those of one thread\n", compared);
}

TEST(predicting_gives_the_same_bytes) {
    static const size_t most[] = {1, 4, 37, 200};
    static problem p;
    int n, k, m, scattered;
    for (n = 0; n < NETWORKS; n++) for (scattered = 0; scattered < 2; scattered++) {
        lstmfc_real one[SAMPLES], out[SAMPLES];
        make_problem(&p, networks[n].window, scattered);
        for (k = 0; k < EXECUTORS; k++) for (m = 0; m < 4; m++) {
            hook h;
            lstmfc_error err;
            lstmfc_env env = env_of(&executors[k], &h, 0);
            lstmfc_model *model;
            lstmfc_scratch *scratch;
            memset(&err, 0, sizeof err);
            if (!available(&executors[k])) continue;
            model = make_model(n, &env);
            scratch = lstmfc_scratch_create(model, most[m], &err);
            if (!CHECK(scratch != NULL)) { printf("    %s\n", err.message); lstmfc_model_free(model); continue; }
            memset(out, 0, sizeof out);
            CHECK_OK(lstmfc_model_predict_raw(model, scratch, &p.train, out, &err), err);
            if (!k && !m) memcpy(one, out, sizeof one);
            if (!CHECK(memcmp(one, out, sizeof one) == 0)) printf("    '%s', %d threads, %d at once\n", networks[n].spec, executors[k].threads, (int)most[m]);
            if (executors[k].hook >= 0) CHECK((h.calls > 0) == (most[m] > 1));     /* one window is not worth two threads */
            if (!test_whole_window(networks[n].spec)) {
                lstmfc_real answer, batch_answer;
                lstmfc_batch single = p.train;
                int64_t first = 0;
                int32_t t;
                for (t = 0; t < networks[n].window; t++) CHECK_OK(lstmfc_model_step(model, scratch, p.rows + t * INPUTS, &answer, &err), err);
                single.first_row = &first; single.count = 1;
                CHECK_OK(lstmfc_model_predict(model, scratch, &single, &batch_answer, &err), err);
                CHECK(memcmp(&answer, &batch_answer, sizeof answer) == 0);
            }
            lstmfc_scratch_free(scratch);
            lstmfc_model_free(model);
        }
    }
}

/* Denormal numbers, which the fused kernels take for zero: every thread has a control register of its own. */
TEST(tiny_numbers) {
    static problem p;
    executor five = {5, -1};
    lstmfc_real out[2][SAMPLES];
    int k, n = NETWORKS - 1;
    size_t i;
    if (!available(&five)) SKIP("a build without threads");
    make_problem(&p, networks[n].window, 0);
    for (i = 0; i < ROWS * INPUTS; i++) p.rows[i] *= (lstmfc_real)3e-38;
    for (k = 0; k < 2; k++) {
        hook h;
        lstmfc_error err;
        lstmfc_env env = env_of(k ? &five : &executors[0], &h, 0);
        lstmfc_model *model = make_model(n, &env);
        lstmfc_scratch *scratch;
        memset(&err, 0, sizeof err);
        scratch = lstmfc_scratch_create(model, SAMPLES, &err);
        CHECK_OK(lstmfc_model_predict(model, scratch, &p.train, out[k], &err), err);
        lstmfc_scratch_free(scratch);
        lstmfc_model_free(model);
    }
    CHECK(memcmp(out[0], out[1], sizeof out[0]) == 0);
}

/* A training begun on one thread goes on from its checkpoint on three, and the other way round. */
TEST(checkpoints_do_not_know_of_threads) {
    static problem p;
    lstmfc_training_desc desc = make_desc();
    lstmfc_error err;
    lstmfc_env env = lstmfc_env_default();
    size_t length;
    char *must;
    int back;
    executor three = {3, 0};
    hook h;
    memset(&err, 0, sizeof err);
    env.parallel_for = any_order;
    memset(&h, 0, sizeof h);
    env.parallel_context = &h;
    desc.env = &env;
    make_problem(&p, networks[0].window, 0);
    must = trained(0, &three, 0, 0, 0, &length);
    for (back = 0; back < 2; back++) {
        lstmfc_model *a = make_model(0, NULL), *b = make_model(0, NULL);
        lstmfc_trainer *first, *second;
        lstmfc_writer w, done;
        lstmfc_json *json;
        desc.threads = back ? 3 : 1;
        first = lstmfc_trainer_create(a, &p.train, &p.validation, &desc, &err);
        desc.threads = back ? 1 : 3;
        second = lstmfc_trainer_create(b, &p.train, &p.validation, &desc, &err);
        CHECK_INT(lstmfc_trainer_step(first, 4, &err), LSTMFC_OK);
        lstmfc_writer_init(&w, NULL);
        lstmfc_trainer_write(first, &w, NULL);
        json = lstmfc_json_parse(w.text, w.length, NULL, &err);
        CHECK_OK(lstmfc_trainer_read(second, json, 0, &err), err);
        CHECK_INT(run(second, 1, &err), LSTMFC_DONE);
        lstmfc_writer_init(&done, NULL);
        lstmfc_json_begin(&done, NULL, '[');
        lstmfc_trainer_write(second, &done, NULL);
        lstmfc_model_save_memory(b, 0, &done, &err);
        CHECK(done.length == length && memcmp(done.text, must, length) == 0);
        lstmfc_json_free(json);
        lstmfc_writer_free(&w);
        lstmfc_writer_free(&done);
        lstmfc_trainer_free(first);
        lstmfc_trainer_free(second);
        lstmfc_model_free(a);
        lstmfc_model_free(b);
    }
    free(must);
}

TEST(gradients_are_exact_on_threads) {
    static problem p;
    int n;
    for (n = 0; n < 3; n++) {
        executor reversed = {3, 1};
        hook h;
        lstmfc_env env = env_of(&reversed, &h, 0);
        lstmfc_loss_desc loss = {LSTMFC_LOSS_MSE, 0, {0}};
        lstmfc_gradcheck_result result;
        lstmfc_error err;
        lstmfc_model *model = make_model(n, &env);
        memset(&err, 0, sizeof err);
        make_problem(&p, networks[n].window, n & 1);
        p.train.count = 13;
        CHECK_OK(lstmfc_gradcheck(model, &p.train, &loss, NULL, 5, 0, &result, &err), err);
        if (!CHECK(result.passed && h.calls > 0)) printf("    '%s': %g at %s\n", networks[n].spec, result.worst, result.worst_tensor);
        lstmfc_model_free(model);
    }
}

/* ---- memory */

TEST(steps_allocate_nothing) {
    static problem p;
    int k;
    for (k = 0; k < 2; k++) {
        executor e = {3, k ? 1 : -1};
        hook h;
        test_allocator a;
        lstmfc_error err;
        lstmfc_env env = test_env(&a), threads = env_of(&e, &h, 0);
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model;
        lstmfc_trainer *trainer;
        lstmfc_scratch *scratch;
        lstmfc_real out[SAMPLES];
        long long before;
        memset(&err, 0, sizeof err);
        if (!available(&e)) continue;
        env.threads = 3; env.parallel_for = threads.parallel_for; env.parallel_context = threads.parallel_context;
        make_problem(&p, networks[0].window, 0);
        model = make_model(0, &env);
        desc.env = &env;
        trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
        scratch = lstmfc_scratch_create(model, 50, &err);
        if (!CHECK(trainer && scratch)) printf("    %s\n", err.message);
        before = a.allocations;
        CHECK_INT(run(trainer, 0, &err), LSTMFC_DONE);
        CHECK_OK(lstmfc_model_predict(model, scratch, &p.train, out, &err), err);
        CHECK_INT(a.allocations, before);
        lstmfc_scratch_free(scratch);
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(model);
        CHECK_INT(a.live, 0);
    }
}

/* Everything from an arena of just the size that the _bytes functions tell. */
TEST(arenas_suffice) {
    static problem p;
    int n, k;
    for (n = 0; n < 3; n++) for (k = 1; k < EXECUTORS; k++) {
        hook h;
        lstmfc_error err;
        lstmfc_env env = env_of(&executors[k], &h, 0);
        lstmfc_training_desc desc = make_desc();
        lstmfc_model *model;
        lstmfc_trainer *trainer;
        lstmfc_gradients *g;
        lstmfc_scratch *scratch;
        lstmfc_arena arena;
        unsigned char *buffer;
        size_t bytes;
        memset(&err, 0, sizeof err);
        if (!available(&executors[k])) continue;
        make_problem(&p, networks[n].window, 0);
        model = make_model(n, &env);
        desc.env = &env;
        bytes = lstmfc_trainer_bytes(model, &p.train, &p.validation, &desc, &err) + lstmfc_gradients_bytes(model, 11) + lstmfc_scratch_bytes(model, 33);
        buffer = (unsigned char *)malloc(bytes + 1) + 1;
        lstmfc_arena_init(&arena, buffer, bytes);
        env.allocator = lstmfc_arena_allocator(&arena);
        model->env = lstmfc__env_fill(&env);
        trainer = lstmfc_trainer_create(model, &p.train, &p.validation, &desc, &err);
        g = lstmfc_gradients_create(model, 11, &err);
        scratch = lstmfc_scratch_create(model, 33, &err);
        if (!CHECK(trainer && g && scratch)) printf("    %s\n", err.message);
        CHECK(arena.peak + 2048 > bytes);
        if (trainer) CHECK_INT(lstmfc_trainer_step(trainer, 2, &err), LSTMFC_OK);
        lstmfc_scratch_free(scratch);
        lstmfc_gradients_free(g);
        lstmfc_trainer_free(trainer);
        CHECK(arena.used < LSTMFC__ALIGN);                      /* all is back, being freed from the newest to the oldest */
        model->env = lstmfc__env_fill(NULL);
        lstmfc_model_free(model);
        free(buffer - 1);
    }
}

static lstmfc_result tortured(const lstmfc_env *given, void *context) {
    problem *p = (problem *)context;
    lstmfc_env env = *given;
    lstmfc_error err;
    lstmfc_training_desc desc = make_desc();
    lstmfc_model *model;
    lstmfc_trainer *trainer = NULL;
    lstmfc_gradients *g = NULL;
    lstmfc_scratch *scratch = NULL;
    memset(&err, 0, sizeof err);
    env.threads = 3;
    desc.env = &env;
    desc.epochs = 1;
    model = make_model(3, &env);
    if (!model) return LSTMFC_ERROR_MEMORY;
    trainer = lstmfc_trainer_create(model, &p->train, &p->validation, &desc, &err);
    if (trainer) g = lstmfc_gradients_create(model, 4, &err);
    if (g) scratch = lstmfc_scratch_create(model, 4, &err);
    if (scratch) run(trainer, 0, &err);
    lstmfc_scratch_free(scratch);
    lstmfc_gradients_free(g);
    lstmfc_trainer_free(trainer);
    lstmfc_model_free(model);
    return err.code;
}

TEST(memory_failures) {
    static problem p;
    if (!LSTMFC__THREADS) SKIP("a build without threads");
    make_problem(&p, networks[3].window, 0);
    torture("objects with 3 threads", tortured, &p);
}

TEST(refusals) {
    static problem p;
    lstmfc_error err;
    lstmfc_env env = lstmfc_env_default();
    lstmfc_training_desc desc = make_desc();
    lstmfc_model *model;
    make_problem(&p, networks[3].window, 0);
    env.threads = 65;
    desc.env = &env;
    model = make_model(3, &env);
    memset(&err, 0, sizeof err);
    CHECK(!lstmfc_gradients_create(model, 4, &err) && err.code == LSTMFC_ERROR_LIMIT);
    memset(&err, 0, sizeof err);
    CHECK(!lstmfc_scratch_create(model, 400, &err) && err.code == LSTMFC_ERROR_LIMIT);
    memset(&err, 0, sizeof err);
    CHECK(!lstmfc_trainer_create(model, &p.train, NULL, &desc, &err) && err.code == LSTMFC_ERROR_LIMIT);
    lstmfc_model_free(model);
    env.threads = -2;
    model = make_model(3, &env);
    memset(&err, 0, sizeof err);
    CHECK(!lstmfc_scratch_create(model, 4, &err) && err.code == LSTMFC_ERROR_ARGUMENT);
    lstmfc_model_free(model);
    env.threads = 2;
    model = make_model(3, &env);
    memset(&err, 0, sizeof err);
    if (!LSTMFC__THREADS) {
        CHECK(!lstmfc_trainer_create(model, &p.train, NULL, &desc, &err) && err.code == LSTMFC_ERROR_UNSUPPORTED);
        CHECK_HAS(err.message, "this build has no threads");
    }
    lstmfc_model_free(model);
}

int main(void) {
    RUN(training_gives_the_same_bytes);
    RUN(predicting_gives_the_same_bytes);
    RUN(tiny_numbers);
    RUN(checkpoints_do_not_know_of_threads);
    RUN(gradients_are_exact_on_threads);
    RUN(steps_allocate_nothing);
    RUN(arenas_suffice);
    RUN(memory_failures);
    RUN(refusals);
    return test_end();
}

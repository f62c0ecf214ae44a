// also: native
/* The pool of threads of chapter 3. pthread_create, pthread_cond_init and pthread_mutex_init are replaced for the header, so that
   each call of them can be made to fail. */
#define _POSIX_C_SOURCE 200112L
#if (defined(__unix__) || defined(__APPLE__)) && !defined(__TINYC__) && !defined(LSTMFC_NO_THREADS)
#  include <errno.h>
#  include <pthread.h>
#  include <sched.h>
static int system_calls, system_fails_at, live_threads, live_locks;     /* counts from 1; 0 = none fails */
static int change(int *counter, int by) { return __atomic_add_fetch(counter, by, __ATOMIC_RELAXED); }
static int system_fails(void) { return change(&system_calls, 1) == system_fails_at; }
/* Closed, the gate keeps threads from beginning: a system that is busy with something else. */
typedef struct late_start { void *(*start)(void *); void *argument; } late_start;
static late_start late[64];
static int late_count, gate_closed;
static void *wait_at_gate(void *argument) {
    const late_start *l = (const late_start *)argument;
    while (__atomic_load_n(&gate_closed, __ATOMIC_ACQUIRE)) sched_yield();
    return l->start(l->argument);
}
static int try_thread(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    int error;
    if (gate_closed) {
        late[late_count].start = start;
        late[late_count].argument = argument;
        argument = &late[late_count++];
        start = wait_at_gate;
    }
    error = system_fails() ? EAGAIN : pthread_create(thread, attributes, start, argument);
    if (!error) change(&live_threads, 1);
    return error;
}
static int try_join(pthread_t thread, void **value) { change(&live_threads, -1); return pthread_join(thread, value); }
static int try_mutex(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes) {
    if (system_fails()) return ENOMEM;
    change(&live_locks, 1);
    return pthread_mutex_init(mutex, attributes);
}
static int try_cond(pthread_cond_t *cond, const pthread_condattr_t *attributes) {
    if (system_fails()) return ENOMEM;
    change(&live_locks, 1);
    return pthread_cond_init(cond, attributes);
}
static int end_mutex(pthread_mutex_t *mutex) { change(&live_locks, -1); return pthread_mutex_destroy(mutex); }
static int end_cond(pthread_cond_t *cond) { change(&live_locks, -1); return pthread_cond_destroy(cond); }
#  define pthread_create(thread, attributes, start, argument) try_thread(thread, attributes, start, argument)
#  define pthread_join(thread, value) try_join(thread, value)
#  define pthread_mutex_init(mutex, attributes) try_mutex(mutex, attributes)
#  define pthread_cond_init(cond, attributes) try_cond(cond, attributes)
#  define pthread_mutex_destroy(mutex) end_mutex(mutex)
#  define pthread_cond_destroy(cond) end_cond(cond)
#endif
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include <time.h>

#define MOST LSTMFC__THREADS_MAX

/* ---- without threads of ours: the cut, the loop, the caller's threads ---- */

TEST(ranges) {
    size_t count, block;
    int32_t shares, i;
    for (count = 0; count <= 130; count++) for (block = 1; block <= 17; block += 4) for (shares = 1; shares <= 9; shares++) {
        size_t next = 0, begin, end, largest = 0, smallest = SIZE_MAX;
        for (i = 0; i < shares; i++) {
            lstmfc__pool_range(count, block, shares, i, &begin, &end);
            CHECK(begin == next && end >= begin && (end % block == 0 || end == count) && (begin % block == 0 || begin == count));
            next = end;
            if ((end - begin + block - 1) / block > largest) largest = (end - begin + block - 1) / block;
            if ((end - begin + block - 1) / block < smallest) smallest = (end - begin + block - 1) / block;
        }
        CHECK(next == count && largest - smallest <= 1);
        /* several parts at once: from where the first begins to where the last ends */
        for (i = 0; i < shares; i++) {
            size_t from, to, unused;
            lstmfc__split_range(count, block, (size_t)shares, (size_t)i / 2, (size_t)i + 1, &from, &to);
            lstmfc__pool_range(count, block, shares, i / 2, &begin, &unused);
            lstmfc__pool_range(count, block, shares, i, &unused, &end);
            CHECK(from == begin && to == end);
        }
    }
    {
        static const size_t last[4] = {24, 40, 56, 70};
        for (i = 0; i < 4; i++) {
            size_t begin, end;
            lstmfc__pool_range(70, 8, 4, i, &begin, &end);
            CHECK(begin == (i ? last[i - 1] : 0) && end == last[i]);
            lstmfc__pool_range(SIZE_MAX, 3, 4, i, &begin, &end);        /* no product wraps */
            CHECK(begin < end && (i < 3 || end == SIZE_MAX));
        }
    }
}

typedef struct visits { int32_t count[MOST], order[MOST], calls; } visits;
static void visit(void *argument, int32_t index) {      /* only for loops on one thread */
    visits *v = (visits *)argument;
    v->count[index]++;
    v->order[v->calls++] = index;
}

/* A caller's pool of its own: runs the tasks backwards on this thread. */
typedef struct hook { int32_t calls, tasks; void *argument; } hook;
static void backwards(void *context, int32_t tasks, void (*task)(void *argument, int32_t index), void *argument) {
    hook *h = (hook *)context;
    h->calls++;
    h->tasks = tasks;
    h->argument = argument;
    while (tasks) task(argument, --tasks);
}

TEST(no_pool) {
    lstmfc_env env = lstmfc_env_default();
    lstmfc__pool *pool = (lstmfc__pool *)&env;
    lstmfc_error err;
    visits v;
    hook h;
    memset(&err, 0, sizeof err);
    memset(&v, 0, sizeof v);
    memset(&h, 0, sizeof h);
    env.parallel_for = backwards;
    env.parallel_context = &h;
    CHECK_OK(lstmfc__pool_create(&env, &pool, &err), err);
    CHECK(pool == NULL && lstmfc__pool_shares(pool) == 1);
    lstmfc__parallel(pool, visit, &v);
    CHECK(v.calls == 1 && v.count[0] == 1 && h.calls == 0);
    lstmfc__pool_free(NULL);
}

typedef struct nest { lstmfc__pool *pool; visits inner; int32_t outer; } nest;
static void nested(void *argument, int32_t index) {
    nest *n = (nest *)argument;
    (void)index;
    n->outer++;
    lstmfc__parallel(n->pool, visit, &n->inner);
}

TEST(own_threads) {
    int32_t shares, i;
    for (shares = 2; shares <= MOST; shares += 31) {
        test_allocator counter;
        lstmfc_env env = test_env(&counter);
        lstmfc__pool *pool = NULL;
        lstmfc_error err;
        visits v;
        nest n;
        hook h;
        memset(&err, 0, sizeof err);
        memset(&v, 0, sizeof v);
        memset(&n, 0, sizeof n);
        memset(&h, 0, sizeof h);
        env.threads = shares;
        env.parallel_for = backwards;
        env.parallel_context = &h;
        env = lstmfc__env_fill(&env);
#ifdef pthread_create
        system_calls = 0;
#endif
        CHECK_OK(lstmfc__pool_create(&env, &pool, &err), err);
        CHECK_INT(lstmfc__pool_shares(pool), shares);
#ifdef pthread_create
        CHECK(system_calls == 0);                       /* no thread, no lock */
#endif
        lstmfc__parallel(pool, visit, &v);
        CHECK(h.calls == 1 && h.tasks == shares && h.argument == &v && v.calls == shares);
        for (i = 0; i < shares; i++) CHECK(v.count[i] == 1 && v.order[i] == shares - 1 - i);
        n.pool = pool;
        if (shares == 2) {                              /* the inner ones in order, the hook not asked again */
            lstmfc__parallel(pool, nested, &n);
            CHECK(n.outer == 2 && h.calls == 2 && n.inner.calls == 4 && n.inner.order[0] == 0 && n.inner.order[1] == 1);
            lstmfc__parallel(pool, visit, &v);
            CHECK(h.calls == 3);
        }
        lstmfc__pool_free(pool);
        CHECK(counter.live == 0 && counter.live_bytes == 0 && counter.wrong_sizes == 0);
    }
}

TEST(refused) {
    lstmfc_env env = lstmfc_env_default();
    lstmfc__pool *pool;
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    env.threads = -1;
    CHECK_INT(lstmfc__pool_create(&env, &pool, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK(pool == NULL);
    CHECK_TEXT(err.message, "env.threads is -1, expected 0 (none) to 64");
    env.threads = 65;
    CHECK_INT(lstmfc__pool_create(&env, &pool, &err), LSTMFC_ERROR_LIMIT);
    CHECK_TEXT(err.message, "env.threads is 65; at most 64 are allowed");
    CHECK_INT(lstmfc__pool_create(&env, &pool, NULL), LSTMFC_ERROR_LIMIT);
#if !LSTMFC__THREADS
    env.threads = 2;
    CHECK_INT(lstmfc__pool_create(&env, &pool, &err), LSTMFC_ERROR_UNSUPPORTED);
    CHECK(pool == NULL);
    CHECK_HAS(err.message, "env.threads is 2, but this build has no threads");
#endif
}

/* ---- threads ---- */

#if LSTMFC__THREADS
/* y = x A in float, a long chain for each element, in the manner of a layer: rows are what is shared out. Results are compared bit
   for bit, so a row that two threads write, or none, or one of another call, shows. */
enum { ROWS = 70, COLUMNS = 24 };
typedef struct layer { lstmfc__pool *pool; float x[ROWS * COLUMNS], a[COLUMNS * COLUMNS], y[ROWS * COLUMNS]; int delay; } layer;

static void layer_rows(void *argument, int32_t index) {
    layer *l = (layer *)argument;
    size_t begin, end, row, column, k;
    lstmfc__pool_range(ROWS, 8, lstmfc__pool_shares(l->pool), index, &begin, &end);
    if (l->delay == index + 1) sched_yield();           /* another share is the last one now and then */
    for (row = begin; row < end; row++)
        for (column = 0; column < COLUMNS; column++) {
            float sum = 0;
            for (k = 0; k < COLUMNS; k++) sum += l->x[row * COLUMNS + k] * l->a[k * COLUMNS + column];
            l->y[row * COLUMNS + column] = sum;
        }
}

static void layers_run(layer *l, lstmfc__pool *pool, int rounds) {
    lstmfc_rng rng;
    int i;
    lstmfc_rng_seed(&rng, 7);
    l->pool = pool;
    for (i = 0; i < ROWS * COLUMNS; i++) l->x[i] = (float)lstmfc_rng_uniform(&rng);
    for (i = 0; i < COLUMNS * COLUMNS; i++) l->a[i] = (float)(lstmfc_rng_uniform(&rng) * 2 / COLUMNS);
    for (i = 0; i < rounds; i++) {
        l->delay = i % 7;
        lstmfc__parallel(pool, layer_rows, l);          /* the rows of one call are the input of the next: a barrier is needed */
        memcpy(l->x, l->y, sizeof l->x);
    }
}

TEST(same_bits) {
    static const int32_t threads[] = {2, 3, 5, 16, MOST};
    static layer one, many;
    size_t i;
    int rounds = getenv("LSTMFC_QUICK") ? 50 : 300;
    layers_run(&one, NULL, rounds);
    for (i = 0; i < LSTMFC__COUNT(threads); i++) {
        lstmfc_env env = lstmfc_env_default();
        lstmfc__pool *pool = NULL;
        lstmfc_error err;
        memset(&err, 0, sizeof err);
        env.threads = threads[i];
        CHECK_OK(lstmfc__pool_create(&env, &pool, &err), err);
        layers_run(&many, pool, threads[i] > 5 ? rounds / 10 : rounds);
        if (threads[i] > 5) layers_run(&one, NULL, rounds / 10);
        CHECK(memcmp(one.y, many.y, sizeof one.y) == 0);
        lstmfc__pool_free(pool);
    }
}

/* Every share of every call once: each share counts in a place of its own, plainly, so that a share run twice at once, or after
   its call has returned, is also a data race for the thread sanitizer to see. */
typedef struct tally { struct { int32_t count; char apart[60]; } share[MOST]; int32_t call; } tally;
static void count_share(void *argument, int32_t index) {
    tally *t = (tally *)argument;
    if (t->share[index].count == t->call) t->share[index].count++;
    else t->share[index].count = -1000000000;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

TEST(many_calls) {
    static const int32_t threads[] = {2, 3, 8};
    size_t k;
    for (k = 0; k < LSTMFC__COUNT(threads); k++) {
        static tally t;
        lstmfc_env env = lstmfc_env_default();
        lstmfc__pool *pool = NULL;
        lstmfc_error err;
        int32_t i, calls = threads[k] == 2 ? 1000000 : 50000, bad = 0;
        double start;
        if (getenv("LSTMFC_QUICK")) calls /= 50;
        memset(&err, 0, sizeof err);
        memset(&t, 0, sizeof t);
        env.threads = threads[k];
        CHECK_OK(lstmfc__pool_create(&env, &pool, &err), err);
        start = seconds();
        for (t.call = 0; t.call < calls; t.call++) {
            lstmfc__parallel(pool, count_share, &t);
            for (i = 0; i < threads[k]; i++) bad += t.share[i].count != t.call + 1;
        }
        printf("%d threads: %d empty calls, %.0f ns each\n", (int)threads[k], (int)calls, (seconds() - start) * 1e9 / calls);
        CHECK(bad == 0);
        lstmfc__pool_free(pool);
    }
}

/* Calls with pauses longer than any spin: every worker is asleep when a call comes. */
TEST(sleeping_workers) {
    static tally t;
    lstmfc_env env = lstmfc_env_default();
    lstmfc__pool *pool = NULL;
    lstmfc_error err;
    int32_t i, bad = 0;
    double total = 0;
    memset(&err, 0, sizeof err);
    memset(&t, 0, sizeof t);
    env.threads = 4;
    CHECK_OK(lstmfc__pool_create(&env, &pool, &err), err);
    for (t.call = 0; t.call < 300; t.call++) {
        struct timespec pause;
        double start;
        pause.tv_sec = 0;
        pause.tv_nsec = 300000;
        nanosleep(&pause, NULL);
        start = seconds();
        lstmfc__parallel(pool, count_share, &t);
        total += seconds() - start;
        for (i = 0; i < 4; i++) bad += t.share[i].count != t.call + 1;
    }
    printf("4 threads, all asleep: %.0f ns a call\n", total * 1e9 / t.call);
    CHECK(bad == 0);
    CHECK(LSTMFC__ATOMIC_LOAD(&pool->start.sleepers) <= 3 && pool->finish.sleepers == 0);
    lstmfc__pool_free(pool);
}

/* No worker has begun yet: the caller does all shares of all calls. Then they come, late, and do no harm. */
TEST(absent_workers) {
    static tally t;
    lstmfc_env env = lstmfc_env_default();
    lstmfc__pool *pool = NULL;
    lstmfc_error err;
    int32_t i, bad = 0;
    memset(&err, 0, sizeof err);
    env.threads = 4;
    __atomic_store_n(&gate_closed, 1, __ATOMIC_RELEASE);
    CHECK_OK(lstmfc__pool_create(&env, &pool, &err), err);
    for (t.call = 0; t.call < 2000; t.call++) {
        if (t.call == 1000) __atomic_store_n(&gate_closed, 0, __ATOMIC_RELEASE);
        lstmfc__parallel(pool, count_share, &t);
        for (i = 0; i < 4; i++) bad += t.share[i].count != t.call + 1;
    }
    CHECK(bad == 0);
    lstmfc__pool_free(pool);
    CHECK_INT(live_threads, 0);
}

/* A share that lasts: the caller is asleep when the last one ends, and the others are really run by other threads meanwhile. */
typedef struct meeting { int32_t here, most; } meeting;
static void meet(void *argument, int32_t index) {
    meeting *m = (meeting *)argument;
    struct timespec pause;
    int32_t here = LSTMFC__ATOMIC_ADD(&m->here, 1) + 1, most = LSTMFC__ATOMIC_LOAD(&m->most);
    while (here > most && !__atomic_compare_exchange_n(&m->most, &most, here, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) { }
    pause.tv_sec = 0;
    pause.tv_nsec = 20000000 + 3000000 * index;
    nanosleep(&pause, NULL);
    LSTMFC__ATOMIC_ADD(&m->here, -1);
}

TEST(really_parallel) {
    lstmfc_env env = lstmfc_env_default();
    lstmfc__pool *pool = NULL;
    lstmfc_error err;
    meeting m;
    int i;
    memset(&err, 0, sizeof err);
    memset(&m, 0, sizeof m);
    env.threads = 5;
    CHECK_OK(lstmfc__pool_create(&env, &pool, &err), err);
    for (i = 0; i < 10; i++) {
        lstmfc__parallel(pool, meet, &m);
        CHECK_INT(LSTMFC__ATOMIC_LOAD(&m.here), 0);
    }
    CHECK(m.most >= 2 && m.most <= 5);
    printf("5 threads: %d shares at once\n", (int)m.most);
    lstmfc__pool_free(pool);
}

/* A call from inside a task runs there and then, on each worker. */
typedef struct inside { lstmfc__pool *pool; int32_t calls; } inside;
static void inner_task(void *argument, int32_t index) { (void)index; LSTMFC__ATOMIC_ADD((int32_t *)argument, 1); }
static void outer_task(void *argument, int32_t index) {
    inside *n = (inside *)argument;
    int32_t mine = 0;
    (void)index;
    lstmfc__parallel(n->pool, inner_task, &mine);
    LSTMFC__ATOMIC_ADD(&n->calls, mine);                /* all of it is done when the call returns */
}

TEST(nested_calls) {
    lstmfc_env env = lstmfc_env_default();
    lstmfc_error err;
    inside n;
    int i;
    memset(&err, 0, sizeof err);
    memset(&n, 0, sizeof n);
    env.threads = 3;
    CHECK_OK(lstmfc__pool_create(&env, &n.pool, &err), err);
    for (i = 1; i <= 1000; i++) {
        lstmfc__parallel(n.pool, outer_task, &n);
        CHECK_INT(n.calls, 9 * i);
    }
    lstmfc__pool_free(n.pool);
}

/* Two pools used by two threads at once, as two trainers in one program would. */
static void *other_program(void *argument) {
    lstmfc_env env = lstmfc_env_default();
    lstmfc__pool *pool = NULL;
    tally *t = (tally *)argument;
    env.threads = 3;
    if (lstmfc__pool_create(&env, &pool, NULL) != LSTMFC_OK) return NULL;
    for (t->call = 0; t->call < 2000; t->call++) lstmfc__parallel(pool, count_share, t);
    lstmfc__pool_free(pool);
    return argument;
}

#undef pthread_create
#undef pthread_join
TEST(two_pools) {
    static tally first, second;
    pthread_t thread;
    void *value = NULL;
    int i;
    CHECK(pthread_create(&thread, NULL, other_program, &second) == 0);
    CHECK(other_program(&first) == &first);
    CHECK(pthread_join(thread, &value) == 0 && value == &second);
    for (i = 0; i < 3; i++) CHECK(first.share[i].count == 2000 && second.share[i].count == 2000);
}

/* ---- failures ---- */

static lstmfc_result whole_life(const lstmfc_env *base, void *context) {
    lstmfc_env env = *base;
    lstmfc__pool *pool = NULL;
    lstmfc_error err;
    tally *t = (tally *)context;
    memset(&err, 0, sizeof err);
    env.threads = 4;
    env = lstmfc__env_fill(&env);
    if (lstmfc__pool_create(&env, &pool, &err) != LSTMFC_OK) return err.code;
    for (; t->call < 10; t->call++) lstmfc__parallel(pool, count_share, t);
    lstmfc__pool_free(pool);
    return LSTMFC_OK;
}

TEST(no_memory) {
    static tally t;
    CHECK_INT(torture("pool of 4 threads", whole_life, &t), 2);
    CHECK(live_threads == 0 && live_locks == 0);
}

TEST(no_threads) {
    int n;
    for (n = 1; n <= 8; n++) {                          /* 4 locks, 3 threads, then nothing fails */
        static tally t;
        test_allocator counter;
        lstmfc_env env = test_env(&counter);
        lstmfc__pool *pool = NULL;
        lstmfc_error err;
        lstmfc_result result;
        memset(&err, 0, sizeof err);
        memset(&t, 0, sizeof t);
        env.threads = 4;
        env = lstmfc__env_fill(&env);
        system_calls = 0;
        system_fails_at = n;
        result = lstmfc__pool_create(&env, &pool, &err);
        system_fails_at = 0;
        CHECK_INT(result, n <= 7 ? LSTMFC_ERROR_LIMIT : LSTMFC_OK);
        CHECK_INT(err.code, result);
        CHECK((pool != NULL) == (result == LSTMFC_OK));
        if (n == 1 || n == 4) CHECK_HAS(err.message, "env.threads is 4, but the system gave no lock (error ");
        if (n == 7) CHECK_HAS(err.message, "env.threads is 4, but the system started only 2 of 3 further threads (error ");
        if (pool) lstmfc__parallel(pool, count_share, &t);
        lstmfc__pool_free(pool);
        CHECK(counter.live == 0 && counter.live_bytes == 0 && counter.wrong_sizes == 0);
        CHECK(live_threads == 0 && live_locks == 0);
    }
}
#endif

/* ---- many tasks, each once ---- */

static void mark_task(void *argument, int32_t index) { ((int32_t *)argument)[index] += 1 + index; }
static void own_parallel_for(void *context, int32_t tasks, void (*task)(void *argument, int32_t index), void *argument) {
    *(int32_t *)context = tasks;
    while (tasks--) task(argument, tasks);
}

TEST(tasks) {
    lstmfc_env env;
    lstmfc_error err;
    int32_t marks[100], n, threads, i, called = 0;
    for (threads = 0; threads <= 5; threads++)
        for (n = 0; n <= 100; n = n * 2 + 1) {
            memset(&env, 0, sizeof env);
            memset(marks, 0, sizeof marks);
            env.threads = LSTMFC__THREADS ? threads : 1;
            if (!CHECK_OK(lstmfc_parallel(&env, n, mark_task, marks, &err), err)) return;
            for (i = 0; i < 100; i++) CHECK_INT(marks[i], i < n ? 1 + i : 0);
        }
    memset(&env, 0, sizeof env);
    memset(marks, 0, sizeof marks);
    env.threads = 3; env.parallel_for = own_parallel_for; env.parallel_context = &called;
    CHECK_OK(lstmfc_parallel(&env, 7, mark_task, marks, &err), err);
    CHECK_INT(called, 3);
    for (i = 0; i < 100; i++) CHECK_INT(marks[i], i < 7 ? 1 + i : 0);
    CHECK_OK(lstmfc_parallel(NULL, 2, mark_task, marks, &err), err);
    CHECK_INT(lstmfc_parallel(NULL, -1, mark_task, marks, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_parallel(NULL, 1, NULL, marks, &err), LSTMFC_ERROR_ARGUMENT);
    env.threads = -1;
    CHECK_INT(lstmfc_parallel(&env, 1, mark_task, marks, &err), LSTMFC_ERROR_ARGUMENT);
    env.threads = 65;
    CHECK_INT(lstmfc_parallel(&env, 1, mark_task, marks, &err), LSTMFC_ERROR_LIMIT);
}

int main(void) {
    RUN(tasks); RUN(ranges); RUN(no_pool); RUN(own_threads); RUN(refused);
#if LSTMFC__THREADS
    RUN(same_bits); RUN(many_calls); RUN(sleeping_workers); RUN(absent_workers); RUN(really_parallel); RUN(nested_calls); RUN(two_pools);
    RUN(no_memory); RUN(no_threads);
#endif
    return test_end();
}

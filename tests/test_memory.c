#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"

TEST(checked_sizes) {
    size_t out = 7;
    CHECK(lstmfc__mul(3, 4, &out) && out == 12);
    CHECK(lstmfc__mul(SIZE_MAX, 1, &out) && out == SIZE_MAX);
    CHECK(lstmfc__mul(SIZE_MAX, 0, &out) && out == 0 && lstmfc__mul(0, SIZE_MAX, &out));
    CHECK(!lstmfc__mul(SIZE_MAX / 2 + 1, 2, &out) && !lstmfc__mul(SIZE_MAX, SIZE_MAX, &out));
    CHECK(lstmfc__add(SIZE_MAX, 0, &out) && out == SIZE_MAX);
    CHECK(!lstmfc__add(SIZE_MAX, 1, &out) && !lstmfc__add(SIZE_MAX - 3, 4, &out));
}

TEST(blocks) {
    test_allocator counter;
    lstmfc_env env = test_env(&counter), filled = lstmfc__env_fill(&env);
    lstmfc_error err;
    unsigned char *p, *q;
    size_t i;
    memset(&err, 0, sizeof err);
    p = (unsigned char *)lstmfc__alloc(&filled, 10, 3, &err);
    for (i = 0; i < 30; i++) CHECK(p[i] == 0);
    memset(p, 9, 30);
    q = (unsigned char *)lstmfc__grow(&filled, p, 10, 20, 3, &err);
    for (i = 0; i < 60; i++) CHECK(q[i] == (i < 30 ? 9 : 0));
    counter.fail_at = counter.allocations + 1;
    CHECK(lstmfc__grow(&filled, q, 20, 40, 3, &err) == NULL);
    CHECK_INT(err.code, LSTMFC_ERROR_MEMORY);
    CHECK_HAS(err.message, "120 bytes");
    CHECK(q[0] == 9);                                       /* still there */
    CHECK(lstmfc__grow(&filled, q, 20, SIZE_MAX / 2, 3, &err) == NULL);
    CHECK_HAS(err.message, "address space");
    CHECK(lstmfc__alloc(&filled, SIZE_MAX / 2, 3, &err) == NULL);
    CHECK_HAS(err.message, "address space");
    lstmfc__free(&filled, q, 20, 3);
    lstmfc__free(&filled, NULL, 5, 5);
    p = (unsigned char *)lstmfc__alloc(&filled, 0, 8, &err);    /* nothing asked for: still a block */
    CHECK(p != NULL);
    lstmfc__free(&filled, p, 0, 8);
    CHECK(counter.live == 0 && counter.live_bytes == 0 && counter.wrong_sizes == 0);
}

TEST(slab) {
    lstmfc__slab count = {NULL, 0, 0}, place = {NULL, 0, 0};
    static unsigned char raw[1024 + 64];
    unsigned char *x, *y, *z;
    CHECK(lstmfc__take(&count, 3, 8) == NULL && count.used == 64);
    CHECK(lstmfc__take(&count, 65, 1) == NULL && count.used == 192);
    CHECK(lstmfc__take(&count, 0, 4) == NULL && count.used == 192);
    place.base = lstmfc__align(raw + 1);
    CHECK((uintptr_t)place.base % 64 == 0 && place.base > raw && place.base <= raw + 64);
    x = (unsigned char *)lstmfc__take(&place, 3, 8);
    y = (unsigned char *)lstmfc__take(&place, 65, 1);
    z = (unsigned char *)lstmfc__take(&place, 0, 4);
    CHECK(x == place.base && y == x + 64 && z == y + 128 && place.used == count.used && !place.overflow);
    lstmfc__take(&place, SIZE_MAX / 2, 4);
    CHECK(place.overflow);
    count.used = SIZE_MAX - 100;
    lstmfc__take(&count, 90, 1);
    CHECK(count.overflow);
}

TEST(arena) {
    static unsigned char buffer[4096];
    lstmfc_arena arena;
    lstmfc_allocator allocator;
    unsigned char *x, *y, *grown;
    size_t used, i;
    lstmfc_arena_init(&arena, buffer + 3, sizeof buffer - 3);
    allocator = lstmfc_arena_allocator(&arena);
    x = (unsigned char *)allocator.allocate(allocator.context, 100);
    CHECK(x != NULL && (uintptr_t)x % 64 == 0);
    memset(x, 1, 100);
    grown = (unsigned char *)allocator.resize(allocator.context, x, 100, 200);     /* the newest grows in place */
    CHECK(grown == x);
    y = (unsigned char *)allocator.allocate(allocator.context, 50);
    CHECK((uintptr_t)y % 64 == 0 && y >= x + 200);
    memset(y, 2, 50);
    grown = (unsigned char *)allocator.resize(allocator.context, x, 200, 300);     /* not the newest: it moves */
    CHECK(grown != x && grown > y);
    for (i = 0; i < 100; i++) CHECK(grown[i] == 1);
    used = arena.used;
    CHECK(allocator.resize(allocator.context, grown, 300, 8000) == NULL && arena.used == used);
    CHECK(allocator.allocate(allocator.context, 5000) == NULL && arena.used == used);
    CHECK(allocator.allocate(allocator.context, SIZE_MAX) == NULL && arena.used == used);
    allocator.release(allocator.context, grown, 300);
    CHECK(arena.used < used);
    used = arena.used;
    allocator.release(allocator.context, x, 200);           /* in the middle: stays */
    CHECK(arena.used == used && arena.peak > used);
    while (allocator.allocate(allocator.context, 64)) { }
    CHECK(arena.used <= arena.size && arena.size - arena.used < 128);
    lstmfc_arena_init(&arena, NULL, 0);
    allocator = lstmfc_arena_allocator(&arena);
    CHECK(allocator.allocate(allocator.context, 1) == NULL);
}

TEST(defaults) {
    lstmfc_env env, filled;
    env = lstmfc_env_default();
    CHECK(env.allocator.allocate != NULL && env.limits.depth == 64 && env.limits.dimension == 1 << 20 && env.threads == 1);
    memset(&env, 0, sizeof env);
    env.limits.dimension = env.limits.depth = -1;           /* not 2^64 - 1 */
    env.limits.file_bytes = env.limits.elements = -1;
    filled = lstmfc__env_fill(&env);
    CHECK(filled.limits.depth == 64 && filled.limits.dimension == 1 << 20);
    CHECK(filled.limits.file_bytes == (int64_t)1 << 32 && filled.limits.elements == (int64_t)1 << 31);
    env.limits.depth = 5;
    env.limits.elements = 0;
    filled = lstmfc__env_fill(&env);
    CHECK(filled.limits.depth == 5 && filled.limits.elements == (int64_t)1 << 31 && filled.allocator.resize != NULL && filled.allocator.release != NULL);
}

static lstmfc_result work(const lstmfc_env *env, void *context) {   /* shows that the loop finds what it must */
    lstmfc_env filled = lstmfc__env_fill(env);
    lstmfc_error err;
    char *first, *second;
    memset(&err, 0, sizeof err);
    (void)context;
    first = lstmfc__copy_string(&filled, "one", &err);
    if (!first) return err.code;
    second = lstmfc__copy_string(&filled, "second", &err);
    if (second) lstmfc__free(&filled, second, 7, 1);
    lstmfc__free(&filled, first, 4, 1);
    return err.code;
}

TEST(torture_loop) { CHECK_INT(torture("two strings", work, NULL), 4); }      /* once: 2; from then on: 2 */

int main(void) { RUN(checked_sizes); RUN(blocks); RUN(slab); RUN(arena); RUN(defaults); RUN(torture_loop); return test_end(); }

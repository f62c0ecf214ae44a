/* Any bytes as a forecaster or an ensemble; the same closed with the right checksum; and, after a '!', as the member "ensemble" of a
   file whose rest is right, between two members that load, after a '?' as the member "intervals" of a forecaster of quantiles. What loads is saved, loaded and saved again to the same bytes, and asked.
   Seeds: run it once with LSTMFC_SEEDS=directory. */
#define LSTMFC_IMPLEMENTATION
#include "../../lstmfc.h"
#include "../walk.h"
#include <stdio.h>

static walk candles;
static lstmfc_writer whole;             /* an ensemble of two small forecasters */
static const char *inside, *behind;     /* its member "ensemble", from its key on; the rest */
static lstmfc_writer quantiles;         /* a small forecaster of quantiles */
static const char *intervals, *after;   /* its member "intervals"; the rest */

static const lstmfc_env *fuzz_env(void) {
    static lstmfc_env env;
    env.limits.elements = 1 << 16;
    env.limits.dimension = 1 << 12;
    return &env;
}

static void begin(void) {
    static const char *const networks[] = {"lstm 1 | dense 1 sigmoid", "dense 1 sigmoid"};
    lstmfc_forecaster *members[2], *ensemble;
    lstmfc_forecaster_desc desc;
    lstmfc_ensemble_desc how;
    const char *next;
    int i;
    walk_make(&candles, 200, 1);
    memset(&desc, 0, sizeof desc);
    memset(&how, 0, sizeof how);
    desc.features = "log_return(close)";
    desc.training.epochs = 1;
    for (i = 0; i < 2; i++) {
        desc.window = 2 - i;
        desc.model = networks[i];
        members[i] = lstmfc_forecaster_fit(&candles.candles, &desc, NULL);
    }
    ensemble = lstmfc_ensemble_create(members, 2, &how, NULL);
    lstmfc_writer_init(&whole, NULL);
    if (!ensemble || lstmfc_forecaster_save_memory(ensemble, &whole, NULL)) __builtin_trap();
    lstmfc_write_text(&whole, "", 1);
    inside = strstr(whole.text, "\"ensemble\"");
    for (behind = inside; (next = strstr(behind + 1, "\"intervals\"")) != NULL; ) behind = next;
    lstmfc_forecaster_free(ensemble);
    for (i = 0; i < 2; i++) lstmfc_forecaster_free(members[i]);
    desc.target = LSTMFC_TARGET_RETURN;
    desc.model = "dense 3";
    desc.training.loss = LSTMFC_LOSS_PINBALL;
    members[0] = lstmfc_forecaster_fit(&candles.candles, &desc, NULL);
    lstmfc_writer_init(&quantiles, NULL);
    if (!members[0] || lstmfc_forecaster_save_memory(members[0], &quantiles, NULL)) __builtin_trap();
    lstmfc_write_text(&quantiles, "", 1);
    intervals = strstr(quantiles.text, "\"intervals\"");
    after = strstr(intervals, "\"training\"");
    lstmfc_forecaster_free(members[0]);
}

static void try_forecaster(const char *text, size_t length) {
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_forecaster *fc = lstmfc_forecaster_load_memory(text, length, fuzz_env(), &err), *again;
    lstmfc_forecaster_info info;
    lstmfc_writer once, twice;
    lstmfc_forecast out = {0};
    if (!fc) { if (!err.code || !err.message[0]) __builtin_trap(); return; }
    lstmfc_writer_init(&once, NULL);
    lstmfc_writer_init(&twice, NULL);
    if (lstmfc_forecaster_save_memory(fc, &once, &err) != LSTMFC_OK) __builtin_trap();
    again = lstmfc_forecaster_load_memory(once.text, once.length, NULL, &err);
    if (!again || lstmfc_forecaster_save_memory(again, &twice, &err) != LSTMFC_OK) __builtin_trap();
    if (once.length != twice.length || memcmp(once.text, twice.text, once.length) != 0) __builtin_trap();
    info = lstmfc_forecaster_get_info(fc);
    if (info.window <= 64 && info.horizon <= 64 && info.first_forecast < 1000) {
        lstmfc_stream *stream = lstmfc_stream_create(fc, NULL);
        lstmfc_forecaster_predict(fc, &candles.candles, 1, &out, NULL);
        if (!(out.lower <= out.upper) && !lstmfc_is_nan(out.lower)) __builtin_trap();
        if (stream) lstmfc_stream_push(stream, &candles.candles, 0, &out, NULL);
        lstmfc_stream_free(stream);
    }
    lstmfc_writer_free(&once);
    lstmfc_writer_free(&twice);
    lstmfc_forecaster_free(again);
    lstmfc_forecaster_free(fc);
}

/* text closed by the right checksum. */
static void try_sealed(const char *text, size_t length) {
    char *sealed = (char *)malloc(length + 32);
    memcpy(sealed, text, length);
    snprintf(sealed + length, 32, ",\"checksum\":\"%08x\"}", (unsigned)lstmfc__crc32(0, text, length));
    try_forecaster(sealed, length + 23);
    free(sealed);
}

static void write_seeds(const char *directory) {
    char path[600], *seed = (char *)malloc(whole.length + 1);
    const char *end = whole.text, *next;
    while ((next = strstr(end + 1, ",\"checksum\"")) != NULL) end = next;
    snprintf(path, sizeof path, "%s/whole", directory);
    lstmfc_file_write(path, whole.text, (size_t)(end - whole.text), NULL);
    *seed = '!';
    memcpy(seed + 1, inside, (size_t)(behind - inside));
    snprintf(path, sizeof path, "%s/inside", directory);
    lstmfc_file_write(path, seed, (size_t)(behind - inside) + 1, NULL);
    free(seed);
    seed = (char *)malloc((size_t)(after - intervals) + 1);
    *seed = '?';
    memcpy(seed + 1, intervals, (size_t)(after - intervals));
    snprintf(path, sizeof path, "%s/intervals", directory);
    lstmfc_file_write(path, seed, (size_t)(after - intervals) + 1, NULL);
    free(seed);
}

/* data in place of what stands from `from` to `to` of a file, its checksum made anew. */
static void try_inside(const lstmfc_writer *file, const char *from, const char *to, const char *data, size_t size) {
    const char *end = to, *next;
    size_t before = (size_t)(from - file->text), rest;
    char *text;
    while ((next = strstr(end + 1, ",\"checksum\"")) != NULL) end = next;
    rest = (size_t)(end - to);
    text = (char *)malloc(before + size + rest);
    memcpy(text, file->text, before);
    memcpy(text + before, data, size);
    memcpy(text + before + size, to, rest);
    try_sealed(text, before + size + rest);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!inside) { begin(); if (getenv("LSTMFC_SEEDS")) write_seeds(getenv("LSTMFC_SEEDS")); }
    if (size && data[0] == '!') { try_inside(&whole, inside, behind, (const char *)data + 1, size - 1); return 0; }
    if (size && data[0] == '?') { try_inside(&quantiles, intervals, after, (const char *)data + 1, size - 1); return 0; }
    try_forecaster((const char *)data, size);
    try_sealed((const char *)data, size);
    return 0;
}

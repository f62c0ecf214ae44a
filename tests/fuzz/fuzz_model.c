/* Any bytes as a model file; the same closed with the right checksum, so that what lies behind it is reached; and, after a '!',
   as a checkpoint. Seeds: run it once with LSTMFC_SEEDS=directory. What loads is saved, loaded and saved again to the same bytes. */
#define LSTMFC_IMPLEMENTATION
#include "../../lstmfc.h"
#include <stdio.h>

static const lstmfc_env *fuzz_env(void) {
    static lstmfc_env env;
    env.limits.elements = 1 << 16;
    env.limits.dimension = 1 << 12;
    return &env;
}

static void try_model(const char *text, size_t length) {
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_model *model = lstmfc_model_load_memory(text, length, fuzz_env(), &err), *again;
    lstmfc_writer once, twice;
    if (!model) { if (!err.code || !err.message[0]) __builtin_trap(); return; }
    lstmfc_writer_init(&once, NULL);
    lstmfc_writer_init(&twice, NULL);
    if (lstmfc_model_save_memory(model, 0, &once, &err) != LSTMFC_OK) __builtin_trap();
    again = lstmfc_model_load_memory(once.text, once.length, NULL, &err);
    if (!again) __builtin_trap();
    if (lstmfc_model_save_memory(again, 0, &twice, &err) != LSTMFC_OK) __builtin_trap();
    if (once.length != twice.length || memcmp(once.text, twice.text, once.length) != 0) __builtin_trap();
    lstmfc_writer_free(&once);
    lstmfc_writer_free(&twice);
    lstmfc_model_free(again);
    if (lstmfc_model_window(model) <= 16 && lstmfc_model_inputs(model) <= 16 && lstmfc_model_outputs(model) <= 16) {
        lstmfc_real rows[256] = {1}, out[16];
        lstmfc_scratch *scratch = lstmfc_scratch_create(model, 1, NULL);
        lstmfc_batch batch;
        memset(&batch, 0, sizeof batch);
        batch.rows = rows; batch.row_count = 16; batch.row_stride = 16; batch.count = 1; batch.window = (size_t)lstmfc_model_window(model);
        if (scratch) lstmfc_model_predict(model, scratch, &batch, out, NULL);
        lstmfc_scratch_free(scratch);
    }
    lstmfc_model_free(model);
}

static lstmfc_real rows[12], targets[10] = {0, 1, 1, 0, 1, 0, 0, 1, 1, 0};

static lstmfc_trainer *make_trainer(lstmfc_model *model) {
    lstmfc_batch train, validation;
    lstmfc_training_desc desc;
    int i;
    for (i = 0; i < 12; i++) rows[i] = (lstmfc_real)(i % 5) - 2;
    memset(&train, 0, sizeof train);
    memset(&desc, 0, sizeof desc);
    train.rows = rows; train.row_count = 12; train.row_stride = 1; train.count = 10; train.window = 2; train.targets = targets;
    validation = train;
    validation.count = 4;
    desc.epochs = 3;
    desc.batch = 4;
    return lstmfc_trainer_create(model, &train, &validation, &desc, NULL);
}

static lstmfc_model *make_model(void) {
    lstmfc_model_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.spec = "lstm 1 | batchnorm | dense 1 sigmoid";
    desc.inputs = 1;
    desc.window = 2;
    return lstmfc_model_create(&desc, NULL);
}

static void try_checkpoint(const char *text, size_t length) {
    lstmfc_json *json = lstmfc_json_parse(text, length, NULL, NULL);
    lstmfc_model *model;
    lstmfc_trainer *trainer;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_result result;
    int moments;
    if (!json) return;
    model = make_model();
    trainer = make_trainer(model);
    for (moments = 1; moments >= 0; moments--) {
        result = moments ? lstmfc_trainer_read_moments(trainer, json, 0, &err) : lstmfc_trainer_read(trainer, json, 0, &err);
        if (result != LSTMFC_OK && (result != err.code || !err.message[0])) __builtin_trap();
    }
    while (lstmfc_trainer_step(trainer, 0, NULL) == LSTMFC_OK) {}
    lstmfc_trainer_free(trainer);
    lstmfc_model_free(model);
    lstmfc_json_free(json);
}

static void write_seeds(const char *directory) {
    lstmfc_model *model = make_model();
    lstmfc_trainer *trainer = make_trainer(model);
    lstmfc_writer w;
    char path[600];
    int i;
    for (i = 0; i < 3; i++) {
        lstmfc_writer_init(&w, NULL);
        if (i < 2) {
            lstmfc_trainer_step(trainer, 2, NULL);
            lstmfc_write_text(&w, "!", 1);
            lstmfc_trainer_write(trainer, &w, NULL);
        } else {
            lstmfc_model_save_memory(model, 1, &w, NULL);
            *strstr(w.text, ",\"checksum\"") = 0;
            w.length = strlen(w.text);
        }
        snprintf(path, sizeof path, "%s/seed%d", directory, i);
        lstmfc_file_write(path, w.text, w.length, NULL);
        lstmfc_writer_free(&w);
    }
    lstmfc_trainer_free(trainer);
    lstmfc_model_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int once;
    char *text;
    if (!once++ && getenv("LSTMFC_SEEDS")) write_seeds(getenv("LSTMFC_SEEDS"));
    if (size && data[0] == '!') { try_checkpoint((const char *)data + 1, size - 1); return 0; }
    try_model((const char *)data, size);
    text = (char *)malloc(size + 32);
    memcpy(text, data, size);
    snprintf(text + size, 32, ",\"checksum\":\"%08x\"}", (unsigned)lstmfc__crc32(0, data, size));
    try_model(text, size + 23);
    free(text);
    return 0;
}

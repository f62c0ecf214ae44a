/* The exports of the WebAssembly module. Everything here is a thin hand over to lstmfc.h; nothing is computed. What crosses:
     objects    as opaque pointers, given back by their _free
     options    as JSON text: one flat object with the names of the command line's flags, never a struct by offset
     arrays     as pointer and length into the module's memory; take room with malloc, give it back with free
     results    as JSON text in a `text` object, or into the caller's arrays
     errors     in an `error` object: code, line, column, message
   No call keeps a pointer to a text it was given. Rows, targets and candles are borrowed, as in lstmfc.h. Any call that allocates
   may grow the module's memory, which detaches every view over it: make views anew after each call. Sizes and pointers are 32-bit
   and unsigned (`>>> 0` in JavaScript), times and seeds cross as doubles. LSTMFC_WASM_PREDICT leaves out what trains and tests. The file compiles natively too, for the warnings. */
#define LSTMFC_IMPLEMENTATION
#ifndef LSTMFC_NO_STDIO
#  define LSTMFC_NO_STDIO
#endif
#include "../lstmfc.h"
#ifndef LSTMFC_WASM_PREDICT
#  include "../tools/lstmfc/verdict.c"
#endif

#ifdef __wasm__
#  define EXPORT(type, name, arguments) __attribute__((export_name(#name))) type wasm_##name arguments; type wasm_##name arguments
#else
#  define EXPORT(type, name, arguments) type wasm_##name arguments; type wasm_##name arguments
#endif

/* ---- errors, texts --------------------------------------------------------------------------------------------- */

EXPORT(lstmfc_error *, error_new, (void)) { return (lstmfc_error *)calloc(1, sizeof(lstmfc_error)); }
EXPORT(void, error_free, (lstmfc_error *err)) { free(err); }
EXPORT(void, error_clear, (lstmfc_error *err)) { memset(err, 0, sizeof *err); }
EXPORT(int32_t, error_code, (const lstmfc_error *err)) { return err->code; }
EXPORT(int32_t, error_line, (const lstmfc_error *err)) { return err->line; }
EXPORT(int32_t, error_column, (const lstmfc_error *err)) { return err->column; }
EXPORT(const char *, error_name, (const lstmfc_error *err)) { return lstmfc_result_name(err->code); }      /* ended by NUL */
EXPORT(const char *, error_message, (const lstmfc_error *err)) { return err->message; }                    /* ended by NUL */

EXPORT(lstmfc_writer *, text_new, (void)) {
    lstmfc_writer *text = (lstmfc_writer *)malloc(sizeof *text);
    if (text) lstmfc_writer_init(text, NULL);
    return text;
}
EXPORT(void, text_free, (lstmfc_writer *text)) { if (text) { lstmfc_writer_free(text); free(text); } }
EXPORT(const char *, text_data, (const lstmfc_writer *text)) { return text->text; }
EXPORT(size_t, text_length, (const lstmfc_writer *text)) { return text->length; }

/* Fills err with the three texts in a row and gives the code back. The shim calls public names alone, as any program does. */
static lstmfc_result refuse(lstmfc_error *err, lstmfc_result code, const char *before, const char *what, const char *after) {
    const char *parts[3];
    size_t i, used = 0, length;
    parts[0] = before; parts[1] = what; parts[2] = after;
    memset(err, 0, sizeof *err);
    err->code = code;
    for (i = 0; i < 3; i++) {
        length = strlen(parts[i]);
        if (length > sizeof err->message - 1 - used) length = sizeof err->message - 1 - used;
        memcpy(err->message + used, parts[i], length);
        used += length;
    }
    return code;
}

static lstmfc_result refuse_memory(lstmfc_error *err, size_t count, const char *things) {
    char number[32];
    lstmfc_format_int(number, (int64_t)count);
    return refuse(err, LSTMFC_ERROR_MEMORY, "out of memory: ", number, things);
}

/* A text that memory gave out under: the writer's errors stick until here. */
static lstmfc_result text_done(const lstmfc_writer *text, lstmfc_error *err) {
    if (!text->failed) return LSTMFC_OK;
    return refuse(err, text->failed, "the text could not be written: ", lstmfc_result_text(text->failed), "");
}

/* ---- options --------------------------------------------------------------------------------------------------- */

#ifndef LSTMFC_WASM_PREDICT
/* Tables of nested descs joined into one, offsets counted from the outer desc: options are flat in JSON. */
typedef struct options_table { lstmfc_field fields[96]; size_t count; } options_table;

static void options_add(options_table *table, const lstmfc_field *fields, size_t count, size_t base) {
    size_t i;
    for (i = 0; i < count && table->count < sizeof table->fields / sizeof table->fields[0]; i++) {
        table->fields[table->count] = fields[i];
        table->fields[table->count++].offset += base;
    }
}

static void options_training(options_table *table, size_t base) {
    size_t count;
    const lstmfc_field *fields = lstmfc_training_desc_fields(&count);
    options_add(table, fields, count, base);
    fields = lstmfc_optimizer_desc_fields(&count);
    options_add(table, fields, count, base + offsetof(lstmfc_training_desc, optimizer));
}

static void options_forecaster(options_table *table) {
    size_t count;
    const lstmfc_field *fields = lstmfc_forecaster_desc_fields(&count);
    options_add(table, fields, count, 0);
    options_training(table, offsetof(lstmfc_forecaster_desc, training));
}

#endif

/* Sets the fields of desc that the JSON object names. *texts keeps the strings: free it when the desc has been used. */
static lstmfc_result options_read(void *desc, const lstmfc_field *fields, size_t count, const char *json, size_t length, char **texts,
                                  lstmfc_error *err) {
    lstmfc_json *document;
    lstmfc_result result;
    *texts = NULL;
    if (!length) return LSTMFC_OK;
    document = lstmfc_json_parse(json, length, NULL, err);
    if (!document) return err->code;
    *texts = (char *)malloc(length + 1);            /* unescaped texts are never longer than the JSON that holds them */
    if (*texts) result = lstmfc_desc_from_json(desc, fields, count, document, 0, *texts, length + 1, err);
    else result = refuse_memory(err, length + 1, " bytes");
    lstmfc_json_free(document);
    return result;
}

static void options_write(lstmfc_writer *text, const char *key, const lstmfc_field *fields, size_t count) {
    static const char *const kinds[] = {"", "int", "long", "real", "text", "choice"};
    size_t i;
    lstmfc_json_begin(text, key, '[');
    for (i = 0; i < count; i++) {
        lstmfc_json_begin(text, NULL, '{');
        lstmfc_json_put_string(text, "name", fields[i].name);
        lstmfc_json_put_string(text, "kind", kinds[fields[i].kind]);
        lstmfc_json_put_string(text, "default", fields[i].preset);
        lstmfc_json_put_string(text, "range", fields[i].range);
        lstmfc_json_put_string(text, "help", fields[i].help);
        lstmfc_json_end(text, '}');
    }
    lstmfc_json_end(text, ']');
}

/* The languages of features and layers, for help and completion. */
#ifndef LSTMFC_WASM_PREDICT
static void language_write(lstmfc_writer *text) {
    size_t count, length, i;
    const lstmfc_function_info *functions = lstmfc_functions(&count);
    const lstmfc_preset_info *presets;
    char line[512];
    int32_t layer;
    lstmfc_json_begin(text, "functions", '[');
    for (i = 0; i < count; i++) {
        lstmfc_json_begin(text, NULL, '{');
        lstmfc_json_put_string(text, "name", functions[i].name);
        lstmfc_json_put_string(text, "arguments", functions[i].arguments);
        lstmfc_json_put_string(text, "defaults", functions[i].defaults);
        lstmfc_json_put_string(text, "outputs", functions[i].outputs);
        lstmfc_json_put_string(text, "help", functions[i].help);
        lstmfc_json_end(text, '}');
    }
    lstmfc_json_end(text, ']');
    presets = lstmfc_presets(&count);
    lstmfc_json_begin(text, "presets", '[');
    for (i = 0; i < count; i++) {
        lstmfc_json_begin(text, NULL, '{');
        lstmfc_json_put_string(text, "name", presets[i].name);
        lstmfc_json_put_string(text, "help", presets[i].help);
        lstmfc_json_put_string(text, "spec", presets[i].spec ? presets[i].spec : "");
        lstmfc_json_end(text, '}');
    }
    lstmfc_json_end(text, ']');
    lstmfc_json_begin(text, "layers", '[');
    for (layer = 0; (length = lstmfc_layer_help(layer, line, sizeof line)) > 0; layer++) {
        char name[64];
        length = strcspn(line, " ");
        if (length >= sizeof name) continue;
        memcpy(name, line, length);
        name[length] = 0;
        lstmfc_json_begin(text, NULL, '{');
        lstmfc_json_put_string(text, "name", name);
        lstmfc_json_put_string(text, "help", line);
        lstmfc_json_end(text, '}');
    }
    lstmfc_json_end(text, ']');
}
#endif

/* What the module is and every option it takes: a page can build its form from this. */
EXPORT(lstmfc_result, about, (lstmfc_writer *text, lstmfc_error *err)) {
    const lstmfc_field *fields;
    size_t count;
#ifndef LSTMFC_WASM_PREDICT
    options_table table;
#endif
    lstmfc_json_begin(text, NULL, '{');
    lstmfc_json_put_string(text, "version", LSTMFC_VERSION_TEXT);
    lstmfc_json_put_string(text, "build", lstmfc_build_info());
    lstmfc_json_put_string(text, "simd", lstmfc_simd_name());
#ifndef LSTMFC_WASM_PREDICT
    table.count = 0;
    options_forecaster(&table);
    options_write(text, "forecaster", table.fields, table.count);
    table.count = 0;
    options_training(&table, 0);
    options_write(text, "trainer", table.fields, table.count);
    fields = lstmfc_model_desc_fields(&count);
    options_write(text, "model", fields, count);
    fields = lstmfc_backtest_desc_fields(&count);
    options_write(text, "backtest", fields, count);
    fields = lstmfc_metrics_fields(&count);
    options_write(text, "metrics", fields, count);
    language_write(text);
#endif
    fields = lstmfc_csv_desc_fields(&count);
    options_write(text, "csv", fields, count);
    fields = lstmfc_signal_desc_fields(&count);
    options_write(text, "signals", fields, count);
    lstmfc_json_end(text, '}');
    return text_done(text, err);
}

/* ---- models and trainers: tensors in and out --------------------------------------------------------------------- */

EXPORT(lstmfc_model *, model_new, (const char *options, size_t length, lstmfc_error *err)) {
    lstmfc_model_desc desc;
    lstmfc_model *model = NULL;
    const lstmfc_field *fields;
    size_t count;
    char *texts;
    memset(&desc, 0, sizeof desc);
    fields = lstmfc_model_desc_fields(&count);
    if (options_read(&desc, fields, count, options, length, &texts, err) == LSTMFC_OK) model = lstmfc_model_create(&desc, err);
    free(texts);
    return model;
}
EXPORT(void, model_free, (lstmfc_model *model)) { lstmfc_model_free(model); }
EXPORT(const char *, model_spec, (const lstmfc_model *model)) { return lstmfc_model_spec(model); }         /* ended by NUL */
EXPORT(int32_t, model_inputs, (const lstmfc_model *model)) { return lstmfc_model_inputs(model); }
EXPORT(int32_t, model_outputs, (const lstmfc_model *model)) { return lstmfc_model_outputs(model); }
EXPORT(int32_t, model_window, (const lstmfc_model *model)) { return lstmfc_model_window(model); }
EXPORT(double, model_parameters, (const lstmfc_model *model)) { return (double)lstmfc_model_parameters(model, NULL); }
EXPORT(lstmfc_result, model_save, (const lstmfc_model *model, double created, lstmfc_writer *text, lstmfc_error *err)) {
    if (!(created >= 0 && created <= 9007199254740992.0))       /* outside, the conversion below would trap */
        return refuse(err, LSTMFC_ERROR_ARGUMENT, "created must be a time in UTC ms, 0 or more", "", "");
    return lstmfc_model_save_memory(model, (int64_t)created, text, err);
}
EXPORT(lstmfc_model *, model_load, (const char *json, size_t length, lstmfc_error *err)) {
    return lstmfc_model_load_memory(json, length, NULL, err);
}

/* `count` windows starting at rows first, first + 1, ... of a matrix [row_count][inputs of the model]; targets of `width` numbers. */
static lstmfc_batch windows(const lstmfc_model *model, const lstmfc_real *rows, size_t row_count, size_t first, size_t count,
                            const lstmfc_real *targets, size_t width) {
    lstmfc_batch batch;
    size_t inputs = (size_t)lstmfc_model_inputs(model);
    memset(&batch, 0, sizeof batch);
    batch.rows = rows + first * inputs;
    batch.row_count = row_count > first ? row_count - first : 0;
    batch.row_stride = inputs;
    batch.window = (size_t)lstmfc_model_window(model);
    batch.count = count;
    batch.targets = targets ? targets + first * width : NULL;
    return batch;
}

/* outputs [count][outputs]. */
EXPORT(lstmfc_result, model_predict, (const lstmfc_model *model, const lstmfc_real *rows, size_t row_count, size_t count,
                                      lstmfc_real *outputs, lstmfc_error *err)) {
    lstmfc_batch batch = windows(model, rows, row_count, 0, count, NULL, 0);
    lstmfc_scratch *scratch = lstmfc_scratch_create(model, count < 64 ? count : 64, err);
    lstmfc_result result = scratch ? lstmfc_model_predict(model, scratch, &batch, outputs, err) : err->code;
    lstmfc_scratch_free(scratch);
    return result;
}

/* Row by row with carried state: row [inputs], outputs [outputs]. The scratch holds the state of one series and is of one model. */
EXPORT(lstmfc_scratch *, scratch_new, (const lstmfc_model *model, lstmfc_error *err)) { return lstmfc_scratch_create(model, 1, err); }
EXPORT(void, scratch_free, (lstmfc_scratch *scratch)) { lstmfc_scratch_free(scratch); }
EXPORT(void, scratch_reset, (lstmfc_scratch *scratch)) { lstmfc_scratch_reset(scratch); }
EXPORT(lstmfc_result, model_step, (const lstmfc_model *model, lstmfc_scratch *scratch, const lstmfc_real *row, lstmfc_real *outputs,
                                   lstmfc_error *err)) {
    return lstmfc_model_step(model, scratch, row, outputs, err);
}

#ifndef LSTMFC_WASM_PREDICT
/* targets [train + validation][outputs] (class numbers under loss crossentropy_classes): one per window, in order; the last
   `validation` windows are validated on. */
EXPORT(lstmfc_trainer *, trainer_new, (lstmfc_model *model, const lstmfc_real *rows, size_t row_count, const lstmfc_real *targets,
                                       size_t train, size_t validation, const char *options, size_t length, lstmfc_error *err)) {
    options_table table;
    lstmfc_training_desc desc;
    lstmfc_trainer *trainer = NULL;
    char *texts;
    memset(&desc, 0, sizeof desc);
    table.count = 0;
    options_training(&table, 0);
    if (options_read(&desc, table.fields, table.count, options, length, &texts, err) == LSTMFC_OK) {
        size_t width = desc.loss == LSTMFC_LOSS_CROSSENTROPY_CLASSES ? 1 : (size_t)lstmfc_model_outputs(model);
        lstmfc_batch fit = windows(model, rows, row_count, 0, train, targets, width);
        lstmfc_batch check = windows(model, rows, row_count, train, validation, targets, width);
        trainer = lstmfc_trainer_create(model, &fit, validation ? &check : NULL, &desc, err);
    }
    free(texts);
    return trainer;
}
EXPORT(void, trainer_free, (lstmfc_trainer *trainer)) { lstmfc_trainer_free(trainer); }
/* 0: more to do, 1: finished, below 0: error. */
EXPORT(lstmfc_result, trainer_step, (lstmfc_trainer *trainer, int32_t max_batches, lstmfc_error *err)) {
    return lstmfc_trainer_step(trainer, max_batches, err);
}

/* {"best_epoch":..,"epochs":[{"epoch":..,"loss":..,..},..]}; a figure that does not apply is null. */
EXPORT(lstmfc_result, trainer_history, (const lstmfc_trainer *trainer, lstmfc_writer *text, lstmfc_error *err)) {
    int32_t i, count = 0, best = 0;
    const lstmfc_epoch *epochs = lstmfc_trainer_history(trainer, &count, &best);
    lstmfc_json_begin(text, NULL, '{');
    lstmfc_json_put_integer(text, "best_epoch", best);
    lstmfc_json_begin(text, "epochs", '[');
    for (i = 0; i < count; i++) {
        lstmfc_json_begin(text, NULL, '{');
        lstmfc_json_put_integer(text, "epoch", epochs[i].epoch);
        lstmfc_json_put_number(text, "loss", epochs[i].loss);
        lstmfc_json_put_number(text, "val_loss", epochs[i].val_loss);
        lstmfc_json_put_number(text, "penalty", epochs[i].penalty);
        lstmfc_json_put_number(text, "lr", epochs[i].lr);
        lstmfc_json_put_number(text, "norm", epochs[i].norm);
        lstmfc_json_put_number(text, "accuracy", epochs[i].accuracy);
        lstmfc_json_put_number(text, "val_accuracy", epochs[i].val_accuracy);
        lstmfc_json_put_number(text, "auc", epochs[i].auc);
        lstmfc_json_put_number(text, "val_auc", epochs[i].val_auc);
        lstmfc_json_end(text, '}');
    }
    lstmfc_json_end(text, ']');
    lstmfc_json_end(text, '}');
    return text_done(text, err);
}

#endif

/* ---- candles, fits and forecasters: prices in, forecasts out ------------------------------------------------------ */

/* report: what the reader found, a JSON object, also of a file that it refuses; 0 = nobody asks. */
EXPORT(lstmfc_candles *, candles_parse, (const char *csv, size_t csv_length, const char *options, size_t length, lstmfc_writer *report,
                                         lstmfc_error *err)) {
    lstmfc_csv_report found;
    lstmfc_csv_desc desc;
    lstmfc_candles *candles = NULL;
    const lstmfc_field *fields;
    size_t count;
    char *texts;
    memset(&desc, 0, sizeof desc);
    fields = lstmfc_csv_desc_fields(&count);
    memset(&found, 0, sizeof found);
    desc.report = &found;
    if (options_read(&desc, fields, count, options, length, &texts, err) == LSTMFC_OK)
        candles = lstmfc_candles_parse_csv(csv, csv_length, &desc, err);
    free(texts);
    if (report) {
        char mark[2] = {0, 0};
        lstmfc_json_begin(report, NULL, '{');
        mark[0] = found.separator;
        lstmfc_json_put_string(report, "separator", mark);
        mark[0] = found.decimal;
        lstmfc_json_put_string(report, "decimal", mark);
        lstmfc_json_put_string(report, "time_format", found.time_format);
        lstmfc_json_put_string(report, "mapping", found.mapping);
        lstmfc_json_put_string(report, "ignored", found.ignored);
        lstmfc_json_put_string(report, "notes", found.notes);
#define COUNT(name) lstmfc_json_put_integer(report, #name, found.name);
        COUNT(rows) COUNT(kept) COUNT(blank_cells) COUNT(filled_cells) COUNT(blank_rows) COUNT(bad_price_rows) COUNT(zero_price_rows)
        COUNT(duplicate_rows) COUNT(conflicting_rows) COUNT(out_of_order) COUNT(missing_bars) COUNT(gaps) COUNT(ohlc_violations)
        COUNT(zero_volume) COUNT(unclosed) COUNT(interval)
#undef COUNT
        lstmfc_json_end(report, '}');
        if (candles && text_done(report, err) != LSTMFC_OK) { lstmfc_candles_free(candles); candles = NULL; }
    }
    return candles;
}
/* `count` bars to be written through candles_time and candles_column. */
EXPORT(lstmfc_candles *, candles_new, (size_t count, lstmfc_error *err)) { return lstmfc_candles_create(count, NULL, err); }
EXPORT(lstmfc_result, candles_check, (const lstmfc_candles *candles, lstmfc_error *err)) { return lstmfc_candles_check(candles, NULL, err); }
EXPORT(lstmfc_result, candles_append, (lstmfc_candles *candles, double time, double open, double high, double low, double close, double volume,
                                       lstmfc_error *err)) {
    if (!(time >= (double)LSTMFC_TIME_FIRST && time <= 9007199254740992.0))
        return refuse(err, LSTMFC_ERROR_ARGUMENT, "time must be the open of the bar in UTC ms", "", "");
    return lstmfc_candles_append(candles, (int64_t)time, open, high, low, close, volume, err);
}

/* ---- indicators: the feature language -------------------------------------------------------------------------------- */

/* candles: whose columns the text may name; may be 0. spec is ended by NUL. */
EXPORT(lstmfc_features *, features_new, (const char *spec, const lstmfc_candles *candles, lstmfc_error *err)) {
    lstmfc_features_desc desc = lstmfc_features_desc_default();
    desc.columns = candles;
    return lstmfc_features_compile(spec, &desc, err);
}
EXPORT(void, features_free, (lstmfc_features *features)) { lstmfc_features_free(features); }
EXPORT(int32_t, features_count, (const lstmfc_features *features)) { return lstmfc_features_count(features); }
EXPORT(const char *, features_name, (const lstmfc_features *features, int32_t index)) { return lstmfc_features_name(features, index); }
/* out [bars][features_count] doubles, NaN before an indicator is warm. */
EXPORT(lstmfc_result, features_evaluate, (const lstmfc_features *features, const lstmfc_candles *candles, double *out, lstmfc_error *err)) {
    return lstmfc_features_evaluate(features, candles, out, err);
}

/* ---- fits and forecasters ---------------------------------------------------------------------------------------------- */
EXPORT(void, candles_free, (lstmfc_candles *candles)) { lstmfc_candles_free(candles); }
EXPORT(size_t, candles_count, (const lstmfc_candles *candles)) { return candles->count; }
EXPORT(const int64_t *, candles_time, (const lstmfc_candles *candles)) { return candles->time; }     /* [count], a BigInt64Array */
/* [count] doubles, 0 when there is no such column. name is ended by NUL. */
EXPORT(const double *, candles_column, (const lstmfc_candles *candles, const char *name)) { return lstmfc_candles_column(candles, name); }

#ifndef LSTMFC_WASM_PREDICT
/* A fit in progress. The candles are borrowed until fit_free. */
EXPORT(lstmfc_fit *, fit_new, (const lstmfc_candles *candles, const char *options, size_t length, lstmfc_error *err)) {
    options_table table;
    lstmfc_forecaster_desc desc;
    lstmfc_fit *fit = NULL;
    char *texts;
    memset(&desc, 0, sizeof desc);
    table.count = 0;
    options_forecaster(&table);
    if (options_read(&desc, table.fields, table.count, options, length, &texts, err) == LSTMFC_OK) fit = lstmfc_fit_create(candles, &desc, err);
    free(texts);
    return fit;
}
EXPORT(void, fit_free, (lstmfc_fit *fit)) { lstmfc_fit_free(fit); }
EXPORT(lstmfc_result, fit_step, (lstmfc_fit *fit, int32_t max_batches, lstmfc_error *err)) { return lstmfc_fit_step(fit, max_batches, err); }
EXPORT(lstmfc_trainer *, fit_trainer, (lstmfc_fit *fit)) { return lstmfc_fit_trainer(fit); }        /* for trainer_history; not to be freed */
EXPORT(lstmfc_forecaster *, fit_finish, (lstmfc_fit *fit, lstmfc_error *err)) { return lstmfc_fit_finish(fit, err); }
EXPORT(lstmfc_result, fit_save, (const lstmfc_fit *fit, lstmfc_writer *text, lstmfc_error *err)) { return lstmfc_fit_save_memory(fit, text, err); }
EXPORT(lstmfc_result, fit_load, (lstmfc_fit *fit, const char *json, size_t length, lstmfc_error *err)) {
    return lstmfc_fit_load_memory(fit, json, length, err);
}

#endif

EXPORT(void, forecaster_free, (lstmfc_forecaster *forecaster)) { lstmfc_forecaster_free(forecaster); }
EXPORT(lstmfc_result, forecaster_save, (const lstmfc_forecaster *forecaster, lstmfc_writer *text, lstmfc_error *err)) {
    return lstmfc_forecaster_save_memory(forecaster, text, err);
}
EXPORT(lstmfc_forecaster *, forecaster_load, (const char *json, size_t length, lstmfc_error *err)) {
    return lstmfc_forecaster_load_memory(json, length, NULL, err);
}

/* What does not apply is null. */
static void forecast_write(lstmfc_writer *text, const lstmfc_forecast *f) {
    lstmfc_json_begin(text, NULL, '{');
    lstmfc_json_put_integer(text, "time", f->time);
    lstmfc_json_put_integer(text, "target_time", f->target_time);
    lstmfc_json_put_integer(text, "horizon", f->horizon);
    lstmfc_json_put_number(text, "close", f->close);
    lstmfc_json_put_number(text, "value", f->value);
    lstmfc_json_put_number(text, "probability_up", f->probability_up);
    lstmfc_json_put_number(text, "price", f->price);
    lstmfc_json_put_number(text, "log_return", f->log_return);
    lstmfc_json_put_number(text, "volatility", f->volatility);
    lstmfc_json_put_number(text, "lower", f->lower);
    lstmfc_json_put_number(text, "upper", f->upper);
    lstmfc_json_put_number(text, "level", f->level);
    lstmfc_json_put_number(text, "novelty", f->novelty);
    lstmfc_json_end(text, '}');
}

/* The newest forecast and, beyond one step, those fed back: [{"time":..,"value":..,..},..]; what does not apply is null. */
EXPORT(lstmfc_result, forecaster_predict, (const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int32_t steps,
                                           lstmfc_writer *text, lstmfc_error *err)) {
    lstmfc_forecast *out;
    lstmfc_result result;
    int32_t i;
    if (steps < 1 || steps > 100000) {
        char number[32];
        lstmfc_format_int(number, steps);
        return refuse(err, LSTMFC_ERROR_ARGUMENT, "steps is ", number, ": expected 1..100000");
    }
    out = (lstmfc_forecast *)calloc((size_t)steps, sizeof *out);
    if (!out) return refuse_memory(err, (size_t)steps, " forecasts");
    result = lstmfc_forecaster_predict(forecaster, candles, steps, out, err);
    if (result == LSTMFC_OK) {
        lstmfc_json_begin(text, NULL, '[');
        for (i = 0; i < steps; i++) {
            forecast_write(text, &out[i]);
        }
        lstmfc_json_end(text, ']');
        result = text_done(text, err);
    }
    free(out);
    return result;
}

/* One forecast per bar first .. first+count-1 into arrays [count]; lower and upper may be 0. NaN where a bar has none. */
EXPORT(lstmfc_result, forecaster_predict_all, (const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, size_t first, size_t count,
                                               double *value, double *lower, double *upper, lstmfc_error *err)) {
    lstmfc_forecast *out = (lstmfc_forecast *)calloc(count ? count : 1, sizeof *out);
    lstmfc_result result;
    size_t i;
    if (!out) return refuse_memory(err, count, " forecasts");
    result = lstmfc_forecaster_predict_all(forecaster, candles, first, count, out, err);
    for (i = 0; result == LSTMFC_OK && i < count; i++) {
        value[i] = out[i].value;
        if (lower) lower[i] = out[i].lower;
        if (upper) upper[i] = out[i].upper;
    }
    free(out);
    return result;
}

/* The word of the target, as the options have it. */
static void target_name(const lstmfc_forecaster_info *info, char out[64]) {
    lstmfc_forecaster_desc desc;
    size_t count, i;
    const lstmfc_field *fields = lstmfc_forecaster_desc_fields(&count);
    memset(&desc, 0, sizeof desc);
    desc.target = info->target;
    *out = 0;
    for (i = 0; i < count; i++)
        if (strcmp(fields[i].name, "target") == 0) lstmfc_field_get(&desc, &fields[i], out, 64);
}

/* What a forecaster is, one JSON object. */
EXPORT(lstmfc_result, forecaster_info, (const lstmfc_forecaster *forecaster, lstmfc_writer *text, lstmfc_error *err)) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    char target[64];
    target_name(&info, target);
    lstmfc_json_begin(text, NULL, '{');
    lstmfc_json_put_string(text, "target", target);
    lstmfc_json_put_string(text, "features", info.feature_spec);
    lstmfc_json_put_string(text, "model", info.model_spec);
    lstmfc_json_put_integer(text, "horizon", info.horizon);
    lstmfc_json_put_integer(text, "window", info.window);
    lstmfc_json_put_integer(text, "epochs", info.epochs);
    lstmfc_json_put_integer(text, "best_epoch", info.best_epoch);
    lstmfc_json_put_integer(text, "fit_samples", info.fit_samples);
    lstmfc_json_put_integer(text, "val_samples", info.val_samples);
    lstmfc_json_put_integer(text, "seen_to", info.seen_to);
    lstmfc_json_put_number(text, "level", info.level);
    lstmfc_json_put_number(text, "cut", info.cut);
    lstmfc_json_put_number(text, "base_rate", info.base_rate);
    lstmfc_json_end(text, '}');
    return text_done(text, err);
}

/* positions [count] wanted at the close of the bars first .. first+count-1: 1, 0 or -1; options as of chapter 19. */
EXPORT(lstmfc_result, forecaster_signals, (const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, size_t first, size_t count,
                                           const char *options, size_t length, double *positions, lstmfc_error *err)) {
    lstmfc_signal_desc desc;
    lstmfc_forecast *out;
    lstmfc_result result;
    size_t fields_count;
    const lstmfc_field *fields = lstmfc_signal_desc_fields(&fields_count);
    char *texts;
    memset(&desc, 0, sizeof desc);
    out = (lstmfc_forecast *)calloc(count ? count : 1, sizeof *out);
    if (!out) return refuse_memory(err, count, " forecasts");
    result = options_read(&desc, fields, fields_count, options, length, &texts, err);
    if (result == LSTMFC_OK) result = lstmfc_forecaster_predict_all(forecaster, candles, first, count, out, err);
    if (result == LSTMFC_OK)
        result = lstmfc_signals(lstmfc_forecaster_get_info(forecaster).target, count, out, &desc, positions, NULL, err);
    free(texts);
    free(out);
    return result;
}

/* ---- streams: bar by bar ------------------------------------------------------------------------------------------------ */

EXPORT(lstmfc_stream *, stream_new, (const lstmfc_forecaster *forecaster, lstmfc_error *err)) { return lstmfc_stream_create(forecaster, err); }
EXPORT(void, stream_free, (lstmfc_stream *stream)) { lstmfc_stream_free(stream); }
/* Row `index` of the candles closes (peek 1: it may still move, and nothing is kept); text 0 while catching up. */
EXPORT(lstmfc_result, stream_push, (lstmfc_stream *stream, const lstmfc_candles *candles, size_t index, int32_t peek, lstmfc_writer *text,
                                    lstmfc_error *err)) {
    lstmfc_forecast out;
    lstmfc_result result = peek ? lstmfc_stream_peek(stream, candles, index, &out, err)
                                : lstmfc_stream_push(stream, candles, index, text ? &out : NULL, err);
    if (result != LSTMFC_OK || !text) return result;
    forecast_write(text, &out);
    return text_done(text, err);
}
EXPORT(double, stream_bars, (const lstmfc_stream *stream)) { return (double)lstmfc_stream_bars(stream, NULL); }

#ifndef LSTMFC_WASM_PREDICT
/* ---- backtest ----------------------------------------------------------------------------------------------------------- */

/* targets [count] of all bars of the candles, as of lstmfc_backtest_start; backtest_step until 1. */
EXPORT(lstmfc_backtest *, backtest_start, (const lstmfc_candles *candles, const double *targets, size_t count, const char *options, size_t length,
                                         lstmfc_error *err)) {
    lstmfc_backtest_desc desc;
    lstmfc_backtest *backtest = NULL;
    size_t fields_count;
    const lstmfc_field *fields = lstmfc_backtest_desc_fields(&fields_count);
    char *texts;
    memset(&desc, 0, sizeof desc);
    if (options_read(&desc, fields, fields_count, options, length, &texts, err) == LSTMFC_OK)
        backtest = lstmfc_backtest_start(candles, targets, count, &desc, err);
    free(texts);
    return backtest;
}
EXPORT(lstmfc_result, backtest_step, (lstmfc_backtest *backtest, int32_t resamples, lstmfc_error *err)) {
    return lstmfc_backtest_step(backtest, resamples, err);
}
EXPORT(void, backtest_free, (lstmfc_backtest *backtest)) { lstmfc_backtest_free(backtest); }
/* [bars] doubles: 0 equity, 1 position held, 2 buy and hold, 3 repeat the last move. */
EXPORT(const double *, backtest_curve, (const lstmfc_backtest *backtest, int32_t which)) {
    return which == 0 ? backtest->equity : which == 1 ? backtest->position : which == 2 ? backtest->hold : backtest->persistence;
}
static void figures_write(lstmfc_writer *text, const char *key, const void *figures, const lstmfc_field *fields, size_t count) {
    size_t i;
    lstmfc_json_begin(text, key, '{');
    for (i = 0; i < count; i++) {
        double value;
        memcpy(&value, (const char *)figures + fields[i].offset, sizeof value);
        lstmfc_json_put_number(text, fields[i].name, value);
    }
    lstmfc_json_end(text, '}');
}

EXPORT(lstmfc_result, backtest_report, (const lstmfc_backtest *backtest, lstmfc_writer *text, lstmfc_error *err)) {
    size_t i, count;
    const lstmfc_field *fields = lstmfc_metrics_fields(&count);
    lstmfc_json_begin(text, NULL, '{');
    figures_write(text, "metrics", &backtest->metrics, fields, count);
    figures_write(text, "hold", &backtest->hold_metrics, fields, count);
    figures_write(text, "persistence", &backtest->persistence_metrics, fields, count);
    lstmfc_json_put_bool(text, "no_costs", backtest->no_costs);
    lstmfc_json_put_bool(text, "cheat", backtest->cheat);
    lstmfc_json_put_bool(text, "ruined", backtest->ruined);
    lstmfc_json_put_bool(text, "pays_costs", backtest->pays_costs);
    lstmfc_json_begin(text, "trades", '[');
    for (i = 0; i < backtest->trade_count; i++) {
        const lstmfc_trade *trade = &backtest->trades[i];
        lstmfc_json_begin(text, NULL, '{');
        lstmfc_json_put_integer(text, "entry_time", trade->entry_time);
        lstmfc_json_put_integer(text, "exit_time", trade->exit_time);
        lstmfc_json_put_integer(text, "side", trade->side);
        lstmfc_json_put_string(text, "reason", lstmfc_exit_name(trade->reason));
        lstmfc_json_put_number(text, "quantity", trade->quantity);
        lstmfc_json_put_number(text, "entry_price", trade->entry_price);
        lstmfc_json_put_number(text, "exit_price", trade->exit_price);
        lstmfc_json_put_number(text, "pnl", trade->pnl);
        lstmfc_json_put_number(text, "net_return", trade->net_return);
        lstmfc_json_put_number(text, "mae", trade->mae);
        lstmfc_json_put_number(text, "mfe", trade->mfe);
        lstmfc_json_put_number(text, "funding", trade->funding);
        lstmfc_json_end(text, '}');
    }
    lstmfc_json_end(text, ']');
    lstmfc_json_end(text, '}');
    return text_done(text, err);
}
#endif

/* ---- a look inside ------------------------------------------------------------------------------------------------------- */

/* A copy of a forecaster's network, to be looked at and changed; the forecaster is borrowed. Rows are [window][inputs], as
   inside_rows makes them. */
typedef struct inside {
    const lstmfc_forecaster *forecaster;
    lstmfc_model *model;
    lstmfc_scratch *scratch;
    int64_t *first;                         /* of the windows of a training, in order */
} inside;

EXPORT(void, inside_free, (inside *in)) {
    if (!in) return;
    lstmfc_scratch_free(in->scratch);
    lstmfc_model_free(in->model);
    free(in->first);
    free(in);
}
EXPORT(inside *, inside_new, (const lstmfc_forecaster *forecaster, lstmfc_error *err)) {
    const lstmfc_model *model = lstmfc_forecaster_get_info(forecaster).model;
    inside *in;
    if (!model) { refuse(err, LSTMFC_ERROR_UNSUPPORTED, "an ensemble has no network of its own", "", ""); return NULL; }
    in = (inside *)calloc(1, sizeof *in);
    if (!in) { refuse_memory(err, sizeof *in, " bytes"); return NULL; }
    in->forecaster = forecaster;
    if ((in->model = lstmfc_model_clone(model, err)) != NULL && (in->scratch = lstmfc_scratch_create(in->model, 1, err)) != NULL) return in;
    wasm_inside_free(in);
    return NULL;
}
/* The same of another one's model: its own weights again. */
EXPORT(inside *, inside_again, (const inside *in, lstmfc_error *err)) { return wasm_inside_new(in->forecaster, err); }
/* {"spec":..,"inputs":..,"window":..,"outputs":..,"features":[..],"tensors":[{"name":..,"shape":[..]},..]} */
EXPORT(lstmfc_result, inside_info, (const inside *in, lstmfc_writer *text, lstmfc_error *err)) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(in->forecaster);
    lstmfc_tensor tensor;
    int32_t i, k;
    lstmfc_json_begin(text, NULL, '{');
    lstmfc_json_put_string(text, "spec", lstmfc_model_spec(in->model));
    lstmfc_json_put_integer(text, "inputs", lstmfc_model_inputs(in->model));
    lstmfc_json_put_integer(text, "window", lstmfc_model_window(in->model));
    lstmfc_json_put_integer(text, "outputs", lstmfc_model_outputs(in->model));
    lstmfc_json_begin(text, "features", '[');
    for (i = 0; i < lstmfc_features_count(info.features); i++) lstmfc_json_put_string(text, NULL, lstmfc_features_name(info.features, i));
    lstmfc_json_end(text, ']');
    lstmfc_json_begin(text, "tensors", '[');
    for (i = 0; lstmfc_model_tensor(in->model, i, &tensor) == LSTMFC_OK; i++) {
        lstmfc_json_begin(text, NULL, '{');
        lstmfc_json_put_string(text, "name", tensor.name);
        lstmfc_json_begin(text, "shape", '[');
        for (k = 0; k < tensor.rank; k++) lstmfc_json_put_integer(text, NULL, tensor.shape[k]);
        lstmfc_json_end(text, ']');
        lstmfc_json_end(text, '}');
    }
    lstmfc_json_end(text, ']');
    lstmfc_json_end(text, '}');
    return text_done(text, err);
}
EXPORT(const lstmfc_real *, inside_tensor, (const inside *in, int32_t index)) {
    lstmfc_tensor tensor;
    return lstmfc_model_tensor(in->model, index, &tensor) == LSTMFC_OK ? tensor.data : NULL;
}
EXPORT(lstmfc_result, inside_set, (inside *in, int32_t index, const lstmfc_real *data, size_t count, lstmfc_error *err)) {
    return lstmfc_model_set(in->model, index, data, count, err);
}
EXPORT(lstmfc_result, inside_rows, (const inside *in, const lstmfc_candles *candles, size_t first, size_t count, lstmfc_real *rows,
                                    lstmfc_error *err)) {
    return lstmfc_forecaster_rows(in->forecaster, candles, first, count, rows, err);
}
static lstmfc_batch inside_batch(const inside *in, const lstmfc_real *rows) {
    return windows(in->model, rows, (size_t)lstmfc_model_window(in->model), 0, 1, NULL, 0);
}
EXPORT(lstmfc_result, inside_predict, (const inside *in, const lstmfc_real *rows, lstmfc_real *outputs, lstmfc_error *err)) {
    lstmfc_batch batch = inside_batch(in, rows);
    return lstmfc_model_predict(in->model, in->scratch, &batch, outputs, err);
}
/* gates [window][columns], cell (0: not wanted) and hidden [window][units] of layer `layer`. */
EXPORT(lstmfc_result, inside_gates, (const inside *in, const lstmfc_real *rows, int32_t layer, lstmfc_real *gates, lstmfc_real *cell,
                                     lstmfc_real *hidden, lstmfc_error *err)) {
    lstmfc_batch batch = inside_batch(in, rows);
    return lstmfc_model_gates(in->model, &batch, layer, gates, cell, hidden, err);
}
EXPORT(lstmfc_result, inside_slopes, (const inside *in, const lstmfc_real *rows, int32_t output, lstmfc_real *slopes, lstmfc_error *err)) {
    lstmfc_batch batch = inside_batch(in, rows);
    return lstmfc_model_slopes(in->model, &batch, output, slopes, err);
}
#ifndef LSTMFC_WASM_PREDICT
/* What the forecast at `bar` was meant to be: 1 or 0 of a direction, the log return of a price or a return, else the value; NaN: not known. */
EXPORT(double, inside_label, (const inside *in, const lstmfc_candles *candles, size_t bar)) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(in->forecaster);
    lstmfc_outcome outcome = lstmfc_forecaster_outcome(in->forecaster, candles, bar);
    if (outcome.reason != LSTMFC_OUTCOME_KNOWN) return lstmfc_nan();
    return info.target == LSTMFC_TARGET_PRICE || info.target == LSTMFC_TARGET_RETURN ? outcome.log_return : outcome.value;
}
/* Trains the copy, from new weights, on rows [count][window][inputs] and labels [count], both borrowed by the trainer. */
EXPORT(lstmfc_trainer *, inside_trainer, (inside *in, const lstmfc_real *rows, const lstmfc_real *labels, size_t count, const char *options,
                                          size_t length, lstmfc_error *err)) {
    options_table table;
    lstmfc_training_desc desc;
    lstmfc_model_desc fresh;
    lstmfc_trainer *trainer = NULL;
    size_t window = (size_t)lstmfc_model_window(in->model), i;
    char *texts;
    memset(&desc, 0, sizeof desc);
    memset(&fresh, 0, sizeof fresh);
    table.count = 0;
    options_training(&table, 0);
    if (options_read(&desc, table.fields, table.count, options, length, &texts, err) == LSTMFC_OK) {
        lstmfc_batch batch = windows(in->model, rows, count * window, 0, count, labels, 1);
        lstmfc_model *model;
        fresh.spec = lstmfc_model_spec(in->model); fresh.inputs = lstmfc_model_inputs(in->model); fresh.window = (int32_t)window;
        fresh.seed = desc.seed;
        free(in->first);
        in->first = (int64_t *)malloc((count ? count : 1) * sizeof *in->first);
        for (i = 0; in->first && i < count; i++) in->first[i] = (int64_t)(i * window);
        batch.first_row = in->first;
        if (!in->first) refuse_memory(err, count, " windows");
        else if ((model = lstmfc_model_create(&fresh, err)) != NULL) {
            if (lstmfc_model_copy(in->model, model, err) == LSTMFC_OK) trainer = lstmfc_trainer_create(in->model, &batch, NULL, &desc, err);
            lstmfc_model_free(model);
        }
    }
    free(texts);
    return trainer;
}
#endif

/* ---- evaluation: forecasts of a span in steps; of bars the model has not seen against what needs no network, and the verdict - */

typedef struct evaluation {
    const lstmfc_forecaster *forecaster;
    const lstmfc_candles *candles;
    lstmfc_forecaster_info info;
    size_t first, count, done, n;           /* bars measured; forecast so far; with a known outcome */
    double *features;                       /* [bars][features], for blocks of windows */
    lstmfc_stream *stream;                  /* where intervals adapt, and of an ensemble: bar by bar; of the two one is NULL */
    size_t pushed;
    lstmfc_forecast *all;                   /* [count] */
    lstmfc_outcome *outcomes;               /* [count] */
    double *forecast, *truth, *loss, *other;    /* [n], in order of time */
} evaluation;

EXPORT(void, evaluation_free, (evaluation *e)) {
    if (!e) return;
    lstmfc_stream_free(e->stream);
    free(e->features); free(e->all); free(e->outcomes);
    free(e->forecast); free(e->truth); free(e->loss); free(e->other);
    free(e);
}

/* Of bars first .. first+count-1; first below 0: from the close of the last bar that the model has seen to the end. */
EXPORT(evaluation *, evaluation_new, (const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, double first, double count,
                                      lstmfc_error *err)) {
    evaluation *e = (evaluation *)calloc(1, sizeof *e);
    double bars = (double)candles->count;
    int adapts;
    size_t room;
    if (!e) { refuse_memory(err, sizeof *e, " bytes"); return NULL; }
    e->forecaster = forecaster; e->candles = candles;
    e->info = lstmfc_forecaster_get_info(forecaster);
    if (first >= 0 && (!(count >= 0) || !(first + count <= bars))) {
        refuse(err, LSTMFC_ERROR_ARGUMENT, "the bars asked for are not all there", "", "");
        free(e);
        return NULL;
    }
    if (first >= 0) { e->first = (size_t)first; e->count = (size_t)count; }
    else {
        while (e->first < candles->count && candles->time[e->first] <= e->info.seen_to) e->first++;
        if (e->first >= candles->count) {
            refuse(err, LSTMFC_ERROR_DATA, "nothing left to measure: the model has seen every bar (keep bars aside with test)", "", "");
            free(e);
            return NULL;
        }
        if (e->first) e->first--;           /* the forecast made at the close of the last bar seen is about the next */
        e->count = candles->count - e->first;
    }
    room = (e->count ? e->count : 1) * sizeof(double);
    e->all = (lstmfc_forecast *)calloc(e->count ? e->count : 1, sizeof *e->all);
    e->outcomes = (lstmfc_outcome *)calloc(e->count ? e->count : 1, sizeof *e->outcomes);
    e->forecast = (double *)malloc(room); e->truth = (double *)malloc(room); e->loss = (double *)malloc(room); e->other = (double *)malloc(room);
    adapts = e->info.intervals == LSTMFC_INTERVALS_ACI && e->info.scores;
    if (!e->info.features || adapts) e->stream = lstmfc_stream_create(forecaster, err);
    else {
        size_t width = (size_t)lstmfc_features_count(e->info.features) * sizeof(double);
        e->features = candles->count <= (size_t)-1 / width ? (double *)malloc(candles->count * width) : NULL;
    }
    if (e->all && e->outcomes && e->forecast && e->truth && e->loss && e->other) {
        if (e->stream || (e->features && lstmfc_features_evaluate(e->info.features, candles, e->features, err) == LSTMFC_OK)) return e;
    }
    if (!err->code) refuse_memory(err, e->count, " forecasts");
    wasm_evaluation_free(e);
    return NULL;
}

EXPORT(size_t, evaluation_count, (const evaluation *e)) { return e->count; }
/* The forecasts of `bars` bars more; 1: all are there. A stream also needs the bars before the first. */
EXPORT(lstmfc_result, evaluation_step, (evaluation *e, size_t bars, lstmfc_error *err)) {
    lstmfc_result result = LSTMFC_OK;
    if (e->features) {
        if (bars > e->count - e->done) bars = e->count - e->done;
        result = lstmfc_forecaster_predict_features(e->forecaster, e->candles, e->features, e->first + e->done, bars, e->all + e->done, err);
        if (result == LSTMFC_OK) e->done += bars;
    }
    for (; e->stream && result == LSTMFC_OK && bars && e->done < e->count; bars--) {
        lstmfc_forecast *out = e->pushed < e->first ? NULL : &e->all[e->done];
        result = lstmfc_stream_push(e->stream, e->candles, e->pushed, out, err);
        if (result == LSTMFC_OK) { e->pushed++; e->done += out != NULL; }
    }
    return result == LSTMFC_OK ? e->done == e->count : result;
}

/* A column of the forecasts, out [count]: 0 value, 1 lower, 2 upper, 3 outcome (NaN: not known). */
EXPORT(void, evaluation_column, (const evaluation *e, int32_t which, double *out)) {
    size_t i;
    for (i = 0; i < e->count; i++)
        out[i] = which == 0 ? e->all[i].value : which == 1 ? e->all[i].lower : which == 2 ? e->all[i].upper
               : e->outcomes[i].reason == LSTMFC_OUTCOME_KNOWN ? e->outcomes[i].value : lstmfc_nan();
}

/* positions [count] wanted at the closes of the span. */
EXPORT(lstmfc_result, evaluation_signals, (const evaluation *e, const char *options, size_t length, double *positions, lstmfc_error *err)) {
    lstmfc_signal_desc desc;
    lstmfc_result result;
    size_t count;
    const lstmfc_field *fields = lstmfc_signal_desc_fields(&count);
    char *texts;
    memset(&desc, 0, sizeof desc);
    result = options_read(&desc, fields, count, options, length, &texts, err);
    if (result == LSTMFC_OK) result = lstmfc_signals(e->info.target, e->count, e->all, &desc, positions, NULL, err);
    free(texts);
    return result;
}

#ifndef LSTMFC_WASM_PREDICT
static int evaluation_by_return(const evaluation *e) { return e->info.target == LSTMFC_TARGET_PRICE || e->info.target == LSTMFC_TARGET_RETURN; }
static int evaluation_measured(const evaluation *e, size_t i) {
    return e->outcomes[i].reason == LSTMFC_OUTCOME_KNOWN && lstmfc_is_finite(e->all[i].value);
}

/* Losses of baseline k into e->other; the reason why it is missing, or NULL. */
static const char *evaluation_baseline(evaluation *e, const verdict_baseline *b, double *said, lstmfc_error *err) {
    size_t i, n = 0;
    /* what is left out must never turn a "no" into a "yes" */
    if (e->info.member_count && e->info.how == LSTMFC_HOW_VOTE) return "a vote is no probability and has no log loss";
    if (e->info.member_count && b->which == LSTMFC_BASELINE_LINEAR) return "of an ensemble the best of its members' linear models is asked, by the native program alone";
    if (lstmfc_forecaster_baseline(e->forecaster, e->candles, b->which, e->first, e->count, said, err) != LSTMFC_OK) return err->message;
    for (i = 0; i < e->count; i++) {
        double forecast = said[i];
        if (!evaluation_measured(e, i)) continue;
        if (lstmfc_is_nan(forecast)) return "it needs more bars before the first one measured";
        if (e->info.target == LSTMFC_TARGET_PRICE) forecast = lstmfc_log(forecast / e->all[i].close);
        e->other[n++] = verdict_loss(e->info.target, forecast, evaluation_by_return(e) ? e->outcomes[i].log_return : e->outcomes[i].value);
    }
    return NULL;
}

static double evaluation_calls(const evaluation *e, const verdict_baseline *b, int index, const double *said) {
    double right = 0;
    size_t i;
    for (i = 0; i < e->count; i++) {
        size_t row = e->first + i;
        int up = row > 0 && e->candles->close[row] > e->candles->close[row - 1];
        if (!evaluation_measured(e, i)) continue;
        if (b->which == LSTMFC_BASELINE_NAIVE) up = index > 0 || e->info.base_rate > e->info.cut;
        if (b->which == LSTMFC_BASELINE_LAST_MOVE && !b->column) up = !up;
        if (b->which == LSTMFC_BASELINE_LINEAR) up = said[i] > 0.5;
        right += up == (e->outcomes[i].value > 0.5);
    }
    return right / (double)e->n;
}

static lstmfc_result evaluation_baselines(evaluation *e, lstmfc_writer *text, lstmfc_error *err) {
    int count, k, best = -1, missing = 0, linear, verdict[3];
    const verdict_baseline *kinds = verdict_baselines(e->info.target, &count);
    lstmfc_comparison comparison, all[VERDICT_BASELINES];
    double *said = (double *)malloc(e->count * sizeof *said);
    const lstmfc_field *fields;
    size_t fields_count;
    if (!said) return refuse_memory(err, e->count, " forecasts");
    fields = lstmfc_comparison_fields(&fields_count);
    linear = verdict_linear(&e->info, count);
    for (k = 0; k < 3; k++) verdict[k] = VERDICT_UNKNOWN;
    lstmfc_json_begin(text, "baselines", '[');
    for (k = 0; k < count; k++) {
        lstmfc_error why;
        const char *absent;
        memset(&why, 0, sizeof why);
        absent = evaluation_baseline(e, &kinds[k], said, &why);
        if (absent) missing = 1;
        else {
            lstmfc_compare(e->n, e->loss, e->other, e->info.horizon, &comparison);
            all[k] = comparison;
            if (best < 0 || comparison.loss_baseline < all[best].loss_baseline) best = k;
            if (k == 0) verdict[0] = comparison.better > 0 ? VERDICT_YES : VERDICT_NO;
            if (k == linear) verdict[1] = comparison.better > 0 ? VERDICT_YES : VERDICT_NO;
        }
        lstmfc_json_begin(text, NULL, '{');
        lstmfc_json_put_string(text, "name", kinds[k].name);
        lstmfc_json_put_string(text, "help", kinds[k].help);
        if (e->info.target == LSTMFC_TARGET_DIRECTION && (!absent || kinds[k].which != LSTMFC_BASELINE_LINEAR))
            lstmfc_json_put_number(text, "accuracy", evaluation_calls(e, &kinds[k], k, said));
        if (absent) lstmfc_json_put_string(text, "missing", absent);
        else figures_write(text, "comparison", &comparison, fields, fields_count);
        lstmfc_json_end(text, '}');
    }
    lstmfc_json_end(text, ']');
    if (!missing && best >= 0) verdict[2] = all[best].better > 0 ? VERDICT_YES : VERDICT_NO;
    lstmfc_json_begin(text, "verdict", '[');
    for (k = 0; k < 3; k++) {
        lstmfc_json_begin(text, NULL, '{');
        lstmfc_json_put_string(text, "name", verdict_name(k));
        lstmfc_json_put_string(text, "verdict", verdict_word(verdict[k]));
        lstmfc_json_put_integer(text, "baseline", k == 0 ? 0 : k == 1 ? linear : best);
        lstmfc_json_end(text, '}');
    }
    lstmfc_json_end(text, ']');
    free(said);
    return LSTMFC_OK;
}

/* What has been forecast against what happened, one JSON object; after the last step. The last line of the verdict is a backtest's. */
EXPORT(lstmfc_result, evaluation_report, (evaluation *e, lstmfc_writer *text, lstmfc_error *err)) {
    lstmfc_result result = lstmfc_forecaster_outcomes(e->forecaster, e->candles, e->first, e->count, e->outcomes, err);
    const lstmfc_field *fields;
    static const char *const origins[] = {"matching", "absent", "other"};
    lstmfc_origin origin;
    size_t i, count, last = 0, begin = 0;
    char target[64];
    if (result != LSTMFC_OK) return result;
    for (e->n = i = 0; i < e->count; i++) {
        const lstmfc_outcome *o = &e->outcomes[i];
        if (!evaluation_measured(e, i)) continue;
        if (!e->n) begin = i;
        last = i;
        e->forecast[e->n] = e->all[i].value;
        e->truth[e->n] = o->value;
        e->loss[e->n++] = evaluation_by_return(e) ? verdict_loss(e->info.target, e->all[i].log_return, o->log_return)
                                                  : verdict_loss(e->info.target, e->all[i].value, o->value);
    }
    if (e->n < 2) return refuse(err, LSTMFC_ERROR_DATA, "fewer than two forecasts whose outcome is known: nothing can be measured", "", "");
    lstmfc_json_begin(text, NULL, '{');
    target_name(&e->info, target);
    lstmfc_json_put_string(text, "target", target);
    lstmfc_json_put_string(text, "loss", verdict_loss_name(e->info.target));
    lstmfc_json_put_integer(text, "first", (int64_t)e->first);
    lstmfc_json_put_integer(text, "count", (int64_t)e->count);
    lstmfc_json_put_integer(text, "measured", (int64_t)e->n);
    lstmfc_json_put_integer(text, "from", e->candles->time[e->first + begin + 1]);
    lstmfc_json_put_integer(text, "to", e->candles->time[e->first + last + (size_t)e->info.horizon]);
    if (lstmfc_forecaster_origin(e->forecaster, e->candles, &origin, err) != LSTMFC_OK) return err->code;
    lstmfc_json_put_string(text, "origin", origins[origin.candles]);
    lstmfc_json_put_bool(text, "traded", e->info.target <= LSTMFC_TARGET_RETURN && !e->candles->any_prices && e->candles->open
                         && e->candles->high && e->candles->low);
    lstmfc_json_put_bool(text, "synthetic", e->candles->synthetic || e->info.synthetic);
    if (e->info.target == LSTMFC_TARGET_DIRECTION) {
        lstmfc_direction direction;
        lstmfc_bin bins[VERDICT_BINS];
        result = lstmfc_direction_of(e->n, e->forecast, e->truth, e->info.cut, 0, NULL, &direction, err);
        if (result != LSTMFC_OK) return result;
        fields = lstmfc_direction_fields(&count);
        figures_write(text, "direction", &direction, fields, count);
        lstmfc_reliability(e->n, e->forecast, e->truth, VERDICT_BINS, bins);
        lstmfc_json_begin(text, "reliability", '[');
        for (i = 0; i < VERDICT_BINS; i++) {
            lstmfc_json_begin(text, NULL, '{');
            lstmfc_json_put_number(text, "low", bins[i].low);
            lstmfc_json_put_number(text, "high", bins[i].high);
            lstmfc_json_put_number(text, "count", bins[i].count);
            lstmfc_json_put_number(text, "forecast", bins[i].probability);
            lstmfc_json_put_number(text, "observed", bins[i].up);
            lstmfc_json_put_number(text, "observed_low", bins[i].up_low);
            lstmfc_json_put_number(text, "observed_high", bins[i].up_high);
            lstmfc_json_end(text, '}');
        }
        lstmfc_json_end(text, ']');
    } else {
        lstmfc_errors errors;
        double covered = 0, told = 0;
        lstmfc_errors_of(e->n, e->truth, e->forecast, &errors);
        fields = lstmfc_errors_fields(&count);
        figures_write(text, "errors", &errors, fields, count);
        for (i = 0; i < e->count; i++) {
            const lstmfc_forecast *f = &e->all[i];
            if (!evaluation_measured(e, i) || lstmfc_is_nan(f->lower) || lstmfc_is_nan(f->upper)) continue;
            told++;
            covered += e->outcomes[i].value >= f->lower && e->outcomes[i].value <= f->upper;
        }
        lstmfc_json_begin(text, "coverage", '{');
        lstmfc_json_put_number(text, "level", e->info.level);
        lstmfc_json_put_number(text, "count", told);
        lstmfc_json_put_number(text, "covered", told > 0 ? covered / told : lstmfc_nan());
        lstmfc_json_end(text, '}');
    }
    result = evaluation_baselines(e, text, err);
    if (result != LSTMFC_OK) return result;
    lstmfc_json_end(text, '}');
    return text_done(text, err);
}

/* A backtest of the bars measured, which are bars first .. of the candles. */
EXPORT(lstmfc_backtest *, evaluation_backtest, (const evaluation *e, const double *positions, const char *options, size_t length, lstmfc_error *err)) {
    lstmfc_candles *part = lstmfc_candles_slice(e->candles, e->first, e->count, err);
    lstmfc_backtest *backtest = part ? wasm_backtest_start(part, positions, e->count, options, length, err) : NULL;
    lstmfc_candles_free(part);
    return backtest;
}
#endif

/* verify.c - what another program answered to some rows, kept in a model file, asked again.

   "extra": {"verify": {"reference": who, "tolerance": t, "rows": [[...], ...], "outputs": [[...], ...]}}: as many windows as there are
   outputs, of consecutive rows, stride 1, as `infer` reads them. */
#include "verify.h"

#include <stdlib.h>
#include <string.h>

/* The numbers of an array of arrays that are `width` long each, into *out (to be freed); 0 rows when it is not one. */
static size_t table(const lstmfc_json *json, lstmfc_json_node list, size_t width, double **out) {
    size_t rows = lstmfc_json_type(json, list) == LSTMFC_JSON_ARRAY ? lstmfc_json_size(json, list) : 0, i = 0;
    lstmfc_json_node row = lstmfc_json_first(json, list);
    *out = rows && width <= (size_t)-1 / sizeof **out / rows ? (double *)malloc(rows * width * sizeof **out) : NULL;
    for (; *out && i < rows; i++, row = lstmfc_json_next(json, row))
        if (lstmfc_json_size(json, row) != width || lstmfc_json_doubles(json, row, *out + i * width, width) != width) return 0;
    return *out ? rows : 0;
}

static int ask(const options *o, const lstmfc_model *model, const double *numbers, size_t rows, const double *expected, verify_result *out) {
    size_t inputs = (size_t)lstmfc_model_inputs(model), width = (size_t)lstmfc_model_outputs(model), i;
    lstmfc_real *x = (lstmfc_real *)malloc(rows * inputs * sizeof *x), *y = (lstmfc_real *)malloc(out->windows * width * sizeof *y);
    lstmfc_error err = {0};
    lstmfc_scratch *scratch = lstmfc_scratch_create(model, out->windows < 64 ? out->windows : 64, &err);
    lstmfc_batch batch;
    int code = -1;
    memset(&batch, 0, sizeof batch);
    for (i = 0; x && i < rows * inputs; i++) x[i] = (lstmfc_real)numbers[i];
    batch.rows = x;
    batch.row_count = rows;
    batch.row_stride = inputs;
    batch.count = out->windows;
    batch.window = (size_t)lstmfc_model_window(model);
    if (!x || !y) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (!scratch || lstmfc_model_predict(model, scratch, &batch, y, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    for (i = 0; code == -1 && i < out->windows * width; i++) {
        double size = expected[i] < 0 ? -expected[i] : expected[i], apart = (double)y[i] - expected[i];
        apart = (apart < 0 ? -apart : apart) / (size > 1 ? size : 1);
        if (!(apart <= out->largest)) out->largest = apart;         /* what is not finite too */
    }
    lstmfc_scratch_free(scratch);
    free(x);
    free(y);
    return code;
}

int verify_run(const options *o, const char *path, const char *text, size_t length, const lstmfc_model *model, verify_result *out) {
    static const char told[] = "tools/convert.py stores what another program answered to some rows, and this file";
    lstmfc_error err = {0};
    lstmfc_json *json = lstmfc_json_parse(text, length, tool_env(), &err);
    lstmfc_json_node node = lstmfc_json_get(json, lstmfc_json_get(json, 0, "extra"), "verify");
    double *rows = NULL, *outputs = NULL;
    size_t count = 0, window = model ? (size_t)lstmfc_model_window(model) : 0;
    int code = -1;
    memset(out, 0, sizeof *out);
    out->asked = 1;
    if (!json) code = tool_fail_error(o, &err);
    else if (!model) code = tool_fail(o, TOOL_MODEL, "%s: nothing to verify in an ensemble: its members are files of their own", path);
    else if (node < 0) code = tool_fail(o, TOOL_MODEL, "%s: nothing to verify: %s has none (no \"verify\" in its \"extra\")", path, told);
    if (code == -1) {
        count = table(json, lstmfc_json_get(json, node, "rows"), (size_t)lstmfc_model_inputs(model), &rows);
        out->windows = table(json, lstmfc_json_get(json, node, "outputs"), (size_t)lstmfc_model_outputs(model), &outputs);
        if (!lstmfc_json_string(json, lstmfc_json_get(json, node, "reference"), out->reference, sizeof out->reference, NULL) ||
            !lstmfc_json_number(json, lstmfc_json_get(json, node, "tolerance"), &out->tolerance) || !(out->tolerance > 0) ||
            !out->windows || count < window || count - window + 1 != out->windows)
            code = tool_fail(o, TOOL_MODEL, "%s: \"verify\" must hold \"reference\", \"tolerance\" > 0, \"outputs\" of %d numbers each and "
                             "%d rows more than outputs in \"rows\", of %d numbers each", path, (int)lstmfc_model_outputs(model),
                             (int)window - 1, (int)lstmfc_model_inputs(model));
    }
    if (code == -1) code = ask(o, model, rows, count, outputs, out);
    free(rows);
    free(outputs);
    lstmfc_json_free(json);
    return code;
}

void verify_describe(lstmfc_writer *w, const verify_result *v) {
    if (v->asked)
        tool_print(w, "\nverified      %lu windows that %s answered: largest difference %.2g, allowed %.2g\n", (unsigned long)v->windows,
                   v->reference, v->largest, v->tolerance);
}

void verify_json(lstmfc_writer *w, const verify_result *v) {
    if (!v->asked) return;
    lstmfc_json_begin(w, "verify", '{');
    lstmfc_json_put_string(w, "reference", v->reference);
    lstmfc_json_put_integer(w, "windows", (int64_t)v->windows);
    lstmfc_json_put_number(w, "tolerance", v->tolerance);
    lstmfc_json_put_number(w, "largest", v->largest);
    lstmfc_json_put_bool(w, "passed", v->largest <= v->tolerance);
    lstmfc_json_end(w, '}');
}

int verify_code(const options *o, const char *path, const verify_result *v) {
    if (!v->asked || v->largest <= v->tolerance) return TOOL_OK;
    return tool_fail(o, TOOL_FAILURE, "%s: not what %s answered: the largest difference is %.2g, allowed are %.2g", path, v->reference,
                     v->largest, v->tolerance);
}

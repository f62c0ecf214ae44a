/* lstmfc infer - raw rows through the network: no header, no features, no scaling. For comparing networks with other programs. */
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INFER_OPTIONS(X) \
    X(TEXT, model, "",  OPTIONS_IN, "the model file") \
    X(TEXT, input, "",  OPTIONS_IN, "CSV without a header, one column per input; - is stdin") \
    X(TEXT, out,   "-", OPTIONS_OUT, "where the outputs go; - is stdout")
typedef struct infer_options { INFER_OPTIONS(LSTMFC__MEMBER) } infer_options;
#define OPTIONS_STRUCT infer_options
static const lstmfc_field fields[] = { INFER_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "infer", "raw rows through the network: no features, no scaling", "--model M --input X.csv [--out O]",
    "One output row, 9 significant digits, for each window of `window` consecutive rows, stride 1. A sigmoid head gives\n"
    "probabilities. Works with any model file, a forecaster's too. An answer that is not finite is written as it is (inf, nan);\n"
    "stderr names the first such row, and the exit code is 1.",
    "  lstmfc synth --bars 600 --seed 1 --out candles.csv\n"
    "  lstmfc train --csv candles.csv --window 2 --features \"log_return(close), rsi(14)/100\" --model \"lstm 4 | dense 1 "
    "sigmoid\" --epochs 1 --out model.json\n"
    "  printf '0.1,0.2\\n0.3,0.4\\n0.5,0.6\\n' | lstmfc infer --model model.json --input -"
};

/* Reads the numbers of the file; every line has exactly `inputs` of them. Fills *rows (to be freed) and *count. */
static int read_rows(const options *o, const char *path, size_t inputs, lstmfc_real **rows, size_t *count) {
    lstmfc_error err = {0};
    size_t length = 0, capacity = 0, i = 0, column = 0;
    long line = 1;
    char *text = tool_read(path, &length, "+-.,0123456789nNiI\xEF", &err);
    int code = TOOL_OK;
    const char *shown = strcmp(path, "-") ? path : "stdin";
    if (!text) { tool_fail_error(o, &err); return TOOL_DATA; }
    if (length >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3)) i = 3;
    *rows = NULL; *count = 0;
    while (i < length && code == TOOL_OK) {
        double value;
        size_t taken, end = i;
        while (end < length && text[end] != '\n') end++;
        if (end == i || (end == i + 1 && text[i] == '\r')) {        /* a blank line may only end the file */
            size_t rest = i;
            while (rest < length && (text[rest] == '\n' || text[rest] == '\r')) rest++;
            if (rest < length) code = tool_fail(o, TOOL_DATA, "%s: line %ld: an empty line inside the rows", shown, line);
            break;
        }
        if (*count == capacity) {
            size_t grown = capacity ? capacity * 2 : 1024;
            lstmfc_real *bigger = grown <= SIZE_MAX / sizeof(lstmfc_real) / inputs ? (lstmfc_real *)realloc(*rows,
                grown * inputs * sizeof(lstmfc_real)) : NULL;
            if (!bigger) { code = tool_fail(o, TOOL_FAILURE, "%s: out of memory", shown); break; }
            *rows = bigger; capacity = grown;
        }
        for (column = 0; column < inputs && code == TOOL_OK; column++) {
            size_t start;
            while (i < end && text[i] == ' ') i++;
            start = i;
            taken = lstmfc_parse_double(text + i, end - i, &value);
            i += taken;
            while (i < end && (text[i] == ' ' || text[i] == '\r')) i++;
            if (!taken || (i < end && text[i] != ',') || !lstmfc_is_finite(value) ||
                !lstmfc_is_finite((double)(lstmfc_real)value)) {
                size_t shown_end = start;
                while (shown_end < end && text[shown_end] != ',' && text[shown_end] != '\r') shown_end++;
                code = tool_fail(o, TOOL_DATA, "%s: line %ld, column %lu: `%.*s` is not a number", shown, line, (unsigned long)column + 1,
                                 tool_cut(text + start, shown_end - start, 40), text + start);
            } else if (column + 1 < inputs && i >= end) {
                code = tool_fail(o, TOOL_DATA, "%s: line %ld: %lu column(s), the network takes %lu", shown, line,
                                 (unsigned long)column + 1, (unsigned long)inputs);
            } else if (column + 1 == inputs && i < end) {
                code = tool_fail(o, TOOL_DATA, "%s: line %ld: more than the %lu column(s) the network takes", shown, line,
                                 (unsigned long)inputs);
            } else {
                (*rows)[*count * inputs + column] = (lstmfc_real)value;
                i++;                                    /* the comma or the line's end */
            }
        }
        (*count)++;
        line++;
        i = end + 1;
    }
    lstmfc_file_release(text, length, NULL);
    return code;
}

/* Written all the same: whoever compares networks wants to see where. But no command ends as if it were a number. */
static int check_finite(const options *o, const lstmfc_real *outputs, size_t count, size_t width, size_t window) {
    size_t i, first = count, bad = 0;
    for (i = 0; i < count * width; i++)
        if (!lstmfc_is_finite((double)outputs[i])) {
            if (!bad) first = i / width;
            bad++;
        }
    if (!bad) return TOOL_OK;
    return tool_fail(o, TOOL_FAILURE, "%lu of %lu outputs are not finite; the first is in output row %lu (input rows %lu to %lu)",
                     (unsigned long)bad, (unsigned long)(count * width), (unsigned long)first + 1, (unsigned long)first + 1,
                     (unsigned long)(first + window));
}

static int run(const options *o, const infer_options *own) {
    lstmfc_error err = {0};
    lstmfc_model *model = lstmfc_model_load(own->model, tool_env(), &err);
    lstmfc_scratch *scratch = NULL;
    lstmfc_real *rows = NULL, *outputs = NULL;
    size_t count = 0, window, inputs, width, i, j;
    lstmfc_batch batch;
    lstmfc_writer w;
    int code;
    char text[32];

    if (!model) return tool_fail_model(o, own->model, &err);
    lstmfc_writer_init(&w, NULL);
    window = (size_t)lstmfc_model_window(model);
    inputs = (size_t)lstmfc_model_inputs(model);
    width = (size_t)lstmfc_model_outputs(model);
    code = read_rows(o, own->input, inputs, &rows, &count);
    if (code == TOOL_OK && count < window)
        code = tool_fail(o, TOOL_DATA, "%s: %lu row(s); one window needs %lu", own->input, (unsigned long)count,
                         (unsigned long)window);
    if (code == TOOL_OK) {
        memset(&batch, 0, sizeof batch);
        batch.rows = rows;
        batch.row_count = count;
        batch.row_stride = inputs;
        batch.count = count - window + 1;
        batch.window = window;
        outputs = (lstmfc_real *)malloc(batch.count * width * sizeof(lstmfc_real));
        scratch = lstmfc_scratch_create(model, batch.count < 64 ? batch.count : 64, &err);
        if (!outputs) code = tool_fail(o, TOOL_FAILURE, "out of memory");
        else if (!scratch || lstmfc_model_predict(model, scratch, &batch, outputs, &err) != LSTMFC_OK)
            code = tool_fail_error(o, &err);
    }
    if (code == TOOL_OK) {
        for (i = 0; i < batch.count; i++)
            for (j = 0; j < width; j++) {
                lstmfc_write_text(&w, text, lstmfc_format_digits(text, (double)outputs[i * width + j], 9));
                lstmfc_write_text(&w, j + 1 < width ? "," : "\n", 1);
            }
        code = tool_write(o, own->out, &w);
    }
    if (code == TOOL_OK) code = check_finite(o, outputs, batch.count, width, window);
    if (code == TOOL_OK && o->json) {
        lstmfc_writer_free(&w);
        lstmfc_writer_init(&w, NULL);
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "out", own->out);
        lstmfc_json_put_string(&w, "model", lstmfc_model_spec(model));
        lstmfc_json_put_integer(&w, "windows", (int64_t)batch.count);
        lstmfc_json_put_integer(&w, "outputs", (int64_t)width);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
        code = tool_write(o, "-", &w);
    }
    lstmfc_writer_free(&w);
    free(rows);
    free(outputs);
    lstmfc_scratch_free(scratch);
    lstmfc_model_free(model);
    return code;
}

int command_infer(int argc, char **argv) {
    options o;
    infer_options own = {NULL, NULL, NULL};
    int code;
    options_init(&o, &command);
    options_add(&o, "Input", &own, fields, sizeof fields / sizeof fields[0], NULL);
    tool_machine_options(&o);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, "model input");
    if (code == -1) code = tool_json_needs_out(&o, own.out);
    if (code == -1) code = files_check(&o);
    if (code == -1) code = run(&o, &own);
    options_free(&o);
    return code;
}

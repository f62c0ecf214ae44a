/* lstmfc export - a model as one C header for devices: constants, and of inference the functions that this network needs.

   The code is written for the network at hand, layer by layer. Rows flow through two small buffers in turn, `a` and `b`; whatever carries a
   state has an array of its own. A layer that needs the whole window at once (bidirectional, attention, flatten) has the sequence before
   it stored in `s0` or `s1`; where there is none, no sequence is stored at all: a window is its rows, one step each. */
#include "export.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT_FORMATS(X) X(EXPORT_C, "c")
enum { EXPORT_FORMATS(LSTMFC__CONSTANT) };
#define EXPORT_OPTIONS(X) \
    X(TEXT,   model, "",      OPTIONS_IN, "the model file: a forecaster, or a network alone") \
    X(CHOICE, to,    "c",     EXPORT_FORMATS, "c: a header for C99 and C++11") \
    X(TEXT,   name,  "model", "", "what its names begin with: NAME_predict, NAME_IMPLEMENTATION") \
    X(TEXT,   out,   "-",     OPTIONS_OUT, "where the header goes; - is stdout")
typedef struct export_options { EXPORT_OPTIONS(LSTMFC__MEMBER) } export_options;
#define OPTIONS_STRUCT export_options
static const lstmfc_field fields[] = { EXPORT_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "export", "a model as C for devices", "--model M.json [--to c] [--name NAME] [--out M.h]",
    "Writes one header with constant weights and no dependency but <stdint.h>, <string.h> and <float.h>: no heap, no files, no\n"
    "libm, all memory in a struct whose size the compiler knows. NAME_predict takes a window of rows; NAME_step one row with carried\n"
    "state, where no layer needs the whole window (bilstm, bigru, attention, flatten do; the header says so). The outputs are those\n"
    "of `lstmfc infer` in the unfused result class (a build with LSTMFC_STRICT; on x86 also --simd sse2), bit for bit, and\n"
    "NAME_self_test finds out on the device whether they are. Of a forecaster also: NAME_scale, from features to inputs, and\n"
    "NAME_answers, from outputs to the target's units; the features themselves are not exported.",
    "  lstmfc synth --bars 600 --seed 1 --out candles.csv\n"
    "  lstmfc train --csv candles.csv --features \"log_return(close)\" --model \"lstm 4 | dense 1 sigmoid\" --epochs 1 --out "
    "model.json\n"
    "  lstmfc export --model model.json --to c --name up --out up.h"
};

enum { ROW_ELSEWHERE, ROW_A, ROW_B };       /* where x points while a network is written */
enum { TESTED = 3 };                        /* windows of the self-test, one row apart */

typedef struct export_job {
    const lstmfc_model *model;
    const lstmfc_forecaster *forecaster;    /* NULL: a network alone */
    lstmfc_forecaster_info info;
    export_units units;                     /* of the first answer */
    const char *name;
    char upper[64];
    int32_t window, inputs, outputs, layers;
    const char *whole;                      /* the kind of the first layer that needs the whole window; NULL: it runs row by row */
    int32_t whole_index, steps, at;         /* steps: it has NAME_step; at: ROW_... */
    uint32_t parts;
    size_t work, row[3], rows[2], scores, carried;      /* floats of z; of a and b; of s0 and s1; of e; of h and c */
    size_t constants;                       /* bytes */
    lstmfc_writer members, weights, code;   /* of the state; arrays; the functions that run layers */
} export_job;

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* The text of a part, or of ours: @ is the model's name, $ the same in capitals. */
static void put_text(const export_job *e, lstmfc_writer *w, const char *text) {
    while (*text) {
        size_t plain = strcspn(text, "@$");
        lstmfc_write_text(w, text, plain);
        text += plain;
        if (*text == '@') lstmfc_write_text(w, e->name, strlen(e->name));
        if (*text == '$') lstmfc_write_text(w, e->upper, strlen(e->upper));
        text += *text != 0;
    }
}

/* Formatted: numbers and words of ours alone, so nothing is longer. */
static void put(const export_job *e, lstmfc_writer *w, const char *format, ...) {
    char text[4096];
    int length;
    va_list arguments;
    va_start(arguments, format);
    length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof text) w->failed = LSTMFC_ERROR_LIMIT;
    else put_text(e, w, text);
}

/* What a file has said, inside a comment: on lines of at most 120 columns behind `indent` blanks, never ending the comment. */
static void put_foreign(lstmfc_writer *w, int indent, const char *text) {
    size_t column = (size_t)indent;
    char before = 0;
    for (; *text; text++) {
        char c = (unsigned char)*text < ' ' || *text == 127 ? ' ' : *text;
        if ((c == '/' && before == '*') || (c == '*' && before == '/') || (c == '?' && before == '?')) lstmfc_write_text(w, " ", 1);
        lstmfc_write_text(w, &c, 1);
        column++;
        if (column > 100 && (c == ' ' || c == ',')) {
            tool_print(w, "\n%*s", indent, "");
            column = (size_t)indent;
        }
        before = c;
    }
}

/* 9 digits: no decimal of nine is near the middle between two floats, so a compiler that converts carelessly errs on none. */
static void put_float(lstmfc_writer *w, float value) {
    char text[32];
    lstmfc_write_text(w, text, lstmfc_format_digits(text, (double)value, 9));
    lstmfc_write_text(w, strpbrk(text, ".e") ? "f" : ".0f", strpbrk(text, ".e") ? 1 : 3);
}

static void put_double(lstmfc_writer *w, double value) {
    char text[32];
    lstmfc_write_text(w, text, lstmfc_format_double(text, value));
    if (!strpbrk(text, ".e")) lstmfc_write_text(w, ".0", 2);
}

static void put_floats(lstmfc_writer *w, const float *values, size_t count) {
    size_t i;
    for (i = 0; i < count; i++) {
        lstmfc_write_text(w, i % 8 ? " " : "    ", i % 8 ? 1 : 4);
        put_float(w, values[i]);
        lstmfc_write_text(w, i + 1 == count ? "\n" : i % 8 == 7 ? ",\n" : ",", i + 1 < count && i % 8 == 7 ? 2 : 1);
    }
}

static void put_bits(const export_job *e, lstmfc_writer *w, const char *name, const float *values, size_t count) {
    size_t i;
    put(e, w, "static const uint32_t @__%s[%lu] = {", name, (unsigned long)count);
    for (i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        put(e, w, "%s0x%08lx", i % 8 ? ", " : i ? ",\n    " : "\n    ", (unsigned long)bits);
    }
    put(e, w, "\n};\n");
}

static void larger(size_t *most, size_t count) { if (count > *most) *most = count; }

/* ---- constants -------------------------------------------------------------------------------------------------- */

/* "0.lstm.kernel" as "w0_lstm_kernel" */
static void constant_name(char out[64], const char *name) {
    size_t i;
    out[0] = 'w';
    for (i = 0; name[i] && i < 62; i++) out[i + 1] = name[i] == '.' ? '_' : name[i];
    out[i + 1] = 0;
}

static void put_constants(export_job *e, const char *name, const char *what, const float *values, size_t count) {
    put(e, &e->weights, "/* %s */\nstatic const float @__%s[%lu] = {\n", what, name, (unsigned long)count);
    put_floats(&e->weights, values, count);
    put(e, &e->weights, "};\n");
    e->constants += count * sizeof *values;
}

/* A matrix in the order of PART_PRODUCT. out [rows * columns] */
static void pack(const lstmfc_tensor *tensor, float *out) {
    size_t rows = (size_t)tensor->shape[0], columns = (size_t)tensor->shape[1], j, i, k;
    for (j = 0; j < columns; j += k)
        for (k = columns - j < EXPORT_PANEL ? 1 : EXPORT_PANEL, i = 0; i < rows; i++, out += k)
            memcpy(out, tensor->data + i * columns + j, k * sizeof *out);
}

/* Every tensor as it is read; of a batch norm, whose statistics are settled, gamma and variance as one factor. 0: no memory. */
static int put_tensors(export_job *e) {
    int32_t i;
    for (i = 0; i < lstmfc_model_tensors(e->model); i++) {
        lstmfc_tensor tensor, variance;
        char name[64], what[120];
        const char *end;
        float *packed;
        size_t k;
        lstmfc_model_tensor(e->model, i, &tensor);
        constant_name(name, tensor.name);
        end = strrchr(tensor.name, '.');
        if (strstr(tensor.name, ".batchnorm.variance")) continue;
        packed = (float *)malloc(tensor.count * sizeof *packed);
        if (!packed) return 0;
        if (strstr(tensor.name, ".batchnorm.gamma")) {
            export_layer layer;
            export_layer_at(e->model, (int32_t)strtol(tensor.name, NULL, 10), &layer);
            lstmfc_model_tensor(e->model, i + 3, &variance);
            for (k = 0; k < tensor.count; k++)
                packed[k] = (float)((double)tensor.data[k] / lstmfc_sqrt((double)variance.data[k] + layer.epsilon));
            snprintf(name, sizeof name, "w%.*s_batchnorm_scale", (int)strcspn(tensor.name, "."), tensor.name);
            snprintf(what, sizeof what, "%s / sqrt(variance + epsilon)", tensor.name);
        } else if (tensor.rank == 2) {
            pack(&tensor, packed);
            snprintf(what, sizeof what, "%s [%d, %d], in panels of %d columns", tensor.name, tensor.shape[0], tensor.shape[1], EXPORT_PANEL);
        } else {
            memcpy(packed, tensor.data, tensor.count * sizeof *packed);
            snprintf(what, sizeof what, "%s%s", tensor.name, !strcmp(end, ".bias") && strstr(tensor.name, "lstm") ? ": i, f, g, o" : "");
        }
        put_constants(e, name, what, packed, tensor.count);
        free(packed);
    }
    return 1;
}

/* ---- layers ------------------------------------------------------------------------------------------------------ */

/* The C name of tensor `k` of a layer. */
static void layer_constant(const export_job *e, const export_layer *layer, int32_t k, char out[64]) {
    lstmfc_tensor tensor;
    lstmfc_model_tensor(e->model, layer->tensor + k, &tensor);
    constant_name(out, tensor.name);
}

/* The buffer that a layer writes its row to: not the one it reads. */
static const char *next_row(export_job *e, int32_t width, int in_place) {
    if (!in_place || e->at == ROW_ELSEWHERE) e->at = e->at == ROW_A ? ROW_B : ROW_A;
    larger(&e->row[e->at], (size_t)width);
    return e->at == ROW_A ? "m->a" : "m->b";
}

/* One step of a recurrent layer, way `way` of two, which reads `from`. */
static void put_cell(export_job *e, const export_layer *layer, int32_t index, int32_t way, const char *indent, const char *from,
                     const char *first) {
    char w[4][64];
    int32_t k, tensors = layer->gru ? 4 : 3;
    for (k = 0; k < tensors; k++) layer_constant(e, layer, way * tensors + k, w[k]);
    if (layer->gru)
        put(e, &e->code, "%s@__gru(%d, %d, %s, @__%s, @__%s,\n%s       @__%s, @__%s, m->z, m->h%d, %s);\n", indent, layer->in_width,
            layer->units, from, w[0], w[1], indent, w[2], w[3], index, first);
    else
        put(e, &e->code, "%s@__lstm(%d, %d, %s, @__%s, @__%s,\n%s        @__%s, m->z, m->c%d, m->h%d, %s);\n", indent, layer->in_width,
            layer->units, from, w[0], w[1], indent, w[2], index, index, first);
}

/* What a recurrent layer keeps. */
static void keep_state(export_job *e, const export_layer *layer, int32_t index) {
    e->parts |= layer->gru ? PART_GRU : PART_LSTM;
    larger(&e->work, 4 * (size_t)layer->units);
    put(e, &e->members, layer->gru ? "    float h%d[%d];" : "    float h%d[%d], c%d[%d];", index, layer->units, index, layer->units);
    put(e, &e->members, "    /* layer %d, %s */\n", index, layer->kind);
    e->carried += (layer->gru ? 1 : 2) * (size_t)layer->units;
}

/* The functions of an activation; linear has none. */
static const struct { const char *name, *function; uint32_t part; } activations[] = {
    {"relu", "relu", PART_RELU}, {"tanh", "tanh_row", PART_TANH_ROW}, {"sigmoid", "sigmoid_row", PART_SIGMOID_ROW},
    {"swish", "swish", PART_SWISH}, {"gelu", "gelu", PART_GELU}, {"softplus", "softplus", PART_SOFTPLUS},
    {"softmax", "softmax", PART_SOFTMAX}
};

static void put_recurrent(export_job *e, const export_layer *layer, int32_t index, const char *indent, const char *first) {
    keep_state(e, layer, index);
    put_cell(e, layer, index, 0, indent, "x", first);
    put(e, &e->code, "%sx = m->h%d;\n", indent, index);
    e->at = ROW_ELSEWHERE;
}

static void put_dense(export_job *e, const export_layer *layer, int32_t index, const char *indent, const char *first) {
    char kernel[64], bias[64];
    const char *row = next_row(e, layer->width, 0);
    size_t k;
    (void)index; (void)first;
    layer_constant(e, layer, 0, kernel);
    layer_constant(e, layer, 1, bias);
    e->parts |= PART_PRODUCT;
    put(e, &e->code, "%s@__product(%d, %d, x, @__%s, @__%s, %s);\n", indent, layer->in_width, layer->width, kernel, bias, row);
    for (k = 0; k < sizeof activations / sizeof activations[0]; k++)
        if (!strcmp(layer->activation, activations[k].name)) {
            e->parts |= activations[k].part;
            put(e, &e->code, "%s@__%s(%d, %s, %s);\n", indent, activations[k].function, layer->width, row, row);
        }
    put(e, &e->code, "%sx = %s;\n", indent, row);
}

static void put_batchnorm(export_job *e, const export_layer *layer, int32_t index, const char *indent, const char *first) {
    const char *row = next_row(e, layer->width, 1);
    (void)first;
    e->parts |= PART_BATCHNORM;
    put(e, &e->code, "%s@__batchnorm(%d, @__w%d_batchnorm_mean, @__w%d_batchnorm_scale, @__w%d_batchnorm_beta, x, %s);\n%sx = %s;\n",
        indent, layer->width, index, index, index, row, indent, row);
}

static void put_layernorm(export_job *e, const export_layer *layer, int32_t index, const char *indent, const char *first) {
    const char *row = next_row(e, layer->width, 1);
    (void)first;
    e->parts |= PART_LAYERNORM;
    put(e, &e->code, "%s@__layernorm(%d, ", indent, layer->width);
    put_double(&e->code, layer->epsilon);
    put(e, &e->code, ", @__w%d_layernorm_gamma, @__w%d_layernorm_beta, x, %s);\n%sx = %s;\n", index, index, row, indent, row);
}

/* dropout is nothing in inference, last a matter of which row goes on */
static void put_nothing(export_job *e, const export_layer *layer, int32_t index, const char *indent, const char *first) {
    (void)e; (void)layer; (void)index; (void)indent; (void)first;
}

/* `from` [T][in_width]: the sequence before a layer that needs all of it; `to`: where it leaves one. */
static void put_both_ways(export_job *e, const export_layer *layer, int32_t index, const char *from, const char *to) {
    int32_t way, H = layer->units;
    char source[96];
    keep_state(e, layer, index);
    snprintf(source, sizeof source, "%s + t * %d", from, layer->in_width);
    for (way = 0; way < 2; way++) {
        const char *half = layer->sequence ? "        " : "    ";
        put(e, &e->code, way ? "    for (t = $_WINDOW - 1; t >= 0; t--) {\n" : "    for (t = 0; t < $_WINDOW; t++) {\n");
        put_cell(e, layer, index, way, "        ", source, way ? "t == $_WINDOW - 1" : "t == 0");
        if (!layer->sequence) put(e, &e->code, "    }\n");
        if (!layer->sequence && !way) { e->at = ROW_ELSEWHERE; to = next_row(e, layer->width, 0); }
        put(e, &e->code, "%smemcpy(%s%s", half, to, layer->sequence ? " + t * " : "");
        if (layer->sequence) put(e, &e->code, "%d", layer->width);
        if (way) put(e, &e->code, " + %d", H);
        put(e, &e->code, ", m->h%d, %d * sizeof(float));\n", index, H);
        if (layer->sequence) put(e, &e->code, "    }\n");
    }
    if (!layer->sequence) put(e, &e->code, "    x = %s;\n", to);
}

static void put_attention(export_job *e, const export_layer *layer, int32_t index, const char *from, const char *to) {
    char w[3][64];
    int32_t k;
    (void)index; (void)to;
    for (k = 0; k < 3; k++) layer_constant(e, layer, k, w[k]);
    e->parts |= PART_ATTENTION;
    e->at = ROW_ELSEWHERE;
    larger(&e->work, (size_t)layer->units);
    larger(&e->scores, (size_t)e->window);
    to = next_row(e, layer->width, 0);
    put(e, &e->code, "    @__attention($_WINDOW, %d, %d, %s, @__%s, @__%s, @__%s, m->z, m->e, %s);\n    x = %s;\n", layer->in_width,
        layer->units, from, w[0], w[1], w[2], to, to);
}

/* Row after row in memory the sequence is that one row already. */
static void put_flatten(export_job *e, const export_layer *layer, int32_t index, const char *from, const char *to) {
    (void)layer; (void)index; (void)to;
    put(e, &e->code, "    x = %s;\n", from);
    e->at = ROW_ELSEWHERE;
}

/* How each kind is written: row by row, or over the whole window. */
static const struct export_kind {
    const char *name;
    void (*row)(export_job *e, const export_layer *layer, int32_t index, const char *indent, const char *first);
    void (*window)(export_job *e, const export_layer *layer, int32_t index, const char *from, const char *to);
} kinds[] = {
    {"lstm", put_recurrent, NULL}, {"gru", put_recurrent, NULL}, {"dense", put_dense, NULL}, {"dropout", put_nothing, NULL},
    {"variational_dropout", put_nothing, NULL}, {"batchnorm", put_batchnorm, NULL}, {"layernorm", put_layernorm, NULL},
    {"last", put_nothing, NULL}, {"flatten", NULL, put_flatten}, {"attention", NULL, put_attention}, {"bilstm", NULL, put_both_ways},
    {"bigru", NULL, put_both_ways}
};

static const struct export_kind *kind_of(const export_layer *layer) {
    size_t k;
    for (k = 0; k < sizeof kinds / sizeof kinds[0]; k++) if (!strcmp(layer->kind, kinds[k].name)) return &kinds[k];
    return NULL;
}

/* The layers first .. end-1, row by row: x in, x out. */
static void put_rows(export_job *e, int32_t first, int32_t end, const char *indent, const char *begins) {
    export_layer layer;
    for (; first < end; first++) {
        export_layer_at(e->model, first, &layer);
        kind_of(&layer)->row(e, &layer, first, indent, begins);
    }
}

/* Where the layers from `first` on stop running row by row: the next that needs the whole window, or the end; *recurrent: behind
   the last that carries a state. */
static int32_t rows_end(const export_job *e, int32_t first, int32_t *recurrent) {
    export_layer layer;
    *recurrent = first;
    for (; export_layer_at(e->model, first, &layer) && !layer.whole_window; first++)
        if (layer.recurrent) *recurrent = first + 1;
    return first;
}

/* A network without a layer that needs the whole window: a window is its rows. What carries no state and stands behind all that does
   runs for the last row alone. */
static void put_streaming(export_job *e) {
    int32_t recurrent, end = rows_end(e, 0, &recurrent);
    if (recurrent) {
        put(e, &e->code, "/* A row through all that carries a state */\n"
            "static const float *@__row(@_state *m, const float *x, int32_t first) {\n");
        put_rows(e, 0, recurrent, "    ", "first");
        put(e, &e->code, "    return x;\n}\n\n");
    }
    put(e, &e->code, "/* What is said of %s */\nstatic void @__answer(@_state *m, const float *x, float *outputs) {\n",
        recurrent ? "it" : "a row");
    put_rows(e, recurrent, end, "    ", "");
    put(e, &e->code, "    memcpy(outputs, x, $_OUTPUTS * sizeof(float));\n");
    if (e->at == ROW_ELSEWHERE) put(e, &e->code, "    (void)m;\n");
    put(e, &e->code, "}\n\nvoid @_predict(@_state *m, const float *window, float *outputs) {\n");
    if (recurrent)
        put(e, &e->code, "    const float *x = window;\n    int32_t t;\n"
            "    for (t = 0; t < $_WINDOW; t++) x = @__row(m, window + t * $_INPUTS, t == 0);\n    @__answer(m, x, outputs);\n");
    else put(e, &e->code, "    @__answer(m, window + ($_WINDOW - 1) * $_INPUTS, outputs);\n");
    put(e, &e->code, "    m->steps = 0;\n}\n");
    if (!e->steps) return;
    put(e, &e->code, "\nvoid @_reset(@_state *m) { m->steps = 0; }\n\n"
        "void @_step(@_state *m, const float *row, float *outputs) {\n");
    put(e, &e->code, recurrent ? "    @__answer(m, @__row(m, row, !m->steps), outputs);\n" : "    @__answer(m, row, outputs);\n");
    put(e, &e->code, "    m->steps = 1;\n}\n");
}

/* Any other: one layer that needs the whole window after the other, between them layers that run row by row. `from` is where the sequence
   is, `to` which of s0 and s1 takes the next. */
static void put_whole(export_job *e) {
    static const char *const names[] = {"m->s0", "m->s1"};
    const char *from = "window";
    int32_t i = 0, end, recurrent, sequence = 1, width = e->inputs, to = 0;
    put(e, &e->code, "void @_predict(@_state *m, const float *window, float *outputs) {\n    const float *x = window;\n    int32_t t;\n");
    while (i < e->layers) {
        export_layer layer;
        end = rows_end(e, i, &recurrent);
        if (end == e->layers) {                         /* the rest, of which only the last row is an answer */
            e->at = sequence ? ROW_ELSEWHERE : e->at;
            if (sequence && recurrent > i) {
                put(e, &e->code, "    for (t = 0; t < $_WINDOW; t++) {\n        x = %s + t * %d;\n", from, width);
                put_rows(e, i, recurrent, "        ", "t == 0");
                put(e, &e->code, "    }\n");
                i = recurrent;
            } else if (sequence) put(e, &e->code, "    x = %s + ($_WINDOW - 1) * %d;\n", from, width);
            put_rows(e, i, end, "    ", "");
            break;
        }
        if (end > i) {                                  /* the sequence goes on: every row is kept */
            export_layer_at(e->model, end - 1, &layer);
            put(e, &e->code, "    for (t = 0; t < $_WINDOW; t++) {\n        x = %s + t * %d;\n", from, width);
            e->at = ROW_ELSEWHERE;
            put_rows(e, i, end, "        ", "t == 0");
            put(e, &e->code, "        memcpy(%s + t * %d, x, %d * sizeof(float));\n    }\n", names[to], layer.width, layer.width);
            larger(&e->rows[to], (size_t)e->window * (size_t)layer.width);
            from = names[to];
            to = !to;
        }
        export_layer_at(e->model, end, &layer);
        kind_of(&layer)->window(e, &layer, end, from, names[to]);
        if (layer.sequence) {
            larger(&e->rows[to], (size_t)e->window * (size_t)layer.width);
            from = names[to];
            to = !to;
        }
        sequence = layer.sequence;
        width = layer.width;
        i = end + 1;
        if (i == e->layers && sequence) put(e, &e->code, "    x = %s + ($_WINDOW - 1) * %d;\n", from, width);
    }
    put(e, &e->code, "%s    memcpy(outputs, x, $_OUTPUTS * sizeof(float));\n}\n",
        e->code.text && strstr(e->code.text, "(t = ") ? "" : "    (void)t;\n");
}

/* ---- a forecaster's own ------------------------------------------------------------------------------------------- */

static int scales(const export_job *e) {
    int32_t j;
    if (e->info.limits) return 1;
    for (j = 0; j < e->inputs; j++)
        if (e->info.scaling[j] < 0 || e->info.scaling[j] > 0 || e->info.scaling[e->inputs + j] < 1 || e->info.scaling[e->inputs + j] > 1) return 1;
    return e->info.scaler == LSTMFC_SCALER_LOG;
}

/* lstmfc__forecast_scale_row */
static void put_scale(export_job *e, lstmfc_writer *w) {
    int32_t j, k, columns = e->info.limits ? 4 : 2, scaled = scales(e);
    if (scaled) {
        put(e, w, "/* of each input: center, scale%s */\nstatic const double @__scaling[%d] = {\n",
            e->info.limits ? ", and the least and the greatest value that it counts as" : "", columns * e->inputs);
        for (j = 0; j < e->inputs; j++)
            for (k = 0; k < columns; k++) {
                put(e, w, k ? " " : "    ");
                put_double(w, k < 2 ? e->info.scaling[k * e->inputs + j] : e->info.limits[(k - 2) * e->inputs + j]);
                put(e, w, j + 1 == e->inputs && k + 1 == columns ? "\n" : k + 1 == columns ? ",\n" : ",");
            }
        put(e, w, "};\n");
        e->constants += (size_t)(columns * e->inputs) * sizeof(double);
    }
    put(e, w, "int32_t @_scale(const double *features, float *row) {\n");
    if (scaled) put(e, w, "    const double *s = @__scaling;\n");
    put(e, w, "    int32_t good = 1, j;\n    for (j = 0; j < $_INPUTS; j++%s) {\n        double x = features[j];\n",
        !scaled ? "" : e->info.limits ? ", s += 4" : ", s += 2");
    if (e->info.limits) put(e, w, "        if ((@__double_bits(x) >> 52 & 0x7ff) != 0x7ff) x = x < s[2] ? s[2] : x > s[3] ? s[3] : x;\n");
    if (e->info.scaler == LSTMFC_SCALER_LOG) put(e, w, "        x = x > 0.0 ? @__log(x) : @__of_double_bits((uint64_t)0x7ff8 << 48);\n");
    put(e, w, scaled ? "        row[j] = (float)((x - s[0]) / s[1]);\n" : "        row[j] = (float)x;\n");
    put(e, w, "        if ((@__bits(row[j]) & UINT32_C(0x7f800000)) == UINT32_C(0x7f800000)) { good = 0; row[j] = 0.0f; }\n"
        "    }\n    return good;\n}\n\n");
}

/* LSTMFC_NORM_LAST and _RATIO, as lstmfc__gather_share does them */
static void put_normalise(export_job *e, lstmfc_writer *w) {
    put(e, w, "int32_t @_normalise(const float *rows, float *window) {\n    int32_t good = 1, i, t;\n"
        "    for (i = 0; i < $_INPUTS; i++) {\n        const float last = rows[($_WINDOW - 1) * $_INPUTS + i];\n"
        "        for (t = 0; t < $_WINDOW; t++) {\n            float *x = window + t * $_INPUTS + i;\n"
        "            *x = rows[t * $_INPUTS + i] %c last;\n"
        "            if ((@__bits(*x) & UINT32_C(0x7f800000)) == UINT32_C(0x7f800000)) good = 0;\n"
        "        }\n    }\n    return good;\n}\n\n", e->units.norm == LSTMFC_NORM_RATIO ? '/' : '-');
}

static int32_t each_answer(const export_job *e) { return e->info.quantile_count ? e->info.quantile_count : 1 + e->info.gaussian; }
static int answers(const export_job *e) { return e->forecaster && e->info.target != LSTMFC_TARGET_DIRECTION; }
static int changes(const export_job *e) { return answers(e) && e->units.norm == LSTMFC_NORM_LAST; }

/* lstmfc__forecast_fill, lstmfc__spread_fill, lstmfc__target_level, lstmfc__spread_sort */
static void put_answers(export_job *e, lstmfc_writer *w) {
    int32_t k, each = each_answer(e), columns = changes(e) ? 3 : 2;
    put(e, w, "/* of each answer: center, scale%s */\nstatic const double @__units[%d] = {\n", columns > 2 ? ", and which of `last` it is about" : "",
        columns * e->info.answers);
    for (k = 0; k < e->info.answers; k++) {
        export_units units = export_units_of(lstmfc_forecaster_answer(e->forecaster, k));
        put(e, w, "    ");
        put_double(w, units.center);
        put(e, w, ", ");
        put_double(w, units.scale);
        if (columns > 2) put(e, w, ", %d", units.series);
        put(e, w, k + 1 < e->info.answers ? ",\n" : "\n");
    }
    put(e, w, "};\nvoid @_answers(const float *outputs, %sdouble *answers) {\n    const double *u = @__units;\n    int32_t k, j;\n"
        "    for (k = 0; k < %d; k++, u += %d, outputs += %d, answers += %d) {\n", columns > 2 ? "const double *last, " : "", e->info.answers,
        columns, each, each);
    put(e, w, "        for (j = 0; j < %d; j++) {\n            double y = (double)outputs[j];\n", e->info.gaussian ? 1 : each);
    if (columns > 2) put(e, w, "            y = y + last[(int32_t)u[2]] / u[1];\n");
    put(e, w, "            answers[j] = u[0] + u[1] * y;\n        }\n");
    if (e->info.gaussian) put(e, w, "        answers[1] = u[1] * @__sqrt(@__softplus_double((double)outputs[1]) + 1e-6);\n");
    if (e->info.quantile_count)
        put(e, w, "        for (j = 1; j < %d; j++) {                      /* quantiles may have crossed */\n            int32_t i;\n"
            "            for (i = j; i > 0 && answers[i] < answers[i - 1]; i--) {\n"
            "                double y = answers[i];\n                answers[i] = answers[i - 1]; answers[i - 1] = y;\n            }\n        }\n", each);
    put(e, w, "    }\n}\n\n");
    e->constants += (size_t)(columns * e->info.answers) * sizeof(double);
}

/* ---- the self-test ------------------------------------------------------------------------------------------------ */

typedef struct export_vectors { float *rows, *windows, *steps, *scaled; double *features; } export_vectors;

/* Rows of about normal numbers that any decimal text holds exactly, and what the library makes of them, without kernels. */
static int make_vectors(const export_job *e, const options *o, export_vectors *v) {
    lstmfc_error err = {0};
    size_t I = (size_t)e->inputs, T = (size_t)e->window, N = (size_t)e->outputs, rows = T + TESTED - 1, i;
    lstmfc_scratch *scratch = lstmfc_scratch_create(e->model, 1, &err);
    lstmfc_batch batch;
    lstmfc_rng rng;
    int code = TOOL_OK;
    memset(v, 0, sizeof *v);
    v->rows = (float *)malloc(rows * I * sizeof(float));
    v->windows = (float *)malloc(TESTED * N * sizeof(float));
    v->steps = (float *)malloc(rows * N * sizeof(float));
    v->scaled = (float *)malloc(I * sizeof(float));
    v->features = (double *)malloc(I * sizeof(double));
    if (!scratch || !v->rows || !v->windows || !v->steps || !v->scaled || !v->features) {
        lstmfc_scratch_free(scratch);
        return err.code ? tool_fail_error(o, &err) : tool_fail(o, TOOL_FAILURE, "out of memory");
    }
    lstmfc_rng_seed(&rng, 1);
    for (i = 0; i < rows * I; i++) v->rows[i] = (float)(floor(lstmfc_rng_normal(&rng) * 64 + 0.5) / 64);
    memset(&batch, 0, sizeof batch);
    batch.rows = v->rows; batch.row_count = rows; batch.row_stride = I; batch.count = TESTED; batch.window = T;
    if (lstmfc_model_predict(e->model, scratch, &batch, v->windows, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    lstmfc_scratch_reset(scratch);
    for (i = 0; i < rows && code == TOOL_OK && e->steps; i++)
        if (lstmfc_model_step(e->model, scratch, v->rows + i * I, v->steps + i * N, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    lstmfc_scratch_free(scratch);
    for (i = 0; i < TESTED * N && code == TOOL_OK; i++)
        if (!lstmfc_is_finite((double)v->windows[i]))
            code = tool_fail(o, TOOL_FAILURE, "output %lu of the network is not finite for inputs of about 1: such a network has nothing to say "
                             "on a device", (unsigned long)(i % N) + 1);
    for (i = 0; i < I && code == TOOL_OK && e->forecaster; i++) {
        double center = e->info.scaling[i], scale = e->info.scaling[I + i], x = lstmfc_unscale(e->info.scaler, (double)v->rows[i], center, scale);
        v->features[i] = x;
        if (e->info.limits) x = x < e->info.limits[i] ? e->info.limits[i] : x > e->info.limits[I + i] ? e->info.limits[I + i] : x;
        v->scaled[i] = (float)lstmfc_scale(e->info.scaler, x, center, scale);
    }
    return code;
}

static void free_vectors(export_vectors *v) {
    free(v->rows);
    free(v->windows);
    free(v->steps);
    free(v->scaled);
    free(v->features);
}

static void put_self_test(export_job *e, lstmfc_writer *w, const export_vectors *v) {
    size_t I = (size_t)e->inputs, T = (size_t)e->window, N = (size_t)e->outputs, i;
    int doubles = (e->parts & PART_DOUBLE) != 0;
    put(e, w, "#ifndef $_NO_SELF_TEST\n/* rows, and the bits of what the library makes of the windows that begin at the first three */\n"
        "static const float @__tested[%lu] = {\n", (unsigned long)((T + TESTED - 1) * I));
    put_floats(w, v->rows, (T + TESTED - 1) * I);
    put(e, w, "};\n");
    put_bits(e, w, "windows", v->windows, TESTED * N);
    if (e->steps) {
        put(e, w, "/* of the steps from the window's last on */\n");
        put_bits(e, w, "steps", v->steps + (T - 1) * N, TESTED * N);
    }
    if (e->forecaster) {
        put(e, w, "static const double @__features[%d] = {\n", e->inputs);
        for (i = 0; i < I; i++) {
            put(e, w, i % 4 ? " " : "    ");
            put_double(w, v->features[i]);
            put(e, w, i + 1 == I ? "\n" : i % 4 == 3 ? ",\n" : ",");
        }
        put(e, w, "};\n");
        put_bits(e, w, "scaled", v->scaled, I);
    }
    put(e, w, "/* 1: products are rounded before they are added, to the nearest, in no more digits than the type has, and small numbers are kept */\n"
        "static int32_t @__arithmetic(void) {\n"
        "    volatile float near_one = 1.0f + 1.0f / 4096.0f, rounded = -(1.0f + 1.0f / 2048.0f), one = 1.0f, least = FLT_MIN, sum;\n"
        "    float x = near_one, y = near_one, z = rounded, unit = one, small = least;\n");
    if (doubles)
        put(e, w, "    volatile double near_one_double = 1.0 + 1.0 / 134217728.0, rounded_double = -(1.0 + 1.0 / 67108864.0);\n"
            "    double p = near_one_double, q = near_one_double, r = rounded_double;\n    r = p * q + r;\n"
            "    if ((@__double_bits(r) & ~((uint64_t)1 << 63)) != 0) return 0;\n");
    put(e, w, "    z = x * y + z;\n    if ((@__bits(z) & UINT32_C(0x7fffffff)) != 0) return 0;\n"
        "    z = (unit + 1.0f / 1073741824.0f) - unit;\n    if ((@__bits(z) & UINT32_C(0x7fffffff)) != 0) return 0;\n"
        "    sum = unit + small;\n    x = sum;\n    sum = unit - small;\n    y = sum;\n    if (@__bits(x) != @__bits(y)) return 0;\n"
        "    sum = small * 0.5f;\n    x = sum;\n    return @__bits(x) != 0;\n}\n\n"
        "int32_t @_self_test(@_state *m) {\n    float outputs[$_OUTPUTS];\n    int32_t t;\n    if (!@__arithmetic()) return 1;\n"
        "    for (t = 0; t < %d; t++) {\n        @_predict(m, @__tested + t * $_INPUTS, outputs);\n"
        "        if (memcmp(outputs, @__windows + t * $_OUTPUTS, sizeof outputs)) return 2;\n    }\n", TESTED);
    if (e->steps)
        put(e, w, "    @_step(m, @__tested, outputs);\n    @_reset(m);\n    for (t = 0; t < $_WINDOW + %d; t++) {\n        @_step(m, @__tested + t * $_INPUTS, outputs);\n"
            "        if (t >= $_WINDOW - 1 && memcmp(outputs, @__steps + (t - $_WINDOW + 1) * $_OUTPUTS, sizeof outputs)) return 3;\n    }\n"
            "    @_reset(m);\n", TESTED - 1);
    if (e->forecaster)
        put(e, w, "    {\n        float row[$_INPUTS];\n        if (!@_scale(@__features, row) || memcmp(row, @__scaled, sizeof row)) return 4;\n    }\n");
    put(e, w, "    return 0;\n}\n#endif\n");
}

/* ---- the header ---------------------------------------------------------------------------------------------------- */

static size_t state_bytes(const export_job *e) {
    return (e->carried + e->work + e->row[ROW_A] + e->row[ROW_B] + e->rows[0] + e->rows[1] + e->scores) * sizeof(float) + sizeof(int32_t);
}

/* What a forecaster's inputs and outputs are. */
static void put_task(const export_job *e, lstmfc_writer *w) {
    static const char *const of[] = {
        [LSTMFC_TARGET_DIRECTION] = "the probability that the close %d ahead is above the last one",
        [LSTMFC_TARGET_PRICE] = "ln(C[t+%d] / C[t]); the price is C[t] exp(answer)",
        [LSTMFC_TARGET_RETURN] = "ln(C[t+%d] / C[t])",
        [LSTMFC_TARGET_VOLATILITY] = "ln of the realised volatility of the next %d; its mean is %.17g exp(answer)",
        [LSTMFC_TARGET_PRICE_LEVEL] = "the close %d ahead", [LSTMFC_TARGET_ROLLING_VOLATILITY] = "the rolling volatility %d ahead",
        [LSTMFC_TARGET_EXPRESSION] = "the value %d ahead of the expression"
    };
    int32_t j, k, each = each_answer(e);
    tool_print(w, "   The inputs are these features of a closed bar, %s. They are NOT computed here: the streaming forms of\n"
               "   lstmfc.h (lstmfc_rsi_update and its kin: plain structs, no heap) do that, or whoever fills the device's memory.\n\n",
               e->info.scaler == LSTMFC_SCALER_NONE || e->info.scaler == LSTMFC_SCALER_WINDOW ? "as they are" : "scaled");
    for (j = 0; j < e->inputs; j++) {
        tool_print(w, "       %2d  ", j);
        put_foreign(w, 11, lstmfc_features_name(e->info.features, j));
        tool_print(w, "\n");
    }
    tool_print(w, "\n   The text they come from: ");
    put_foreign(w, 6, e->info.feature_spec);
    tool_print(w, "\n   What the network says of bar t, at its close (C[t]; ahead and next count bars):\n\n");
    for (k = 0; k < e->info.answers && k < 64; k++) {
        lstmfc_forecaster_info answer = lstmfc_forecaster_get_info(lstmfc_forecaster_answer(e->forecaster, k));
        if (each > 1) tool_print(w, "       %s %d .. %d  ", answers(e) ? "answers" : "outputs", k * each, k * each + each - 1);
        else tool_print(w, "       %s %d  ", answers(e) ? "answer" : "output", k);
        if (e->info.gaussian) tool_print(w, "mean and standard deviation of ");
        if (e->info.quantile_count) tool_print(w, "%d quantiles, ascending, of ", e->info.quantile_count);
        tool_print(w, of[e->info.target], (int)answer.horizon, answer.volatility_factor);
        if (answer.quantity) { tool_print(w, ": "); put_foreign(w, 6, answer.quantity); }
        tool_print(w, "\n");
    }
    tool_print(w, "\n");
}

static void put_opening(const export_job *e, lstmfc_writer *w) {
    char bytes[32], constants[32];
    tool_print(w, "/* \"");
    put_foreign(w, 6, lstmfc_model_spec(e->model));
    tool_print(w, "\"\n   over windows of %d row%s of %d input%s: inference for devices, without heap, files or libm. Written by lstmfc %s\n"
               "   (export --to c); it is made anew, not edited. This code may be used under either licence of lstmfc.h, MIT No Attribution or\n"
               "   public domain. C99 or C++11.\n\n", e->window, e->window == 1 ? "" : "s", e->inputs, e->inputs == 1 ? "" : "s", LSTMFC_VERSION_TEXT);
    put(e, w, "       #define $_IMPLEMENTATION         in one file of the program, before the include\n"
        "       static @_state m;                %s bytes, all it ever needs beside some stack; constants: %s bytes\n"
        "       @_self_test(&m)                  0: this machine computes what the library computed\n"
        "       @_predict(&m, window, outputs)   float window[$_WINDOW * $_INPUTS], the oldest row first; outputs[$_OUTPUTS]\n",
        tool_count(bytes, (int64_t)state_bytes(e)), tool_count(constants, (int64_t)e->constants));
    if (e->steps) put(e, w, "       @_step(&m, row, outputs)         the next row, with the state that the rows before it have left\n");
    put(e, w, "\n");
    if (e->whole)
        put(e, w, "   There is no step with carried state: layer %d, %s, needs the whole window.\n\n", e->whole_index, e->whole);
    else if (!e->steps)
        put(e, w, "   There is no step with carried state: every window is taken relative to its last row (@_normalise).\n\n");
    put(e, w, "   The outputs are those of `lstmfc infer` in the unfused result class (LSTMFC_STRICT), bit for bit; of a NaN the bits may differ.\n"
        "   No product is fused with a sum, for which the compiler is told below; fast-math is refused. %s\n\n",
        e->parts & PART_DOUBLE ? "Some functions compute in double." : "Nothing but float is computed with.");
    if (e->forecaster) put_task(e, w);
    else put(e, w, "   The model file holds a network alone: what its inputs are and how they are scaled is not known here.\n\n");
    put(e, w, "   A state serves one thread; the constants any number. */\n"
        "#ifndef $_H\n#define $_H\n\n#include <stdint.h>\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
        "enum { $_INPUTS = %d, $_OUTPUTS = %d, $_WINDOW = %d };\n\n", e->inputs, e->outputs, e->window);
}

static void put_declarations(const export_job *e, lstmfc_writer *w) {
    put(e, w, "typedef struct @_state {\n");
    lstmfc_write_text(w, e->members.text ? e->members.text : "", e->members.length);
    if (e->work) put(e, w, "    float z[%lu];    /* work */\n", (unsigned long)e->work);
    if (e->row[ROW_A]) put(e, w, "    float a[%lu];    /* rows between layers, in turn */\n", (unsigned long)e->row[ROW_A]);
    if (e->row[ROW_B]) put(e, w, "    float b[%lu];\n", (unsigned long)e->row[ROW_B]);
    if (e->rows[0]) put(e, w, "    float s0[%lu];    /* sequences between layers, in turn */\n", (unsigned long)e->rows[0]);
    if (e->rows[1]) put(e, w, "    float s1[%lu];\n", (unsigned long)e->rows[1]);
    if (e->scores) put(e, w, "    float e[%lu];    /* the weight of each step */\n", (unsigned long)e->scores);
    put(e, w, "    int32_t steps;    /* 0: nothing is carried */\n} @_state;\n\n"
        "/* window [WINDOW][INPUTS], the oldest row first -> outputs [OUTPUTS]. What m held is lost: a stream begins anew. */\n"
        "void @_predict(@_state *m, const float *window, float *outputs);\n");
    if (e->steps)
        put(e, w, "/* Forgets the rows before; a state that is all zeros has none. */\nvoid @_reset(@_state *m);\n"
            "/* row [INPUTS] -> outputs [OUTPUTS], with carried state: from a reset on, WINDOW steps end in the bits of a window, further ones\n"
            "   remember more than any window in training did. */\n"
            "void @_step(@_state *m, const float *row, float *outputs);\n");
    if (e->forecaster)
        put(e, w, "/* features [INPUTS] of a bar -> row [INPUTS], as the network takes it. 0: a feature is not finite; no window may hold that row. */\n"
            "int32_t @_scale(const double *features, float *row);\n");
    if (e->forecaster && e->units.norm)
        put(e, w, "/* rows [WINDOW][INPUTS] of @_scale -> window for @_predict: each input %s its last value. May be one array. 0: not finite. */\n"
            "int32_t @_normalise(const float *rows, float *window);\n", e->units.norm == LSTMFC_NORM_RATIO ? "over" : "less");
    if (answers(e))
        put(e, w, "/* outputs [OUTPUTS] -> answers [OUTPUTS] in the units above%s */\n"
            "void @_answers(const float *outputs, %sdouble *answers);\n",
            changes(e) ? "; last: the newest value of what is forecast, of each series." : ".", changes(e) ? "const double *last, " : "");
    put(e, w, "/* 0: all is well; 1: the compiler or processor rounds otherwise (fused products, extra digits, small numbers taken for zero);\n"
        "   2: a window%s%s does not give the library's bits. $_NO_SELF_TEST leaves it out. */\n"
        "#ifndef $_NO_SELF_TEST\nint32_t @_self_test(@_state *m);\n#endif\n\n"
        "#ifdef __cplusplus\n}\n#endif\n\n#endif /* $_H */\n\n", e->steps ? ", 3: a step" : "", e->forecaster ? ", 4: scaling" : "");
}

/* Adds what the parts need, backwards: a part stands behind those that it needs. */
static uint32_t with_needs(uint32_t parts) {
    int i;
    for (i = export_part_count - 1; i >= 0; i--) if (parts & export_parts[i].part) parts |= export_parts[i].needs;
    return parts;
}

static void put_implementation(export_job *e, lstmfc_writer *w, const lstmfc_writer *own, const export_vectors *v) {
    int i;
    put(e, w, "#if defined($_IMPLEMENTATION) && !defined($__COMPLETE)\n#define $__COMPLETE\n\n#include <float.h>\n#include <string.h>\n\n"
        "#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ != 0) || \\\n"
        "    defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__)\n"
        "#  error \"@ needs IEEE arithmetic: compile without -ffast-math, -funsafe-math-optimizations and their parts\"\n#endif\n"
        "#if FLT_MANT_DIG != 24 || (defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0)\n"
        "#  error \"@ needs floats of 32 bits without extra precision (i386: -msse2 -mfpmath=sse, s390x: -fexcess-precision=fast)\"\n#endif\n"
        "#if defined(__clang__)\n#  pragma STDC FP_CONTRACT OFF\n#elif defined(__GNUC__) && !defined(__TINYC__)\n"
        "#  pragma GCC push_options\n#  pragma GCC optimize (\"fp-contract=off\")\n#elif defined(_MSC_VER)\n#  pragma fp_contract (off)\n#endif\n"
        "#if defined(__GNUC__) || defined(__clang__)\n#  pragma GCC diagnostic push\n#  pragma GCC diagnostic ignored \"-Wunused-function\"\n#endif\n\n"
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n/* ---- functions, operation by operation those of lstmfc.h ---- */\n\n");
    for (i = 0; i < export_part_count; i++)
        if (e->parts & export_parts[i].part) { put_text(e, w, export_parts[i].text); put(e, w, "\n"); }
    put(e, w, "/* ---- constants ---- */\n\n");
    lstmfc_write_text(w, e->weights.text ? e->weights.text : "", e->weights.length);
    put(e, w, "\n/* ---- the network ---- */\n\n");
    lstmfc_write_text(w, e->code.text ? e->code.text : "", e->code.length);
    put(e, w, "\n");
    lstmfc_write_text(w, own->text ? own->text : "", own->length);
    put_self_test(e, w, v);
    put(e, w, "\n#ifdef __cplusplus\n}\n#endif\n\n#if defined(__GNUC__) || defined(__clang__)\n#  pragma GCC diagnostic pop\n#endif\n#if defined(__clang__)\n#  pragma STDC FP_CONTRACT DEFAULT\n"
        "#elif defined(__GNUC__) && !defined(__TINYC__)\n#  pragma GCC pop_options\n#elif defined(_MSC_VER)\n#  pragma fp_contract (on)\n#endif\n"
        "#endif /* $_IMPLEMENTATION */\n");
}

/* ---- the command --------------------------------------------------------------------------------------------------- */

static int check_name(const options *o, const char *name) {
    size_t i;
    for (i = 0; name[i]; i++)
        if (!isalpha((unsigned char)name[i]) && (!i || (!isdigit((unsigned char)name[i]) && name[i] != '_'))) break;
    if (name[i] || !i || i > 40)
        return tool_fail(o, TOOL_USAGE, "--name '%.60s': names in C begin with a letter and go on with letters, digits and _; at most 40 here", name);
    if (strstr(name, "__") || name[i - 1] == '_') return tool_fail(o, TOOL_USAGE, "--name '%s': two _ in a row would be in its names, and belong to the compiler", name);
    if (!strncmp(name, "lstmfc", 6)) return tool_fail(o, TOOL_USAGE, "--name '%s': names that begin with lstmfc are the library's", name);
    return -1;
}

/* What can be told of the network before a line is written. */
static int examine(const options *o, export_job *e) {
    export_layer layer;
    int32_t i;
    e->window = lstmfc_model_window(e->model);
    e->inputs = lstmfc_model_inputs(e->model);
    e->outputs = lstmfc_model_outputs(e->model);
    e->layers = lstmfc_model_layers(e->model);
    for (i = 0; i < e->layers; i++) {
        export_layer_at(e->model, i, &layer);
        if (!kind_of(&layer)) return tool_fail(o, TOOL_FAILURE, "layer %d, %s, cannot be exported to C by this version", i, layer.kind);
        if (layer.whole_window && !e->whole) { e->whole = layer.kind; e->whole_index = i; }
        if ((int64_t)e->window * (layer.width > e->inputs ? layer.width : e->inputs) > INT32_MAX / 8)
            return tool_fail(o, TOOL_FAILURE, "layer %d, %s: a window of %d rows of %d columns is too large for a device", i, layer.kind, e->window,
                             layer.width);
    }
    e->steps = !e->whole && !(e->forecaster && e->units.norm);
    for (i = 0; i < lstmfc_model_tensors(e->model); i++) {
        lstmfc_tensor tensor;
        size_t k;
        lstmfc_model_tensor(e->model, i, &tensor);
        for (k = 0; k < tensor.count; k++)
            if (!lstmfc_is_finite((double)tensor.data[k]))
                return tool_fail(o, TOOL_FAILURE, "element %lu of %s is not finite", (unsigned long)k, tensor.name);
    }
    return -1;
}

static int describe(const options *o, const export_job *e, const export_options *own) {
    lstmfc_writer w;
    char bytes[32], constants[32];
    int code = TOOL_OK;
    lstmfc_writer_init(&w, NULL);
    if (o->json) {
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "out", own->out);
        lstmfc_json_put_string(&w, "name", e->name);
        lstmfc_json_put_string(&w, "model", lstmfc_model_spec(e->model));
        lstmfc_json_put_integer(&w, "parameters", lstmfc_model_parameters(e->model, NULL));
        lstmfc_json_put_integer(&w, "constant_bytes", (int64_t)e->constants);
        lstmfc_json_put_integer(&w, "state_bytes", (int64_t)state_bytes(e));
        lstmfc_json_put_bool(&w, "steps", e->steps);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
        code = tool_write(o, "-", &w);
    } else if (strcmp(own->out, "-")) {
        tool_print(&w, "%s: %s bytes of constants, %s of state; ", own->out, tool_count(constants, (int64_t)e->constants),
                   tool_count(bytes, (int64_t)state_bytes(e)));
        put(e, &w, "@_predict%s\n", e->steps ? " and @_step" : "");
        code = tool_say(o, stdout, &w);
    }
    lstmfc_writer_free(&w);
    return code;
}

static int write_header(const options *o, export_job *e, const export_options *own) {
    export_vectors vectors;
    lstmfc_writer w, of_forecaster;
    int code = make_vectors(e, o, &vectors);
    lstmfc_writer_init(&w, NULL);
    lstmfc_writer_init(&of_forecaster, NULL);
    lstmfc_writer_init(&e->members, NULL);
    lstmfc_writer_init(&e->weights, NULL);
    lstmfc_writer_init(&e->code, NULL);
    if (code == TOOL_OK && !put_tensors(e)) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    if (code == TOOL_OK) {
        if (e->whole) put_whole(e);
        else put_streaming(e);
        e->parts |= PART_BITS;
        if (e->forecaster) {
            e->parts |= PART_DOUBLE;
            if (e->info.scaler == LSTMFC_SCALER_LOG) e->parts |= PART_LOG;
            if (e->info.gaussian) e->parts |= PART_SQRT | PART_SOFTPLUS_DOUBLE;
            put_scale(e, &of_forecaster);
            if (e->units.norm) put_normalise(e, &of_forecaster);
            if (answers(e)) put_answers(e, &of_forecaster);
        }
        e->parts = with_needs(e->parts);
        put_opening(e, &w);
        put_declarations(e, &w);
        put_implementation(e, &w, &of_forecaster, &vectors);
        if (e->members.failed || e->weights.failed || e->code.failed || of_forecaster.failed || w.failed)
            code = tool_fail(o, TOOL_FAILURE, "out of memory");
        else code = tool_write(o, own->out, &w);
    }
    if (code == TOOL_OK) code = describe(o, e, own);
    free_vectors(&vectors);
    lstmfc_writer_free(&w);
    lstmfc_writer_free(&of_forecaster);
    lstmfc_writer_free(&e->members);
    lstmfc_writer_free(&e->weights);
    lstmfc_writer_free(&e->code);
    return code;
}

static int run(const options *o, const export_options *own) {
    lstmfc_error err = {0};
    lstmfc_env env = *tool_env();
    lstmfc_model *network = NULL;
    lstmfc_forecaster *forecaster = NULL;
    export_job e;
    size_t length = 0, i;
    int code;
    char *text = tool_read(own->model, &length, NULL, &err);
    memset(&e, 0, sizeof e);
    env.simd = LSTMFC_SIMD_SCALAR;          /* the unfused class, whatever this build is */
    env.threads = 1;
    if (text && lstmfc_file_kind(text, length, &env, &err) == LSTMFC_FILE_NETWORK) network = lstmfc_model_load_memory(text, length, &env, &err);
    else if (text && !err.code) forecaster = lstmfc_forecaster_load_memory(text, length, &env, &err);
    if (text) lstmfc_file_release(text, length, NULL);
    if (!network && !forecaster) return tool_fail_model(o, own->model, &err);
    if (forecaster) {
        e.info = lstmfc_forecaster_get_info(forecaster);
        e.units = export_units_of(forecaster);
    }
    e.model = forecaster ? e.info.model : network;
    e.forecaster = forecaster;
    e.name = own->name;
    for (i = 0; own->name[i] && i + 1 < sizeof e.upper; i++) e.upper[i] = (char)toupper((unsigned char)own->name[i]);
    if (e.info.members) code = tool_fail(o, TOOL_FAILURE, "%s is an ensemble: export its members, each under a --name of its own", own->model);
    else code = examine(o, &e);
    if (code == -1) code = write_header(o, &e, own);
    lstmfc_model_free(network);
    lstmfc_forecaster_free(forecaster);
    return code;
}

int command_export(int argc, char **argv) {
    options o;
    export_options own;
    int code;
    memset(&own, 0, sizeof own);
    options_init(&o, &command);
    options_add(&o, "Export", &own, fields, sizeof fields / sizeof fields[0], NULL);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, "model");
    if (code == -1) code = check_name(&o, own.name);
    if (code == -1) code = tool_json_needs_out(&o, own.out);
    if (code == -1) code = files_check(&o);
    if (code == -1) code = run(&o, &own);
    options_free(&o);
    return code;
}

/* export.h - what `lstmfc export` is made of: the layers and units that library.c takes out of a model, and the functions that
   the generated code carries (export_parts.c). */
#ifndef LSTMFC_TOOL_EXPORT_H
#define LSTMFC_TOOL_EXPORT_H

#include "tool.h"

/* library.c. Layer `index` as it runs in inference; 0 behind the last. tensor: its first, by number. */
typedef struct export_layer {
    const char *kind, *activation;          /* "lstm"; "relu", "linear" */
    int32_t units, in_width, width, sequence, tensor, recurrent, gru, both_ways, whole_window, columns;
    double epsilon;
} export_layer;
int export_layer_at(const lstmfc_model *model, int32_t index, export_layer *out);

/* library.c. What one answer of a forecaster is in: label = center + scale * output (series, norm: of several series, of changes). */
typedef struct export_units { double center, scale; int32_t series, norm; } export_units;
export_units export_units_of(const lstmfc_forecaster *answer);

/* A function that generated code may need; "@" in its text is the model's name, "$" the same in capitals. A part stands behind
   those that it needs. */
enum {
    PART_BITS = 1 << 0, PART_EXP_PARTS = 1 << 1, PART_EXP = 1 << 2, PART_SIGMOID = 1 << 3, PART_TANH = 1 << 4, PART_PRODUCT = 1 << 5,
    PART_LSTM = 1 << 6, PART_GRU = 1 << 7, PART_DOUBLE = 1 << 8, PART_EXP_DOUBLE = 1 << 9, PART_LOG_PARTS = 1 << 10, PART_LOG = 1 << 11,
    PART_SOFTPLUS_DOUBLE = 1 << 12, PART_SQRT = 1 << 13, PART_RELU = 1 << 14, PART_TANH_ROW = 1 << 15, PART_SIGMOID_ROW = 1 << 16,
    PART_SWISH = 1 << 17, PART_GELU = 1 << 18, PART_SOFTPLUS = 1 << 19, PART_SOFTMAX = 1 << 20, PART_BATCHNORM = 1 << 21,
    PART_LAYERNORM = 1 << 22, PART_ATTENTION = 1 << 23
};
typedef struct export_part { uint32_t part, needs; const char *text; } export_part;
extern const export_part export_parts[];
extern const int export_part_count;

enum { EXPORT_PANEL = 8 };                  /* columns of a matrix that are worked on together: see PART_PRODUCT */

#endif

/* library.c - the one file that holds the implementation of lstmfc.h, and what the tool takes from its private part. */
#define LSTMFC_IMPLEMENTATION
#include "export.h"

#include <string.h>

const char *tool_target(const char *path) {
    static char target[LSTMFC__PATH_SIZE];
    return strlen(path) < sizeof target && lstmfc__os_target(path, target) == 0 ? target : NULL;
}

char *tool_read(const char *path, size_t *length, const char *starts, lstmfc_error *err) {
    return lstmfc__os_file_read(path, length, starts ? starts : LSTMFC__JSON_STARTS, NULL, err);
}

const char *options_nearest(const char *name, const char *const *candidates, size_t count) {
    lstmfc__nearest best = {NULL, 0};
    size_t i;
    for (i = 0; i < count; i++) lstmfc__nearest_offer(&best, name, strlen(name), candidates[i]);
    return best.name;
}

int export_layer_at(const lstmfc_model *model, int32_t index, export_layer *out) {
    const lstmfc__layer *layer = model->layers + index;
    if (index >= model->layer_count) return 0;
    out->kind = layer->kind->name;
    out->activation = lstmfc_activation_name(layer->activation);
    out->units = layer->units;
    out->in_width = layer->in_width;
    out->width = layer->width;
    out->sequence = layer->sequence;
    out->tensor = layer->tensor;
    out->recurrent = (layer->kind->is & LSTMFC__RECURRENT) != 0;
    out->gru = (layer->kind->is & LSTMFC__GRU) != 0;
    out->both_ways = (layer->kind->is & LSTMFC__BOTH_WAYS) != 0;
    out->whole_window = (layer->kind->is & LSTMFC__WHOLE_WINDOW) != 0;
    out->columns = (int32_t)lstmfc__layer_columns(layer);
    out->epsilon = layer->option[LSTMFC__KEY_EPSILON];
    return 1;
}

export_units export_units_of(const lstmfc_forecaster *answer) {
    export_units units;
    units.center = answer->target_center;
    units.scale = answer->target_scale;
    units.series = answer->series;
    units.norm = answer->scaler == LSTMFC_SCALER_WINDOW ? LSTMFC_NORM_RATIO : answer->norm;
    return units;
}

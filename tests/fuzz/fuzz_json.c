/* Any bytes as JSON: read or refused; what was read is walked whole, written again and read again to the same tree. */
#define LSTMFC_IMPLEMENTATION
#include "../../lstmfc.h"

static void copy(const lstmfc_json *json, lstmfc_json_node node, const char *key, lstmfc_writer *writer) {
    static char text[1 << 16];
    char name[256];
    double x;
    int64_t n;
    size_t offset, length;
    lstmfc_json_node child;
    lstmfc_json_span(json, node, &offset, &length);
    switch (lstmfc_json_type(json, node)) {
    case LSTMFC_JSON_OBJECT:
        lstmfc_json_begin(writer, key, '{');
        for (child = lstmfc_json_first(json, node); child >= 0; child = lstmfc_json_next(json, child)) {
            if (!lstmfc_json_string(json, child, name, sizeof name, NULL)) continue;
            if (lstmfc_json_get(json, node, name) != lstmfc_json_value(json, child)) __builtin_trap();
            copy(json, lstmfc_json_value(json, child), name, writer);
        }
        lstmfc_json_end(writer, '}');
        break;
    case LSTMFC_JSON_ARRAY:
        lstmfc_json_begin(writer, key, '[');
        for (child = lstmfc_json_first(json, node); child >= 0; child = lstmfc_json_next(json, child)) copy(json, child, NULL, writer);
        lstmfc_json_end(writer, ']');
        break;
    case LSTMFC_JSON_STRING:
        lstmfc_json_integer(json, node, &n);
        lstmfc_json_put_string(writer, key, lstmfc_json_string(json, node, text, sizeof text, NULL) ? text : NULL);
        break;
    case LSTMFC_JSON_NUMBER:
        lstmfc_json_integer(json, node, &n);
        lstmfc_json_put_number(writer, key, lstmfc_json_number(json, node, &x) ? x : lstmfc_nan());
        break;
    default: lstmfc_json_put_raw(writer, key, json->text + offset, length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_json *json = lstmfc_json_parse((const char *)data, size, NULL, &err), *again;
    lstmfc_writer once, twice;
    if (!json) { if (!err.code || !err.message[0] || err.offset > (int64_t)size) __builtin_trap(); return 0; }
    lstmfc_writer_init(&once, NULL);
    lstmfc_writer_init(&twice, NULL);
    twice.indent = once.indent = size & 1;
    copy(json, 0, NULL, &once);
    again = lstmfc_json_parse(once.text, once.length, NULL, &err);
    if (!again) __builtin_trap();
    copy(again, 0, NULL, &twice);
    if (once.length != twice.length || memcmp(once.text, twice.text, once.length) != 0) __builtin_trap();
    lstmfc_json_free(again);
    lstmfc_json_free(json);
    lstmfc_writer_free(&once);
    lstmfc_writer_free(&twice);
    return 0;
}

/* Lets json_compare.py ask the reader about many texts: reads "length newline bytes" records from stdin, prints one line each:
   "no", or "yes" and the document written again. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include <stdio.h>

static void print(const lstmfc_json *json, lstmfc_json_node node, const char *key, lstmfc_writer *writer) {
    char text[4096];
    double x;
    size_t offset, length;
    lstmfc_json_node child;
    int32_t type = lstmfc_json_type(json, node);
    lstmfc_json_span(json, node, &offset, &length);
    if (type == LSTMFC_JSON_OBJECT || type == LSTMFC_JSON_ARRAY) {
        lstmfc_json_begin(writer, key, type == LSTMFC_JSON_OBJECT ? '{' : '[');
        for (child = lstmfc_json_first(json, node); child >= 0; child = lstmfc_json_next(json, child)) {
            if (type == LSTMFC_JSON_ARRAY) print(json, child, NULL, writer);
            else if (lstmfc_json_string(json, child, text, sizeof text, &length)) print(json, lstmfc_json_value(json, child), text, writer);
        }
        lstmfc_json_end(writer, type == LSTMFC_JSON_OBJECT ? '}' : ']');
    } else if (type == LSTMFC_JSON_STRING) {
        lstmfc_json_put_string(writer, key, lstmfc_json_string(json, node, text, sizeof text, &length) ? text : NULL);
    } else if (type == LSTMFC_JSON_NUMBER) {
        lstmfc_json_put_number(writer, key, lstmfc_json_number(json, node, &x) ? x : lstmfc_nan());
    } else lstmfc_json_put_raw(writer, key, json->text + offset, length);
}

int main(void) {
    unsigned long length;
    static char text[1 << 16];
    while (scanf("%lu%*1[\n]", &length) == 1 && length < sizeof text && fread(text, 1, length, stdin) == length) {
        lstmfc_json *json = lstmfc_json_parse(text, length, NULL, NULL);
        lstmfc_writer writer;
        if (!json) { puts("no"); continue; }
        lstmfc_writer_init(&writer, NULL);
        print(json, 0, NULL, &writer);
        printf("yes %s\n", writer.text);
        lstmfc_writer_free(&writer);
        lstmfc_json_free(json);
    }
    return 0;
}

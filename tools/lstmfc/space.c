/* space.c - reads the space of a search. See space.h for the language. Every error has the line and column of what it
   is about. */
#include "space.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    const options *o, *flags;
    const char *path;
    const lstmfc_json *json;
    space *s;
    int epochs_fixed;
} reader;

/* ---- errors ---------------------------------------------------------------------------------------------------- */

/* Says what is wrong with the value at `node`, and where it stands; returns TOOL_USAGE. */
static int wrong(const reader *r, lstmfc_json_node node, const char *format, ...) {
    lstmfc_error err = {0};
    char message[360];
    size_t offset = 0, length, i;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    lstmfc_json_span(r->json, node, &offset, &length);
    err.code = LSTMFC_ERROR_ARGUMENT;
    err.line = err.column = 1;
    err.offset = (int64_t)offset;
    for (i = 0; i < offset; i++) {
        if (r->s->text[i] == '\n') { err.line++; err.column = 1; }
        else err.column += ((unsigned char)r->s->text[i] & 0xc0) != 0x80;       /* characters, not bytes */
    }
    snprintf(err.message, sizeof err.message, "--space %.*s: line %d, column %d: %s",
             tool_cut(r->path, strlen(r->path), 80),
             r->path, err.line, err.column, message);
    return tool_fail_as(r->o, TOOL_USAGE, &err);
}

static int no_memory(const reader *r) { return tool_fail(r->o, TOOL_FAILURE, "out of memory for --space"); }

static int listed(const char *const *words, const char *name) {
    for (; *words; words++) if (!strcmp(*words, name)) return 1;
    return 0;
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

/* The text that a flag would have for a number, a text, true or false. NULL: none of these, or no memory; said. */
static char *text_of(const reader *r, lstmfc_json_node node, int *code) {
    int32_t type = lstmfc_json_type(r->json, node);
    size_t offset, size, length = 0;
    char *text;
    lstmfc_json_span(r->json, node, &offset, &size);
    if (!(text = (char *)calloc(size + 2, 1))) { *code = no_memory(r); return NULL; }
    if (type == LSTMFC_JSON_NUMBER) memcpy(text, r->s->text + offset, size);
    else if (type == LSTMFC_JSON_TRUE || type == LSTMFC_JSON_FALSE) *text = type == LSTMFC_JSON_TRUE ? '1' : '0';
    else if (type != LSTMFC_JSON_STRING || !lstmfc_json_string(r->json, node, text, size + 1, &length)
             || strlen(text) != length) {
        *code = wrong(r, node, "expected a number, a text, true or false");
        free(text);
        return NULL;
    }
    return text;
}

/* Two texts are one value when they are the same text or the same number. */
static int same_value(const char *a, const char *b) {
    double x, y;
    if (!strcmp(a, b)) return 1;
    return *a && *b && lstmfc_parse_double(a, strlen(a), &x) == strlen(a)
        && lstmfc_parse_double(b, strlen(b), &y) == strlen(b) && x >= y && x <= y;
}

static void free_texts(char **texts, int count) {
    while (count) free(texts[--count]);
    free(texts);
}

/* One value or a list of them: *texts [*count]. A list must not be empty and says nothing twice. */
static int read_texts(const reader *r, lstmfc_json_node node, char ***texts, int *count) {
    int is_list = lstmfc_json_type(r->json, node) == LSTMFC_JSON_ARRAY, code = TOOL_OK, i;
    size_t size = is_list ? lstmfc_json_size(r->json, node) : 1;
    lstmfc_json_node each = is_list ? lstmfc_json_first(r->json, node) : node;
    *count = 0;
    if (!size) return wrong(r, node, "the list is empty: expected at least one value");
    if (size > 1000) return wrong(r, node, "%d values are too many: at most 1000", (int)size);
    *texts = (char **)calloc(size, sizeof **texts);
    if (!*texts) return no_memory(r);
    while (each >= 0 && (size_t)*count < size) {
        char *text = text_of(r, each, &code);
        if (!text) return code;
        (*texts)[(*count)++] = text;
        for (i = 0; i < *count - 1; i++)
            if (same_value((*texts)[i], text)) return wrong(r, each, "%.60s stands here twice", text);
        each = is_list ? lstmfc_json_next(r->json, each) : -1;
    }
    return TOOL_OK;
}

/* Can the flag take this text? One with places is known only when they are filled. */
static int check_flag(const reader *r, lstmfc_json_node node, const space_parameter *p, const char *text) {
    lstmfc_error err = {0};
    union { double real; int64_t whole; const char *text; } value;      /* room for any field, as if it stood first */
    lstmfc_field field;
    const char *itself;
    if (!p->field || strchr(text, '{')) return TOOL_OK;
    if (p->kind == SPACE_FIXED) {
        const options_flag *meant = options_meant(r->flags, p->field, text, &itself);
        if (meant && meant->field != p->field) return TOOL_OK;
    }
    field = *p->field;
    field.offset = 0;
    if (lstmfc_field_set(&value, &field, text, &err) == LSTMFC_OK) return TOOL_OK;
    return wrong(r, node, "%.280s", err.message);
}

/* ---- places and conditions -------------------------------------------------------------------------------------- */

static int find(const space *s, const char *name, size_t length) {
    int i;
    for (i = 0; i < s->count; i++)
        if (strlen(s->parameters[i].name) == length && !memcmp(s->parameters[i].name, name, length)) return i;
    return -1;
}

/* A name that no parameter above has: which one may have been meant. */
static int unknown(const reader *r, lstmfc_json_node node, const char *what, const char *name) {
    const char *names[TPE_DIMENSIONS], *near;
    int i;
    for (i = 0; i < r->s->count; i++) names[i] = r->s->parameters[i].name;
    near = options_nearest(name, names, (size_t)r->s->count);
    return wrong(r, node, "%s `%.60s` names nothing that stands above this line%s%s%s", what, name,
                 near ? "; did you mean `" : "",
                 near ? near : "", near ? "`?" : "");
}

static int check_places(const reader *r, lstmfc_json_node node, const char *text) {
    for (text = strchr(text, '{'); text; text = strchr(text + 1, '{')) {
        size_t length = strcspn(text + 1, "{}");
        char name[64];
        int i;
        if (text[1 + length] != '}') return wrong(r, node, "a { without its }: a place is {name}");
        snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), text + 1);
        if ((i = find(r->s, text + 1, length)) < 0) return unknown(r, node, "the place", name);
        r->s->parameters[i].used = 1;
    }
    return TOOL_OK;
}

/* Can parameter p be this at all? */
static int possible(const space_parameter *p, const char *text) {
    double value;
    int i;
    if (p->kind == SPACE_INT)
        return lstmfc_parse_double(text, strlen(text), &value) == strlen(text) && *text && value >= p->low
            && value <= p->high
            && value >= floor(value) && value <= floor(value);
    for (i = 0; i < p->count; i++) if (same_value(p->texts[i], text)) return 1;
    return 0;
}

static const options_flag *flag_of(const options *flags, const char *name) {
    int i;
    for (i = 0; i < flags->flag_count; i++) if (!strcmp(flags->flags[i].field->name, name)) return &flags->flags[i];
    return NULL;
}

/* Does the command line say it? Then it is fixed, whatever the space says. */
static int is_given(const reader *r, const space_parameter *p) { return p->field && flag_of(r->flags, p->name)->given; }

static int read_conditions(const reader *r, lstmfc_json_node node, space_parameter *p) {
    lstmfc_json_node key;
    if (lstmfc_json_type(r->json, node) != LSTMFC_JSON_OBJECT || !lstmfc_json_size(r->json, node))
        return wrong(r, node, "expected \"if\": {\"name\": value, ...}");
    p->conditions = (space_condition *)calloc(lstmfc_json_size(r->json, node), sizeof *p->conditions);
    if (!p->conditions) return no_memory(r);
    for (key = lstmfc_json_first(r->json, node); key >= 0; key = lstmfc_json_next(r->json, key)) {
        space_condition *c = &p->conditions[p->condition_count];
        space_parameter *on;
        char name[64] = "", *at;
        int code, i;
        lstmfc_json_string(r->json, key, name, sizeof name, NULL);
        for (at = name; *at; at++) if (*at == '-') *at = '_';
        c->parameter = find(r->s, name, strlen(name));
        if (c->parameter < 0) return unknown(r, key, "the condition on", name);
        on = &r->s->parameters[c->parameter];
        if (on->kind == SPACE_UNIFORM || on->kind == SPACE_LOGUNIFORM)
            return wrong(r, key, "`%s` is a real number, which is never exactly this: a condition is on a choice or a "
                         "whole number", name);
        p->condition_count++;
        code = read_texts(r, lstmfc_json_value(r->json, key), &c->values, &c->count);
        for (i = 0; code == TOOL_OK && i < c->count; i++)
            if (!is_given(r, on) && !possible(on, c->values[i]))
                code = wrong(r, lstmfc_json_value(r->json, key), "`%s` is never %.60s", name, c->values[i]);
        if (code != TOOL_OK) return code;
        on->used = 1;
    }
    return TOOL_OK;
}

/* ---- parameters ------------------------------------------------------------------------------------------------ */

static int read_range(const reader *r, lstmfc_json_node node, space_parameter *p) {
    static const char *const words[] = {"", "", "uniform", "loguniform", "int"};
    double ends[2] = {0, 0};
    char text[32];
    int i, code = TOOL_OK, whole;
    if (lstmfc_json_type(r->json, node) != LSTMFC_JSON_ARRAY || lstmfc_json_size(r->json, node) != 2
        || lstmfc_json_doubles(r->json, node, ends, 2) != 2)
        return wrong(r, node, "expected \"%s\": [low, high], two numbers", words[p->kind]);
    if (!(ends[0] < ends[1])) return wrong(r, node, "the low end comes first and is below the high one");
    if (p->kind == SPACE_LOGUNIFORM && !(ends[0] > 0)) return wrong(r, node, "a logarithm needs numbers above 0");
    if (p->kind == SPACE_INT && (ends[0] > floor(ends[0]) || ends[1] > floor(ends[1]) || fabs(ends[0]) > 1e9
                                 || fabs(ends[1]) > 1e9))
        return wrong(r, node, "\"int\" takes whole numbers, at most 1e9");
    whole = p->field && (p->field->kind == LSTMFC_INT || p->field->kind == LSTMFC_LONG);
    if (p->field && !whole && p->field->kind != LSTMFC_REAL)
        return wrong(r, node, "%s is no number: \"choice\" lists its values", p->name);
    if (whole && p->kind != SPACE_INT) return wrong(r, node, "%s takes whole numbers: \"int\", or \"choice\"", p->name);
    p->low = ends[0];
    p->high = ends[1];
    for (i = 0; i < 2 && code == TOOL_OK; i++) {
        lstmfc_format_double(text, ends[i]);
        code = check_flag(r, node, p, text);
    }
    return code;
}

static int read_choices(const reader *r, lstmfc_json_node node, space_parameter *p) {
    lstmfc_json_node each = lstmfc_json_first(r->json, node);
    int i, code;
    if (p->kind == SPACE_CHOICE && lstmfc_json_type(r->json, node) != LSTMFC_JSON_ARRAY)
        return wrong(r, node, "expected \"choice\": [value, ...]");
    code = read_texts(r, node, &p->texts, &p->count);
    for (i = 0; i < p->count && code == TOOL_OK; i++) {
        lstmfc_json_node at = p->kind == SPACE_CHOICE ? each : node;
        code = check_places(r, at, p->texts[i]);
        if (code == TOOL_OK) code = check_flag(r, at, p, p->texts[i]);
        if (each >= 0) each = lstmfc_json_next(r->json, each);
    }
    p->low = 0;
    p->high = p->count - 1;
    return code;
}

/* What a search compares must be measured alike in every trial; what leaves the network as it is has nothing to be
   compared. */
static int check_searched(const reader *r, lstmfc_json_node key, const space_parameter *p) {
    static const char *const compared[] = {"target", "horizon", "val", "test", "gaps", "loss", "huber_delta", NULL};
    static const char *const idle[] = {"symbol", "cut", "level", "intervals", "baselines", "volatility_factor", NULL};
    if (!p->field || p->kind == SPACE_FIXED) return TOOL_OK;
    if (listed(compared, p->name))
        return wrong(r, key, "%s cannot be searched: validation losses of different ones do not compare", p->name);
    if (listed(idle, p->name))
        return wrong(r, key, "%s cannot be searched: it does not change the validation loss", p->name);
    if (r->epochs_fixed && !strcmp(p->name, "epochs"))
        return wrong(r, key, "with --grace the epochs are what trials are measured by: give one number");
    return TOOL_OK;
}

static int read_object(const reader *r, lstmfc_json_node node, space_parameter *p) {
    static const char *const words[] = {"choice", "uniform", "loguniform", "int", "if"};
    lstmfc_json_node key, what = -1, condition = -1;
    for (key = lstmfc_json_first(r->json, node); key >= 0; key = lstmfc_json_next(r->json, key)) {
        char word[64] = "";
        const char *near;
        int i = 0;
        lstmfc_json_string(r->json, key, word, sizeof word, NULL);
        while (i < 5 && strcmp(word, words[i])) i++;
        if (i == 4) { condition = lstmfc_json_value(r->json, key); continue; }
        near = i == 5 ? options_nearest(word, words, 5) : NULL;
        if (i == 5)
            return wrong(r, key, "`%s`: expected choice, uniform, loguniform or int, and perhaps if%s%s%s", word,
                         near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
        if (what >= 0)
            return wrong(r, key, "two kinds for one parameter: expected one of choice, uniform, loguniform and int");
        what = lstmfc_json_value(r->json, key);
        p->kind = SPACE_CHOICE + i;
    }
    if (what < 0)
        return wrong(r, node, "expected {\"choice\": [...]}, {\"uniform\": [a, b]}, {\"loguniform\": [a, b]} or "
                     "{\"int\": [a, b]}");
    if (condition >= 0) {
        int code = read_conditions(r, condition, p);
        if (code != TOOL_OK) return code;
    }
    return p->kind == SPACE_CHOICE ? read_choices(r, what, p) : read_range(r, what, p);
}

/* The name of a parameter: with _, of a flag that a trial has, and not there yet. */
static int read_name(const reader *r, lstmfc_json_node key, space_parameter *p) {
    static const char *const others[] = {
        "csv", "out", "resume", "json", "progress", "config", "help", "threads", "simd", "created", "columns",
        "separator", "decimal", "time_format", "header", "duplicates", "max_fill", "now", "drop_last", "last",
        "clock_format", NULL
    };
    const options_flag *flag;
    char *at;
    if (!lstmfc_json_string(r->json, key, p->name, sizeof p->name, NULL) || !*p->name)
        return wrong(r, key, "a name has 1 to 63 characters");
    for (at = p->name; *at; at++) {
        if (*at == '-') *at = '_';
        if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') || *at == '_'))
            return wrong(r, key, "a name is made of letters, digits, _ and -");
    }
    if (listed(others, p->name))
        return wrong(r, key, "%s belongs on the command line of tune, not in the space", p->name);
    if (find(r->s, p->name, strlen(p->name)) >= 0) return wrong(r, key, "%s stands here twice", p->name);
    flag = flag_of(r->flags, p->name);
    p->field = flag ? flag->field : NULL;
    return TOOL_OK;
}

/* What the command line gave, in place of what the space says */
static int take_flag(const reader *r, space_parameter *p) {
    const options_flag *flag = flag_of(r->flags, p->name);
    char text[64], **texts;
    const char *value = text;
    if (flag->field->kind == LSTMFC_TEXT)
        memcpy(&value, (const unsigned char *)flag->desc + flag->field->offset, sizeof value);
    else lstmfc_field_get(flag->desc, flag->field, text, sizeof text);
    texts = (char **)calloc(1, sizeof *texts);
    if (texts) texts[0] = (char *)calloc(strlen(value) + 1, 1);
    if (!texts || !texts[0]) { free(texts); return no_memory(r); }
    memcpy(texts[0], value, strlen(value));
    free_texts(p->texts, p->count);
    p->texts = texts;
    p->count = 1;
    p->kind = SPACE_FIXED;
    p->low = p->high = 0;
    while (p->condition_count) {
        space_condition *c = &p->conditions[--p->condition_count];
        free_texts(c->values, c->count);
    }
    return TOOL_OK;
}

static int read_parameter(const reader *r, lstmfc_json_node key) {
    space_parameter *p = &r->s->parameters[r->s->count];
    lstmfc_json_node value = lstmfc_json_value(r->json, key);
    int code = read_name(r, key, p);
    if (code != TOOL_OK) return code;
    if (lstmfc_json_type(r->json, value) == LSTMFC_JSON_OBJECT) code = read_object(r, value, p);
    else if (lstmfc_json_type(r->json, value) == LSTMFC_JSON_ARRAY)
        code = wrong(r, value, "a list is no value: {\"choice\": [...]}");
    else code = read_choices(r, value, p);
    if (code == TOOL_OK) code = is_given(r, p) ? take_flag(r, p) : check_searched(r, key, p);
    r->s->count++;                      /* known from the next line on; freed even when half read */
    return code;
}

/* Every name does something: a flag, a place or a condition. */
static int check_used(const reader *r) {
    lstmfc_json_node key = lstmfc_json_first(r->json, 0);
    const char *names[OPTIONS_FLAGS], *near;
    int i, k;
    for (k = 0; k < r->flags->flag_count; k++) names[k] = r->flags->flags[k].field->name;
    for (i = 0; i < r->s->count; i++, key = lstmfc_json_next(r->json, key)) {
        const space_parameter *p = &r->s->parameters[i];
        if (p->field || p->used) continue;
        near = options_nearest(p->name, names, (size_t)k);
        return wrong(r, key, "`%s` is no flag of train%s%s%s, and no text below it has the place {%s}", p->name,
                     near ? " (did you mean `" : "", near ? near : "", near ? "`?)" : "", p->name);
    }
    return TOOL_OK;
}

/* ---- points ---------------------------------------------------------------------------------------------------- */

int space_varies(const space_parameter *p) { return p->kind != SPACE_FIXED && p->high > p->low; }

/* Appends the value itself, places not filled. */
static void plain_value(const space_parameter *p, double x, lstmfc_writer *w) {
    char text[32];
    if (p->kind == SPACE_FIXED || p->kind == SPACE_CHOICE)
        lstmfc_write_text(w, p->texts[(int)x], strlen(p->texts[(int)x]));
    else if (p->kind == SPACE_INT) lstmfc_write_text(w, text, lstmfc_format_int(text, (int64_t)x));
    else lstmfc_write_text(w, text, lstmfc_format_double(text, x));
}

void space_value(const space *s, const double *x, int parameter, lstmfc_writer *w) {
    const space_parameter *p = &s->parameters[parameter];
    const char *text;
    int place;
    if (lstmfc_is_nan(x[parameter])) return;
    if (p->kind != SPACE_FIXED && p->kind != SPACE_CHOICE) { plain_value(p, x[parameter], w); return; }
    for (text = p->texts[(int)x[parameter]]; *text; ) {
        size_t length = strcspn(text, "{");
        lstmfc_write_text(w, text, length);
        text += length;
        if (!*text) break;
        length = strcspn(text, "}");
        place = text[length] ? find(s, text + 1, length - 1) : -1;
        /* a flag's own text: as it is */
        if (place < 0 || place >= parameter) { lstmfc_write_text(w, text++, 1); continue; }
        space_value(s, x, place, w);
        text += length + 1;
    }
}

static int is_present(const void *context, const double *x, int parameter) {
    const space *s = (const space *)context;
    const space_parameter *p = &s->parameters[parameter];
    int i, k;
    for (i = 0; i < p->condition_count; i++) {
        const space_condition *c = &p->conditions[i];
        lstmfc_writer w;
        int holds = 0;
        if (lstmfc_is_nan(x[c->parameter])) return 0;
        lstmfc_writer_init(&w, NULL);
        plain_value(&s->parameters[c->parameter], x[c->parameter], &w);
        lstmfc_write_text(&w, "", 0);
        for (k = 0; k < c->count && w.text; k++) holds |= same_value(w.text, c->values[k]);
        lstmfc_writer_free(&w);
        if (!holds) return 0;
    }
    return 1;
}

static void set_sampler(space *s) {
    static const int kinds[] = {TPE_CHOICE, TPE_CHOICE, TPE_REAL, TPE_LOG, TPE_WHOLE};
    int i;
    s->sampler.count = s->count;
    s->sampler.present = is_present;
    s->sampler.context = s;
    for (i = 0; i < s->count; i++) {
        tpe_dimension *d = &s->sampler.dimensions[i];
        d->kind = kinds[s->parameters[i].kind];
        d->low = s->parameters[i].low;
        d->high = s->parameters[i].high;
        d->conditional = s->parameters[i].condition_count > 0;
    }
}

void space_round(const space *s, double *x) {
    int i;
    for (i = 0; i < s->count; i++) {
        const space_parameter *p = &s->parameters[i];
        char text[32];
        if ((p->kind != SPACE_UNIFORM && p->kind != SPACE_LOGUNIFORM) || lstmfc_is_nan(x[i])) continue;
        lstmfc_parse_double(text, lstmfc_format_digits(text, x[i], 6), &x[i]);
        if (x[i] < p->low) x[i] = p->low;
        if (x[i] > p->high) x[i] = p->high;
    }
}

void space_json(lstmfc_writer *w, const char *key, const space *s, const double *x) {
    lstmfc_writer value;
    double number;
    int i;
    lstmfc_json_begin(w, key, '{');
    for (i = 0; i < s->count; i++) {
        if (lstmfc_is_nan(x[i]) || s->parameters[i].kind == SPACE_FIXED) continue;
        lstmfc_writer_init(&value, NULL);
        plain_value(&s->parameters[i], x[i], &value);
        lstmfc_write_text(&value, "", 0);
        if (!value.text) w->failed = LSTMFC_ERROR_MEMORY;
        else if (value.length && lstmfc_parse_double(value.text, value.length, &number) == value.length)
            lstmfc_json_put_raw(w, s->parameters[i].name, value.text, value.length);
        else lstmfc_json_put_string(w, s->parameters[i].name, value.text);
        lstmfc_writer_free(&value);
    }
    lstmfc_json_end(w, '}');
}

/* The value at `node` as that of a parameter: 0 when it is none. */
static int read_value(const space_parameter *p, const lstmfc_json *json, lstmfc_json_node node, double *x) {
    char *text;
    char digits[32];
    size_t length = 0;
    double number;
    int i, found = 0;
    if (p->kind != SPACE_CHOICE) return lstmfc_json_number(json, node, x) && *x >= p->low && *x <= p->high;
    if (lstmfc_json_number(json, node, &number)) {
        digits[lstmfc_format_double(digits, number)] = 0;
        for (i = 0; i < p->count && !found; i++) if (same_value(p->texts[i], digits)) { *x = i; found = 1; }
        return found;
    }
    lstmfc_json_string(json, node, NULL, 0, &length);
    text = (char *)calloc(length + 1, 1);
    if (text && lstmfc_json_string(json, node, text, length + 1, NULL))
        for (i = 0; i < p->count && !found; i++) if (!strcmp(p->texts[i], text)) { *x = i; found = 1; }
    free(text);
    return found;
}

int space_read(const space *s, const lstmfc_json *json, lstmfc_json_node object, double *x) {
    size_t read = 0;
    int i;
    for (i = 0; i < s->count; i++) {
        x[i] = lstmfc_nan();
        if (!is_present(s, x, i)) continue;
        if (s->parameters[i].kind == SPACE_FIXED) { x[i] = 0; continue; }
        if (!read_value(&s->parameters[i], json, lstmfc_json_get(json, object, s->parameters[i].name), &x[i])) return 0;
        read++;
    }
    return read == lstmfc_json_size(json, object);
}

/* ---- the file -------------------------------------------------------------------------------------------------- */

int space_load(const options *o, const char *path, const options *flags, int epochs_fixed, space *s) {
    lstmfc_error err = {0};
    lstmfc_json *json;
    lstmfc_json_node key;
    reader r;
    int code = TOOL_OK;
    memset(s, 0, sizeof *s);
    s->text = tool_read(path, &s->length, NULL, &err);
    json = s->text ? lstmfc_json_parse(s->text, s->length, NULL, &err) : NULL;
    if (!json) {
        char message[sizeof err.message];
        memcpy(message, err.message, sizeof message);
        snprintf(err.message, sizeof err.message, "--space %.*s: %.380s", tool_cut(path, strlen(path), 80), path,
                 message);
        return tool_fail_as(o, TOOL_USAGE, &err);
    }
    r.o = o; r.flags = flags; r.path = path; r.json = json; r.s = s; r.epochs_fixed = epochs_fixed;
    if (lstmfc_json_type(json, 0) != LSTMFC_JSON_OBJECT)
        code = wrong(&r, 0, "expected one object whose keys are flags of train");
    else if (!lstmfc_json_size(json, 0)) code = wrong(&r, 0, "the space is empty: expected flags of train");
    for (key = lstmfc_json_first(json, 0); code == TOOL_OK && key >= 0; key = lstmfc_json_next(json, key)) {
        if (s->count == TPE_DIMENSIONS) code = wrong(&r, key, "more than %d parameters", (int)TPE_DIMENSIONS);
        else code = read_parameter(&r, key);
    }
    if (code == TOOL_OK) code = check_used(&r);
    if (code == TOOL_OK) set_sampler(s);
    lstmfc_json_free(json);
    return code;
}

void space_free(space *s) {
    int i;
    for (i = 0; i < s->count; i++) {
        space_parameter *p = &s->parameters[i];
        free_texts(p->texts, p->count);
        while (p->condition_count) {
            space_condition *c = &p->conditions[--p->condition_count];
            free_texts(c->values, c->count);
        }
        free(p->conditions);
    }
    s->count = 0;
    lstmfc_file_release(s->text, s->length, NULL);
    s->text = NULL;
}
